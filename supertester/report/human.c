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
 *     1 passed, 1 failed in 12 ms
 *     rerun failures: ./counter_test counter.loses
 *
 * On a terminal the last line says how far it is, and is taken away before anything else is
 * written.
 */
#include "supertester/report/wording.h"

#include "port/output.h"

#include <string.h>

#define INDENT "      "

#define RED    "\x1b[31m"
#define GREEN  "\x1b[32m"
#define YELLOW "\x1b[33m"
#define PLAIN  "\x1b[0m"

static void coloured(sti_reporter *to, const char *colour, const char *words) {
    otpi_text_format(&to->text, "%s%s%s", to->colours ? colour : "", words,
                     to->colours ? PLAIN : "");
}

static void pad(otpi_text *text, size_t from, size_t width) {
    size_t used = text->length - from;
    otpi_text_repeat(text, ' ', used + 2 < width ? width - used : 2);
}

/* ---- Progress ---- */

static void progress_hide(sti_reporter *to) {
    otpi_text_cstr(&to->text, to->live ? "\r\x1b[K" : "");
}

/* "3 of 20 done, 1 failed; counter.adds runs" in what the line has room for. */
static void progress_show(sti_reporter *to, const st_test *running) {
    const sti_report *report = to->report;
    if (!to->live || report->number == report->planned) {
        return;
    }
    size_t start = to->text.length, width = otpi_output_width(OTPI_OUTPUT_STDOUT);
    otpi_text_format(&to->text, "%zu", report->number);
    if (report->planned != SIZE_MAX) {
        otpi_text_format(&to->text, " of %zu", report->planned);
    }
    otpi_text_cstr(&to->text, " done");
    if (report->failed > 0) {
        otpi_text_format(&to->text, ", %zu failed", report->failed);
    }
    if (running) {
        otpi_text_cstr(&to->text, "; ");
        sti_report_name(&to->text, running);
        otpi_text_cstr(&to->text, " runs");
    }
    if (width > 1 && to->text.length - start >= width) {
        size_t end = start + width - 1;
        while (end > start && ((unsigned char)to->text.data[end] & 0xc0) == 0x80) {
            end--; /* not within a character */
        }
        otpi_text_truncate(&to->text, end);
    }
}

static void human_began(sti_reporter *to, size_t id, const st_test *test, otp_mode mode) {
    (void)id, (void)mode;
    progress_hide(to);
    progress_show(to, test);
}

/* ---- The report ---- */

static void human_begin(sti_reporter *to) {
    if (!to->report->gathers) {
        sti_report_plan(&to->text, to->report);
        otpi_text_char(&to->text, '\n');
    }
}

static void human_note(sti_reporter *to, const char *line) {
    progress_hide(to);
    sti_report_line(&to->text, line);
    otpi_text_char(&to->text, '\n');
    progress_show(to, NULL);
}

static void write_status(sti_reporter *to, sti_status status) {
    switch (status) {
    case STI_PASSED: coloured(to, GREEN, "ok    "); return;
    case STI_SKIPPED: coloured(to, YELLOW, "skip  "); return;
    case STI_CRASHED: coloured(to, RED, "CRASH "); return;
    case STI_HUNG: coloured(to, RED, "HANG  "); return;
    default: coloured(to, RED, "FAIL  "); return;
    }
}

static void write_headline(sti_reporter *to, const sti_result *result) {
    otpi_text *text = &to->text;
    write_status(to, result->status);
    size_t start = text->length;
    sti_report_name(text, result->test);
    pad(text, start, 40);
    if (result->status == STI_SKIPPED) {
        sti_report_line(text, result->skip);
    } else {
        start = text->length;
        sti_report_mode(text, result);
        pad(text, start, 24);
        sti_report_duration(text, result->duration_ns);
    }
    otpi_text_char(text, '\n');
}

static void human_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    otpi_text *text = &to->text;
    progress_hide(to);
    write_headline(to, result);
    if (sti_failed(result->status) || (result->status == STI_PASSED && to->report->verbose)) {
        sti_report_lines(text, INDENT, result->details, strlen(result->details));
    }
    if (printed.size > 0) {
        otpi_text_cstr(text, INDENT "output:\n");
        sti_report_lines(text, INDENT "| ", printed.bytes, printed.size);
    }
    if (sti_failed(result->status) && result->rerun[0]) {
        otpi_text_format(text, INDENT "rerun: %s\n", result->rerun);
    }
    progress_show(to, NULL);
}

static void write_slowest(sti_reporter *to) {
    const sti_report *report = to->report;
    otpi_text_cstr(&to->text, report->slow_count > 0 ? "slowest:\n" : "");
    for (size_t i = 0; i < report->slow_count; i++) {
        otpi_text_cstr(&to->text, INDENT);
        size_t start = to->text.length;
        sti_report_name(&to->text, report->slow[i].test);
        pad(&to->text, start, 40);
        start = to->text.length;
        otpi_text_cstr(&to->text, sti_report_world(report->slow[i].mode));
        pad(&to->text, start, 24);
        sti_report_duration(&to->text, report->slow[i].duration_ns);
        otpi_text_char(&to->text, '\n');
    }
}

static void write_again(sti_reporter *to) {
    const sti_report *report = to->report;
    if (report->again_count == 0 || !report->again_before || report->again.failed) {
        return;
    }
    otpi_text_cstr(&to->text, "rerun failures: ");
    if (report->again_count > STI_RERUN_NAMES_MAX && report->again_failed) {
        otpi_text_format(&to->text, "%s\n", report->again_failed);
    } else {
        bool apart = report->again_count == 1 && report->again_ended && report->again_apart;
        otpi_text_format(&to->text, "%s%s%s%s\n", report->again_before, report->again.data,
                         report->again_after ? report->again_after : "",
                         apart ? report->again_apart : "");
    }
}

static void human_end(sti_reporter *to) {
    char counts[128];
    otpi_text line;
    otpi_text_init_fixed(&line, counts, sizeof counts);
    sti_report_counts(&line, to->report);
    otpi_text_cstr(&line, " in ");
    sti_report_duration(&line, to->report->duration_ns);
    progress_hide(to);
    write_slowest(to);
    coloured(to, to->report->failed > 0 ? RED : GREEN, counts);
    otpi_text_char(&to->text, '\n');
    write_again(to);
}

const sti_report_ops sti_report_human = {.name = "human",
                                         .summary = "for people",
                                         .begin = human_begin,
                                         .began = human_began,
                                         .result = human_result,
                                         .note = human_note,
                                         .end = human_end};
