/* SPDX-License-Identifier: MIT */
/*
 * The steps of a run as a partial order: which had to come before which.
 *
 * An actor is what has an order of steps of its own: a process, known by its serial, or the clock
 * (0), whose steps are timers. A step comes before another when the same actor takes both, when it
 * made the other possible, or when the two touch the same thing, one of them to change it. All that
 * follows from these three is in the clocks: clock[a] of a step is how many steps of actor a are
 * before it, its own included (vector clocks; Mattern, 1989). A global step depends on all others.
 *
 * The accesses of the steps lie in a pool that is used as a stack. What was touched stays readable
 * until the pool is cut back below it, even when the step is gone.
 */
#ifndef SUPERTESTER_EXPLORE_TRACE_H
#define SUPERTESTER_EXPLORE_TRACE_H

#include <otp/choose.h>

#include <stddef.h>

enum { STI_CLOCK = 0, STI_TRACE_ACTORS = 64, STI_TRACE_STEPS = 4096, STI_TRACE_ACCESSES = 64 };

typedef struct sti_touched {
    uint32_t first, count; /* in the pool */
    uint64_t filter;       /* of two that share no bit no access is to the same object */
    uint64_t hash;         /* of the accesses, in whatever order */
    bool global;
} sti_touched;

typedef struct sti_step {
    sti_touched touched;
    uint64_t enabled; /* actors that could have taken the step, a bit each */
    uint64_t woken;   /* actors that could not before it, and can after it */
    uint8_t actor;
    bool last; /* nothing else was left to happen, and had there been, it would have come first */
    uint16_t own; /* which of its actor's steps, from 1 */
    uint16_t clock[STI_TRACE_ACTORS];
} sti_step;

typedef struct sti_trace {
    sti_step *steps;
    otp_access *pool;
    uint32_t count, pool_count, pool_capacity;
    uint64_t pids[STI_TRACE_ACTORS]; /* what the actors are as objects; 0 = not known */
} sti_trace;

/* False when out of memory. */
OTP_MUST_CHECK bool sti_trace_init(sti_trace *trace);
void sti_trace_fini(sti_trace *trace);
void sti_trace_cut(sti_trace *trace, uint32_t count, uint32_t pool_count);

/* Adds a step of the actor, enabled among others; false when out of memory. There must be room. */
OTP_MUST_CHECK bool sti_trace_add(sti_trace *trace, uint8_t actor, uint64_t enabled,
                                  const otp_access *accesses, uint32_t n);
/* The last step is a timer that fires when nothing else can happen. */
void sti_trace_settle(sti_trace *trace);
/* The state behind the last step is known: these can take the next one. */
void sti_trace_wake(sti_trace *trace, uint64_t enabled);
/* Finds what the last step comes after. races, of room for STI_TRACE_STEPS: earlier steps of other
 * actors that it could have changed places with, as nothing stands between and they did not make it
 * possible; returns their number. */
uint32_t sti_trace_order(sti_trace *trace, uint16_t *races);

bool sti_trace_dependent(const sti_trace *trace, const sti_touched *a, const sti_touched *b);

static inline uint64_t sti_actor_bit(uint32_t actor) {
    return UINT64_C(1) << actor;
}
static inline bool sti_trace_before(const sti_step *a, const sti_step *b) {
    return b->clock[a->actor] >= a->own;
}

/* The same for all runs that differ only in the order of steps which do not depend on each other,
 * as long as processes are born in the same order. */
uint64_t sti_trace_hash(const sti_trace *trace);

#endif
