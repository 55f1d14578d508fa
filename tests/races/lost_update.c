/* SPDX-License-Identifier: MIT */
/* A cell server with get and put; clients that add one by get, then put. The twin asks the server
 * to add. */
#include "race.h"

static void cell(otp_term unused) {
    (void)unused;
    int64_t value = 0;
    otp_pid from;
    otp_term request;
    while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &request) == OTP_OK) {
        otp_match(request, "{put, ~i}", &value);
        value += otp_is(request, "add");
        otp_send(from, otp_tuple(OTP_ATOM(value), otp_int(value)));
    }
}

static int64_t ask(otp_pid server, otp_term request) {
    int64_t value = 0;
    otp_send(server, otp_tuple(otp_from_pid(otp_self()), request));
    otp_err err = otp_receive_match(OTP_INFINITY, "{value, ~i}", &value);
    return err == OTP_OK ? value : -1;
}

static void client(otp_term arg) {
    otp_pid server;
    otp_pid parent;
    otp_match(arg, "{~p, ~p}", &server, &parent);
    if (race_planted()) {
        int64_t value = ask(server, OTP_ATOM(get));
        ask(server, otp_tuple(OTP_ATOM(put), otp_int(value + 1)));
    } else {
        ask(server, OTP_ATOM(add));
    }
    otp_send(parent, OTP_ATOM(done));
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid server = otp_spawn(cell, otp_nil());
    otp_term arg = otp_tuple(otp_from_pid(server), otp_from_pid(otp_self()));
    otp_spawn(client, arg);
    otp_spawn(client, arg);
    for (int i = 0; i < 2; i++) {
        otp_err err = otp_receive_match(OTP_INFINITY, "done");
        OTP_ASSERT(err == OTP_OK);
    }
    if (ask(server, OTP_ATOM(get)) != 2) {
        race_violated();
    }
}

const race_program race_lost_update = {"lost update", body, OTP_TIMERS_LAST};
