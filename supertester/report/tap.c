/* SPDX-License-Identifier: MIT */
/*
 * The Test Anything Protocol, version 13
 * (https://testanything.org/tap-version-13-specification.html): flat and numbered, with a YAML
 * block of details behind each test that failed.
 */
#include "supertester/report/report.h"

#include <inttypes.h>
#include <string.h>

static void tap_begin(sti_report *report) {
    otpi_text_cstr(&report->text, "TAP version 13\n# ");
    sti_report_seeds(&report->text, report);
    otpi_text_char(&report->text, '\n');
    if (report->planned != SIZE_MAX) {
        otpi_text_format(&report->text, "1..%zu\n", report->planned);
    }
}

static void tap_block(otpi_text *text, const char *key, const char *bytes, size_t size) {
    if (size > 0) {
        otpi_text_format(text, "  %s: |2\n", key); /* 2: lines may begin with blanks */
        sti_report_lines(text, "    ", bytes, size);
    }
}

static void tap_result(sti_report *report, const sti_result *result, const char *output,
                       size_t size) {
    static const char *const severity[] = {"fail", "pass", "fail", "crash", "hang", "skip"};
    otpi_text *text = &report->text;
    bool failed = sti_failed(result->status);
    otpi_text_format(text, "%sok %zu - %s.%s (", failed ? "not " : "", report->number,
                     result->test->suite, result->test->name);
    sti_report_mode(text, result);
    otpi_text_char(text, ')');
    if (result->status == STI_SKIPPED) {
        otpi_text_format(text, " # SKIP %s", result->skip);
    }
    otpi_text_char(text, '\n');
    if (!failed) {
        return;
    }
    otpi_text_format(text, "  ---\n  severity: %s\n  at: %s:%d\n", severity[result->status],
                     result->test->file, result->test->line);
    tap_block(text, "details", result->details, strlen(result->details));
    tap_block(text, "output", output, size);
    tap_block(text, "rerun", result->rerun, strlen(result->rerun));
    otpi_text_cstr(text, "  ...\n");
}

static void tap_end(sti_report *report) {
    if (report->planned == SIZE_MAX) {
        otpi_text_format(&report->text, "1..%zu\n", report->number);
    } else if (report->number < report->planned) {
        otpi_text_format(&report->text, "Bail out! stopped after the first failure\n");
    }
    otpi_text_cstr(&report->text, "# ");
    sti_report_counts(&report->text, report);
    otpi_text_char(&report->text, '\n');
}

const sti_report_ops sti_report_tap = {
    .name = "tap", .begin = tap_begin, .result = tap_result, .end = tap_end};
