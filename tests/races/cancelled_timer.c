/* SPDX-License-Identifier: MIT */
/* A process cancels its timer and believes that no tick can come any more: it may be in the
 * mailbox. The twin looks for it when the cancellation came too late. */
#include "race.h"

static void ticker(otp_term parent) {
    otp_timer timer = otp_send_after(10, otp_from_pid(otp_self()), OTP_ATOM(tick));
    otp_err err = otp_receive_match(OTP_INFINITY, "stop");
    OTP_ASSERT(err == OTP_OK);
    bool cancelled = otp_cancel_timer(timer, NULL);
    if (!cancelled && !race_planted()) {
        err = otp_receive_match(0, "tick");
        OTP_ASSERT(err == OTP_OK);
    }
    otp_send(parent, OTP_ATOM(stopped));
    err = otp_receive_match(100, "tick");
    if (err == OTP_OK) {
        race_violated();
    }
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid pid = otp_spawn(ticker, otp_from_pid(otp_self()));
    otp_yield();
    otp_send(pid, OTP_ATOM(stop));
    otp_err err = otp_receive_match(OTP_INFINITY, "stopped");
    OTP_ASSERT(err == OTP_OK);
}

const race_program race_cancelled_timer = {"cancelled timer", body, OTP_TIMERS_RACE};
