/* SPDX-License-Identifier: MIT */
/*
 * A value is handed on from cell to cell, by a process for each; the last process expects it in all
 * cells. Nothing but the time at which they begin makes them take turns. In the twin each starts
 * the next one. Checked: all cells are equal. From SCTBench's token_ring.
 */
#include "tests/planted/parts.h"

enum { CELLS = 4 };

static otp_pid cells[CELLS];

static void hand_on(otp_term arg) {
    int64_t at = number(arg);
    pass(planted_correct ? 0 : at);
    if (at < CELLS) {
        cell_set(cells[at], at == 0 ? 1 : cell_get(cells[at - 1]));
    } else {
        for (int i = 0; i < CELLS; i++) {
            ST_EXPECT_EQ(cell_get(cells[i]), 1);
        }
    }
    if (planted_correct && at < CELLS) {
        start(hand_on, at + 1);
    }
    done();
}

PLANTED(token_ring, .depth = 2, .minimum = 1) {
    for (int i = 0; i < CELLS; i++) {
        cells[i] = cell_start(0);
    }
    for (int i = 0; i <= (planted_correct ? 0 : CELLS); i++) {
        start(hand_on, i);
    }
    await_done(CELLS + 1);
}
