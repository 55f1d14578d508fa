/* SPDX-License-Identifier: MIT */
/*
 * A stack of one element, and two processes that pop when it is not empty. They look before they
 * take the lock. The twin looks under the lock. Checked: nothing is popped from an empty stack.
 * After SCTBench's stack.
 */
#include "tests/planted/parts.h"

static otp_pid height, lock;

static void popper(otp_term ms) {
    pass(number(ms));
    bool wanted = planted_correct || cell_get(height) > 0;
    lock_take(lock);
    if (wanted && (!planted_correct || cell_get(height) > 0)) {
        ST_EXPECT_GE(cell_add(height, -1), 0);
    }
    lock_give(lock);
    done();
}

PLANTED(stack, .depth = 2, .minimum = 1) {
    height = cell_start(1);
    lock = lock_start();
    start(popper, 0);
    start(popper, 1);
    await_done(2);
}
