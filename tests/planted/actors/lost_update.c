/* SPDX-License-Identifier: MIT */
/*
 * A cell, and two clients that each add 1 to it. They read it and then write it, so that one may
 * write what the other's addition is missing from. The twin adds in one step. Checked: the sum.
 */
#include "tests/planted/parts.h"

static otp_pid cell;

static void client(otp_term ms) {
    pass(number(ms));
    if (planted_correct) {
        cell_add(cell, 1);
    } else {
        cell_set(cell, cell_get(cell) + 1);
    }
    done();
}

PLANTED(lost_update, .depth = 2, .minimum = 1) {
    cell = cell_start(0);
    start(client, 0);
    start(client, 1);
    await_done(2);
    ST_EXPECT_EQ(cell_get(cell), 2);
}
