/* SPDX-License-Identifier: MIT */
/*
 * Two cells, a lock for each. The writer sets a under the first lock and then b = a + 1 under the
 * second; a reader that has seen a expects b. Between the two stages b is missing. The twin holds
 * the first lock over both stages. Checked: what the reader sees. From SCTBench's twostage; also
 * with a hundred of them.
 */
#include "tests/planted/parts.h"

static otp_pid a, b, lock_a, lock_b;

static void writer(otp_term unused) {
    (void)unused;
    lock_take(lock_a);
    cell_set(a, 1);
    if (!planted_correct) {
        lock_give(lock_a);
    }
    lock_take(lock_b);
    cell_set(b, cell_get(a) + 1);
    lock_give(lock_b);
    if (planted_correct) {
        lock_give(lock_a);
    }
    done();
}

static void reader(otp_term unused) {
    (void)unused;
    lock_take(lock_a);
    int64_t seen = cell_get(a);
    lock_give(lock_a);
    if (seen != 0) {
        lock_take(lock_b);
        ST_EXPECT_EQ(cell_get(b), seen + 1);
        lock_give(lock_b);
    }
    done();
}

static void stages(int pairs) {
    a = cell_start(0);
    b = cell_start(0);
    lock_a = lock_start();
    lock_b = lock_start();
    for (int i = 0; i < pairs; i++) {
        start(writer, i);
        start(reader, i);
    }
    await_done(2 * pairs);
}

PLANTED(twostage, .depth = 2, .minimum = 4) {
    stages(1);
}

PLANTED(twostage_100, .depth = 2, .minimum = 4) {
    stages(50);
}
