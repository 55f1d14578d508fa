/* SPDX-License-Identifier: MIT */
/*
 * A simulated world inside of a property: its processes, and the order in which they run, are drawn
 * as data is.
 *
 *     static void two_deposits(void *unused) {     // runs as the first process of the world
 *         otp_pid account = start_account();
 *         ...
 *         ST_EXPECT_EQ(balance_of(account), 20);
 *     }
 *     static bool nothing_is_lost(void *unused) {
 *         st_simulate(two_deposits, NULL, NULL);
 *         return true;
 *     }
 *     int main(void) { return st_check(nothing_is_lost, NULL) > ST_PROVED; }
 *
 * Every decision of the world is a choice of the case (choices.h): which process runs next, what
 * the network loses, when a disk fails. A case that fails is shrunk as a whole: its data first,
 * then the faults, then the order: what is left differs from the default order (the oldest event
 * first) in as few places as can be.
 */
#ifndef SUPERTESTER_SIMULATE_H
#define SUPERTESTER_SIMULATE_H

#include <supertester/check.h>
#include <otp/choose.h>

typedef void st_scenario(void *context);

/* What an option of zero means is said behind it. */
typedef struct st_simulation {
    otp_delivery delivery;   /* causal */
    otp_network network;     /* tcp */
    bool timers_last;        /* timers of the system race with messages */
    uint64_t steps_max;      /* of one run; more fail it: 20,000 */
    unsigned cut_gap_max;    /* as in otp_world_opts, like the two that follow: nothing is cut, */
    unsigned lossy_gap_max;  /* ... 16, */
    unsigned latency_ms_max; /* ... no latency */
    const char *node;        /* name of the first process's system: "nonode@nohost" */
} st_simulation;

/* Runs the scenario as the first process of a fresh system in a fresh simulated world, to its end;
 * what else lives there then is gone. In a property of st_check only, and not in a process of
 * another world. simulation may be NULL.
 *
 * The case fails when a check fails in any process, when the scenario exits abnormally, when it
 * waits for what can never happen, and when it takes too many steps. All processes may draw;
 * st_assume in one of them discards the case. */
ST_API void st_simulate(st_scenario *scenario, void *context, const st_simulation *simulation);

#endif
