/* SPDX-License-Identifier: MIT */
/*
 * A set of byte strings, in the order in which they came.
 */
#ifndef TESTS_CONFORMANCE_OUTCOMES_H
#define TESTS_CONFORMANCE_OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct outcome_bytes {
    uint64_t hash;
    uint8_t *data;
    size_t size;
} outcome_bytes;

typedef struct outcomes {
    outcome_bytes *all;
    size_t count, capacity;
    uint32_t *slots; /* index + 1 in all, open addressing; a power of two */
    size_t slot_count;
} outcomes;

/* True when it was not there. What is kept has a NUL behind it. */
bool outcomes_add(outcomes *set, const uint8_t *data, size_t size);
void outcomes_clear(outcomes *set);

#endif
