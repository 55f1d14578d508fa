/* SPDX-License-Identifier: MIT */
/*
 * What AddressSanitizer must not hold against stacks whose frames were abandoned. In other builds
 * the same must simply work.
 */
#include "port/context.h"

#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>

enum { STACK = 256 << 10, DEPTH = 40 };

static otpi_context home;
static otpi_context parked;
static void *home_fiber;
static void *parked_fiber;
static char *stack;

/* A local array whose address escapes has red zones around it. */
static char *volatile escaped;
static int used_later;

static void park_at(int depth) {
    char frame[100];
    memset(frame, depth, sizeof frame);
    escaped = frame;
    if (depth > 0) {
        park_at(depth - 1);
    } else {
        otpi_fiber_switch_ordered(home_fiber);
        otpi_context_switch(&parked, &home);
    }
    used_later += frame[3];
    escaped = NULL;
}

static void park_deep(void *arg) {
    (void)arg;
    park_at(DEPTH);
    otpi_panic("test-001", __FILE__, __LINE__, "nobody resumes this");
}

static void park_shallow(void *arg) {
    *(bool *)arg = true;
    otpi_fiber_switch_ordered(home_fiber);
    otpi_context_switch(&parked, &home);
}

static void start(otpi_context_fn *entry, void *arg) {
    parked_fiber = otpi_fiber_new();
    home_fiber = otpi_fiber_current();
    otpi_context_init(&parked, stack, STACK, entry, arg);
    otpi_fiber_switch_ordered(parked_fiber);
    otpi_context_switch(&home, &parked);
}

UNIT("the stack of a process killed while parked can be cleared and used by another") {
    bool ran = false;
    stack = otpi_stack_map(STACK, false);
    REQUIRE(stack != NULL);
    start(park_deep, NULL);
    otpi_fiber_free(parked_fiber);
    otpi_stack_unpoison(stack, STACK);
    memset(stack, 0, STACK);
    start(park_shallow, &ran);
    CHECK(ran);
    otpi_fiber_free(parked_fiber);
    otpi_stack_unmap(stack, STACK);
}

UNIT("a context made on the stack of a killed one starts on clean ground") {
    stack = otpi_stack_map(STACK, false);
    REQUIRE(stack != NULL);
    for (int i = 0; i < 100; i++) {
        bool ran = false;
        start(park_deep, NULL);
        otpi_fiber_free(parked_fiber);
        start(park_shallow, &ran);
        otpi_fiber_free(parked_fiber);
        CHECK(ran);
    }
    otpi_stack_unpoison(stack, STACK);
    otpi_stack_unmap(stack, STACK);
}
