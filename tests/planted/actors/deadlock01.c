/* SPDX-License-Identifier: MIT */
/*
 * Two locks and two processes that need both: one takes a before b, the other b before a. The twin
 * has one order for all. Checked: both come to their end. From SCTBench's deadlock01.
 */
#include "tests/planted/parts.h"

static otp_pid locks[2];

static void worker(otp_term arg) {
    int64_t first = planted_correct ? 0 : number(arg);
    pass(number(arg));
    lock_take(locks[first]);
    lock_take(locks[1 - first]);
    lock_give(locks[1 - first]);
    lock_give(locks[first]);
    done();
}

PLANTED(deadlock01, .depth = 2, .minimum = 1) {
    locks[0] = lock_start();
    locks[1] = lock_start();
    start(worker, 0);
    start(worker, 1);
    await_done(2);
}
