/* SPDX-License-Identifier: MIT */
/*
 * Finding power: how well st_check finds and shrinks, and how fast it runs.
 *
 *     bench_finding [--seeds N] [--only NAME] [--show] [--schedulers N]
 *
 * For each challenge and seed: is the result the ideal one, how many executions of the property
 * came after the first failure (every one counts), how many before. Variants: draws in another
 * order, numbers with an offset, large failing cases to start from. --show tells what was not
 * ideal. There is one thread, whatever --schedulers says.
 */
#include "bench/bench.h"
#include "bench/challenges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct variant {
    const char *name; /* "" = as defined */
    bool large, swapped;
    int64_t offset;
} variant;

typedef struct tally {
    uint64_t runs, ideal, executions, examples, most;
    uint64_t ns[1000];
} tally;

static struct {
    uint64_t seeds;
    const char *only;
    bool show;
} flags = {.seeds = 1000};

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void one_seed(const challenge *which, const variant *v, uint64_t seed, tally *t) {
    challenge_case c = {.offset = v->offset, .swapped = v->swapped};
    st_check_result result;
    uint64_t started = bench_now_ns();
    st_verdict verdict = st_check(which->run, &(st_check_opts){.name = which->name,
                                                               .context = &c,
                                                               .runs = 1000000,
                                                               .seed = seed,
                                                               .quiet = true,
                                                               .no_proof = true,
                                                               .large_first = v->large,
                                                               .result = &result});
    t->ns[t->runs++ % 1000] = bench_now_ns() - started;
    t->ideal += verdict == ST_FALSIFIED && c.ideal;
    t->executions += result.executions_after;
    t->most = result.executions_after > t->most ? result.executions_after : t->most;
    t->examples += result.runs + result.discarded;
    if (flags.show && !c.ideal) {
        printf("# %s%s, seed %" PRIu64 ", %s: %s\n", which->name, v->name, seed,
               st_verdict_name(verdict), c.shown);
    }
}

static tally measure(const challenge *which, const variant *v, uint64_t seeds) {
    tally t = {0};
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        one_seed(which, v, seed, &t);
    }
    uint64_t kept = t.runs < 1000 ? t.runs : 1000;
    qsort(t.ns, kept, sizeof t.ns[0], by_size);
    printf("# %-18s%-8s ideal %6.2f %%  executions %6.1f (most %" PRIu64
           ")  examples %6.1f  %6.3f ms\n",
           which->name, v->name, 100.0 * (double)t.ideal / (double)t.runs,
           (double)t.executions / (double)t.runs, t.most, (double)t.examples / (double)t.runs,
           (double)t.ns[kept / 2] / 1e6);
    return t;
}

static void result_of(const char *start, const char *name, const char *end, double value,
                      const char *unit) {
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s%s", start, name, end);
    bench_result(whole, value, unit);
}

static double share(uint64_t part, uint64_t all) {
    return all > 0 ? (double)part / (double)all : 0;
}

/* ---- As defined ---- */

static void as_defined(void) {
    const variant plain = {.name = ""};
    uint64_t ideal = 0, runs = 0, own_ideal = 0, own_runs = 0;
    double calls = 0, slowest_ms = 0;
    for (size_t i = 0; i < challenge_count; i++) {
        const challenge *which = &challenges[i];
        if (flags.only && strcmp(flags.only, which->name) != 0) {
            continue;
        }
        tally t = measure(which, &plain, flags.seeds);
        double executions = share(t.executions, t.runs);
        double ms = (double)t.ns[(t.runs < 1000 ? t.runs : 1000) / 2] / 1e6;
        slowest_ms = ms > slowest_ms ? ms : slowest_ms;
        if (which->kind == CHALLENGE_PUBLIC) {
            ideal += t.ideal;
            runs += t.runs;
            calls += executions;
            result_of("shrink_ideal_", which->name, "", share(t.ideal, t.runs), "share");
        } else if (which->kind == CHALLENGE_OWN) {
            own_ideal += t.ideal;
            own_runs += t.runs;
        } else {
            result_of("", which->name, "_ideal_share", share(t.ideal, t.runs), "share");
            result_of("", which->name, "_executions", executions, "executions");
        }
        if (strncmp(which->name, "difference_", 11) == 0) {
            result_of("", which->name, "_examples", share(t.examples, t.runs), "examples");
        }
    }
    bench_result("shrink_ideal_share", share(ideal, runs), "share");
    bench_result("shrink_calls_sum", calls, "executions");
    bench_result("shrink_own_ideal_share", share(own_ideal, own_runs), "share");
    bench_result("shrink_ms_slowest_median", slowest_ms, "ms");
}

static void in_variants(void) {
    static const variant variants[] = {
        {.name = " swapped", .swapped = true},
        {.name = " offset", .offset = 1234567},
        {.name = " large", .large = true},
    };
    uint64_t ideal = 0, runs = 0;
    for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++) {
        for (size_t i = 0; i < challenge_count; i++) {
            if (!flags.only || strcmp(flags.only, challenges[i].name) == 0) {
                tally t = measure(&challenges[i], &variants[v], (flags.seeds + 4) / 5);
                ideal += t.ideal;
                runs += t.runs;
            }
        }
    }
    bench_result("shrink_variants_ideal_share", share(ideal, runs), "share");
}

/* ---- Speed ---- */

static volatile int64_t sink;

static bool one_int(void *unused) {
    (void)unused;
    sink = st_int(INT32_MIN, INT32_MAX);
    return true;
}

static bool list_of_ints(void *unused) {
    (void)unused;
    int64_t sum = 0;
    ST_LIST(e, 0, 100) {
        sum += st_int(INT32_MIN, INT32_MAX);
    }
    sink = sum;
    return true;
}

static void speed(const char *name, st_property *property, uint64_t runs) {
    uint64_t started = bench_now_ns();
    st_verdict verdict =
        st_check(property, &(st_check_opts){.name = name, .runs = runs, .seed = 1, .quiet = true});
    if (verdict != ST_HELD) {
        exit(1);
    }
    bench_rate(name, runs, started);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--seeds") == 0 && more) {
            flags.seeds = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && more) {
            flags.only = argv[++i];
        } else if (strcmp(argv[i], "--show") == 0) {
            flags.show = true;
        } else if (strcmp(argv[i], "--schedulers") == 0 && more) {
            i++;
        } else {
            fprintf(stderr, "bench_finding: unknown flag \"%s\"\n", argv[i]);
            return 2;
        }
    }
    as_defined();
    in_variants();
    if (!flags.only) {
        speed("cases_int", one_int, 20000000);
        speed("cases_list", list_of_ints, 2000000);
    }
    return 0;
}
