/* SPDX-License-Identifier: MIT */
#include "world/enabled.h"

#include "port/memory.h"
#include "world/simulator.h"

#include <string.h>

enum { ENABLED_INITIAL = 64 };

bool otpi_enabled_init(otpi_enabled *enabled) {
    enabled->runnables = otpi_alloc(ENABLED_INITIAL * sizeof(otpi_runnable *));
    enabled->events = otpi_alloc(ENABLED_INITIAL * sizeof *enabled->events);
    enabled->capacity = ENABLED_INITIAL;
    otpi_enabled_clear(enabled, false);
    if (!enabled->runnables || !enabled->events) {
        otpi_enabled_fini(enabled);
        return false;
    }
    return true;
}

void otpi_enabled_fini(otpi_enabled *enabled) {
    otpi_free(enabled->events);
    otpi_free(enabled->runnables);
}

/* Two thirds of the room lie behind: pushes at the back are more frequent. */
void otpi_enabled_clear(otpi_enabled *enabled, bool described) {
    enabled->described = described;
    enabled->first = enabled->last = enabled->capacity / 3;
}

void otpi_enabled_describe(otpi_runnable *runnable, otp_event *event) {
    *event = (otp_event){OTP_CHOICE_RUN, runnable->serial, 0, "run"};
    if (runnable->flags & OTPI_RUNNABLE_SERVICE) {
        otpi_service *service = OTPI_CONTAINER_OF(runnable, otpi_service, runnable);
        service->describe(service, event);
        return;
    }
    const otpi_stack *stack = runnable->stack;
    if (stack && stack->event) {
        *event = *stack->event;
        return;
    }
    if (stack) {
        event->kind = OTP_CHOICE_RESUME;
        event->label = stack->label;
    }
    otpi_run.describe(runnable, event);
}

/* ---- Room ---- */

/* Moves what is enabled so that it begins there. */
static void enabled_shift(otpi_enabled *enabled, uint32_t first) {
    uint32_t n = otpi_enabled_count(enabled);
    memmove(enabled->runnables + first, enabled->runnables + enabled->first,
            n * sizeof(otpi_runnable *));
    if (enabled->described) {
        memmove(enabled->events + first, enabled->events + enabled->first, n * sizeof(otp_event));
    }
    enabled->first = first;
    enabled->last = first + n;
}

static void enabled_grow(otpi_enabled *enabled) {
    uint32_t capacity = enabled->capacity * 2;
    enabled->runnables = otpi_realloc(enabled->runnables, capacity * sizeof(otpi_runnable *));
    enabled->events = otpi_realloc(enabled->events, capacity * sizeof *enabled->events);
    OTPI_ASSERT("enabled-001", enabled->runnables && enabled->events);
    enabled->capacity = capacity;
}

/* Keeps one free place before the first, and the spare ones behind the last. */
void otpi_enabled_make_room(otpi_enabled *enabled) {
    uint32_t n = otpi_enabled_count(enabled);
    if (n + n / 2 + 2 * OTPI_ENABLED_SPARE > enabled->capacity) {
        enabled_grow(enabled);
    }
    enabled_shift(enabled, (enabled->capacity - n) / 3 + 1);
}

/* ---- Putting and taking ---- */

void otpi_enabled_push_front(otpi_enabled *enabled, otpi_runnable *runnable) {
    enabled->runnables[--enabled->first] = runnable;
    if (enabled->described) {
        otpi_enabled_describe(runnable, &enabled->events[enabled->first]);
    }
    if (enabled->first < 2) {
        otpi_enabled_make_room(enabled);
    }
}

/* Moves the shorter side. */
otpi_runnable *otpi_enabled_take_far(otpi_enabled *enabled, uint32_t rank) {
    uint32_t at = enabled->first + rank;
    uint32_t behind = enabled->last - at - 1;
    bool front = rank < behind;
    uint32_t n = front ? rank : behind;
    uint32_t from = front ? enabled->first : at + 1;
    uint32_t to = front ? enabled->first + 1 : at;
    otpi_runnable *runnable = enabled->runnables[at];
    memmove(enabled->runnables + to, enabled->runnables + from, n * sizeof(otpi_runnable *));
    if (enabled->described) {
        memmove(enabled->events + to, enabled->events + from, n * sizeof(otp_event));
    }
    enabled->first += front;
    enabled->last -= !front;
    return runnable;
}

bool otpi_enabled_remove(otpi_enabled *enabled, const otpi_runnable *runnable) {
    for (uint32_t rank = 0; rank < otpi_enabled_count(enabled); rank++) {
        if (otpi_enabled_at(enabled, rank) == runnable) {
            otpi_enabled_take(enabled, rank);
            return true;
        }
    }
    return false;
}

/* ---- What a chooser sees ---- */

/* One of those around the ready ones. */
static OTPI_NOINLINE const otp_event *event_around(otp_enabled *enabled, uint32_t rank) {
    if (enabled->before && rank == 0) {
        return enabled->before;
    }
    rank -= enabled->before != NULL;
    if (rank < otpi_enabled_count(enabled->ready)) {
        otpi_enabled_describe(otpi_enabled_at(enabled->ready, rank), &enabled->described);
        return &enabled->described;
    }
    OTPI_ASSERT("enabled-002", rank == otpi_enabled_count(enabled->ready) && enabled->after);
    return enabled->after;
}

const otp_event *otp_enabled_event(otp_enabled *enabled, uint32_t rank) {
    if (OTPI_UNLIKELY(enabled->before || rank >= otpi_enabled_count(enabled->ready))) {
        return event_around(enabled, rank);
    }
    otpi_enabled_describe(otpi_enabled_at(enabled->ready, rank), &enabled->described);
    return &enabled->described;
}

const otp_event *otpi_enabled_events(const otp_enabled *enabled) {
    const otpi_enabled *ready = enabled->ready;
    otp_event *events = ready->events;
    if (enabled->after) {
        events[ready->last] = *enabled->after;
    }
    if (enabled->before) {
        events[ready->first - 1] = *enabled->before;
    }
    return events + ready->first - (enabled->before != NULL);
}
