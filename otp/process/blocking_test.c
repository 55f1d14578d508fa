/* SPDX-License-Identifier: MIT */
/* The pool of threads behind otp_blocking: how many there are, who waits, who is turned away. */
#include "tests/unit.h"

#include <otp/otp.h>

#include "port/memory.h"
#include "port/thread.h"
#include "world/state.h"

#include <stdio.h>
#include <string.h>

enum { TEST_MS = 60000 };

/* ---- A gate that blocks threads ---- */

static otpi_mutex mutex = OTPI_MUTEX_INIT; /* of what follows */
static otpi_condition changed;
static int inside, inside_most;
static bool open;
static int64_t order[64];
static size_t served;

static void gate_shut(void) {
    otpi_condition_init(&changed);
    inside = inside_most = 0;
    served = 0;
    open = false;
}

static void gate_open(void) {
    otpi_mutex_lock(&mutex);
    open = true;
    otpi_condition_broadcast(&changed);
    otpi_mutex_unlock(&mutex);
}

static void *pass(void *argument) {
    otpi_mutex_lock(&mutex);
    inside++;
    inside_most = inside > inside_most ? inside : inside_most;
    order[served++] = (int64_t)(intptr_t)argument;
    otpi_condition_broadcast(&changed);
    while (!open) {
        otpi_condition_wait(&changed, &mutex, OTPI_NEVER);
    }
    inside--;
    otpi_mutex_unlock(&mutex);
    return argument;
}

/* Waits, outside of all worlds, until that many are inside. */
static void inside_wait(int count) {
    otpi_mutex_lock(&mutex);
    while (inside < count) {
        otpi_condition_wait(&changed, &mutex, OTPI_NEVER);
    }
    otpi_mutex_unlock(&mutex);
}

/* ---- Callers ---- */

static void caller(otp_term number) {
    int64_t n = -1;
    CHECK(otp_get_int(number, &n));
    CHECK_EQ((intptr_t)otp_blocking(pass, (void *)(intptr_t)n, NULL), n);
}

static void detached(otp_term number) {
    int64_t n = -1;
    CHECK(otp_get_int(number, &n));
    otp_blocking_opts opts = {.detach = true};
    CHECK_EQ((intptr_t)otp_blocking(pass, (void *)(intptr_t)n, &opts), n);
}

static bool is_down(otp_term down, const char *reason) {
    return strcmp(otp_show(otp_element(down, 4)), reason) == 0;
}

static void in_world(const otp_world_opts *opts, otp_process_fn *body) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    gate_shut();
    REQUIRE(otp_world_start(opts, &world) == OTP_OK);
    if (CHECK(otp_system_start(world, NULL, &system) == OTP_OK)) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run(system, body, otp_nil(), TEST_MS, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# %s, reason %s\n", otp_err_name(err), outcome.reason);
        }
    }
    gate_open();
    otp_world_stop(world);
    CHECK_EQ(inside, 0);
}

#define WORLD(...) (&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 1, __VA_ARGS__})

/* ---- Cap and order ---- */

static void ten_callers(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_ref refs[10];
    (void)unused;
    for (size_t i = 0; i < 10; i++) {
        otp_spawn_monitor(caller, otp_int((int64_t)i), &refs[i]);
        otp_yield(); /* in this order: the caller has asked, or waits for the thread that I hold */
    }
    inside_wait(2);
    gate_open();
    for (size_t i = 0; i < 10; i++) {
        otp_term down = OTP_NONE;
        CHECK_EQ(otp_receive_ref(refs[i], TEST_MS, &down), OTP_OK);
        CHECK(is_down(down, "normal"));
    }
    CHECK_EQ(served, 10);
    CHECK_EQ(inside_most, 2);
    otp_scope_end(scope);
}

UNIT("no more threads block than allowed; the other calls wait") {
    in_world(WORLD(.blocking_threads_max = 2), ten_callers);
}

static void five_in_order(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_ref refs[5];
    (void)unused;
    for (size_t i = 0; i < 5; i++) {
        otp_spawn_monitor(caller, otp_int((int64_t)i), &refs[i]);
        otp_yield();
    }
    inside_wait(1);
    gate_open();
    for (size_t i = 0; i < 5; i++) {
        otp_term down = OTP_NONE;
        CHECK_EQ(otp_receive_ref(refs[i], TEST_MS, &down), OTP_OK);
    }
    for (size_t i = 0; i < 5; i++) {
        CHECK_EQ(order[i], (int64_t)i);
    }
    otp_scope_end(scope);
}

UNIT("calls that wait are served oldest first") {
    in_world(WORLD(.blocking_threads_max = 1), five_in_order);
}

/* ---- The queue's limit ---- */

static void fourth_of(otp_process_fn *fn) {
    otp_scope scope = otp_scope_begin();
    otp_ref refs[4];
    otp_term down = OTP_NONE;
    for (size_t i = 0; i < 3; i++) {
        otp_spawn_monitor(fn, otp_int((int64_t)i), &refs[i]);
        otp_yield();
        inside_wait(1); /* the thread has taken the first: the next two wait */
    }
    otp_spawn_monitor(fn, otp_int(3), &refs[3]);
    CHECK_EQ(otp_receive_ref(refs[3], TEST_MS, &down), OTP_OK);
    CHECK(is_down(down, "{system_limit,blocking_queue}"));
    gate_open();
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], TEST_MS, &down), OTP_OK);
        CHECK(is_down(down, "normal"));
    }
    /* there is room again */
    otp_spawn_monitor(fn, otp_int(4), &refs[3]);
    CHECK_EQ(otp_receive_ref(refs[3], TEST_MS, &down), OTP_OK);
    CHECK(is_down(down, "normal"));
    CHECK_EQ(served, 4);
    otp_scope_end(scope);
}

static void fourth_attached(otp_term unused) {
    (void)unused;
    fourth_of(caller);
}

static void fourth_detached(otp_term unused) {
    (void)unused;
    fourth_of(detached);
}

UNIT("limit blocking_queue: a call that finds the queue full exits its process, and leaves "
     "nothing") {
    const otp_world_opts *opts = WORLD(.blocking_threads_max = 1, .blocking_queue_max = 2);
    in_world(opts, fourth_attached); /* what stays for ever, stays now */
    int64_t before = otpi_memory_stats_read().live_blocks;
    in_world(opts, fourth_attached);
    in_world(opts, fourth_detached);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
}
