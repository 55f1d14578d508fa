/* SPDX-License-Identifier: MIT */
/*
 * Runs, their median, and the shared sequence of numbers: see savina.h.
 */
#include "bench/savina.h"

#include <stdio.h>
#include <stdlib.h>

static const char *program;
static savina_run *program_run;

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void body(otp_term unused) {
    (void)unused;
    size_t runs = (size_t)bench_count();
    double *taken_ms = calloc(runs, sizeof *taken_ms);
    bench_must(taken_ms ? OTP_OK : OTP_ENOMEM, "times");
    program_run(); /* not counted: it pays for memory that is new */
    for (size_t i = 0; i < runs; i++) {
        uint64_t started = bench_now_ns();
        program_run();
        taken_ms[i] = (double)(bench_now_ns() - started) / 1e6;
    }
    qsort(taken_ms, runs, sizeof *taken_ms, by_value);
    char name[64];
    snprintf(name, sizeof name, "savina_%s", program);
    bench_result(name, taken_ms[runs / 2], "ms");
    free(taken_ms);
}

int savina_main(int argc, char **argv, const char *name, savina_run *run) {
    program = name;
    program_run = run;
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 21});
}

void savina_check(bool right, const char *what) {
    if (!right) {
        fprintf(stderr, "savina_%s: %s\n", program, what);
        exit(1);
    }
}

int64_t savina_below(uint64_t *seed, int64_t n) {
    *seed = (*seed * 1103515245 + 12345) % 2147483648;
    return (int64_t)(*seed / 8) % n;
}
