/* SPDX-License-Identifier: MIT */
#include <otp/gen_server.h>
#include <otp/process.h>
#include <supertester/expect.h>
#include <supertester/simulate.h>
#include "tests/unit.h"

#include <string.h>

static st_check_result result;

static st_verdict check(st_property *property, st_check_opts opts) {
    opts.quiet = true;
    opts.seed = opts.seed ? opts.seed : unit_seed() | 1;
    opts.result = &result;
    return st_check(property, &opts);
}

/* ---- A cell that two clients read, and then write ---- */

typedef struct cell {
    int64_t value;
} cell;

static otp_result cell_call(void *state, otp_term request, otp_from from) {
    cell *c = state;
    (void)from;
    int64_t value;
    if (otp_match(request, "{set, ~i}", &value)) {
        c->value = value;
        return otp_reply(OTP_ATOM(ok));
    }
    return otp_reply(otp_int(c->value));
}

static const otp_gen_server cell_server = {
    .name = "cell", .state_size = sizeof(cell), .handle_call = cell_call};

static int64_t cell_get(otp_pid pid) {
    otp_term reply;
    int64_t value = -1;
    OTP_ASSERT(otp_call(pid, OTP_ATOM(get), OTP_INFINITY, &reply) == OTP_OK);
    OTP_ASSERT(otp_get_int(reply, &value));
    return value;
}

static void cell_set(otp_pid pid, int64_t value) {
    otp_term reply;
    OTP_ASSERT(otp_call(pid, otp_tuple(OTP_ATOM(set), otp_int(value)), OTP_INFINITY, &reply) ==
               OTP_OK);
}

static void increment(otp_term arg) {
    otp_pid pid, parent;
    OTP_ASSERT(otp_match(arg, "{~p, ~p}", &pid, &parent));
    cell_set(pid, cell_get(pid) + 1);
    otp_send(parent, OTP_ATOM(done));
}

static void clients(otp_pid pid, int64_t n) {
    otp_term message;
    for (int64_t i = 0; i < n; i++) {
        otp_spawn(increment, otp_tuple(otp_from_pid(pid), otp_from_pid(otp_self())));
    }
    for (int64_t i = 0; i < n; i++) {
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    }
}

static void two_clients(void *unused) {
    (void)unused;
    otp_pid pid;
    ST_ASSERT_OK(otp_start_link(&cell_server, otp_nil(), NULL, &pid));
    clients(pid, 2);
    ST_EXPECT_EQ(cell_get(pid), 2);
}

static bool no_update_is_lost(void *simulation) {
    st_simulate(two_clients, NULL, simulation);
    return true;
}

UNIT("an order of events that fails is found, and replayed by its token") {
    CHECK_EQ(check(no_update_is_lost, (st_check_opts){.runs = 1000}), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "expected cell_get(pid) == 2") != NULL);
    CHECK_EQ(result.failures[0].choices, 0);
    CHECK(result.failures[0].deviations <= 2);
    char token[512];
    memcpy(token, result.failures[0].token, sizeof token);
    CHECK_EQ(check(no_update_is_lost, (st_check_opts){.replay = token}), ST_FALSIFIED);
    CHECK_EQ(result.runs, 1);
}
