/* SPDX-License-Identifier: MIT */
/*
 * What all report formats share: counting, writing, lines, durations.
 */
#include "supertester/report/report.h"

#include "port/memory.h"
#include "port/output.h"

#include <inttypes.h>
#include <string.h>

static const sti_report_ops *const formats[] = {&sti_report_human, &sti_report_tap};

const sti_report_ops *sti_report_find(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            return formats[i];
        }
    }
    return NULL;
}

static void flush(sti_report *report) {
    otpi_io_err ignored =
        otpi_output_write(OTPI_OUTPUT_STDOUT, report->text.data, report->text.length);
    (void)ignored; /* whoever closed our output does not want to read on */
    otpi_text_clear(&report->text);
}

void sti_report_begin(sti_report *report) {
    otpi_text_init(&report->text, &otpi_heap_allocator);
    report->ops->begin(report);
    flush(report);
}

void sti_report_result(sti_report *report, const sti_result *result, const char *output,
                       size_t size) {
    report->number++;
    report->passed += result->status == STI_PASSED;
    report->skipped += result->status == STI_SKIPPED;
    report->failed += sti_failed(result->status);
    report->ops->result(report, result, output, size);
    flush(report);
}

void sti_report_end(sti_report *report) {
    report->ops->end(report);
    flush(report);
    otpi_text_fini(&report->text);
}

/* ---- For the formats ---- */

void sti_report_lines(otpi_text *text, const char *prefix, const char *bytes, size_t size) {
    const char *end = bytes + size;
    while (bytes < end) {
        otpi_text_cstr(text, prefix);
        for (; bytes < end && *bytes != '\n'; bytes++) {
            unsigned char byte = (unsigned char)*bytes;
            if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
                otpi_text_format(text, "\\x%02x", byte);
            } else {
                otpi_text_char(text, *bytes);
            }
        }
        otpi_text_char(text, '\n');
        bytes++;
    }
}

void sti_report_mode(otpi_text *text, const sti_result *result) {
    otpi_text_cstr(text, result->mode == OTP_SIMULATED ? "simulated" : "parallel");
    if (result->runs_asked > 1 && sti_failed(result->status)) {
        otpi_text_format(text, ", run %" PRIu64 " of %" PRIu64, result->runs_done,
                         result->runs_asked);
    } else if (result->runs_asked > 1) {
        otpi_text_format(text, ", %" PRIu64 " runs", result->runs_done);
    }
}

void sti_report_duration(otpi_text *text, uint64_t ns) {
    if (ns < 10000000) {
        otpi_text_format(text, "%.1f ms", (double)ns / 1e6);
    } else if (ns < UINT64_C(10000000000)) {
        otpi_text_format(text, "%" PRIu64 " ms", ns / 1000000);
    } else {
        otpi_text_format(text, "%" PRIu64 " s", ns / 1000000000);
    }
}

void sti_report_seeds(otpi_text *text, const sti_report *report) {
    otpi_text_format(text, "seed %" PRIu64, report->seed);
    if (report->shuffled) {
        otpi_text_format(text, ", shuffled with --shuffle=%" PRIu64, report->shuffle_seed);
    }
}

void sti_report_counts(otpi_text *text, const sti_report *report) {
    otpi_text_format(text, "%zu passed, %zu failed", report->passed, report->failed);
    if (report->skipped > 0) {
        otpi_text_format(text, ", %zu skipped", report->skipped);
    }
}
