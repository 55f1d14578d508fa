/* SPDX-License-Identifier: MIT */
/*
 * Two cells. Setters write the first and then the second; a checker reads both, and expects to find
 * all or nothing. The more setters there are, the sooner both are written. In the twin all go one
 * by one, under a lock. Checked: what the checker reads.
 * From SCTBench's reorder_5 and reorder_20.
 */
#include "tests/planted/parts.h"

static otp_pid a, b, lock;

static void setter(otp_term unused) {
    (void)unused;
    if (planted_correct) {
        lock_take(lock);
    }
    cell_set(a, 1);
    cell_set(b, -1);
    if (planted_correct) {
        lock_give(lock);
    }
    done();
}

static void checker(otp_term unused) {
    (void)unused;
    if (planted_correct) {
        lock_take(lock);
    }
    int64_t first = cell_get(a);
    ST_EXPECT_EQ(cell_get(b), -first);
    if (planted_correct) {
        lock_give(lock);
    }
    done();
}

static void run(int processes) {
    a = cell_start(0);
    b = cell_start(0);
    lock = lock_start();
    start(checker, 0);
    for (int i = 1; i < processes; i++) {
        start(setter, i);
    }
    await_done(processes);
}

PLANTED(reorder_20, .depth = 2, .minimum = 2) {
    run(20);
}

PLANTED(reorder_5, .depth = 2, .minimum = 2) {
    run(5);
}
