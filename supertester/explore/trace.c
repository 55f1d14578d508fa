/* SPDX-License-Identifier: MIT */
/*
 * The steps of a run as a partial order; see trace.h.
 */
#include "supertester/explore/trace.h"

#include "base/assert.h"
#include "base/hash.h"
#include "port/memory.h"

#include <string.h>

enum { POOL_INITIAL = 1024, MAIN_STEP = 0 };

bool sti_trace_init(sti_trace *trace) {
    *trace = (sti_trace){.pool_capacity = POOL_INITIAL};
    trace->steps = otpi_alloc(STI_TRACE_STEPS * sizeof *trace->steps);
    trace->pool = otpi_alloc(POOL_INITIAL * sizeof *trace->pool);
    return trace->steps && trace->pool;
}

void sti_trace_fini(sti_trace *trace) {
    otpi_free(trace->steps);
    otpi_free(trace->pool);
}

void sti_trace_cut(sti_trace *trace, uint32_t count, uint32_t pool_count) {
    trace->count = count;
    trace->pool_count = pool_count;
}

/* ---- Accesses ---- */

static bool pool_reserve(sti_trace *trace, uint32_t n) {
    if (OTPI_LIKELY(trace->pool_count + n <= trace->pool_capacity)) {
        return true;
    }
    uint32_t capacity = 2 * trace->pool_capacity + n;
    otp_access *pool = otpi_realloc(trace->pool, capacity * sizeof *pool);
    if (!pool) {
        return false;
    }
    trace->pool = pool;
    trace->pool_capacity = capacity;
    return true;
}

static void touch(sti_trace *trace, sti_touched *touched, otp_access access) {
    trace->pool[trace->pool_count++] = access;
    touched->count++;
    touched->filter |= UINT64_C(1) << (otpi_hash_u64(access.object) >> 58);
    touched->hash += otpi_hash_mix(otpi_hash_mix(access.object, access.key), access.how + 1U);
}

/* Did the first process exit? Then nothing follows, whatever could have. */
static bool ends_run(const sti_trace *trace, uint8_t actor, const otp_access *access) {
    bool is_main = trace->count == MAIN_STEP || actor == trace->steps[MAIN_STEP].actor;
    return is_main && access->how == OTP_WRITE && access->object == trace->pids[actor] &&
           access->key == OTP_KEY_ALL;
}

static bool touched_of(sti_trace *trace, sti_touched *touched, uint8_t actor,
                       const otp_access *accesses, uint32_t n) {
    *touched = (sti_touched){.first = trace->pool_count, .global = actor == STI_CLOCK};
    if (!pool_reserve(trace, n + 1)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (accesses[i].how == OTP_SPAWN) {
            trace->pids[accesses[i].key % STI_TRACE_ACTORS] = accesses[i].object;
        } else {
            touch(trace, touched, accesses[i]);
            touched->global = touched->global || ends_run(trace, actor, &accesses[i]);
        }
    }
    if (actor != STI_CLOCK) {
        touch(trace, touched, (otp_access){OTP_READ, actor, trace->pids[actor], OTP_KEY_LIFE});
    }
    return true;
}

static bool collide(const otp_access *a, const otp_access *b) {
    bool same = a->object == b->object && (a->key == b->key || a->key == 0 || b->key == 0);
    return same && (a->how != OTP_READ || b->how != OTP_READ);
}

bool sti_trace_dependent(const sti_trace *trace, const sti_touched *a, const sti_touched *b) {
    if (a->global || b->global) {
        return true;
    }
    if (OTPI_LIKELY((a->filter & b->filter) == 0)) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            if (collide(&trace->pool[a->first + i], &trace->pool[b->first + k])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Steps ---- */

bool sti_trace_add(sti_trace *trace, uint8_t actor, uint64_t enabled, const otp_access *accesses,
                   uint32_t n) {
    OTPI_ASSERT("trace-001", trace->count < STI_TRACE_STEPS && actor < STI_TRACE_ACTORS);
    sti_step *step = &trace->steps[trace->count];
    if (!touched_of(trace, &step->touched, actor, accesses, n)) {
        return false;
    }
    step->actor = actor;
    step->enabled = enabled;
    step->woken = 0;
    step->last = false;
    trace->count++;
    return true;
}

void sti_trace_settle(sti_trace *trace) {
    trace->steps[trace->count - 1].last = true;
}

void sti_trace_wake(sti_trace *trace, uint64_t enabled) {
    if (trace->count > 0) {
        sti_step *last = &trace->steps[trace->count - 1];
        last->woken = enabled & ~last->enabled & ~sti_actor_bit(last->actor);
    }
}

static void clock_join(sti_step *step, const sti_step *earlier) {
    for (uint32_t a = 0; a < STI_TRACE_ACTORS; a++) {
        uint16_t theirs = earlier->clock[a];
        step->clock[a] = step->clock[a] > theirs ? step->clock[a] : theirs;
    }
}

/* What its actor did before, and who made the step possible since: nothing of that is a race. But
 * for the clock: whoever sets a timer makes its step possible, another could have done as well. */
static void order_given(sti_trace *trace, sti_step *step) {
    uint64_t bit = sti_actor_bit(step->actor);
    const sti_step *waker = NULL;
    const sti_step *before = NULL;
    for (const sti_step *at = step; at > trace->steps && !before;) {
        at--;
        waker = waker || (at->woken & bit) == 0 ? waker : at;
        before = at->actor == step->actor ? at : NULL;
    }
    memset(step->clock, 0, sizeof step->clock);
    step->own = before ? (uint16_t)(before->own + 1) : 1;
    if (before) {
        clock_join(step, before);
    }
    if (waker && step->actor != STI_CLOCK) {
        clock_join(step, waker);
    }
}

uint32_t sti_trace_order(sti_trace *trace, uint16_t *races) {
    sti_step *step = &trace->steps[trace->count - 1];
    uint32_t n = 0;
    order_given(trace, step);
    for (const sti_step *at = step; at > trace->steps;) {
        at--;
        if (!sti_trace_before(at, step) &&
            sti_trace_dependent(trace, &at->touched, &step->touched)) {
            races[n] = (uint16_t)(at - trace->steps);
            n += !step->last;
            clock_join(step, at);
        }
    }
    step->clock[step->actor] = step->own;
    return n;
}

uint64_t sti_trace_hash(const sti_trace *trace) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < trace->count; i++) {
        const sti_step *step = &trace->steps[i];
        uint64_t hash = otpi_hash_mix(step->actor, step->own);
        for (uint32_t a = 0; a < STI_TRACE_ACTORS; a++) {
            hash = otpi_hash_mix(hash, step->clock[a] + UINT64_C(1));
        }
        sum += hash;
    }
    return sum;
}
