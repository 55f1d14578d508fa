/* SPDX-License-Identifier: MIT */
/*
 * Two-phase commit: the coordinator counts the votes. A participant that hears nothing for a while
 * sends its yes once more, and it is counted twice; the other one, who is slower, is against. The
 * twin knows who has voted. Checked: what is committed nobody is against.
 */
#include "tests/planted/parts.h"

enum { PARTICIPANTS = 2 };

static void in_favour(otp_term unused) {
    (void)unused;
    do {
        otp_send(planted_main, PAIR(yes, 0));
    } while (otp_receive_match(10, "decided") != OTP_OK);
    done();
}

static void against(otp_term unused) {
    (void)unused;
    work(3);
    otp_send(planted_main, OTP_ATOM(no));
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "decided") == OTP_OK);
    done();
}

static bool all_in_favour(void) {
    bool has_voted[PARTICIPANTS] = {false};
    int64_t who, votes = 0;
    while (votes < PARTICIPANTS) {
        if (!otp_match(next_message(), "{yes, ~i}", &who)) {
            return false;
        }
        votes += !planted_correct || !has_voted[who];
        has_voted[who] = true;
    }
    return true;
}

PLANTED(two_phase_dup_votes, .depth = 2, .minimum = 1) {
    otp_pid yes = start(in_favour, 0);
    otp_pid no = start(against, 1);
    ST_EXPECT(!all_in_favour());
    otp_send(yes, OTP_ATOM(decided));
    otp_send(no, OTP_ATOM(decided));
    await_done(PARTICIPANTS);
}
