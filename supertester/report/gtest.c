/* SPDX-License-Identifier: MIT */
/*
 * What a GoogleTest program prints, for IDEs that run this one as if it were one. A test that runs
 * in both worlds is one test there: it fails when it fails in either.
 */
#include "supertester/report/wording.h"

#include <inttypes.h>
#include <string.h>

/* The verdict of the test whose results were gathered. */
static void end_test(sti_reporter *to) {
    if (!to->last) {
        return;
    }
    const char *verdict = to->failures > 0         ? "[  FAILED  ] "
                          : to->skips == to->tests ? "[  SKIPPED ] "
                                                   : "[       OK ] ";
    otpi_text_cstr(&to->text, verdict);
    sti_report_name(&to->text, to->last);
    otpi_text_format(&to->text, " (%" PRIu64 " ms)\n", to->gathered_ns / 1000000);
    if (to->failures > 0) {
        to->errors++;
        otpi_text_cstr(&to->gathered, "[  FAILED  ] ");
        sti_report_name(&to->gathered, to->last);
        otpi_text_char(&to->gathered, '\n');
    }
    to->passes += to->failures == 0 && to->skips < to->tests;
    to->last = NULL;
    to->tests = to->failures = to->skips = 0;
    to->gathered_ns = 0;
}

/* Each failure where an IDE can jump to, then what else there is to say. */
static void write_failures(sti_reporter *to, const sti_result *result, sti_printed printed) {
    const char *rest = result->details;
    for (uint32_t i = 0; i < result->failure_count; i++) {
        const sti_failure *failure = &result->failures[i];
        sti_place place = sti_report_place(result, failure);
        sti_span said = sti_report_said(failure);
        const char *begin = result->details + failure->all.at;
        sti_report_lines(&to->text, "", rest, begin > rest ? (size_t)(begin - rest) : 0);
        otpi_text_format(&to->text, "%.*s:%d: Failure\n", (int)place.file_size, place.file,
                         place.line);
        sti_report_lines(&to->text, "", result->details + said.at, said.size);
        rest = begin + failure->all.size;
        rest += *rest == '\n';
    }
    sti_report_lines(&to->text, "", rest, strlen(rest));
    sti_report_lines(&to->text, "| ", printed.bytes, printed.size);
    if (result->rerun[0]) {
        otpi_text_format(&to->text, "rerun: %s\n", result->rerun);
    }
}

static void gtest_begin(sti_reporter *to) {
    const sti_report *report = to->report;
    if (!report->gathers) {
        otpi_text_cstr(&to->text, "Note: ");
        sti_report_seeds(&to->text, report);
        otpi_text_format(&to->text, "\n[==========] Running %zu tests.\n",
                         report->planned == SIZE_MAX ? report->tests : report->planned);
    }
}

static void gtest_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    if (to->last != result->test || to->last_mode == result->mode) { /* or in another round */
        end_test(to);
        to->last = result->test;
        otpi_text_cstr(&to->text, "[ RUN      ] ");
        sti_report_name(&to->text, result->test);
        otpi_text_char(&to->text, '\n');
    }
    to->last_mode = result->mode;
    to->tests++;
    to->failures += sti_failed(result->status);
    to->skips += result->status == STI_SKIPPED;
    to->gathered_ns += result->status == STI_SKIPPED ? 0 : result->duration_ns;
    if (sti_failed(result->status)) {
        otpi_text_format(&to->text, "in the %s world:\n", sti_report_world(result->mode));
        write_failures(to, result, printed);
    } else {
        sti_report_lines(&to->text, "| ", printed.bytes, printed.size);
    }
}

static void gtest_end(sti_reporter *to) {
    end_test(to);
    otpi_text_format(&to->text, "[==========] %zu tests ran. (%" PRIu64 " ms total)\n",
                     to->report->number, to->report->duration_ns / 1000000);
    otpi_text_format(&to->text, "[  PASSED  ] %zu tests.\n", to->passes);
    if (to->errors > 0) {
        otpi_text_format(&to->text, "[  FAILED  ] %zu tests, listed below:\n", to->errors);
        otpi_text_bytes(&to->text, to->gathered.data, to->gathered.length);
    }
}

const sti_report_ops sti_report_gtest = {.name = "gtest",
                                         .summary = "what a GoogleTest program prints, for IDEs",
                                         .begin = gtest_begin,
                                         .result = gtest_result,
                                         .end = gtest_end};
