/* SPDX-License-Identifier: MIT */
/*
 * The report for people:
 *
 *     seed 1, 2 tests, 2 at a time
 *     ok    counter.adds                             simulated          0.4 ms
 *     FAIL  counter.loses                            simulated, run 17 of 1000  1.1 ms
 *           tests/counter.c:12: expected reply == otp_int(3)
 *               left  2
 *               right 3
 *           rerun: ./counter_test counter.loses --replay .supertester/counter.loses.choices
 *     1 passed, 1 failed
 */
#include "supertester/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INDENT "      "

static const char *word_of(sti_status status) {
    switch (status) {
    case STI_PASSED: return "ok";
    case STI_SKIPPED: return "skip";
    case STI_CRASHED: return "CRASH";
    case STI_HUNG: return "HANG";
    default: return "FAIL";
    }
}

static void human_begin(sti_report *report) {
    sti_report_seeds(&report->text, report);
    otpi_text_format(&report->text, ", %zu test%s", report->tests, report->tests == 1 ? "" : "s");
    if (report->planned == SIZE_MAX) {
        otpi_text_cstr(&report->text, " until one fails");
    } else if (report->planned != report->tests) {
        otpi_text_format(&report->text, " %zu times", report->planned / report->tests);
    }
    if (report->at_a_time > 0) {
        otpi_text_format(&report->text, ", %zu at a time\n", report->at_a_time);
    } else {
        otpi_text_cstr(&report->text, ", in this process\n");
    }
}

static void pad(otpi_text *text, size_t from, size_t width) {
    size_t used = text->length - from;
    otpi_text_repeat(text, ' ', used < width ? width - used : 1);
}

static void human_result(sti_report *report, const sti_result *result, const char *output,
                         size_t size) {
    otpi_text *text = &report->text;
    otpi_text_format(text, "%-5s ", word_of(result->status));
    size_t start = text->length;
    otpi_text_format(text, "%s.%s", result->test->suite, result->test->name);
    pad(text, start, 40);
    if (result->status == STI_SKIPPED) {
        otpi_text_format(text, "%s\n", result->skip);
        return;
    }
    start = text->length;
    sti_report_mode(text, result);
    pad(text, start, 24);
    sti_report_duration(text, result->duration_ns);
    otpi_text_char(text, '\n');
    if (result->status == STI_PASSED && !report->verbose) {
        return;
    }
    sti_report_lines(text, INDENT, result->details, strlen(result->details));
    if (size > 0) {
        otpi_text_cstr(text, INDENT "output:\n");
        sti_report_lines(text, INDENT "| ", output, size);
    }
    if (result->rerun[0]) {
        otpi_text_format(text, INDENT "rerun: %s\n", result->rerun);
    }
}

static void human_end(sti_report *report) {
    sti_report_counts(&report->text, report);
    otpi_text_char(&report->text, '\n');
}

const sti_report_ops sti_report_human = {
    .name = "human", .begin = human_begin, .result = human_result, .end = human_end};
