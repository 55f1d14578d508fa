/* SPDX-License-Identifier: MIT */
/*
 * Cilk's work-stealing queue (Frigo et al., "The Implementation of the Cilk-5 Multithreaded
 * Language", 1998): its owner takes items at the tail, without the lock; a thief takes them at the
 * head, with it. The owner must make its claim, a lower tail, before it looks at the head. Here it
 * looks first, which is what a missing fence comes to. Checked: no item is taken twice.
 */
#include "tests/planted/parts.h"

enum { ITEMS = 2 };

static otp_pid head, tail, lock;
static int taken[ITEMS];

static void take(int64_t item) {
    ST_EXPECT_EQ(++taken[item], 1);
}

static bool owner_pops_alone(int64_t *item) {
    int64_t seen = planted_correct ? 0 : cell_get(head);
    *item = cell_add(tail, -1);
    seen = planted_correct ? cell_get(head) : seen;
    return seen <= *item;
}

static bool owner_pops(int64_t *item) {
    if (owner_pops_alone(item)) {
        return true;
    }
    cell_add(tail, 1);
    lock_take(lock);
    *item = cell_add(tail, -1);
    bool empty = cell_get(head) > *item;
    if (empty) {
        cell_add(tail, 1);
    }
    lock_give(lock);
    return !empty;
}

static void owner(otp_term unused) {
    int64_t item;
    (void)unused;
    while (owner_pops(&item)) {
        take(item);
    }
    done();
}

static void thief(otp_term unused) {
    (void)unused;
    pass(1);
    lock_take(lock);
    int64_t item = cell_add(head, 1) - 1;
    if (item + 1 > cell_get(tail)) {
        cell_add(head, -1);
    } else {
        take(item);
    }
    lock_give(lock);
    done();
}

PLANTED(the_queue, .depth = 3, .minimum = 3) {
    head = cell_start(0);
    tail = cell_start(ITEMS);
    lock = lock_start();
    for (int i = 0; i < ITEMS; i++) {
        taken[i] = 0;
    }
    start(owner, 0);
    start(thief, 0);
    await_done(2);
}
