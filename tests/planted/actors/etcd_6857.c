/* SPDX-License-Identifier: MIT */
/*
 * A node that answers status requests until it is stopped. Who asks for the status when it has
 * stopped waits for ever. The twin is told that the node is done, too. Checked: who asks goes on.
 * After etcd's issue 6857, from GoBench's GoKer: a select without the case "done".
 */
#include "tests/planted/parts.h"

static otp_pid node_pid;

static void node(otp_term unused) {
    otp_pid from;
    (void)unused;
    for (;;) {
        otp_term message = next_message();
        if (!otp_match(message, "{status, ~p}", &from)) {
            return;
        }
        otp_send(from, OTP_ATOM(status));
    }
}

/* Asks twice. */
static void user(otp_term unused) {
    (void)unused;
    bool is_done = false;
    if (planted_correct) {
        otp_monitor(node_pid);
    }
    for (int i = 0; i < 2 && !is_done; i++) {
        otp_send(node_pid, otp_tuple(OTP_ATOM(status), otp_from_pid(otp_self())));
        is_done = !otp_is(next_message(), "status");
    }
    done();
}

static void stopper(otp_term unused) {
    (void)unused;
    pass(1);
    otp_send(node_pid, OTP_ATOM(stop));
    done();
}

PLANTED(etcd_6857, .depth = 2, .minimum = 1) {
    node_pid = start(node, 0);
    start(user, 0);
    start(stopper, 0);
    await_done(2);
}
