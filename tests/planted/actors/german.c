/* SPDX-License-Identifier: MIT */
/*
 * Cache coherence after German: a directory lends a line to one of two clients, and takes it back
 * before it lends it to the other. It asks again when it hears nothing, and so may be told twice;
 * the second time it may be waiting for somebody else. The twin looks who it is that gives the line
 * back, and for what. Checked: one at a time has the line.
 */
#include "tests/planted/parts.h"

enum { CLIENTS = 2, NOBODY = -1 };

static otp_pid directory_pid, clients[CLIENTS];
static int holders;

/* Has the line taken back from its holder. */
static void take_back(int64_t holder, int64_t number_of) {
    int64_t from, of;
    do {
        otp_send(clients[holder], PAIR(invalidate, number_of));
        while (otp_receive_match(10, "{invalidated, ~i, ~i}", &from, &of) == OTP_OK) {
            if (!planted_correct || (from == holder && of == number_of)) {
                return;
            }
        }
    } while (true);
}

static void directory(otp_term unused) {
    int64_t holder = NOBODY, next;
    (void)unused;
    for (int64_t request = 0;; request++) {
        OTP_ASSERT(otp_receive_match(OTP_INFINITY, "{want, ~i}", &next) == OTP_OK);
        if (holder != NOBODY) {
            take_back(holder, request);
        }
        holder = next;
        otp_send(clients[next], OTP_ATOM(granted));
    }
}

/* Wants the line so many times; gives it back when asked, also when it has it no more. */
static void client(otp_term arg) {
    int64_t me = number(arg), wanted = me == 0 ? 2 : 1, of;
    bool has = false;
    otp_send(directory_pid, PAIR(want, me));
    for (;;) {
        otp_term message = next_message();
        if (otp_match(message, "{invalidate, ~i}", &of)) {
            holders -= has;
            otp_send(directory_pid, TRIPLE(invalidated, me, of));
            if (has && wanted > 0) {
                otp_send(directory_pid, PAIR(want, me));
            }
            has = false;
        } else {
            has = true;
            wanted--;
            ST_EXPECT_LE(++holders, 1);
        }
    }
}

PLANTED(german, .depth = 3, .minimum = 3) {
    holders = 0;
    directory_pid = start(directory, 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = start(client, i);
    }
    settle();
}
