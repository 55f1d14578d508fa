/* SPDX-License-Identifier: MIT */
/*
 * A buffer of one item, a lock, and one condition variable on which both readers and writers wait:
 * a reader's signal, meant for the writer, may wake the other reader, and then nobody is woken any
 * more. The twin has a condition for each side. Checked: all come to their end. Tom Cargill's
 * example ("Extreme Programming Challenge 14"); in two sizes.
 */
#include "tests/planted/parts.h"

enum { ROOM = 1, READERS = 2 };

static otp_pid items, lock, readable, writable;

static void reader(otp_term count) {
    for (int64_t i = number(count); i > 0; i--) {
        lock_take(lock);
        while (cell_get(items) == 0) {
            condition_wait(readable, lock);
        }
        cell_add(items, -1);
        condition_signal(writable);
        lock_give(lock);
    }
    done();
}

static void writer(otp_term count) {
    for (int64_t i = number(count); i > 0; i--) {
        lock_take(lock);
        while (cell_get(items) == ROOM) {
            condition_wait(writable, lock);
        }
        cell_add(items, 1);
        condition_signal(readable);
        lock_give(lock);
    }
    done();
}

static void run(int64_t reads) {
    items = cell_start(0);
    lock = lock_start();
    readable = condition_start();
    writable = planted_correct ? condition_start() : readable;
    for (int i = 0; i < READERS; i++) {
        start(reader, reads);
    }
    start(writer, READERS * reads);
    await_done(READERS + 1);
}

PLANTED(bounded_buffer, .depth = 4, .minimum = 3) {
    run(2);
}

PLANTED(bounded_buffer_5, .depth = 4, .minimum = 3) {
    run(5);
}
