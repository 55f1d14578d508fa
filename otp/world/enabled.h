/* SPDX-License-Identifier: MIT */
/*
 * The enabled runnables of a simulated world, oldest first, and the events that they stand for.
 *
 * Design notes.
 * An array with free room on both sides: taking the oldest and putting one before it cost nothing,
 * taking the k-th moves the shorter side. A runnable's event does not change while it is enabled,
 * so that it can be described at any time: when somebody asks (most choosers look at one of many),
 * or, for a chooser that wants them all, when it becomes enabled.
 */
#ifndef OTP_WORLD_ENABLED_H
#define OTP_WORLD_ENABLED_H

#include "base/assert.h"
#include "world/worker.h"

#include <string.h>

enum { OTPI_ENABLED_NEAR = 8, OTPI_ENABLED_SPARE = OTPI_ENABLED_NEAR + 1 };

typedef struct otpi_enabled {
    otpi_runnable **runnables; /* runnables[first .. last), and OTPI_ENABLED_SPARE free ones */
    otp_event *events;         /* of the same places, if described; the one before the
                                  first and the one behind the last are always free */
    uint32_t first, last, capacity;
    bool described; /* every event when it becomes enabled; else when somebody asks */
} otpi_enabled;

bool otpi_enabled_init(otpi_enabled *enabled);
void otpi_enabled_fini(otpi_enabled *enabled);
void otpi_enabled_clear(otpi_enabled *enabled, bool described);

static inline uint32_t otpi_enabled_count(const otpi_enabled *enabled) {
    return enabled->last - enabled->first;
}
static inline otpi_runnable *otpi_enabled_at(const otpi_enabled *enabled, uint32_t rank) {
    return enabled->runnables[enabled->first + rank];
}

/* Both grow the array when it is full; out of memory there is a panic ("enabled-001"). */
void otpi_enabled_make_room(otpi_enabled *enabled);
void otpi_enabled_push_front(otpi_enabled *enabled, otpi_runnable *runnable);
/* What a runnable does next. */
void otpi_enabled_describe(otpi_runnable *runnable, otp_event *event);

static inline void otpi_enabled_push(otpi_enabled *enabled, otpi_runnable *runnable) {
    enabled->runnables[enabled->last] = runnable;
    if (OTPI_UNLIKELY(enabled->described)) {
        otpi_enabled_describe(runnable, &enabled->events[enabled->last]);
    }
    enabled->last++;
    if (OTPI_UNLIKELY(enabled->last + OTPI_ENABLED_SPARE > enabled->capacity)) {
        otpi_enabled_make_room(enabled);
    }
}

otpi_runnable *otpi_enabled_take_far(otpi_enabled *enabled, uint32_t rank);
/* Takes out the one of that rank. As long as few are behind it, as many places as that could be are
 * moved: their number is random, and a processor that guesses it wrong loses more time. */
static inline otpi_runnable *otpi_enabled_take(otpi_enabled *enabled, uint32_t rank) {
    uint32_t at = enabled->first + rank;
    if (OTPI_UNLIKELY(enabled->last - at > OTPI_ENABLED_NEAR || enabled->described)) {
        return otpi_enabled_take_far(enabled, rank);
    }
    otpi_runnable **place = enabled->runnables + at;
    otpi_runnable *runnable = *place;
    memmove(place, place + 1, OTPI_ENABLED_NEAR * sizeof *place);
    enabled->last--;
    return runnable;
}
bool otpi_enabled_remove(otpi_enabled *enabled, const otpi_runnable *runnable);

/* ---- What a chooser sees ---- */

/* The ready ones, with one event before them and one behind; each may be NULL. */
struct otp_enabled {
    const otpi_enabled *ready;
    const otp_event *before, *after;
    otp_event described; /* the one asked for last */
};
/* All events in order, if they are described; valid until the next change. */
const otp_event *otpi_enabled_events(const otp_enabled *enabled);

#endif
