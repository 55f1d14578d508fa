/* SPDX-License-Identifier: MIT */
/*
 * A registry: a public table of names, and a server that monitors the owners. Who wants a name
 * inserts it and then asks the server to monitor: an owner that dies in between keeps its name for
 * ever. In the twin the server does both. Checked: a dead process has no name. After Claessen et
 * al., "Finding Race Conditions in Erlang with QuickCheck and PULSE", 2009.
 */
#include "tests/planted/parts.h"

static otp_table names;
static otp_pid registry;

static otp_result registry_call(void *state, otp_term request, otp_from from) {
    otp_pid owner;
    bool inserted = true;
    (void)state, (void)from;
    if (otp_match(request, "{register, ~p}", &owner)) {
        inserted = otp_table_insert_new(names, otp_tuple(otp_from_pid(owner))) == OTP_OK;
    } else {
        OTP_ASSERT(otp_match(request, "{watch, ~p}", &owner));
    }
    otp_monitor(owner);
    return otp_reply(otp_bool(inserted));
}

static otp_result registry_info(void *state, otp_term message) {
    otp_pid owner;
    (void)state;
    if (otp_match(message, "{'DOWN', _, process, ~p, _}", &owner)) {
        OTP_ASSERT(otp_table_delete_key(names, otp_from_pid(owner)) == OTP_OK);
    }
    return otp_noreply();
}

static void owner(otp_term unused) {
    otp_term self = otp_from_pid(otp_self());
    (void)unused;
    if (planted_correct) {
        ask(registry, otp_tuple(OTP_ATOM(register), self));
    } else if (otp_table_insert_new(names, otp_tuple(self)) == OTP_OK) {
        ask(registry, otp_tuple(OTP_ATOM(watch), self));
    }
    next_message();
}

static void killer(otp_term victim) {
    otp_pid pid;
    OTP_ASSERT(otp_get_pid(victim, &pid));
    pass(1);
    otp_kill(pid);
}

PLANTED(proc_reg, .depth = 3, .minimum = 3) {
    static const otp_gen_server server = {
        .name = "registry", .handle_call = registry_call, .handle_info = registry_info};
    size_t rows;
    OTP_ASSERT(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &names) == OTP_OK);
    registry = serve(&server, otp_nil());
    otp_spawn(killer, otp_from_pid(start(owner, 0)));
    settle();
    OTP_ASSERT(otp_table_size(names, &rows) == OTP_OK);
    ST_EXPECT_EQ(rows, 0);
}
