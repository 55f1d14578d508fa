/* SPDX-License-Identifier: MIT */
/*
 * st_explore: a property whose cases are runs of a scenario, with a strategy for each run.
 */
#include "supertester/explore/strategy.h"
#include "supertester/property/check.h"

#include "port/memory.h"

enum { RUNS = 1000, DEPTH_MAX = 5 };

typedef struct exploration {
    st_scenario *scenario;
    void *context;
    st_simulation simulation;
    st_strategy kind;
    unsigned depth;
    sti_strategy strategy;
} exploration;

/* The random walk comes more often than its share: it is the quickest, and meets most. */
static const st_strategy portfolio[] = {ST_RANDOM_WALK, ST_PCT,         ST_POS,
                                        ST_DELAYS,      ST_RANDOM_WALK, ST_URW};
enum { PORTFOLIO = sizeof portfolio / sizeof portfolio[0] };

static bool run_scenario(void *ctx) {
    exploration *e = ctx;
    st_simulate(e->scenario, e->context, &e->simulation);
    return true;
}

static void run_begins(void *ctx, st_choices *list, uint64_t turn) {
    exploration *e = ctx;
    st_strategy kind = e->kind == ST_PORTFOLIO ? portfolio[turn % PORTFOLIO] : e->kind;
    unsigned depth = e->depth ? e->depth : 1 + (unsigned)(turn / PORTFOLIO % DEPTH_MAX);
    sti_strategy_begin(&e->strategy, kind, depth);
    list->picker = &e->strategy.picker;
}

st_verdict st_explore(st_scenario *scenario, const st_explore_opts *given) {
    st_explore_opts opts = given ? *given : (st_explore_opts){.check = {.name = "scenario"}};
    exploration *e = otpi_calloc(1, sizeof *e);
    if (!e) {
        return ST_MISUSED;
    }
    e->scenario = scenario;
    e->context = opts.check.context;
    e->simulation = opts.simulation;
    e->kind = opts.strategy;
    e->depth = opts.depth;
    opts.check.runs = opts.check.runs ? opts.check.runs : RUNS;
    opts.check.seed = sti_check_seed(&opts.check);
    sti_strategy_init(&e->strategy, opts.check.seed);
    sti_check_hooks hooks = {.run_begins = run_begins, .ctx = e};
    opts.check.context = e;
    st_verdict verdict = sti_check(run_scenario, &opts.check, &hooks);
    otpi_free(e);
    return verdict;
}

const char *st_strategy_name(st_strategy strategy) {
    static const char *const names[] = {"portfolio", "random", "pct", "pos", "urw", "delays"};
    return (unsigned)strategy < sizeof names / sizeof names[0] ? names[strategy] : "unknown";
}
