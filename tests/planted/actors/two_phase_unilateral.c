/* SPDX-License-Identifier: MIT */
/*
 * Two-phase commit: a coordinator and two participants. One that has voted yes and hears nothing
 * for a while aborts by itself, though it has promised not to. The twin waits for the decision.
 * Checked: all have the same outcome.
 */
#include "tests/planted/parts.h"

enum { PARTICIPANTS = 2 };

static bool committed[PARTICIPANTS];

static void participant(otp_term arg) {
    int64_t me = number(arg);
    int64_t patience_ms = planted_correct ? OTP_INFINITY : 10;
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "prepare") == OTP_OK);
    otp_send(planted_main, OTP_ATOM(yes));
    committed[me] = otp_receive_match(patience_ms, "commit") == OTP_OK;
    done();
}

PLANTED(two_phase_unilateral, .depth = 2, .minimum = 2) {
    otp_pid all[PARTICIPANTS];
    for (int i = 0; i < PARTICIPANTS; i++) {
        all[i] = start(participant, i);
        otp_send(all[i], OTP_ATOM(prepare));
    }
    for (int i = 0; i < PARTICIPANTS; i++) {
        OTP_ASSERT(otp_receive_match(OTP_INFINITY, "yes") == OTP_OK);
    }
    for (int i = 0; i < PARTICIPANTS; i++) {
        otp_send(all[i], OTP_ATOM(commit));
    }
    await_done(PARTICIPANTS);
    ST_EXPECT_EQ(committed[0], committed[1]);
}
