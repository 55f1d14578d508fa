/* SPDX-License-Identifier: MIT */
/*
 * Two processes add 1 and 2 to a cell, each under its lock; a third one looks at the cell and takes
 * for granted that not both are done, as the second adder comes last. In the twin it comes when the
 * third has looked. Checked: what the third one sees. From SCTBench's lazy01.
 */
#include "tests/planted/parts.h"

static otp_pid cell, lock;

static void adder(otp_term arg) {
    int64_t n = number(arg);
    pass(n == 2 && !planted_correct ? 2 : 0);
    lock_take(lock);
    cell_set(cell, cell_get(cell) + n);
    lock_give(lock);
    done();
}

static void watcher(otp_term unused) {
    (void)unused;
    pass(1);
    lock_take(lock);
    ST_EXPECT_LT(cell_get(cell), 3);
    lock_give(lock);
    if (planted_correct) {
        start(adder, 2);
    }
    done();
}

PLANTED(lazy01, .depth = 3, .minimum = 2) {
    cell = cell_start(0);
    lock = lock_start();
    start(adder, 1);
    start(watcher, 0);
    if (!planted_correct) {
        start(adder, 2);
    }
    await_done(3);
}
