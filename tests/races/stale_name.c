/* SPDX-License-Identifier: MIT */
/* A registry in a table: it inserts a row, then monitors the owner. The planted one takes 'DOWN'
 * with noproc for a registration that never was, and leaves the row. */
#include "race.h"

static void down(otp_table names, otp_pid owner, otp_term reason) {
    if (race_planted() && otp_is(reason, "noproc")) {
        return;
    }
    otp_err err = otp_table_delete_key(names, otp_from_pid(owner));
    OTP_ASSERT(err == OTP_OK);
}

static void registry(otp_term unused) {
    (void)unused;
    otp_table names;
    otp_err err = otp_table_new(&(otp_table_opts){.name = OTP_ATOM(names)}, &names);
    OTP_ASSERT(err == OTP_OK);
    otp_term message;
    while (otp_receive(OTP_INFINITY, &message) == OTP_OK) {
        otp_pid owner;
        otp_term reason;
        if (otp_match(message, "{register, ~p}", &owner)) {
            err = otp_table_insert(names, otp_tuple(otp_from_pid(owner), OTP_ATOM(name)));
            OTP_ASSERT(err == OTP_OK);
            otp_monitor(owner);
        } else if (otp_match(message, "{'DOWN', _, process, ~p, ~t}", &owner, &reason)) {
            down(names, owner, reason);
        } else if (otp_match(message, "{count, ~p}", &owner)) {
            size_t rows = 0;
            err = otp_table_size(names, &rows);
            otp_send(owner, otp_tuple(OTP_ATOM(rows), otp_int((int64_t)rows)));
        }
    }
}

static void owner(otp_term server) {
    otp_send(server, otp_tuple(OTP_ATOM(register), otp_from_pid(otp_self())));
    otp_err err = otp_receive_match(OTP_INFINITY, "stop");
    OTP_ASSERT(err == OTP_OK);
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid server = otp_spawn(registry, otp_nil());
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(owner, otp_from_pid(server), &ref);
    otp_send(pid, OTP_ATOM(stop));
    otp_term message;
    otp_err err = otp_receive_ref(ref, OTP_INFINITY, &message);
    OTP_ASSERT(err == OTP_OK);
    err = otp_receive(10, &message); /* the registry has seen the exit by then */
    OTP_ASSERT(err == OTP_ETIMEOUT);
    int64_t rows = 0;
    otp_send(server, otp_tuple(OTP_ATOM(count), otp_from_pid(otp_self())));
    err = otp_receive_match(OTP_INFINITY, "{rows, ~i}", &rows);
    if (err != OTP_OK || rows != 0) {
        race_violated();
    }
}

const race_program race_stale_name = {"stale name", body, OTP_TIMERS_LAST};
