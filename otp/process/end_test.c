/* SPDX-License-Identifier: MIT */
/*
 * The end of a simulated system: some of its processes are taken away where they stand, others run
 * to their end. Neither leaves anything behind, and cleanups run.
 */
#include <otp/otp.h>

#include "base/prng.h"
#include "port/memory.h"
#include "tests/unit.h"
#include "world/worker.h"

enum { RUNS = 50, OF_EACH = 4 };

static int cleanups, terminated;

static void cleanup(void *unused) {
    (void)unused;
    cleanups++;
}

/* ---- Servers that own this and that ---- */

typedef struct owner {
    otp_term kept;
} owner;

static otp_result owner_cast(void *state, otp_term request) {
    owner *o = state;
    if (request.word == OTP_ATOM(keeps).word) {
        o->kept = otp_keep(otp_list(otp_int(1), otp_string("kept")));
    }
    if (request.word == OTP_ATOM(defers).word) {
        otp_defer(cleanup, NULL);
    }
    return otp_noreply();
}

/* Has an idle timeout: its server's rare part is there. */
static otp_result owner_init(void *state, otp_term args) {
    (void)state;
    otp_result result = otp_ok();
    result.timeout_ms = args.word == OTP_ATOM(hurries).word ? 100000 : 0;
    return result;
}

static void owner_terminate(void *state, otp_term reason) {
    (void)state, (void)reason;
    terminated++;
}

static const otp_gen_server owner_server = {.name = "owner",
                                            .state_size = sizeof(owner),
                                            .init = owner_init,
                                            .handle_cast = owner_cast,
                                            .terminate = owner_terminate};

static otp_pid owner_start(otp_term args) {
    otp_pid pid;
    otp_err err = otp_start(&owner_server, args, NULL, &pid);
    OTP_ASSERT(err == OTP_OK);
    return pid;
}

static void waits(otp_term unused) {
    (void)unused;
    otp_defer(cleanup, NULL);
    (void)otp_receive_match(OTP_INFINITY, "never");
}

static void links_and_waits(otp_term peer) {
    otp_pid pid;
    if (otp_get_pid(peer, &pid)) {
        otp_link(pid);
        (void)otp_monitor(pid);
    }
    waits(otp_nil());
}

static void sets_up(otp_term unused) {
    (void)unused;
    uint8_t bytes[1000] = {1};
    for (int i = 0; i < OF_EACH; i++) {
        (void)owner_start(otp_nil());
        (void)owner_start(OTP_ATOM(hurries));
        otp_cast(owner_start(otp_nil()), OTP_ATOM(keeps));
        otp_cast(owner_start(otp_nil()), OTP_ATOM(defers));
        otp_spawn(waits, otp_nil());
        otp_spawn(links_and_waits, otp_from_pid(owner_start(otp_nil())));
        otp_err frozen = otp_freeze(owner_start(otp_nil()), i);
        OTP_ASSERT(frozen == OTP_OK);
    }
    otp_yield();
    for (int i = 0; i < OF_EACH; i++) {
        otp_cast(owner_start(otp_nil()), otp_binary(bytes, sizeof bytes)); /* mostly unread */
    }
}

static uint32_t choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind, (void)enabled;
    return (uint32_t)otpi_prng_below(context, n);
}

static void run(otp_world *world, bool settles) {
    otp_system *system;
    otp_outcome outcome;
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    CHECK_EQ(otp_run(system, sets_up, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
    CHECK(outcome.normal);
    if (settles) {
        CHECK_EQ(otp_world_run(world, 0, NULL), OTP_OK);
    }
    otp_system_stop(system);
}

static int64_t live_blocks(void) {
    int64_t blocks;
    int64_t bytes;
    otpi_block_live(&blocks, &bytes);
    return blocks + otpi_memory_stats_read().live_blocks;
}

UNIT("the end of a simulated system leaves no memory, whatever its processes were about") {
    otpi_prng prng;
    otp_chooser chooser = {.context = &prng, .choose = choose};
    otp_world *world;
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser};
    REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
    int64_t before = 0;
    for (uint64_t i = 0; i < RUNS; i++) {
        otpi_prng_seed(&prng, otpi_hash_mix(unit_seed(), i));
        opts.delivery = i % 4 == 3 ? OTP_DELIVERY_PAIRWISE : OTP_DELIVERY_CAUSAL;
        CHECK_EQ(otp_world_reset(world, &opts), OTP_OK);
        cleanups = terminated = 0;
        run(world, i % 2 == 0);
        before = i == 1 ? live_blocks() : before; /* the first ones warm what is kept */
        CHECK(i < 2 || live_blocks() == before);
        CHECK(i % 2 == 1 || cleanups == 3 * OF_EACH);
        CHECK_EQ(terminated, 0);
    }
    otp_world_stop(world);
}
