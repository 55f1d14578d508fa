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

/* How the order is picked where it is picked at random. No single one is best: a bug that one of
 * them meets at once another does not meet in a lifetime. */
typedef enum st_strategy {
    ST_PORTFOLIO,   /* those below in turn, but for the last */
    ST_RANDOM_WALK, /* every event that can happen is as likely */
    ST_PCT,         /* random priorities of processes, which change at few random places (Burckhardt
                       et al., "A Randomized Scheduler with Probabilistic Guarantees", 2010) */
    ST_POS,         /* random priorities of events (Yuan et al., "Partial Order Aware Concurrency
                       Sampling", 2018) */
    ST_URW,    /* as likely as a process has events left, by runs before (Zhao et al., "Selectively
                  Uniform Concurrency Testing", 2025) */
    ST_DELAYS, /* the default order with few random exceptions (Emmi et al., "Delay-Bounded
                  Scheduling", 2011) */
} st_strategy;

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

ST_API const char *st_strategy_name(st_strategy strategy);

#endif
