/* SPDX-License-Identifier: MIT */
/*
 * A queue in a public table: rows by number, and the number of the next row. Two writers read that
 * number, insert, and then write it: both may take the same place. The twin takes a place in one
 * step. Checked: nothing that was put in is missing. After SCTBench's queue.
 */
#include "tests/planted/parts.h"

static otp_table queue;

static int64_t place_next(void) {
    otp_term row;
    int64_t next;
    OTP_ASSERT(otp_table_lookup(queue, OTP_ATOM(next), &row) == OTP_OK);
    OTP_ASSERT(otp_match(row, "{next, ~i}", &next));
    return next;
}

static void writer(otp_term arg) {
    int64_t who = number(arg), place;
    pass(who);
    if (planted_correct) {
        OTP_ASSERT(otp_table_update_counter(queue, OTP_ATOM(next), 2, 1, OTP_NONE, &place) ==
                   OTP_OK);
        place--;
    } else {
        place = place_next();
    }
    OTP_ASSERT(otp_table_insert(queue, otp_tuple(otp_int(place), otp_int(who))) == OTP_OK);
    if (!planted_correct) {
        OTP_ASSERT(otp_table_insert(queue, PAIR(next, place + 1)) == OTP_OK);
    }
    done();
}

PLANTED(queue, .depth = 2, .minimum = 3) {
    size_t rows;
    OTP_ASSERT(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &queue) == OTP_OK);
    OTP_ASSERT(otp_table_insert(queue, PAIR(next, 0)) == OTP_OK);
    start(writer, 0);
    start(writer, 1);
    await_done(2);
    OTP_ASSERT(otp_table_size(queue, &rows) == OTP_OK);
    ST_EXPECT_EQ(rows, 3);
}
