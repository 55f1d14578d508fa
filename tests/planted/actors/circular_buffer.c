/* SPDX-License-Identifier: MIT */
/*
 * A ring of three slots in a public table, one sender, one receiver. The sender makes a slot known
 * before it has filled it, so that the receiver reads what was there before. The twin fills first.
 * Checked: what is received is what was sent. After SCTBench's circular_buffer.
 */
#include "tests/planted/parts.h"

enum { SLOTS = 3, VALUES = 4 };

static otp_table ring;

static void fill(int64_t value) {
    otp_term row = otp_tuple(otp_int(value % SLOTS), otp_int(value));
    OTP_ASSERT(otp_table_insert(ring, row) == OTP_OK);
}

static void receiver(otp_term unused) {
    (void)unused;
    for (int64_t i = 0; i < VALUES; i++) {
        otp_term value;
        OTP_ASSERT(otp_receive_match(OTP_INFINITY, "filled") == OTP_OK);
        OTP_ASSERT(otp_table_lookup_element(ring, otp_int(i % SLOTS), 2, &value) == OTP_OK);
        ST_EXPECT_EQ(number(value), i);
        otp_send(planted_main, OTP_ATOM(free));
    }
    done();
}

PLANTED(circular_buffer, .depth = 2, .minimum = 1) {
    OTP_ASSERT(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &ring) == OTP_OK);
    otp_pid to = start(receiver, 0);
    for (int64_t i = 0; i < SLOTS; i++) {
        OTP_ASSERT(otp_table_insert(ring, otp_tuple(otp_int(i), otp_int(-1))) == OTP_OK);
    }
    for (int64_t i = 0; i < VALUES; i++) {
        if (i >= SLOTS) {
            OTP_ASSERT(otp_receive_match(OTP_INFINITY, "free") == OTP_OK);
        }
        if (planted_correct) {
            fill(i);
        }
        otp_send(to, OTP_ATOM(filled));
        if (!planted_correct) {
            fill(i);
        }
    }
    await_done(1);
}
