/* SPDX-License-Identifier: MIT */
/*
 * A cell whose value four processes increment under a lock, but one of them takes another lock than
 * the three others. The twin takes the same. Checked: the sum. From SCTBench's wronglock_3.
 */
#include "tests/planted/parts.h"

static otp_pid cell, locks[2];

static void increment(otp_term which) {
    otp_pid lock = locks[planted_correct ? 0 : number(which)];
    pass(number(which));
    lock_take(lock);
    cell_set(cell, cell_get(cell) + 1);
    lock_give(lock);
    done();
}

PLANTED(wronglock_3, .depth = 2, .minimum = 1) {
    cell = cell_start(0);
    locks[0] = lock_start();
    locks[1] = lock_start();
    for (int i = 0; i < 3; i++) {
        start(increment, 0);
    }
    start(increment, 1);
    await_done(4);
    ST_EXPECT_EQ(cell_get(cell), 4);
}
