/* SPDX-License-Identifier: MIT */
/*
 * Many processes at once: nothing is lost, doubled or out of order, and nothing is left behind.
 */
#include "tests/worlds.h"

#include "base/prng.h"
#include "port/memory.h"
#include "world/worker.h"

/* ---- Order per pair, over messages, EXIT and DOWN ---- */

enum { SENDERS = 16, MESSAGES = 150 };

static int64_t rounds(void) {
    return unit_long() ? 200 : 4;
}

/* Sends numbers to its parent and exits with their count. */
static void sender(otp_term parent) {
    otp_pid self = otp_self();
    for (int64_t i = 0; i < MESSAGES; i++) {
        otp_send(parent, otp_tuple(otp_from_pid(self), otp_int(i)));
        if (i % 32 == 31) {
            otp_yield();
        }
    }
    otp_exit(otp_tuple(OTP_ATOM(sent), otp_int(MESSAGES)));
}

typedef struct pair {
    otp_pid pid;
    int64_t next;
    bool exited, down;
} pair;

static pair *pair_of(pair *pairs, otp_pid pid) {
    for (int i = 0; i < SENDERS; i++) {
        if (pairs[i].pid.word == pid.word) {
            return &pairs[i];
        }
    }
    return NULL;
}

/* The end of a sender: every message it sent has come before. A killed one may have sent fewer. */
static bool end_is_right(const pair *p, otp_term reason) {
    int64_t sent;
    return otp_is(reason, "killed") || (otp_match(reason, "{sent, ~i}", &sent) && sent == p->next);
}

static bool message_is_right(pair *pairs, otp_term message) {
    otp_pid pid;
    int64_t n;
    otp_term reason;
    if (otp_match(message, "{'EXIT', ~p, ~t}", &pid, &reason)) {
        pair *p = pair_of(pairs, pid);
        bool right = p && !p->exited && end_is_right(p, reason);
        if (p) {
            p->exited = true;
        }
        return right;
    }
    if (otp_match(message, "{'DOWN', _, process, ~p, ~t}", &pid, &reason)) {
        pair *p = pair_of(pairs, pid);
        bool right = p && !p->down && end_is_right(p, reason);
        if (p) {
            p->down = true;
        }
        return right;
    }
    pair *p = otp_match(message, "{~p, ~i}", &pid, &n) ? pair_of(pairs, pid) : NULL;
    return p && !p->exited && !p->down && p->next++ == n;
}

static void receiver_round(bool kills) {
    pair pairs[SENDERS] = {0};
    for (int i = 0; i < SENDERS; i++) {
        otp_ref ref;
        otp_err err = otp_spawn_opt(
            sender, otp_from_pid(otp_self()),
            &(otp_spawn_opts){.link = true, .monitor = true, .monitor_ref = &ref}, &pairs[i].pid);
        OTP_ASSERT(err == OTP_OK);
    }
    int wrong = 0;
    for (int ends = 0, seen = 0; ends < 2 * SENDERS; seen++) {
        otp_term message;
        otp_err err = otp_receive(20000, &message);
        OTP_ASSERT(err == OTP_OK);
        wrong += !message_is_right(pairs, message);
        ends += !otp_match(message, "{_, _}");
        if (kills && seen == SENDERS * MESSAGES / 3) {
            otp_kill(pairs[SENDERS / 2].pid);
        }
    }
    CHECK_EQ(wrong, 0);
}

static void receiver(otp_term unused) {
    (void)unused;
    otp_trap_exit(true);
    for (int64_t i = 0; i < rounds(); i++) {
        receiver_round(i % 2);
    }
}

BOTH_WORLDS("messages, exits and downs of a pair come in the order they were sent") {
    otp_ref refs[4];
    for (int i = 0; i < 4; i++) {
        otp_spawn_monitor(receiver, otp_nil(), &refs[i]);
    }
    for (int i = 0; i < 4; i++) {
        otp_term message;
        CHECK(otp_receive_ref(refs[i], OTP_INFINITY, &message) == OTP_OK);
        CHECK_STR(otp_show(otp_element(message, 4)), "normal");
    }
}

/* ---- Nothing is left behind ---- */

typedef struct live {
    int64_t blocks, bytes;
    otpi_memory_stats memory;
} live;

static live live_now(void) {
    live l;
    otpi_block_live(&l.blocks, &l.bytes);
    l.memory = otpi_memory_stats_read();
    return l;
}

static void nothing(otp_term unused) {
    (void)unused;
}

static void spawn_many(int64_t n) {
    for (int64_t i = 0; i < n; i += 100) {
        otp_ref ref;
        for (int k = 1; k < 100; k++) {
            otp_spawn(nothing, otp_nil());
        }
        otp_spawn_monitor(nothing, otp_nil(), &ref);
        otp_term message;
        otp_err err = otp_receive_ref(ref, 20000, &message);
        OTP_ASSERT(err == OTP_OK);
        otp_yield();
    }
}

static void echo(otp_term unused) {
    (void)unused;
    otp_pid from;
    otp_term what;
    while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &what) == OTP_OK) {
        otp_send(from, what);
    }
}

static void message_many(int64_t n) {
    otp_pid pid = otp_spawn_link(echo, otp_nil());
    for (int64_t i = 0; i < n / 2; i++) {
        otp_scope scope = otp_scope_begin();
        otp_send(pid, otp_tuple(otp_from_pid(otp_self()), otp_string("fifteen bytes..")));
        otp_term message;
        otp_err err = otp_receive(20000, &message);
        OTP_ASSERT(err == OTP_OK);
        otp_scope_end(scope);
    }
    otp_unlink(pid);
    otp_kill(pid);
}

/* More deaths than the race detector has places for the frames they leave: 65,536. */
static int64_t many(void) {
    return unit_long() ? 1000000 : 70000;
}

static void spawn_body(otp_term unused) {
    (void)unused;
    spawn_many(many());
}

static void message_body(otp_term unused) {
    (void)unused;
    message_many(many());
}

/* The first run warms caches and tables; the second must leave what it found. */
static void leaves_nothing(otp_mode mode, otp_process_fn *body) {
    otp_world *world;
    otp_system *system;
    live before = {0};
    for (int run = 0; run < 2; run++) {
        before = run ? live_now() : before;
        otp_world_opts opts = {.mode = mode, .schedulers = 2, .steps_max = UINT64_MAX};
        REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_outcome outcome;
        CHECK_EQ(otp_run(system, body, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
        CHECK_STR(outcome.reason, "normal");
        otp_world_stop(world);
    }
    live after = live_now();
    CHECK_EQ(after.blocks, before.blocks);
    CHECK_EQ(after.bytes, before.bytes);
    CHECK_EQ(after.memory.live_blocks, before.memory.live_blocks);
    CHECK_EQ(after.memory.live_bytes, before.memory.live_bytes);
}

UNIT("spawning and exiting leaves live blocks and bytes as they were") {
    leaves_nothing(OTP_PARALLEL, spawn_body);
    leaves_nothing(OTP_SIMULATED, spawn_body);
}

UNIT("messages leave live blocks and bytes as they were") {
    leaves_nothing(OTP_PARALLEL, message_body);
    leaves_nothing(OTP_SIMULATED, message_body);
}

/* ---- Everything at once, and its end ---- */

static void chaos_child(otp_term arg) {
    otp_pid peer;
    otp_get_pid(arg, &peer);
    otp_link(peer);
    otp_monitor(peer);
    otp_send_after(5, otp_from_pid(otp_self()), OTP_ATOM(tick));
    otp_keep(otp_string("kept until the end of the process, which may come at any time now"));
    otp_term message;
    for (int i = 0; i < 20; i++) {
        otp_send(peer, otp_tuple(otp_from_pid(otp_self()), otp_int(i)));
        otp_err err = otp_receive(1, &message);
        (void)err;
    }
}

static void chaos_hub(otp_term unused) {
    (void)unused;
    otp_trap_exit(true);
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int64_t n = unit_long() ? 20000 : 600;
    for (int64_t i = 0; i < n; i++) {
        otp_pid pid = otp_spawn(chaos_child, otp_from_pid(otp_self()));
        otp_term message;
        while (otp_receive(0, &message) == OTP_OK) {}
        switch (otpi_prng_below(&prng, 5)) {
        case 0: otp_kill(pid); break;
        case 1: otp_exit_signal(pid, otp_tuple(OTP_ATOM(because), otp_int(i))); break;
        case 2: otp_unlink(pid); break;
        case 3: otp_demonitor(otp_monitor(pid), true); break;
        default: otp_yield();
        }
    }
}

UNIT("a system under kills, links, monitors and timers stops with nothing left, at any moment") {
    leaves_nothing(OTP_PARALLEL, chaos_hub);
    leaves_nothing(OTP_SIMULATED, chaos_hub);
}
