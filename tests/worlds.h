/* SPDX-License-Identifier: MIT */
/*
 * Tests of processes and behaviours run as a process, in every world a program may meet: simulated
 * in default order, simulated in a few random orders, and parallel.
 *
 *     BOTH_WORLDS("a call is answered") { otp_pid pid = ...; CHECK(...); }
 *
 * A test that is about virtual time says SIMULATED_WORLDS instead.
 */
#ifndef TESTS_WORLDS_H
#define TESTS_WORLDS_H

#include <otp/otp.h>

#include "base/hash.h"
#include "tests/unit.h"

#include <stdio.h>

enum { BOTH_WORLDS_ORDERS = 3, BOTH_WORLDS_TIME_MS = 60000 };

/* Picks any of what can happen, by a generator of its own. */
static uint32_t both_worlds_choose(void *context, otp_choice kind, const otp_event *enabled,
                                   uint32_t n) {
    uint64_t *state = context;
    (void)kind, (void)enabled;
    *state = otpi_hash_mix(*state, 0x9e3779b97f4a7c15ULL);
    return (uint32_t)(*state >> 11) % n;
}

static int64_t both_worlds_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo,
                                int64_t hi, int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

static void both_worlds_run(const char *what, const otp_world_opts *opts, otp_process_fn *body) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    if (!CHECK(otp_world_start(opts, &world) == OTP_OK)) {
        return;
    }
    if (CHECK(otp_system_start(world, NULL, &system) == OTP_OK)) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run(system, body, otp_nil(), BOTH_WORLDS_TIME_MS, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# in a %s world: %s, end %d, reason %s\n", what, otp_err_name(err),
                   (int)outcome.end, outcome.reason);
        }
    }
    otp_world_stop(world);
}

static inline void simulated_worlds(otp_process_fn *body) {
    both_worlds_run("simulated", &(otp_world_opts){.mode = OTP_SIMULATED}, body);
    for (uint64_t i = 0; i < BOTH_WORLDS_ORDERS; i++) {
        uint64_t state = otpi_hash_mix(unit_seed(), i + 1);
        otp_chooser chooser = {
            .context = &state, .choose = both_worlds_choose, .draw = both_worlds_draw};
        both_worlds_run("randomly simulated",
                        &(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser}, body);
    }
}

static inline void both_worlds(otp_process_fn *body) {
    simulated_worlds(body);
    both_worlds_run("parallel", &(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, body);
}

/* The body runs in a nested scope: what it builds lives to its end, over all that it receives. */
#define WORLDS_AT(text, run, fn, body)                                                             \
    static void body(void);                                                                        \
    static void fn(otp_term arg) {                                                                 \
        (void)arg;                                                                                 \
        otp_scope scope = otp_scope_begin();                                                       \
        body();                                                                                    \
        otp_scope_end(scope);                                                                      \
    }                                                                                              \
    UNIT(text) {                                                                                   \
        run(fn);                                                                                   \
    }                                                                                              \
    static void body(void)
#define WORLDS(text, run)                                                                          \
    WORLDS_AT(text, run, UNIT_JOIN(process_, __LINE__), UNIT_JOIN(process_body_, __LINE__))
#define BOTH_WORLDS(text)      WORLDS(text, both_worlds)
#define SIMULATED_WORLDS(text) WORLDS(text, simulated_worlds)

#endif
