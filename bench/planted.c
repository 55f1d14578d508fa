/* SPDX-License-Identifier: MIT */
/*
 * How soon st_explore finds planted bugs (tests/planted), and how small it makes them.
 *
 *     bench_planted [--seeds N] [--only NAME] [--table] [--strategies] [--show] [--schedulers N]
 *
 * For each program and seed: was it found within 1,000 and within 10,000 executions, after how
 * many, with how many deviations before and after shrinking. --table tells them by program;
 * --strategies measures each strategy by itself, without shrinking; --show prints what is above the
 * minimum. There is one thread, whatever --schedulers says.
 */
#include "bench/bench.h"
#include "tests/planted/planted.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_MAX = 1000, SOON = 1000, AT_ALL = 10000 };

/* How near to the minimum a median may be to count as there. */
static const double near_minimum = 1.2;

static struct {
    uint64_t seeds;
    const char *only;
    bool table, strategies, show;
} flags = {.seeds = 30};

/* Of one program: over all seeds, or over all of one kind. */
typedef struct tally {
    uint64_t seeds, soon, found;
    uint64_t executions;       /* until it was found, or until the end */
    uint64_t shrinking;        /* executions after that */
    uint64_t before;           /* deviations as found */
    uint64_t after[SEEDS_MAX]; /* and shrunk */
} tally;

static tally all, one;

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double share(uint64_t part, uint64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static bool is_wanted(const planted *program) {
    return !flags.only || strcmp(flags.only, program->name) == 0;
}

/* ---- One program ---- */

static void one_seed(const planted *program, st_strategy strategy, bool as_users_do, uint64_t seed,
                     tally *t) {
    planted_twin twin = {program, .correct = false};
    st_check_result result;
    st_explore_opts opts = {.check = {.name = program->name,
                                      .context = &twin,
                                      .runs = AT_ALL,
                                      .seed = seed,
                                      .no_shrinking = !as_users_do,
                                      .no_proof = !as_users_do,
                                      .quiet = true,
                                      .result = &result},
                            .simulation = program->simulation,
                            .strategy = strategy};
    bool found = st_explore(planted_scenario, &opts) == ST_FALSIFIED;
    t->seeds++;
    t->soon += found && result.runs <= SOON;
    t->executions += result.runs;
    t->shrinking += result.executions_after;
    if (found) {
        const st_check_failure *failure = &result.failures[0];
        t->before += failure->deviations_before;
        t->after[t->found++] = failure->deviations;
        if (flags.show && as_users_do && failure->deviations > (uint64_t)program->minimum) {
            printf("# %s, seed %" PRIu64 ": %" PRIu64 " in place of %d: %s\n", program->name, seed,
                   failure->deviations, program->minimum, failure->token);
        }
    }
}

static void measure(const planted *program, st_strategy strategy, bool as_users_do, tally *t) {
    memset(t, 0, sizeof *t);
    for (uint64_t seed = 1; seed <= flags.seeds; seed++) {
        one_seed(program, strategy, as_users_do, seed, t);
    }
    qsort(t->after, t->found, sizeof t->after[0], by_size);
}

static uint64_t median(const tally *t) {
    return t->found > 0 ? t->after[t->found / 2] : UINT64_MAX;
}

static void tell(const planted *program, const tally *t) {
    printf("# %-30s found %3" PRIu64 "/%-3" PRIu64 " soon %3" PRIu64
           "  executions %7.1f  deviations %7.1f -> %" PRIu64 " (most %" PRIu64
           ", minimum %d)  shrinking %6.1f\n",
           program->name, t->found, t->seeds, t->soon, share(t->executions, t->seeds),
           share(t->before, t->found), t->found ? median(t) : 0,
           t->found ? t->after[t->found - 1] : 0, program->minimum, share(t->shrinking, t->found));
}

/* ---- All ---- */

/* The lost wake-up of Cargill's bounded buffer, in both its sizes. */
static bool is_lost_wakeup(const planted *program) {
    return strncmp(program->name, "bounded_buffer", strlen("bounded_buffer")) == 0;
}

static void portfolio(void) {
    uint64_t programs = 0, small = 0, wakeups = 0, wakeup_executions = 0;
    for (const planted *const *at = planted_all; *at; at++) {
        if (!is_wanted(*at)) {
            continue;
        }
        measure(*at, ST_PORTFOLIO, true, &one);
        if (flags.table) {
            tell(*at, &one);
        }
        programs++;
        wakeups += is_lost_wakeup(*at) ? one.seeds : 0;
        wakeup_executions += is_lost_wakeup(*at) ? one.executions : 0;
        small += one.found && (double)median(&one) <= near_minimum * (*at)->minimum;
        all.seeds += one.seeds;
        all.soon += one.soon;
        all.found += one.found;
    }
    bench_result("planted_10k_share", share(all.found, all.seeds), "share");
    bench_result("planted_1k_share", share(all.soon, all.seeds), "share");
    bench_result("planted_minimum_share", share(small, programs), "share");
    if (wakeups > 0) {
        bench_result("lost_wakeup_executions", share(wakeup_executions, wakeups), "executions");
    }
}

/* A row for each program: mean executions until it is found, and of how many seeds it is not. */
static void each_strategy(void) {
    static const st_strategy kinds[] = {ST_PORTFOLIO, ST_RANDOM_WALK, ST_PCT,
                                        ST_POS,       ST_URW,         ST_DELAYS};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    uint64_t found[KINDS] = {0}, seeds = 0;
    printf("# %-30s", "");
    for (int i = 0; i < KINDS; i++) {
        printf(" %15s", st_strategy_name(kinds[i]));
    }
    for (const planted *const *at = planted_all; *at; at++) {
        if (!is_wanted(*at)) {
            continue;
        }
        printf("\n# %-30s", (*at)->name);
        for (int i = 0; i < KINDS; i++) {
            measure(*at, kinds[i], false, &one);
            found[i] += one.found;
            printf(" %9.1f", share(one.executions, one.seeds));
            printf(one.found < one.seeds ? " (-%2d)" : "      ", (int)(one.seeds - one.found));
            fflush(stdout);
        }
        seeds += flags.seeds;
    }
    printf("\n# %-30s", "share found");
    for (int i = 0; i < KINDS; i++) {
        printf(" %15.4f", share(found[i], seeds));
    }
    printf("\n");
}

static bool read_flag(int argc, char **argv, int *i) {
    const char *flag = argv[*i];
    bool more = *i + 1 < argc;
    if (strcmp(flag, "--table") == 0) {
        flags.table = true;
    } else if (strcmp(flag, "--strategies") == 0) {
        flags.strategies = true;
    } else if (strcmp(flag, "--show") == 0) {
        flags.show = true;
    } else if (strcmp(flag, "--seeds") == 0 && more) {
        flags.seeds = strtoull(argv[++*i], NULL, 10);
        return flags.seeds > 0 && flags.seeds <= SEEDS_MAX;
    } else if (strcmp(flag, "--only") == 0 && more) {
        flags.only = argv[++*i];
    } else if (strcmp(flag, "--schedulers") == 0 && more) {
        ++*i;
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i];
        if (!read_flag(argc, argv, &i)) {
            fprintf(stderr, "bench_planted: \"%s\" is no flag, or its value can't be used\n", flag);
            return 2;
        }
    }
    if (flags.strategies) {
        each_strategy();
    } else {
        portfolio();
    }
    return 0;
}
