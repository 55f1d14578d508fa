/* SPDX-License-Identifier: MIT */
/*
 * A client sends a request to a server that may crash on it, and then monitors the server. It knows
 * what to do when the server crashes, but not when it is gone before the monitor: noproc. The twin
 * takes every reason for what it is. Checked: the client comes to its end.
 */
#include "tests/planted/parts.h"
#include <supertester/property.h>

static void server(otp_term unused) {
    otp_pid from;
    (void)unused;
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "{request, ~p}", &from) == OTP_OK);
    if (st_bool()) {
        otp_exit(OTP_ATOM(crashed));
    }
    otp_send(from, OTP_ATOM(answer));
    next_message();
}

static bool is_over(otp_term message) {
    return otp_is(message, "answer") || otp_match(message, "{'DOWN', _, process, _, crashed}") ||
           (planted_correct && otp_match(message, "{'DOWN', _, process, _, _}"));
}

PLANTED(monitor_after_send, .depth = 2, .minimum = 1) {
    otp_pid pid = start(server, 0);
    otp_send(pid, otp_tuple(OTP_ATOM(request), otp_from_pid(otp_self())));
    otp_monitor(pid);
    while (!is_over(next_message())) {}
}
