/* SPDX-License-Identifier: MIT */
/*
 * What the phases of the proof share: checks, figures, progress.
 */
#include "proof.h"

#include "base/text.h"
#include "port/clock.h"
#include "port/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void failure_note(proof *p, const char *format, va_list arguments) {
    if (p->failure_count < PROOF_FAILURES_MAX) {
        (void)vsnprintf(p->failures[p->failure_count], PROOF_TEXT_MAX, format, arguments);
    }
    p->failure_count++;
}

bool proof_check(proof *p, proof_category category, bool ok, const char *format, ...) {
    *(ok ? &p->checks[category].passed : &p->checks[category].failed) += 1;
    if (!ok) {
        va_list arguments;
        va_start(arguments, format);
        failure_note(p, format, arguments);
        va_end(arguments);
    }
    return ok;
}

void proof_skip(proof *p, proof_category category, uint64_t checks) {
    p->checks[category].skipped += checks;
}

void proof_break(proof *p, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    failure_note(p, format, arguments);
    va_end(arguments);
    p->broken = true;
}

void proof_figure(proof *p, const char *phase, const char *name, uint64_t count, uint64_t floor,
                  bool is_fault) {
    if (p->count_count < PROOF_COUNTS_MAX) {
        p->counts[p->count_count++] = (proof_count){phase, name, count, floor, is_fault};
    }
    if (floor > 0) {
        (void)proof_check(p, PROOF_FLOOR, count >= floor,
                          "%s: %s: only %" PRIu64 ", at least %" PRIu64 " are needed", phase, name,
                          count, floor);
    }
}

otpi_prng proof_prng(const proof *p, uint64_t stream) {
    otpi_prng prng;
    otpi_prng_seed(&prng, otpi_hash_mix(p->options.seed, stream));
    return prng;
}

const char *proof_category_name(proof_category category) {
    static const char *const names[] = {"durability", "uniqueness",  "integrity",
                                        "liveness",   "determinism", "floors"};
    return names[category];
}

int proof_exit_code(const proof *p) {
    if (p->broken) {
        return 70;
    }
    uint64_t failed = 0;
    for (int i = 0; i < PROOF_FLOOR; i++) {
        failed += p->checks[i].failed;
    }
    return failed > 0 ? 1 : p->checks[PROOF_FLOOR].failed > 0 ? 4 : 0;
}

/* ---- Progress ---- */

enum { REDRAW_NS = 100000000 };

static void line_write(const char *format, ...) OTP_PRINTF(1, 2);
static void line_write(const char *format, ...) {
    char line[200];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    (void)!otpi_output_write(OTPI_OUTPUT_STDOUT, line, size);
}

void proof_progress(proof *p, int phase, uint64_t done, uint64_t of) {
    static uint64_t drawn_ns;
    uint64_t now_ns = otpi_clock_coarse_ns();
    if (now_ns - drawn_ns < REDRAW_NS || !otpi_output_is_terminal(OTPI_OUTPUT_STDOUT)) {
        return;
    }
    drawn_ns = now_ns;
    line_write("\r\033[K%-10s %s: %" PRIu64 " of %" PRIu64, p->phases[phase].name,
               p->phases[phase].title, done, of);
}

void proof_phase_begin(proof *p, int phase) {
    p->phases[phase].ran = true;
    p->phases[phase].seconds = -(double)otpi_clock_monotonic_ns() * 1e-9;
    otpi_histogram_init(&p->phases[phase].latency_ns);
    otpi_histogram_init(&p->phases[phase].recovery_ns);
    if (otpi_output_is_terminal(OTPI_OUTPUT_STDOUT)) {
        line_write("%-10s %s", p->phases[phase].name, p->phases[phase].title);
    }
}

void proof_phase_end(proof *p, int phase) {
    proof_phase *it = &p->phases[phase];
    it->seconds += (double)otpi_clock_monotonic_ns() * 1e-9;
    bool terminal = otpi_output_is_terminal(OTPI_OUTPUT_STDOUT);
    line_write("%s%-10s %s: %" PRIu64 " todos acknowledged, %.1f s%s\n", terminal ? "\r\033[K" : "",
               it->name, it->title, it->todos, it->seconds,
               proof_exit_code(p) == 1 ? "  FAILED" : "");
}
