/* SPDX-License-Identifier: MIT */
/*
 * The Test Anything Protocol in two versions. tap is version 13
 * (https://testanything.org/tap-version-13-specification.html), flat and numbered, which every
 * consumer reads. tap14 is version 14 (https://testanything.org/tap-version-14-specification.html):
 * each suite is a test whose subtests are set in. Both put a YAML block of details behind each test
 * that failed.
 */
#include "supertester/report/wording.h"

#include <string.h>

/* ---- One test ---- */

/* A name, a reason: "#" and "\" are escaped, for a directive begins with #. */
static void tap_words(sti_reporter *to, otpi_text *out, const char *words) {
    otpi_text line;
    otpi_text_init(&line, to->text.allocator);
    sti_report_line(&line, words);
    for (const char *c = line.data; *c; c++) {
        otpi_text_cstr(out, *c == '#' || *c == '\\' ? "\\" : "");
        otpi_text_char(out, *c);
    }
    out->failed = out->failed || line.failed;
    otpi_text_fini(&line);
}

static void block(otpi_text *text, const char *indent, const char *key, const char *bytes,
                  size_t size) {
    char prefix[16] = "    ";
    if (size == 0) {
        return;
    }
    otpi_text_format(text, "%s  %s: |2\n", indent, key); /* 2: lines may begin with blanks */
    strncat(prefix, indent, sizeof prefix - 1 - strlen(prefix));
    sti_report_lines(text, prefix, bytes, size);
}

static void write_test(sti_reporter *to, otpi_text *text, const char *indent, size_t number,
                       const sti_result *result) {
    otpi_text_format(text, "%s%sok %zu - ", indent, sti_failed(result->status) ? "not " : "",
                     number);
    if (to->ops == &sti_report_tap) {
        tap_words(to, text, result->test->suite);
        otpi_text_char(text, '.');
    }
    tap_words(to, text, result->test->name);
    otpi_text_cstr(text, " (");
    sti_report_mode(text, result);
    otpi_text_char(text, ')');
    if (result->status == STI_SKIPPED) {
        otpi_text_cstr(text, " # SKIP ");
        sti_report_line(text, result->skip);
    }
    otpi_text_char(text, '\n');
}

static void write_details(otpi_text *text, const char *indent, const sti_result *result,
                          sti_printed printed) {
    static const char *const severity[] = {"fail", "pass", "fail", "crash", "hang", "skip"};
    if (!sti_failed(result->status) && printed.size == 0) {
        return;
    }
    otpi_text_format(text, "%s  ---\n", indent);
    if (sti_failed(result->status)) {
        otpi_text_format(text, "%s  severity: %s\n%s  at: %s:%d\n", indent,
                         severity[result->status], indent, result->test->file, result->test->line);
        block(text, indent, "details", result->details, strlen(result->details));
    }
    block(text, indent, "output", printed.bytes, printed.size);
    if (sti_failed(result->status)) {
        block(text, indent, "rerun", result->rerun, strlen(result->rerun));
    }
    otpi_text_format(text, "%s  ...\n", indent);
}

static void write_counts(sti_reporter *to) {
    if (sti_report_left(to->report) > 0 && !to->report->gathers) {
        otpi_text_cstr(&to->text, "Bail out! stopped after the first failure\n");
    }
    otpi_text_cstr(&to->text, "# ");
    sti_report_counts(&to->text, to->report);
    otpi_text_char(&to->text, '\n');
}

static void tap_note(sti_reporter *to, const char *line) {
    otpi_text_cstr(&to->text, "# ");
    sti_report_line(&to->text, line);
    otpi_text_char(&to->text, '\n');
}

static void write_seeds(sti_reporter *to) {
    if (!to->report->gathers) {
        otpi_text_cstr(&to->text, "# ");
        sti_report_seeds(&to->text, to->report);
        otpi_text_char(&to->text, '\n');
    }
}

/* ---- Version 13 ---- */

/* How many tests it will be is not known before the end. */
static bool plan_comes_last(const sti_report *report) {
    return report->gathers || report->planned == SIZE_MAX;
}

static void tap_begin(sti_reporter *to) {
    otpi_text_cstr(&to->text, "TAP version 13\n");
    write_seeds(to);
    if (!plan_comes_last(to->report)) {
        otpi_text_format(&to->text, "1..%zu\n", to->report->planned);
    }
}

static void tap_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    write_test(to, &to->text, "", to->report->number, result);
    write_details(&to->text, "", result, printed);
}

static void tap_end(sti_reporter *to) {
    if (plan_comes_last(to->report)) {
        otpi_text_format(&to->text, "1..%zu\n", to->report->number);
    }
    write_counts(to);
}

const sti_report_ops sti_report_tap = {.name = "tap",
                                       .summary = "Test Anything Protocol, version 13",
                                       .begin = tap_begin,
                                       .result = tap_result,
                                       .note = tap_note,
                                       .end = tap_end};

/* ---- Version 14 ---- */

static void tap14_begin(sti_reporter *to) {
    otpi_text_cstr(&to->text, "TAP version 14\n");
    write_seeds(to);
}

/* The plan of the suite's subtests, and the suite as a test. */
static void end_suite(sti_reporter *to) {
    if (to->suite) {
        otpi_text_format(&to->text, "    1..%zu\n%sok %zu - ", to->tests,
                         to->failures > 0 ? "not " : "", ++to->suites);
        tap_words(to, &to->text, to->suite);
        otpi_text_char(&to->text, '\n');
    }
    to->suite = NULL;
    to->tests = to->failures = 0;
}

static void tap14_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    if (!to->suite || strcmp(to->suite, result->test->suite) != 0) {
        end_suite(to);
        to->suite = result->test->suite;
        otpi_text_cstr(&to->text, "# Subtest: ");
        tap_words(to, &to->text, to->suite);
        otpi_text_char(&to->text, '\n');
    }
    to->failures += sti_failed(result->status);
    write_test(to, &to->text, "    ", ++to->tests, result);
    write_details(&to->text, "    ", result, printed);
}

static void tap14_end(sti_reporter *to) {
    end_suite(to);
    otpi_text_format(&to->text, "1..%zu\n", to->suites);
    write_counts(to);
}

const sti_report_ops sti_report_tap14 = {.name = "tap14",
                                         .summary = "version 14 of it, a suite's tests as subtests",
                                         .begin = tap14_begin,
                                         .result = tap14_result,
                                         .note = tap_note,
                                         .end = tap14_end};
