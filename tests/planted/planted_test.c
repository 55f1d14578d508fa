/* SPDX-License-Identifier: MIT */
/*
 * Every planted bug is found by the default portfolio, its failure is replayed by its token, and
 * the twin stays clean. bench/planted.c measures how soon and how small.
 */
#include "tests/planted/planted.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum {
    FOUND_WITHIN = 10000,
    CLEAN_RUNS = 300,
    CLEAN_RUNS_LONG = 10000,
    SHRINK_RUNS = 300, /* how small it gets is not asked here */
};

static st_verdict explore(const planted *program, bool correct, st_check_opts check,
                          st_check_result *result) {
    planted_twin twin = {program, correct};
    check.name = program->name;
    check.context = &twin;
    check.seed = unit_seed();
    check.quiet = true;
    check.result = result;
    return st_explore(planted_scenario,
                      &(st_explore_opts){.check = check, .simulation = program->simulation});
}

static void check_verdict(const planted *program, bool as_it_should, const st_check_result *r) {
    if (!CHECK(as_it_should)) {
        printf("# %s: %s after %d runs: %s\n", program->name, st_verdict_name(r->verdict),
               (int)r->runs, r->failure_count ? r->failures[0].text : "");
    }
}

static void found(const planted *program) {
    st_check_result first, again;
    st_check_opts opts = {.runs = FOUND_WITHIN, .shrink_runs_max = SHRINK_RUNS};
    st_verdict verdict = explore(program, false, opts, &first);
    check_verdict(program, verdict == ST_FALSIFIED, &first);
    if (verdict != ST_FALSIFIED || first.failures[0].token[0] == '\0') {
        return; /* one of a thousand steps has no token: its seed replays it */
    }
    char token[sizeof first.failures[0].token];
    memcpy(token, first.failures[0].token, sizeof token);
    verdict = explore(program, false, (st_check_opts){.replay = token}, &again);
    check_verdict(program, verdict == ST_FALSIFIED, &again);
    CHECK_STR(again.failures[0].text, first.failures[0].text);
}

UNIT("each bug is found, and its failure is replayed by its token") {
    for (const planted *const *program = planted_all; *program; program++) {
        found(*program);
    }
}

UNIT("the correct twin of each is clean in every order") {
    uint64_t runs = unit_long() ? CLEAN_RUNS_LONG : CLEAN_RUNS;
    for (const planted *const *program = planted_all; *program; program++) {
        st_check_result result;
        st_verdict verdict = explore(*program, true, (st_check_opts){.runs = runs}, &result);
        check_verdict(*program, verdict == ST_HELD || verdict == ST_PROVED, &result);
    }
}

/* Where none of the deviations can be left out by itself: two are looked for from below, and what
 * follows one that is left out moves with it. */
UNIT("what a few deviations show is shrunk to as few") {
    extern const planted planted_crdt_lww_tie, planted_lazy01, planted_german;
    const planted *const programs[] = {&planted_crdt_lww_tie, &planted_lazy01, &planted_german};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        st_check_result result;
        st_check_opts opts = {.runs = FOUND_WITHIN};
        check_verdict(programs[i], explore(programs[i], false, opts, &result) == ST_FALSIFIED,
                      &result);
        CHECK_EQ(result.failures[0].deviations, programs[i]->minimum);
    }
}

UNIT("the programs are in the order of their names") {
    for (const planted *const *program = planted_all; program[0] && program[1]; program++) {
        CHECK(strcmp(program[0]->name, program[1]->name) < 0);
    }
}
