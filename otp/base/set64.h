/* SPDX-License-Identifier: MIT */
/*
 * Set of 64-bit words other than 0: open addressing, linear probing, between half and 3/4 full once
 * it has grown: 11 to 16 bytes for each word. Removal shifts the following words back, as in map64.
 * Iteration order depends on the words and the history of the set: deterministic, otherwise
 * meaningless.
 */
#ifndef OTP_BASE_SET64_H
#define OTP_BASE_SET64_H

#include "base/allocator.h"

#include <otp/api.h>

typedef struct otpi_set64 {
    uint64_t *slots; /* 0 = free */
    size_t capacity, count;
    const otpi_allocator *allocator;
} otpi_set64;

/* Allocates nothing yet. */
void otpi_set64_init(otpi_set64 *set, const otpi_allocator *allocator);
void otpi_set64_fini(otpi_set64 *set);

/* The word will be looked for, added or removed soon. */
void otpi_set64_prefetch(const otpi_set64 *set, uint64_t word);
bool otpi_set64_has(const otpi_set64 *set, uint64_t word);
/* Also true when the word was there already; false when out of memory: the set is unchanged. */
OTP_MUST_CHECK bool otpi_set64_add(otpi_set64 *set, uint64_t word);
/* false when it was not there. */
bool otpi_set64_remove(otpi_set64 *set, uint64_t word);

/* *cursor starts at 0; false after the last word. The set may not change meanwhile. */
bool otpi_set64_next(const otpi_set64 *set, size_t *cursor, uint64_t *word);

static inline size_t otpi_set64_count(const otpi_set64 *set) {
    return set->count;
}

#endif
