/* SPDX-License-Identifier: MIT */
/*
 * The report: counting, remembering what is slowest and what to run again, and passing everything
 * on to the reporters.
 */
#include "supertester/report/wording.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

/* ---- Formats ---- */

static const sti_report_ops *const formats[] = {
    &sti_report_human, &sti_report_tap,    &sti_report_tap14, &sti_report_junit,
    &sti_report_jsonl, &sti_report_github, &sti_report_gtest, NULL};

const sti_report_ops *sti_report_at(size_t index) {
    return formats[index];
}

const sti_report_ops *sti_report_find(const char *name) {
    for (size_t i = 0; formats[i]; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            return formats[i];
        }
    }
    return NULL;
}

bool sti_report_order_read(sti_report_order *order, const char *word, otpi_text *error) {
    char name[32];
    size_t size = strcspn(word, ":");
    size_t kept = size < sizeof name - 1 ? size : sizeof name - 1;
    memcpy(name, word, kept);
    name[kept] = '\0';
    *order = (sti_report_order){sti_report_find(name), word[size] ? word + size + 1 : NULL};
    if (!order->ops) {
        otpi_text_format(error, "\"%.*s\" is no reporter; there are", (int)size, word);
        for (size_t i = 0; formats[i]; i++) {
            const char *before = i == 0 ? " " : formats[i + 1] ? ", " : " and ";
            otpi_text_format(error, "%s%s", before, formats[i]->name);
        }
        return false;
    }
    if (order->file && !*order->file) {
        otpi_text_format(error, "\"%s\" names no file behind its colon", word);
        return false;
    }
    return true;
}

/* ---- Opening ---- */

static void flush(sti_reporter *to) {
    if (to->text.failed || to->gathered.failed || to->whole.failed) {
        sti_sink_fail(&to->sink, OTPI_IO_ENOMEM);
    }
    sti_sink_write(&to->sink, to->text.data, to->text.length);
    otpi_text_clear(&to->text);
}

static bool open_one(sti_report *report, sti_report_order order, otpi_text *error) {
    sti_reporter *to = &report->reporters[report->reporter_count++];
    *to = (sti_reporter){.ops = order.ops, .report = report};
    otpi_text_init(&to->text, &otpi_heap_allocator);
    otpi_text_init(&to->gathered, &otpi_heap_allocator);
    otpi_text_init(&to->whole, &otpi_heap_allocator);
    to->colours = report->colours && !order.file;
    to->live = report->live && !order.file;
    if (sti_sink_open(&to->sink, order.file) != OTPI_IO_OK) {
        otpi_text_format(error, "the report %s can't be written ", order.ops->name);
        sti_sink_describe(&to->sink, error);
        return false;
    }
    return true;
}

static bool stands_alone(sti_report_order order) {
    return !order.file && !order.ops->beside;
}

static bool open_all(sti_report *report, const sti_report_order *orders, size_t count,
                     const sti_report_ops *usual, otpi_text *error) {
    bool alone = false, opened = true;
    for (size_t i = 0; i < count; i++) {
        alone = alone || stands_alone(orders[i]);
    }
    if (!alone && usual) {
        opened = open_one(report, (sti_report_order){usual, NULL}, error);
    }
    for (size_t i = 0; i < count && opened; i++) {
        opened = open_one(report, orders[i], error);
    }
    return opened;
}

bool sti_report_begin(sti_report *report, const sti_report_order *orders, size_t count,
                      const sti_report_ops *usual, otpi_text *error) {
    otpi_text_init(&report->again, &otpi_heap_allocator);
    report->started_ns = otpi_clock_monotonic_ns();
    if (report->slowest > 0) {
        report->slow = otpi_calloc(report->slowest, sizeof(sti_slow));
        if (!report->slow) {
            otpi_text_cstr(error, "out of memory");
            return false;
        }
    }
    if (!open_all(report, orders, count, usual, error)) {
        return false;
    }
    for (size_t i = 0; i < report->reporter_count; i++) {
        report->reporters[i].ops->begin(&report->reporters[i]);
        flush(&report->reporters[i]);
    }
    return true;
}

/* ---- What happens ---- */

void sti_report_began(sti_report *report, size_t id, const st_test *test, otp_mode mode) {
    report->running++;
    for (size_t i = 0; i < report->reporter_count; i++) {
        sti_reporter *to = &report->reporters[i];
        if (to->ops->began) {
            to->ops->began(to, id, test, mode);
            flush(to);
        }
    }
}

/* Into its place among the slowest. */
static void note_slow(sti_report *report, const sti_result *result) {
    size_t at = report->slow_count;
    while (at > 0 && report->slow[at - 1].duration_ns < result->duration_ns) {
        at--;
    }
    if (at == report->slowest || result->status == STI_SKIPPED) {
        return;
    }
    report->slow_count += report->slow_count < report->slowest;
    for (size_t i = report->slow_count - 1; i > at; i--) {
        report->slow[i] = report->slow[i - 1];
    }
    report->slow[at] = (sti_slow){result->test, result->mode, result->duration_ns};
}

/* A test of both worlds, or of several rounds, is named once. */
static bool named_again(const sti_report *report, const st_test *test) {
    for (size_t i = 0; i < report->again_count && i < STI_RERUN_NAMES_MAX; i++) {
        const st_test *named = report->again_tests[i];
        if (strcmp(named->suite, test->suite) == 0 && strcmp(named->name, test->name) == 0) {
            return true;
        }
    }
    return false;
}

static void note_again(sti_report *report, const sti_result *result) {
    bool a_program = result->test->line == 0; /* that broke: it has no name to run it by */
    if (!sti_failed(result->status) || a_program || named_again(report, result->test)) {
        return;
    }
    report->again_ended |= result->status == STI_CRASHED || result->status == STI_HUNG;
    if (++report->again_count <= STI_RERUN_NAMES_MAX) {
        report->again_tests[report->again_count - 1] = result->test;
        char name[512];
        otpi_text full;
        otpi_text_init_fixed(&full, name, sizeof name);
        otpi_text_format(&full, "%s.%s", result->test->suite, result->test->name);
        otpi_text_char(&report->again, ' ');
        sti_report_shell_word(&report->again, name);
    }
}

void sti_report_result(sti_report *report, const sti_result *result, const char *output,
                       size_t size) {
    bool shown = sti_failed(result->status) || report->verbose || report->show_output;
    sti_printed printed = {output, shown ? size : 0};
    report->number++;
    report->running -= report->running > 0;
    report->passed += result->status == STI_PASSED;
    report->skipped += result->status == STI_SKIPPED;
    report->failed += sti_failed(result->status);
    note_slow(report, result);
    note_again(report, result);
    for (size_t i = 0; i < report->reporter_count; i++) {
        report->reporters[i].ops->result(&report->reporters[i], result, printed);
        flush(&report->reporters[i]);
    }
}

void sti_report_note(sti_report *report, const char *line) {
    for (size_t i = 0; i < report->reporter_count; i++) {
        sti_reporter *to = &report->reporters[i];
        if (to->ops->note) {
            to->ops->note(to, line);
            flush(to);
        }
    }
}

size_t sti_report_left(const sti_report *report) {
    bool known = report->planned != SIZE_MAX;
    return known && report->number < report->planned ? report->planned - report->number : 0;
}

void sti_report_end(sti_report *report) {
    report->duration_ns = otpi_clock_monotonic_ns() - report->started_ns;
    for (size_t i = 0; i < report->reporter_count; i++) {
        report->reporters[i].ops->end(&report->reporters[i]);
        flush(&report->reporters[i]);
    }
}

/* ---- Closing ---- */

static void close_one(sti_reporter *to, otpi_text *error) {
    bool told = error->length > 0;
    sti_sink_close(&to->sink);
    if (to->sink.err != OTPI_IO_OK) {
        otpi_text_format(error, "%sthe report %s could not be written ", told ? "; " : "",
                         to->ops->name);
        sti_sink_describe(&to->sink, error);
    }
    otpi_text_fini(&to->text);
    otpi_text_fini(&to->gathered);
    otpi_text_fini(&to->whole);
}

bool sti_report_close(sti_report *report, otpi_text *error) {
    size_t before = error->length;
    for (size_t i = 0; i < report->reporter_count; i++) {
        close_one(&report->reporters[i], error);
    }
    report->reporter_count = 0;
    otpi_free(report->slow);
    report->slow = NULL;
    otpi_text_fini(&report->again);
    if (error->length == before) {
        return true;
    }
    otpi_text_cstr(error, "; ");
    sti_report_counts(error, report);
    return false;
}
