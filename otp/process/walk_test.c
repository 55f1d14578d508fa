/* SPDX-License-Identifier: MIT */
#include <otp/otp.h>

#include "tests/unit.h"
#include "tests/worlds.h"

#include <string.h>

static void waits(otp_term unused) {
    (void)unused;
    otp_err err = otp_receive_match(OTP_INFINITY, "stop");
    OTP_ASSERT(err == OTP_OK);
}

/* Keeps its worker busy for as long as it lives: yields, never waits. */
static void spins(otp_term unused) {
    (void)unused;
    for (;;) {
        otp_yield();
    }
}

static void setup(otp_term unused) {
    (void)unused;
    otp_pid pid;
    otp_err err =
        otp_spawn_opt(waits, otp_nil(), &(otp_spawn_opts){.name = OTP_ATOM(waiter)}, &pid);
    OTP_ASSERT(err == OTP_OK);
}

static void setup_busy(otp_term unused) {
    setup(unused);
    otp_spawn(spins, otp_nil());
    otp_spawn(spins, otp_nil());
}

typedef struct seen {
    int processes, names, waiters;
} seen;

static void count(void *context, const char *kind, otp_term what) {
    seen *s = context;
    s->processes += strcmp(kind, "process") == 0;
    s->names += strcmp(kind, "name") == 0 && otp_match(what, "{waiter, ~t}", &(otp_term){0});
    s->waiters += otp_match(what, "#{registered_name := waiter, status := waiting}");
}

static void walk_in(const otp_world_opts *opts, otp_process_fn *body, int processes) {
    otp_world *world;
    otp_system *system;
    REQUIRE(otp_world_start(opts, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    CHECK(otp_run(system, body, otp_nil(), 5000, NULL) == OTP_OK);
    for (int i = 0; i < 20; i++) {
        seen s = {0};
        CHECK(otp_system_walk(system, 10000, count, &s) == OTP_OK);
        CHECK_EQ(s.processes, processes);
        CHECK_EQ(s.names, 1);
        CHECK_EQ(s.waiters, 1);
    }
    otp_world_stop(world);
}

UNIT("a walk sees every process and name of a world that stands still") {
    walk_in(&(otp_world_opts){.mode = OTP_SIMULATED}, setup, 1);
    walk_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, setup, 1);
}

UNIT("busy workers stop for a walk and go on after it") {
    walk_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, setup_busy, 3);
}

/* ---- Faults of a world ---- */

static int refused;

static bool refuse_large(void *context, size_t size, const char *site) {
    (void)context, (void)site;
    bool large = size > 3000 && size < 60000; /* larger ones are stacks */
    refused += large;
    return large;
}

static void sends_large(otp_term unused) {
    (void)unused;
    otp_term list = otp_nil();
    for (int i = 0; i < 400; i++) {
        list = otp_cons(otp_int(i), list);
    }
    otp_send(otp_self(), list);
}

static void faults_in(const otp_world_opts *opts) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    REQUIRE(otp_world_start(opts, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    otp_fault_hooks hooks = {.allocation = refuse_large};
    otp_world_faults(world, &hooks);
    refused = 0;
    CHECK(otp_run(system, sends_large, otp_nil(), 5000, &outcome) == OTP_OK);
    CHECK(refused > 0);
    CHECK(strncmp(outcome.reason, "{enomem,", 8) == 0);
    otp_world_faults(world, NULL);
    CHECK(otp_run(system, sends_large, otp_nil(), 5000, &outcome) == OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    otp_world_stop(world);
}

UNIT("a world's allocation hook strikes its processes, until it is taken away") {
    faults_in(&(otp_world_opts){.mode = OTP_SIMULATED});
    faults_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 1});
}
