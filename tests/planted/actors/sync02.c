/* SPDX-License-Identifier: MIT */
/*
 * Two consumers and a producer of two items. A consumer that was woken does not look again whether
 * there is an item: the other one may have come first. The twin looks again. Checked: no item is
 * taken that is not there. After SCTBench's sync02.
 */
#include "tests/planted/parts.h"

static otp_pid items, lock, filled;

static void consumer(otp_term ms) {
    pass(number(ms));
    lock_take(lock);
    bool empty = cell_get(items) == 0;
    while (empty) {
        condition_wait(filled, lock);
        empty = planted_correct && cell_get(items) == 0;
    }
    ST_EXPECT_GE(cell_add(items, -1), 0);
    lock_give(lock);
    done();
}

static void producer(otp_term unused) {
    (void)unused;
    pass(1);
    for (int i = 0; i < 2; i++) {
        lock_take(lock);
        cell_add(items, 1);
        condition_signal(filled);
        lock_give(lock);
        pass(2);
    }
    done();
}

PLANTED(sync02, .depth = 3, .minimum = 1) {
    items = cell_start(0);
    lock = lock_start();
    filled = condition_start();
    start(consumer, 0);
    start(producer, 0);
    start(consumer, 2);
    await_done(3);
}
