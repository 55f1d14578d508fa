/* SPDX-License-Identifier: MIT */
/*
 * Exploring the orders in which a scenario of processes can happen, until it fails; then the
 * simplest order in which it does.
 *
 *     static void transfers(void *unused) {        // runs as the first process of a simulated
 * world otp_pid bank = start_bank();
 *         ...
 *         ST_EXPECT_EQ(total(bank), 100);
 *     }
 *     int main(void) {
 *         return st_explore(transfers, &(st_explore_opts){.check = {.name = "bank"}}) > ST_PROVED;
 *     }
 *
 * The scenario is run again and again, each time with other decisions of its world: which process
 * runs next, which timer fires, what the network and the disks do, and what it draws itself
 * (property.h). It fails as in st_simulate (simulate.h). All that is said of properties holds here
 * (check.h): what fails is shrunk, told, and replayed by its token or seed.
 */
#ifndef SUPERTESTER_EXPLORE_H
#define SUPERTESTER_EXPLORE_H

#include <supertester/simulate.h>

/* A test whose runs are explored, 1,000 of them unless .runs says otherwise. Options as those of
 * ST_TEST, and .strategy, .depth; its timers race with messages. */
#ifdef __cplusplus
#define ST_EXPLORE(suite, ...) ST_TEST_OF_(ST_IS_EXPLORATION, suite, __VA_ARGS__, )
#else
#define ST_EXPLORE(suite, name, ...)                                                               \
    ST_TEST_(suite, name, st_body_##suite##_##name, st_test_##suite##_##name,                      \
             st_entry_##suite##_##name, .kind = ST_IS_EXPLORATION, __VA_ARGS__)
#endif

/* What an option of zero means is said behind it. */
typedef struct st_explore_opts {
    st_check_opts check; /* .context is the scenario's; .runs: 1,000 */
    st_simulation simulation;
    st_strategy strategy;
    unsigned depth; /* of ST_PCT: how many events must come in a certain order for the bug to show,
                       of ST_DELAYS: how many exceptions; 1 to 5 in turn */
} st_explore_opts;

/* opts may be NULL. Not from inside a process. */
ST_API st_verdict st_explore(st_scenario *scenario, const st_explore_opts *opts);

/* "portfolio", "random", "pct", "pos", "urw", "delays". */
ST_API const char *st_strategy_name(st_strategy strategy);

#endif
