/* SPDX-License-Identifier: MIT */
/*
 * Six small programs with a planted race, and what an explorer of schedules must be able to do with
 * them: find the race by random choice, replay it, and reduce it to the fewest deviations from the
 * default order.
 *
 * A race is a program that calls race_violated when it sees what must not happen. Its correct twin
 * is the same program with race_planted() false.
 */
#ifndef TESTS_RACES_RACE_H
#define TESTS_RACES_RACE_H

#include <otp/otp.h>

typedef struct race_program {
    const char *name;
    otp_process_fn *body;
    otp_timers timers;
} race_program;

/* For the programs. */
bool race_planted(void);
void race_violated(void);

/* The checks that every race passes; deviations_max: how many choices of its shortest story are not
 * 0. */
void race_check(const race_program *race, unsigned deviations_max);

extern const race_program race_lost_update, race_stale_name, race_send_to_name, race_late_monitor,
    race_cancelled_timer, race_sold_twice;

#endif
