/* SPDX-License-Identifier: MIT */
/*
 * st_explore: a property whose cases are runs of a scenario, with a strategy for each run.
 */
#include "supertester/explore/dpor.h"
#include "supertester/explore/explorer.h"
#include "supertester/property/check.h"

#include "port/memory.h"

enum { RUNS = 1000, RUNS_EXHAUSTIVE = 100000 };

typedef struct exploration {
    st_scenario *scenario;
    void *context;
    st_simulation simulation;
    sti_explorer explorer;
    sti_dpor *dpor; /* of ST_EXHAUSTIVE; else NULL */
} exploration;

static bool run_scenario(void *ctx) {
    exploration *e = ctx;
    st_simulate(e->scenario, e->context, &e->simulation);
    return true;
}

static void run_begins(void *ctx, st_choices *list, uint64_t turn) {
    exploration *e = ctx;
    sti_explorer_begin(&e->explorer, list, turn);
}

static void exhaustive_begins(void *ctx, st_choices *list, uint64_t turn) {
    exploration *e = ctx;
    (void)turn;
    sti_dpor_begin(e->dpor);
    list->picker = &e->dpor->picker;
}

static sti_steering exhaustive_ended(void *ctx, const st_choices *list, const char **refusal) {
    exploration *e = ctx;
    sti_steering steering = sti_dpor_end(e->dpor, list);
    *refusal = e->dpor->refusal;
    return steering;
}

static exploration *exploration_new(const st_explore_opts *opts) {
    exploration *e = otpi_calloc(1, sizeof *e);
    if (!e || opts->strategy != ST_EXHAUSTIVE) {
        return e;
    }
    e->dpor = sti_dpor_new(&opts->simulation);
    if (!e->dpor) {
        otpi_free(e);
        return NULL;
    }
    if (opts->check.contained) {
        sti_dpor_refuse(e->dpor, "runs are contained, and what they touch is not told");
    }
    return e;
}

st_verdict st_explore(st_scenario *scenario, const st_explore_opts *given) {
    st_explore_opts opts = given ? *given : (st_explore_opts){0};
    exploration *e = exploration_new(&opts);
    if (!e) {
        return ST_MISUSED;
    }
    e->scenario = scenario;
    e->context = opts.check.context;
    e->simulation = opts.simulation;
    opts.check.name = opts.check.name ? opts.check.name : "scenario";
    opts.check.context = e;
    opts.check.runs = opts.check.runs ? opts.check.runs : e->dpor ? RUNS_EXHAUSTIVE : RUNS;
    opts.check.seed = sti_check_seed(&opts.check);
    sti_explorer_init(&e->explorer, opts.strategy, opts.depth, opts.check.seed);
    sti_check_hooks hooks = {.ctx = e, .run_begins = run_begins};
    if (e->dpor) {
        hooks.run_begins = exhaustive_begins;
        hooks.run_ended = exhaustive_ended;
    }
    st_verdict verdict = sti_check(run_scenario, &opts.check, &hooks);
    sti_dpor_free(e->dpor);
    otpi_free(e);
    return verdict;
}

const char *st_strategy_name(st_strategy strategy) {
    static const char *const names[] = {"portfolio", "random", "pct", "pos", "urw", "delays"};
    if (strategy == ST_EXHAUSTIVE) {
        return "exhaustive";
    }
    return (unsigned)strategy < sizeof names / sizeof names[0] ? names[strategy] : "unknown";
}
