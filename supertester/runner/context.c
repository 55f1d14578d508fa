/* SPDX-License-Identifier: MIT */
/*
 * The context of the running test: collecting what it says, composing the details of its report.
 */
#include "supertester/choices/seam.h"
#include "supertester/runner/context.h"

#include "base/text.h"

#include <inttypes.h>
#include <otp/process.h>
#include <stdio.h>
#include <string.h>

sti_context *sti_context_now;

void sti_context_begin(sti_context *context, const st_test *test, otp_mode mode, uint64_t seed) {
    context->test = test;
    context->mode = mode;
    context->seed = seed;
    context->system = NULL;
    context->main = OTP_PID_NONE;
    context->main_alive = false;
    otpi_spin_init(&context->lock);
    context->checks = 0;
    context->failures = 0;
    context->hard = false;
    context->failure_lines = context->note_lines = (sti_lines){0};
    context->failure_count = 0;
    context->log_count = 0;
    context->refused = 0;
    context->names = 0;
    context->server_count = 0;
    context->deferred_count = 0;
    context->skip[0] = '\0';
    context->data = NULL;
    context->temporary_count = 0;
    sti_injection_begin(&context->injection, (sti_strike_plan){0});
}

/* ---- Collecting ---- */

static bool append(sti_lines *lines, char *text, size_t size, const char *line) {
    size_t length = strlen(line);
    if (lines->cut || lines->length + length + 2 > size) {
        lines->cut = true;
        return false;
    }
    memcpy(text + lines->length, line, length);
    text[lines->length + length] = '\n';
    /* The length is stored last: a crash leaves whole lines. */
    atomic_signal_fence(memory_order_release);
    lines->length += (uint32_t)length + 1;
    return true;
}

void sti_context_note(sti_context *context, const char *line) {
    otpi_spin_lock(&context->lock);
    append(&context->note_lines, context->note_text, sizeof context->note_text, line);
    otpi_spin_unlock(&context->lock);
}

void sti_context_log(sti_context *context, const char *line) {
    otpi_spin_lock(&context->lock);
    char *slot = context->log[context->log_count % STI_LOG_LINES];
    size_t size = strnlen(line, STI_LOG_LINE_SIZE - 1);
    memcpy(slot, line, size);
    slot[size] = '\0';
    context->log_count++;
    otpi_spin_unlock(&context->lock);
}

/* The failure's parts are counted from the beginning of its text. */
static void add_failure(sti_context *context, const char *text, sti_failure failure) {
    otpi_spin_lock(&context->lock);
    uint32_t at = context->failure_lines.length;
    if (++context->failures <= STI_FAILURES_MAX &&
        append(&context->failure_lines, context->failure_text, sizeof context->failure_text,
               text)) {
        failure.all.at += at;
        failure.site.at += at;
        failure.left.at += at;
        failure.right.at += at;
        context->failure_list[context->failure_count] = failure;
        atomic_signal_fence(memory_order_release);
        context->failure_count++;
    }
    otpi_spin_unlock(&context->lock);
}

/* A value in a text that is cut at size and stands behind so much else. */
static sti_span moved(sti_span span, size_t by, size_t size) {
    bool whole = span.size > 0 && span.at + by + span.size <= size;
    return whole ? (sti_span){span.at + (uint32_t)by, span.size} : (sti_span){0, 0};
}

void sti_fail_sides(const char *site, const char *text, const sti_span sides[2]) {
    char line[4096];
    char where[64] = "";
    sti_context *context = sti_context_now;
    if (sti_case_seam_now) {
        sti_case_seam_now->fail(site, text);
        return;
    }
    if (!context) {
        return;
    }
    if (otp_in_process() && otp_self().word != context->main.word) {
        char pid[40];
        otp_print(otp_from_pid(otp_self()), pid, sizeof pid);
        snprintf(where, sizeof where, "in process %s: ", pid);
    }
    snprintf(line, sizeof line, "%s%s%s%s", site ? site : "", site ? ": " : "", where, text);
    size_t before = (site ? strlen(site) + 2 : 0) + strlen(where), size = strlen(line);
    add_failure(context, line,
                (sti_failure){.all = {0, (uint32_t)size},
                              .site = {0, site ? (uint32_t)strlen(site) : 0},
                              .left = moved(sides[0], before, size),
                              .right = moved(sides[1], before, size)});
}

void sti_fail_text(const char *site, const char *text) {
    static const sti_span none[2];
    sti_fail_sides(site, text, none);
}

void sti_fail(const char *site, const char *format, ...) {
    char text[3072];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sti_fail_text(site, text);
}

void sti_context_temporary(const char *path) {
    sti_context *context = sti_context_now;
    if (!context || strlen(path) >= STI_TEMPORARY_SIZE) {
        return;
    }
    otpi_spin_lock(&context->lock);
    if (context->temporary_count < STI_TEMPORARIES_MAX) {
        memcpy(context->temporaries[context->temporary_count++], path, strlen(path) + 1);
    }
    otpi_spin_unlock(&context->lock);
}

/* ---- Composing ---- */

static void compose_log(const sti_context *context, otpi_text *out) {
    uint64_t shown = context->log_count < STI_LOG_LINES ? context->log_count : STI_LOG_LINES;
    if (shown == 0) {
        return;
    }
    otpi_text_cstr(out, shown < context->log_count ? "last lines of the log:\n" : "log:\n");
    for (uint64_t i = context->log_count - shown; i < context->log_count; i++) {
        otpi_text_format(out, "    %.*s\n", STI_LOG_LINE_SIZE, context->log[i % STI_LOG_LINES]);
    }
}

void sti_context_compose(const sti_context *context, const char *draws, otpi_text *out) {
    otpi_text_bytes(out, context->failure_text, context->failure_lines.length);
    if (context->failures > STI_FAILURES_MAX) {
        otpi_text_format(out, "and %" PRIu64 " more failures\n",
                         context->failures - STI_FAILURES_MAX);
    } else if (context->failure_lines.cut) {
        otpi_text_cstr(out, "and more, for which there is no room\n");
    }
    otpi_text_cstr(out, draws);
    if (context->note_lines.length > 0) {
        otpi_text_cstr(out, "notes:\n");
        otpi_text_bytes(out, context->note_text, context->note_lines.length);
    }
    compose_log(context, out);
}

void sti_context_report(const sti_context *context, const char *draws, sti_result *result) {
    otpi_text details;
    otpi_text_init_fixed(&details, result->details, sizeof result->details);
    sti_context_compose(context, draws, &details);
    result->checks = context->checks;
    result->failure_count = context->failure_count;
    memcpy(result->failures, context->failure_list, sizeof result->failures);
}
