/* SPDX-License-Identifier: MIT */
/*
 * A watcher pings its peer twice, each time with a timer for the answer. It cancels the timer when
 * the answer comes, but the timer's message may be in the mailbox already, and is then taken for
 * that of the next ping. The twin knows the messages apart. Checked: no peer is given up before its
 * time.
 */
#include "tests/planted/parts.h"

enum { ROUNDS = 2 };

static void peer(otp_term unused) {
    otp_pid from;
    (void)unused;
    while (otp_receive_match(OTP_INFINITY, "{ping, ~p}", &from) == OTP_OK) {
        otp_send(from, OTP_ATOM(pong));
    }
}

static void ping(otp_pid to, int64_t round) {
    otp_term self = otp_from_pid(otp_self());
    otp_send(to, otp_tuple(OTP_ATOM(ping), self));
    otp_timer timer = otp_send_after(10, self, PAIR(expired, round));
    for (;;) {
        otp_term message = next_message();
        int64_t of = round;
        if (otp_is(message, "pong")) {
            otp_cancel_timer(timer, NULL);
            return;
        }
        OTP_ASSERT(otp_match(message, "{expired, ~i}", &of));
        if (!planted_correct || of == round) {
            ST_EXPECT(!otp_read_timer(timer, NULL));
            return;
        }
    }
}

static void watcher(otp_term unused) {
    otp_pid pid = start(peer, 0);
    (void)unused;
    for (int64_t round = 0; round < ROUNDS; round++) {
        ping(pid, round);
    }
    done();
}

PLANTED(timer_cancel, .depth = 2, .minimum = 1) {
    start(watcher, 0);
    await_done(1);
}
