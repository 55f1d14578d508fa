/* SPDX-License-Identifier: MIT */
/*
 * A worker's LIFO slot: the runnable it woke last, still warm.
 *
 * Design notes.
 * The slot is its worker's alone: no atomic read-modify-write on the way of every message. A thief
 * that finds the worker stuck raids the slot: it announces itself in raid, passes the heavy
 * barrier, reads the occupant and leaves in raid what it takes. The worker looks at raid before
 * each change of the slot, and after it, behind the light barrier: so either the thief has read
 * what the worker left there, or the worker sees the raid (Dekker's argument, with an asymmetric
 * barrier). What a raid found during a change is the old occupant or the new one.
 *
 * A raid is over when its word has gone. Only the worker ends one that took something, and first
 * empties the slot of it: the next raid would take it once more.
 */
#ifndef OTP_WORLD_SLOT_H
#define OTP_WORLD_SLOT_H

#include "base/assert.h"
#include "port/thread.h"

typedef struct otpi_runnable otpi_runnable;

typedef struct otpi_slot {
    otpi_runnable *occupant; /* atomic: written by its worker only */
    uintptr_t raid;          /* atomic: a thief's announcement (odd), what it has taken, or 0 */
} otpi_slot;

/* For the worker: ends a raid; what it took, or NULL. */
otpi_runnable *otpi_slot_end_raid(otpi_slot *slot);

/* For others, a hint. */
static inline bool otpi_slot_is_full(const otpi_slot *slot) {
    return __atomic_load_n(&slot->occupant, __ATOMIC_RELAXED) != NULL;
}

static inline bool otpi_slot_is_raided(const otpi_slot *slot) {
    return OTPI_UNLIKELY(__atomic_load_n(&slot->raid, __ATOMIC_RELAXED) != 0);
}

/* For the worker: puts a runnable, or NULL, into the slot; who was there before. */
static inline otpi_runnable *otpi_slot_swap(otpi_slot *slot, otpi_runnable *in) {
    if (otpi_slot_is_raided(slot)) {
        (void)otpi_slot_end_raid(slot); /* taken earlier: it may be ready again, as in */
    }
    otpi_runnable *out = __atomic_load_n(&slot->occupant, __ATOMIC_RELAXED);
    /* release: a thief must see the occupant whole */
    __atomic_store_n(&slot->occupant, in, __ATOMIC_RELEASE);
    otpi_barrier_light();
    if (otpi_slot_is_raided(slot) && otpi_slot_end_raid(slot) == out) {
        return NULL;
    }
    return out;
}

/* For a thief, whose number it is: takes the occupant, or NULL. */
otpi_runnable *otpi_slot_raid(otpi_slot *slot, unsigned thief);

#endif
