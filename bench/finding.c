/* SPDX-License-Identifier: MIT */
/*
 * Finding power: how well st_check finds and shrinks.
 *
 *     bench_finding [--seeds N] [--only NAME] [--large] [--swapped] [--offset N] [--show]
 *
 * For each challenge and seed: is the result the ideal one, how many executions came after the
 * first failure, how many before. --large starts from large failing cases.
 */
#include "bench/challenges.h"

#include "port/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct finding_flags {
    uint64_t seeds;
    const char *only;
    bool large, swapped, show;
    int64_t offset;
} finding_flags;

typedef struct tally {
    uint64_t runs, ideal, found, executions, examples, most;
    uint64_t ns[1000];
} tally;

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void one_seed(const challenge *which, const finding_flags *flags, uint64_t seed, tally *t) {
    challenge_case c = {.offset = flags->offset, .swapped = flags->swapped};
    st_check_result result;
    uint64_t started = otpi_clock_monotonic_ns();
    st_verdict verdict = st_check(which->run, &(st_check_opts){.name = which->name,
                                                               .context = &c,
                                                               .runs = 1000000,
                                                               .seed = seed,
                                                               .quiet = true,
                                                               .no_proof = true,
                                                               .large_first = flags->large,
                                                               .result = &result});
    t->ns[t->runs++ % 1000] = otpi_clock_monotonic_ns() - started;
    t->found += verdict == ST_FALSIFIED;
    t->ideal += verdict == ST_FALSIFIED && c.ideal;
    t->executions += result.executions_after;
    t->most = result.executions_after > t->most ? result.executions_after : t->most;
    t->examples += result.runs + result.discarded;
    if (flags->show && !c.ideal) {
        printf("  %s seed %" PRIu64 " verdict %d: %s\n", which->name, seed, (int)verdict, c.shown);
    }
}

static double measure(const challenge *which, const finding_flags *flags) {
    static tally t;
    t = (tally){0};
    for (uint64_t seed = 1; seed <= flags->seeds; seed++) {
        one_seed(which, flags, seed, &t);
    }
    double n = (double)t.runs;
    qsort(t.ns, t.runs < 1000 ? t.runs : 1000, sizeof t.ns[0], by_size);
    printf("%-18s ideal %6.2f %%  calls %7.1f (most %4" PRIu64 ")  examples %7.1f  %7.3f ms\n",
           which->name, 100.0 * (double)t.ideal / n, (double)t.executions / n, t.most,
           (double)t.examples / n, (double)t.ns[(t.runs < 1000 ? t.runs : 1000) / 2] / 1e6);
    return (double)t.executions / n;
}

int main(int argc, char **argv) {
    finding_flags flags = {.seeds = 1000};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--seeds") == 0 && more) {
            flags.seeds = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && more) {
            flags.only = argv[++i];
        } else if (strcmp(argv[i], "--offset") == 0 && more) {
            flags.offset = strtoll(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--large") == 0) {
            flags.large = true;
        } else if (strcmp(argv[i], "--swapped") == 0) {
            flags.swapped = true;
        } else if (strcmp(argv[i], "--show") == 0) {
            flags.show = true;
        }
    }
    double sum = 0;
    for (size_t i = 0; i < challenge_count; i++) {
        if (!flags.only || strcmp(flags.only, challenges[i].name) == 0) {
            double calls = measure(&challenges[i], &flags);
            sum += challenges[i].kind == CHALLENGE_PUBLIC ? calls : 0;
        }
    }
    printf("sum of the public ones %.1f\n", sum);
    return 0;
}
