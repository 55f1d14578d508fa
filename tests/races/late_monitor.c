/* SPDX-License-Identifier: MIT */
/* A client gives a worker its job, then monitors it and takes every exit but normal for a failure:
 * a worker that was done first gives noproc. The twin monitors before it sends. */
#include "race.h"

static void worker(otp_term unused) {
    (void)unused;
    otp_err err = otp_receive_match(OTP_INFINITY, "job");
    OTP_ASSERT(err == OTP_OK);
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid pid = otp_spawn(worker, otp_nil());
    otp_ref ref;
    if (race_planted()) {
        otp_send(pid, OTP_ATOM(job));
        ref = otp_monitor(pid);
    } else {
        ref = otp_monitor(pid);
        otp_send(pid, OTP_ATOM(job));
    }
    otp_term message;
    otp_err err = otp_receive_ref(ref, OTP_INFINITY, &message);
    if (err != OTP_OK || !otp_is(otp_element(message, 4), "normal")) {
        race_violated();
    }
}

const race_program race_late_monitor = {"late monitor", body, OTP_TIMERS_LAST};
