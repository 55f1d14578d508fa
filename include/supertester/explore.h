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

/* ST_EXHAUSTIVE is no sample but every order, where two count as one when they differ only in which
 * of two steps comes first that have nothing to do with each other (Abdulla et al., "Optimal
 * Dynamic Partial Order Reduction", 2014). When all were run the verdict is ST_PROVED, and .runs of
 * the result is their number; when there are more than .runs of the options, ST_HELD. Some runs are
 * broken off, because what they would lead to is known: they count towards the limit, not as
 * orders.
 *
 * Two steps are in an order when one made the other possible (a message and its receipt, a spawn
 * and the start), and when both access the same process, name, row or table, and one of them writes
 * (choose.h). So are messages to one receiver, and each of them and every look of the receiver for
 * what has arrived. So are all other steps and a timer, or the end of the scenario's process, which
 * is the end of all: set .timers_last where timeouts are no part of the question, and let the
 * scenario wait for the others. What processes share behind the runtime's back (variables, memory)
 * is not seen; nor is the order of pids and references, which are as they are born.
 *
 * There is no verdict (ST_UNHEALTHY), and the report says why, when there is more to choose than
 * which event is next: draws of the scenario, faults, a network, pairwise delivery, timers due at
 * the same time; nor with runs in child processes (.contained), more than 63 processes, more than
 * 4,096 steps, or more than 63 accesses in one step. */

/* What an option of zero means is said behind it. */
typedef struct st_explore_opts {
    st_check_opts check; /* .context is the scenario's; .runs: 1,000; exhaustive: 100,000 */
    st_simulation simulation;
    st_strategy strategy;
    unsigned depth; /* of ST_PCT: how many events must come in a certain order for the bug to show,
                       of ST_DELAYS: how many exceptions; 1 to 5 in turn */
} st_explore_opts;

/* opts may be NULL. Not from inside a process. */
ST_API st_verdict st_explore(st_scenario *scenario, const st_explore_opts *opts);

/* "portfolio", "random", "pct", "pos", "urw", "delays", "exhaustive". */
ST_API const char *st_strategy_name(st_strategy strategy);

#endif
