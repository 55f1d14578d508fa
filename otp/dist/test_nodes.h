/* SPDX-License-Identifier: MIT */
/*
 * Tests of several nodes in one simulated world. The body runs as a process of the node one@host,
 * beside two@host and three@host:
 *
 *     ON_NODES("a message crosses") { otp_pid pid = spawn_on(two, echo, otp_nil()); ... }
 *
 * It runs in the default order, in random orders, and pairwise; the network is calm unless the test
 * starts the world itself. Nothing may be left when the world stops.
 */
#ifndef OTP_DIST_TEST_NODES_H
#define OTP_DIST_TEST_NODES_H

#include <otp/otp.h>

#include "base/prng.h"
#include "dist/network.h"
#include "dist/node.h"
#include "tests/unit.h"

#include <stdio.h>

enum { NODES_ORDERS = 20, NODES_TIME_MS = 60000 };

static otp_world *world;
static otp_system *one, *two, *three;

/* A hand-made chooser: events at random, draws at random or (calm) the simplest. */
typedef struct test_choices {
    otpi_prng prng;
    bool calm;
} test_choices;

static inline uint32_t test_choose(void *context, otp_choice kind, const otp_event *enabled,
                                   uint32_t n) {
    (void)kind, (void)enabled;
    return (uint32_t)otpi_prng_below(&((test_choices *)context)->prng, n);
}

static inline int64_t test_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo,
                                int64_t hi, int64_t target, const char *label) {
    test_choices *choices = context;
    (void)lane, (void)kind, (void)label;
    uint64_t span = (uint64_t)(hi - lo) + 1;
    return choices->calm ? target : lo + (int64_t)otpi_prng_below(&choices->prng, span);
}

/* Kept over tests, so that choosers outlive their worlds. */
static test_choices the_choices;
static const otp_chooser the_chooser = {
    .context = &the_choices, .choose = test_choose, .draw = test_draw};

static inline bool node_start(const char *name, otp_system **out) {
    bool started = otp_system_start(world, &(otp_system_opts){.name = name}, out) == OTP_OK;
    if (CHECK(started)) {
        otp_logger_set(*out, OTP_LOG_NONE, NULL, NULL);
    }
    return started;
}

static inline bool nodes_start(void) {
    return node_start("one@host", &one) && node_start("two@host", &two) &&
           node_start("three@host", &three);
}

typedef struct live {
    int64_t blocks, bytes, allocs;
} live;

static inline live live_now(void) {
    live l;
    otpi_block_live(&l.blocks, &l.bytes);
    l.allocs = otpi_memory_stats_read().live_blocks;
    return l;
}

static inline void check_live(const live *before) {
    live after = live_now();
    CHECK_EQ(after.blocks, before->blocks);
    CHECK_EQ(after.bytes, before->bytes);
}

/* Runs the body on node one of a new world; false when it did not end normally. */
static inline bool nodes_run(const otp_world_opts *opts, otp_process_fn *body) {
    live before = live_now();
    otp_outcome outcome = {.normal = false};
    if (CHECK(otp_world_start(opts, &world) == OTP_OK)) {
        if (nodes_start()) {
            otp_err err = otp_run(one, body, otp_nil(), NODES_TIME_MS, &outcome);
            if (!CHECK(err == OTP_OK && outcome.normal)) {
                printf("# %s, end %d, reason %s\n", otp_err_name(err), (int)outcome.end,
                       outcome.reason);
            }
        }
        otp_world_stop(world);
    }
    check_live(&before);
    return outcome.normal;
}

static inline void nodes_run_all(otp_process_fn *body) {
    otp_world_opts opts = {.mode = OTP_SIMULATED};
    bool fine = nodes_run(&opts, body);
    opts.chooser = &the_chooser;
    for (uint64_t i = 0; i < NODES_ORDERS && fine; i++) {
        the_choices.calm = true;
        otpi_prng_seed(&the_choices.prng, unit_seed() + i);
        opts.delivery = i % 2 ? OTP_DELIVERY_PAIRWISE : OTP_DELIVERY_CAUSAL;
        opts.timers = i % 3 ? OTP_TIMERS_LAST : OTP_TIMERS_RACE;
        fine = nodes_run(&opts, body);
        if (!fine) {
            printf("# in random order %d\n", (int)i);
        }
    }
}

#define ON_NODES_AT(text, fn, body)                                                                \
    static void body(void);                                                                        \
    static void fn(otp_term arg) {                                                                 \
        (void)arg;                                                                                 \
        otp_scope scope = otp_scope_begin();                                                       \
        body();                                                                                    \
        otp_scope_end(scope);                                                                      \
    }                                                                                              \
    UNIT(text) {                                                                                   \
        nodes_run_all(fn);                                                                         \
    }                                                                                              \
    static void body(void)
#define ON_NODES(text)                                                                             \
    ON_NODES_AT(text, UNIT_JOIN(process_, __LINE__), UNIT_JOIN(process_body_, __LINE__))

/* ---- What bodies need ---- */

static inline otp_pid spawn_on(otp_system *node, otp_process_fn *fn, otp_term arg) {
    otp_pid pid = OTP_PID_NONE;
    CHECK(otp_system_spawn(node, fn, arg, NULL, &pid) == OTP_OK);
    return pid;
}

static inline otp_pid spawn_named(otp_system *node, otp_process_fn *fn, const char *name) {
    otp_pid pid = OTP_PID_NONE;
    otp_spawn_opts opts = {.name = otp_atom(name)};
    CHECK(otp_system_spawn(node, fn, otp_from_pid(otp_self()), &opts, &pid) == OTP_OK);
    return pid;
}

/* {Name, Node}; by text, as a process may outlive the nodes it speaks of. */
static inline otp_term name_on(const char *name, const char *node) {
    return otp_tuple(otp_atom(name), otp_atom(node));
}

/* {From, What} is answered with {self(), What}, by pid. */
static inline void echo(otp_term arg) {
    (void)arg;
    otp_pid from;
    otp_term what;
    while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &what) == OTP_OK) {
        if (otp_is(what, "stop")) {
            return;
        }
        if (otp_is(what, "crash")) {
            otp_exit(OTP_ATOM(crashed));
        }
        otp_send(from, otp_tuple(otp_from_pid(otp_self()), what));
    }
}

static inline void tell_echo(otp_pid pid, const char *what) {
    otp_send(pid, otp_tuple(otp_from_pid(otp_self()), otp_atom(what)));
}

/* An answer comes back: everything sent to and from there before has arrived. */
static inline bool echo_answers(otp_pid pid) {
    tell_echo(pid, "hello");
    return otp_receive_match(1000, "{~w, hello}", otp_from_pid(pid)) == OTP_OK;
}

/* Nothing (more) comes within a second of virtual time. */
static inline bool silence(void) {
    otp_term message;
    return otp_receive(1000, &message) == OTP_ETIMEOUT;
}

static inline bool comes_down(otp_ref ref, const char *reason) {
    otp_term down;
    return otp_receive_ref(ref, 10000, &down) == OTP_OK && otp_is(otp_element(down, 4), reason);
}

#endif
