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

/* ---- How a scenario fails ---- */

static void waits_for_ever(void *unused) {
    otp_term message;
    (void)unused;
    OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
}

static void exits(void *unused) {
    (void)unused;
    otp_exit(OTP_ATOM(tired));
}

static void echoes(otp_term home) {
    otp_pid pid;
    otp_term message;
    OTP_ASSERT(otp_get_pid(home, &pid));
    for (;;) {
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
        otp_send(pid, message);
    }
}

static void never_comes_to_its_end(void *unused) {
    otp_term message;
    (void)unused;
    otp_pid echo = otp_spawn(echoes, otp_from_pid(otp_self()));
    for (;;) {
        otp_send(echo, OTP_ATOM(again));
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    }
}

static void fails_in(otp_term unused) {
    (void)unused;
    ST_ASSERT(false);
}

static void fails_elsewhere(void *unused) {
    otp_term message;
    (void)unused;
    otp_spawn(fails_in, otp_nil());
    OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
}

typedef struct scenario {
    st_scenario *run;
    const char *text;
} scenario;

static bool simulates(void *context) {
    st_simulate(((const scenario *)context)->run, NULL, &(st_simulation){.steps_max = 500});
    return true;
}

UNIT("a scenario fails when it waits for ever, exits, does not end, or a check fails anywhere") {
    scenario all[] = {{waits_for_ever, "deadlock: "},
                      {exits, "the scenario exited: tired"},
                      {never_comes_to_its_end, "livelock: "},
                      {fails_elsewhere, "expected false"}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        CHECK_EQ(check(simulates, (st_check_opts){.context = &all[i], .runs = 5}), ST_FALSIFIED);
        CHECK(strstr(result.failures[0].text, all[i].text) != NULL);
        CHECK_EQ(result.failure_count, 1);
    }
}

/* ---- Draws in processes ---- */

static void draws_a_pair(void *unused) {
    (void)unused;
    int64_t a = st_int(0, 1000), b = st_int(0, 1000);
    st_assume(a != b);
    ST_ASSERT(a < 300 || b < 20);
}

UNIT("processes draw, assume and fail as functions do; it shrinks as well") {
    scenario pair = {.run = draws_a_pair};
    CHECK_EQ(check(simulates, (st_check_opts){.context = &pair, .runs = 1000}), ST_FALSIFIED);
    CHECK_EQ(result.failures[0].choices, 2);
    char token[512];
    memcpy(token, result.failures[0].token, sizeof token);
    CHECK_EQ(check(simulates, (st_check_opts){.context = &pair, .replay = token}), ST_FALSIFIED);
}

static void misuses(void *unused) {
    (void)unused;
    st_int(2, 1);
}

static void nests(void *unused) {
    (void)unused;
    st_simulate(misuses, NULL, NULL);
}

UNIT("a misused draw, and a world in a process of another, are no verdict") {
    scenario bad[] = {{.run = misuses}, {.run = nests}};
    CHECK_EQ(check(simulates, (st_check_opts){.context = &bad[0]}), ST_MISUSED);
    CHECK_EQ(check(simulates, (st_check_opts){.context = &bad[1]}), ST_MISUSED);
}

/* ---- All orders ---- */

static void sends(otp_term home) {
    otp_pid pid;
    OTP_ASSERT(otp_get_pid(home, &pid));
    otp_send(pid, OTP_ATOM(hello));
}

static void two_senders(void *unused) {
    otp_term message;
    (void)unused;
    for (int i = 0; i < 2; i++) {
        otp_spawn(sends, otp_from_pid(otp_self()));
    }
    for (int i = 0; i < 2; i++) {
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    }
}

UNIT("where there are few orders, each is run and the scenario is proved") {
    scenario few = {.run = two_senders};
    CHECK_EQ(check(simulates, (st_check_opts){.context = &few, .runs = 1000}), ST_PROVED);
    CHECK(result.runs > 2 && result.runs < 1000);
}
