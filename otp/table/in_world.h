/* SPDX-License-Identifier: MIT */
/*
 * For tests of the rooms above processes: runs a function as a process of a fresh system, in a
 * simulated world and in a parallel one, and checks that it ends normally and leaves nothing
 * behind.
 */
#ifndef OTP_TABLE_IN_WORLD_H
#define OTP_TABLE_IN_WORLD_H

#include <otp/process.h>

#include "port/memory.h"
#include "tests/unit.h"
#include "world/worker.h"

enum { IN_WORLD_TIMEOUT_MS = 60000 };

static inline void in_world_with(const otp_world_opts *world_opts,
                                 const otp_system_opts *system_opts, otp_process_fn *body,
                                 void *context) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    int64_t blocks[2];
    int64_t bytes[2];
    otpi_block_live(&blocks[0], &bytes[0]);
    REQUIRE(otp_world_start(world_opts, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, system_opts, &system) == OTP_OK);
    CHECK_EQ(otp_run_with(system, body, otp_nil(), context, IN_WORLD_TIMEOUT_MS, &outcome), OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    otp_world_stop(world);
    otpi_block_live(&blocks[1], &bytes[1]);
    CHECK_EQ(blocks[1], blocks[0]);
    CHECK_EQ(bytes[1], bytes[0]);
}

static inline void in_world(otp_mode mode, otp_process_fn *body) {
    in_world_with(&(otp_world_opts){.mode = mode, .schedulers = 2}, NULL, body, NULL);
}

static inline void in_both_worlds(otp_process_fn *body) {
    in_world(OTP_SIMULATED, body);
    in_world(OTP_PARALLEL, body);
}

/* Runs fn(arg) as a process and waits for its exit, whose reason is returned. */
static inline otp_term in_process(otp_process_fn *fn, otp_term arg) {
    otp_ref ref;
    otp_term down;
    otp_spawn_monitor(fn, arg, &ref);
    if (!CHECK(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down) == OTP_OK)) {
        return OTP_NONE;
    }
    return otp_element(down, 4);
}

/* Fails the n-th allocation from now on, counted from 1, for the calling thread. */
static inline bool in_world_fail(void *context, size_t size, const char *site) {
    (void)size, (void)site;
    int *left = context;
    return --*left == 0;
}

#endif
