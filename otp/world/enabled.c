/* SPDX-License-Identifier: MIT */
#include "world/enabled.h"

#include "port/memory.h"

#include <string.h>

enum { ENABLED_INITIAL = 64 };

bool otpi_enabled_init(otpi_enabled *enabled) {
    enabled->events = otpi_alloc(ENABLED_INITIAL * sizeof *enabled->events);
    enabled->runnables = otpi_alloc(ENABLED_INITIAL * sizeof(otpi_runnable *));
    enabled->capacity = ENABLED_INITIAL;
    otpi_enabled_clear(enabled);
    if (!enabled->events || !enabled->runnables) {
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
void otpi_enabled_clear(otpi_enabled *enabled) {
    enabled->first = enabled->last = enabled->capacity / 3;
}

/* Moves the events into arrays of that capacity, with free room on both sides. */
static void enabled_move(otpi_enabled *enabled, uint32_t capacity) {
    uint32_t n = otpi_enabled_count(enabled);
    otp_event *events = otpi_alloc(capacity * sizeof *events);
    otpi_runnable **runnables = otpi_alloc(capacity * sizeof(otpi_runnable *));
    OTPI_ASSERT("enabled-001", events && runnables);
    uint32_t first = (capacity - n) / 3 + 1;
    memcpy(events + first, enabled->events + enabled->first, n * sizeof *events);
    memcpy(runnables + first, enabled->runnables + enabled->first, n * sizeof(otpi_runnable *));
    otpi_enabled_fini(enabled);
    *enabled = (otpi_enabled){events, runnables, first, first + n, capacity};
}

/* Keeps one free place on each side. */
static void enabled_make_room(otpi_enabled *enabled) {
    if (enabled->first < 2 || enabled->last + 2 > enabled->capacity) {
        uint32_t n = otpi_enabled_count(enabled);
        bool full = n + n / 2 + 8 > enabled->capacity;
        if (!full) {
            uint32_t first = (enabled->capacity - n) / 3 + 1;
            memmove(enabled->events + first, enabled->events + enabled->first,
                    n * sizeof(otp_event));
            memmove(enabled->runnables + first, enabled->runnables + enabled->first,
                    n * sizeof(otpi_runnable *));
            enabled->first = first;
            enabled->last = first + n;
            return;
        }
        enabled_move(enabled, enabled->capacity * 2);
    }
}

void otpi_enabled_push(otpi_enabled *enabled, const otp_event *event, otpi_runnable *runnable) {
    enabled->events[enabled->last] = *event;
    enabled->runnables[enabled->last++] = runnable;
    enabled_make_room(enabled);
}

void otpi_enabled_push_front(otpi_enabled *enabled, const otp_event *event,
                             otpi_runnable *runnable) {
    enabled->events[--enabled->first] = *event;
    enabled->runnables[enabled->first] = runnable;
    enabled_make_room(enabled);
}

otpi_runnable *otpi_enabled_take(otpi_enabled *enabled, uint32_t rank, otp_event *event) {
    uint32_t at = enabled->first + rank;
    otpi_runnable *runnable = enabled->runnables[at];
    *event = enabled->events[at];
    if (rank < otpi_enabled_count(enabled) / 2) {
        memmove(enabled->events + enabled->first + 1, enabled->events + enabled->first,
                rank * sizeof(otp_event));
        memmove(enabled->runnables + enabled->first + 1, enabled->runnables + enabled->first,
                rank * sizeof(otpi_runnable *));
        enabled->first++;
    } else {
        uint32_t behind = enabled->last - at - 1;
        memmove(enabled->events + at, enabled->events + at + 1, behind * sizeof(otp_event));
        memmove(enabled->runnables + at, enabled->runnables + at + 1,
                behind * sizeof(otpi_runnable *));
        enabled->last--;
    }
    if (enabled->first == enabled->last) {
        otpi_enabled_clear(enabled);
    }
    return runnable;
}

bool otpi_enabled_remove(otpi_enabled *enabled, const otpi_runnable *runnable) {
    for (uint32_t i = enabled->first; i < enabled->last; i++) {
        if (enabled->runnables[i] == runnable) {
            otp_event event;
            otpi_enabled_take(enabled, i - enabled->first, &event);
            return true;
        }
    }
    return false;
}

const otp_event *otpi_enabled_events(otpi_enabled *enabled, const otp_event *last) {
    if (last) {
        enabled->events[enabled->last] = *last;
    }
    return enabled->events + enabled->first;
}

const otp_event *otpi_enabled_events_with(otpi_enabled *enabled, const otp_event *before,
                                          const otp_event *last) {
    enabled->events[enabled->first - 1] = *before;
    otpi_enabled_events(enabled, last);
    return enabled->events + enabled->first - 1;
}
