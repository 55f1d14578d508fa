/* SPDX-License-Identifier: MIT */
/* A client looks whether a name is registered, then sends to the name: badarg if its process has
 * exited in between. The twin sends to the pid it has found. */
#include "race.h"

static void server(otp_term unused) {
    (void)unused;
    otp_err err = otp_receive_match(OTP_INFINITY, "stop");
    OTP_ASSERT(err == OTP_OK);
}

static void client(otp_term unused) {
    (void)unused;
    otp_pid pid = otp_whereis(OTP_ATOM(server));
    if (pid.word == 0) {
        return;
    }
    if (race_planted()) {
        otp_yield(); /* what a real client does here */
        otp_send(OTP_ATOM(server), OTP_ATOM(hello));
    } else {
        otp_send(pid, OTP_ATOM(hello));
    }
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid pid;
    otp_err err =
        otp_spawn_opt(server, otp_nil(), &(otp_spawn_opts){.name = OTP_ATOM(server)}, &pid);
    OTP_ASSERT(err == OTP_OK);
    otp_ref ref;
    otp_spawn_monitor(client, otp_nil(), &ref);
    otp_send(pid, OTP_ATOM(stop));
    otp_term message;
    err = otp_receive_ref(ref, OTP_INFINITY, &message);
    OTP_ASSERT(err == OTP_OK);
    if (!otp_is(otp_element(message, 4), "normal")) {
        race_violated();
    }
}

const race_program race_send_to_name = {"send to a name", body, OTP_TIMERS_LAST};
