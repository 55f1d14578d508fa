/* SPDX-License-Identifier: MIT */
/*
 * A consumer waits, by a condition variable, until there is an item. It gives the lock before it
 * waits: the producer's signal in between wakes nobody, and there is no other. The twin gives the
 * lock and waits in one step. Checked: the consumer gets its item. After SCTBench's sync01.
 */
#include "tests/planted/parts.h"

static otp_pid items, lock, filled;

static void consumer(otp_term unused) {
    (void)unused;
    lock_take(lock);
    while (cell_get(items) == 0) {
        if (planted_correct) {
            condition_wait(filled, lock);
        } else {
            lock_give(lock);
            condition_await(filled);
            lock_take(lock);
        }
    }
    cell_add(items, -1);
    lock_give(lock);
    done();
}

static void producer(otp_term unused) {
    (void)unused;
    pass(1);
    lock_take(lock);
    cell_add(items, 1);
    condition_signal(filled);
    lock_give(lock);
    done();
}

PLANTED(sync01, .depth = 2, .minimum = 3) {
    items = cell_start(0);
    lock = lock_start();
    filled = condition_start();
    start(consumer, 0);
    start(producer, 0);
    await_done(2);
}
