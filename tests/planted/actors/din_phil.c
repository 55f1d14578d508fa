/* SPDX-License-Identifier: MIT */
/*
 * Two to seven philosophers, who come one after the other, and a fork (a lock) between each two.
 * All take the left one first, so that each may hold one and wait for ever. In the twin the last
 * one takes the right one first. Checked: all have eaten. From SCTBench's din_phil.
 */
#include "tests/planted/parts.h"
#include <supertester/property.h>

enum { SEATS_MAX = 7 };

static otp_pid forks[SEATS_MAX];
static int64_t seats;

static void philosopher(otp_term arg) {
    int64_t seat = number(arg);
    bool swapped = planted_correct && seat == seats - 1;
    otp_pid left = forks[seat], right = forks[(seat + 1) % seats];
    pass(seat);
    lock_take(swapped ? right : left);
    lock_take(swapped ? left : right);
    lock_give(left);
    lock_give(right);
    done();
}

PLANTED(din_phil, .depth = 2, .minimum = 1) {
    seats = st_int(2, SEATS_MAX);
    for (int64_t seat = 0; seat < seats; seat++) {
        forks[seat] = lock_start();
    }
    for (int64_t seat = 0; seat < seats; seat++) {
        start(philosopher, seat);
    }
    await_done(seats);
}
