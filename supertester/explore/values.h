/* SPDX-License-Identifier: MIT */
/*
 * Interned terms: equal terms have the same number, so that a checker compares and hashes numbers.
 * The table owns copies; numbers count from 0 and stay. Of binaries a hash is kept by which the
 * hash of two put together is known without looking at them.
 *
 * Used by histories (history.c) for requests, replies and their parts, and by machines for states.
 */
#ifndef SUPERTESTER_EXPLORE_VALUES_H
#define SUPERTESTER_EXPLORE_VALUES_H

#include "base/arena.h"

#include <otp/term.h>

#define STI_NO_VALUE UINT32_MAX

typedef struct sti_value {
    otp_term term;
    uint64_t hash;        /* otp_hash, or that of the specification */
    const uint8_t *bytes; /* of a binary, else NULL */
    size_t size;
    uint64_t text_hash, text_power; /* hash(ab) = hash(a) * power(b) + hash(b), modulo 2^64 */
} sti_value;

typedef bool sti_equal_fn(otp_term a, otp_term b);
typedef uint64_t sti_hash_fn(otp_term term);

typedef struct sti_values {
    sti_value *all;
    uint32_t *slots; /* number + 1; 0 = free; a power of two, at most half full */
    uint32_t count, capacity, slot_count;
    uint64_t *offheap;
    otpi_arena arena;
    sti_equal_fn *equal;
    sti_hash_fn *hash;
} sti_values;

/* equal and hash NULL: those of terms. Allocates nothing yet. */
void sti_values_init(sti_values *values, sti_equal_fn *equal, sti_hash_fn *hash);
void sti_values_fini(sti_values *values);

/* The number of the term, which is copied when it is new; STI_NO_VALUE when out of memory, or
 * when the term is OTP_NONE. */
OTP_MUST_CHECK uint32_t sti_values_add(sti_values *values, otp_term term);
/* STI_NO_VALUE when it is not there. */
uint32_t sti_values_find(const sti_values *values, otp_term term);

#endif
