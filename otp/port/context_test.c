/* SPDX-License-Identifier: MIT */
/*
 * With ThreadSanitizer every stack has a fiber, switched to just before the stack: as in the
 * scheduler.
 */
#include "port/context.h"

#include "port/clock.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <execinfo.h>
#include <fenv.h>
#include <stdio.h>
#include <string.h>

enum { STACK = 256 << 10 };

typedef struct strand {
    otpi_context context;
    char *stack;
    void *fiber;
} strand;

static strand home; /* the test's own stack */
static strand other;

static void open_strand(strand *s, otpi_context_fn *entry, void *arg) {
    s->stack = otpi_stack_map(STACK, true);
    OTPI_ASSERT("test-001", s->stack != NULL);
    s->fiber = otpi_fiber_new();
    otpi_context_init(&s->context, s->stack, STACK, entry, arg);
    home.fiber = otpi_fiber_current();
}

static void close_strand(strand *s) {
    otpi_stack_unpoison(s->stack, STACK);
    otpi_fiber_free(s->fiber);
    otpi_stack_unmap(s->stack, STACK);
}

static inline __attribute__((always_inline)) void go(strand *from, strand *to) {
    otpi_fiber_switch_ordered(to->fiber);
    otpi_context_switch(&from->context, &to->context);
}

static uint64_t rounds;

static void count_rounds(void *arg) {
    strand *self = arg;
    for (;;) {
        rounds++;
        go(self, &home);
    }
}

UNIT("a fresh context starts with its argument on its own aligned stack") {
    rounds = 0;
    open_strand(&other, count_rounds, &other);
    go(&home, &other);
    CHECK_EQ(rounds, 1);
    const char *depth = otpi_context_depth(&other.context);
    CHECK(depth > other.stack && depth < other.stack + STACK);
    go(&home, &other);
    CHECK_EQ(rounds, 2);
    close_strand(&other);
}

/* An aligned SSE/NEON store faults when the stack is off by 8. */
static void store_aligned(void *arg) {
    volatile __attribute__((aligned(16))) double vector[2] = {1, 2};
    *(bool *)arg = (uintptr_t)vector % 16 == 0 && (uintptr_t)__builtin_frame_address(0) % 16 == 0;
    go(&other, &home);
}

UNIT("the entry function finds the stack aligned as the ABI demands") {
    bool aligned = false;
    open_strand(&other, store_aligned, &aligned);
    go(&home, &other);
    CHECK(aligned);
    close_strand(&other);
}

static OTPI_NOINLINE uint64_t descend(int depth) {
    volatile char frame[64];
    memset((char *)(uintptr_t)frame, depth, sizeof frame);
    uint64_t below = 0;
    if (depth > 0) {
        below = descend(depth - 1);
    } else {
        go(&other, &home);
    }
    return below + (uint64_t)frame[17];
}

static uint64_t descended;

static void deep_and_shallow(void *arg) {
    (void)arg;
    for (int depth = 0;; depth = (depth + 37) % 100) {
        descended = descend(depth);
        go(&other, &home);
    }
}

UNIT("switching works from any depth, and all frames come back unharmed") {
    open_strand(&other, deep_and_shallow, NULL);
    for (int i = 0, depth = 0; i < 500; i++, depth = (depth + 37) % 100) {
        go(&home, &other); /* into the depth */
        go(&home, &other); /* and out of it */
        REQUIRE(descended == (uint64_t)(depth * (depth + 1) / 2));
    }
    close_strand(&other);
}

static double sum_of_harmonics(strand *self, strand *to, int terms) {
    double a = 0;
    double b = 1;
    double c = -1;
    double d = 0.5;
    for (int i = 1; i <= terms; i++) {
        a += 1.0 / i;
        b *= 1 + 1.0 / (i * 100.0);
        c -= d;
        d *= 0.9;
        go(self, to);
    }
    return a + b + c + d;
}

static double other_sum;

static void sum_in_other(void *arg) {
    (void)arg;
    other_sum = sum_of_harmonics(&other, &home, 99);
    for (;;) {
        go(&other, &home);
    }
}

static strand nobody;

static void only_back(void *arg) {
    (void)arg;
    for (;;) {
        go(&nobody, &home);
    }
}

UNIT("floating-point values live across switches") {
    open_strand(&nobody, only_back, NULL);
    double expected_100 = sum_of_harmonics(&home, &nobody, 100);
    double expected_99 = sum_of_harmonics(&home, &nobody, 99);
    open_strand(&other, sum_in_other, NULL);
    double sum = sum_of_harmonics(&home, &other, 100);
    CHECK(sum == expected_100);
    CHECK(other_sum == expected_99);
    close_strand(&nobody);
    close_strand(&other);
}

/* ---- Restart ---- */

/* A fiber keeps the abandoned frames of each restart: few with ThreadSanitizer. */
enum { RESTARTS = OTPI_TSAN ? 200 : OTPI_ASAN ? 20000 : 1000000 };

static int restarts;
static const char *lowest;
static uint64_t sum_of_args;

static void restarted(void *arg);
static void restart_from(int depth);
static void (*volatile restart_deeper)(int depth) = restart_from;

static void restart_from(int depth) {
    volatile char frame[40];
    frame[3] = (char)depth;
    if (depth > 0) {
        restart_deeper(depth - 1);
        frame[5] = frame[3]; /* no tail call */
        return;
    }
    const char *here = __builtin_frame_address(0);
    lowest = here < lowest ? here : lowest;
    otpi_context_restart(other.stack, STACK, restarted, (void *)(uintptr_t)restarts);
}

static void restarted(void *arg) {
    sum_of_args += (uintptr_t)arg;
    if (++restarts <= RESTARTS) {
        restart_from(restarts % 50);
    }
    go(&other, &home);
}

UNIT("restarting from deep recursion a million times does not grow the stack") {
    restarts = 0;
    sum_of_args = 0;
    open_strand(&other, restarted, NULL);
    lowest = other.stack + STACK;
    go(&home, &other);
    CHECK_EQ(restarts, RESTARTS + 1);
    CHECK_EQ(sum_of_args, (int64_t)RESTARTS * (RESTARTS + 1) / 2);
    CHECK(other.stack + STACK - lowest < 50 * 1024);
    close_strand(&other);
}

/* ---- Jump ---- */

static int jumps;

static void jump_from(int depth);
static void (*volatile jump_deeper)(int depth) = jump_from;

static void jump_from(int depth) {
    volatile char frame[100];
    memset((char *)(uintptr_t)frame, 1, sizeof frame);
    if (depth > 0) {
        jump_deeper(depth - 1);
        frame[5] = frame[3];
        return;
    }
    otpi_fiber_switch_ordered(home.fiber);
    otpi_context_jump(&home.context);
}

static void jump_home(void *arg) {
    jumps++;
    jump_from((int)(intptr_t)arg);
}

UNIT("a jump abandons its stack, which can be used again at once") {
    jumps = 0;
    open_strand(&other, jump_home, (void *)30);
    for (int i = 1; i <= 300; i++) {
        go(&home, &other);
        REQUIRE(jumps == i);
        otpi_fiber_free(other.fiber);
        other.fiber = otpi_fiber_new();
        if (i % 3 == 0) {
            otpi_stack_unpoison(other.stack, STACK);
            memset(other.stack + otpi_page_size(), 0xee, STACK - otpi_page_size());
        }
        otpi_context_init(&other.context, other.stack, STACK, jump_home,
                          (void *)(intptr_t)(i % 40));
    }
    close_strand(&other);
}

/* ---- A ring of many stacks ---- */

enum { RING = 50 };

static strand ring[RING];
static int hops;

static void hop(void *arg) {
    intptr_t i = (intptr_t)arg;
    for (;;) {
        hops++;
        go(&ring[i], i + 1 < RING ? &ring[i + 1] : &home);
    }
}

UNIT("many stacks pass the thread around in a ring") {
    hops = 0;
    for (int i = 0; i < RING; i++) {
        open_strand(&ring[i], hop, (void *)(intptr_t)i);
    }
    for (int round = 1; round <= 100; round++) {
        go(&home, &ring[0]);
        CHECK_EQ(hops, round * RING);
    }
    for (int i = 0; i < RING; i++) {
        close_strand(&ring[i]);
    }
}

/* ---- Backtraces ---- */

static int frames_seen;

static void look_back(void *arg) {
    (void)arg;
    void *frames[64];
    frames_seen = backtrace(frames, 64);
    go(&other, &home);
}

UNIT("a backtrace ends at the entry function") {
    open_strand(&other, look_back, NULL);
    go(&home, &other);
    CHECK(frames_seen >= 2 && frames_seen < 8);
    close_strand(&other);
}

UNIT("a switch costs some nanoseconds") {
    enum { SWITCHES = OTPI_TSAN || OTPI_ASAN ? 10000 : 2000000 };
    rounds = 0;
    open_strand(&other, count_rounds, &other);
    uint64_t best = UINT64_MAX;
    for (int attempt = 0; attempt < 5; attempt++) {
        uint64_t start = otpi_clock_monotonic_ns();
        for (int i = 0; i < SWITCHES / 10; i++) {
            go(&home, &other);
        }
        uint64_t took = otpi_clock_monotonic_ns() - start;
        best = took < best ? took : best;
    }
    printf("# %.2f ns per switch\n", (double)best / (SWITCHES / 5));
    CHECK_EQ(rounds, SWITCHES / 2);
    close_strand(&other);
}
