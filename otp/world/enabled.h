/* SPDX-License-Identifier: MIT */
/*
 * The enabled events of a simulated world, oldest first: a gap-at-the-front array, so that taking
 * the oldest and putting one before it cost nothing, and taking the k-th moves the shorter side.
 */
#ifndef OTP_WORLD_ENABLED_H
#define OTP_WORLD_ENABLED_H

#include "world/worker.h"

typedef struct otpi_enabled {
    otp_event
        *events; /* events[first .. last); events[first - 1] and events[last] are always free */
    otpi_runnable **runnables;
    uint32_t first, last, capacity;
} otpi_enabled;

bool otpi_enabled_init(otpi_enabled *enabled);
void otpi_enabled_fini(otpi_enabled *enabled);
void otpi_enabled_clear(otpi_enabled *enabled);

static inline uint32_t otpi_enabled_count(const otpi_enabled *enabled) {
    return enabled->last - enabled->first;
}
/* Both grow the array when it is full; out of memory there is a panic ("enabled-001"). */
void otpi_enabled_push(otpi_enabled *enabled, const otp_event *event, otpi_runnable *runnable);
void otpi_enabled_push_front(otpi_enabled *enabled, const otp_event *event,
                             otpi_runnable *runnable);
otpi_runnable *otpi_enabled_take(otpi_enabled *enabled, uint32_t rank, otp_event *event);
bool otpi_enabled_remove(otpi_enabled *enabled, const otpi_runnable *runnable);

/* All events in order, with one more after them (may be NULL); valid until the next change. */
const otp_event *otpi_enabled_events(otpi_enabled *enabled, const otp_event *last);
/* The same with one before them. */
const otp_event *otpi_enabled_events_with(otpi_enabled *enabled, const otp_event *before,
                                          const otp_event *last);

#endif
