/* SPDX-License-Identifier: MIT */
/*
 * A client looks a name up and sends a request to the process that has it; a supervisor of sorts
 * stops that process a little later. When it ends before it has seen the request, the client waits
 * for ever. The twin monitors before it sends. Checked: the client comes to its end.
 */
#include "tests/planted/parts.h"

static void service(otp_term unused) {
    (void)unused;
    otp_pid from;
    for (;;) {
        otp_term message = next_message();
        if (!otp_match(message, "{request, ~p}", &from)) {
            return;
        }
        otp_send(from, OTP_ATOM(answer));
    }
}

static void client(otp_term unused) {
    otp_pid pid = otp_whereis(OTP_ATOM(service));
    (void)unused;
    if (pid.word != OTP_PID_NONE.word) {
        if (planted_correct) {
            otp_monitor(pid);
        }
        otp_send(pid, otp_tuple(OTP_ATOM(request), otp_from_pid(otp_self())));
        next_message(); /* the answer, or DOWN */
    }
    done();
}

static void stopper(otp_term unused) {
    otp_pid pid = otp_whereis(OTP_ATOM(service));
    (void)unused;
    pass(1);
    otp_send(pid, OTP_ATOM(stop));
}

PLANTED(whereis_then_send, .depth = 2, .minimum = 3) {
    OTP_ASSERT(otp_register(OTP_ATOM(service), start(service, 0)) == OTP_OK);
    start(client, 0);
    start(stopper, 0);
    await_done(1);
}
