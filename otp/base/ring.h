/* SPDX-License-Identifier: MIT */
/*
 * Double-ended queue of 64-bit words in a ring that grows by doubling.
 */
#ifndef OTP_BASE_RING_H
#define OTP_BASE_RING_H

#include "base/allocator.h"

#include <otp/api.h>

typedef struct otpi_ring {
    uint64_t *words;
    size_t capacity; /* a power of two, or 0 */
    size_t first, count;
    const otpi_allocator *allocator;
} otpi_ring;

/* Allocates nothing yet. */
void otpi_ring_init(otpi_ring *ring, const otpi_allocator *allocator);
void otpi_ring_fini(otpi_ring *ring);
void otpi_ring_clear(otpi_ring *ring);

/* false when out of memory: the ring is unchanged. */
OTP_MUST_CHECK bool otpi_ring_push_back(otpi_ring *ring, uint64_t word);
OTP_MUST_CHECK bool otpi_ring_push_front(otpi_ring *ring, uint64_t word);
/* false when empty. */
bool otpi_ring_pop_front(otpi_ring *ring, uint64_t *word);
bool otpi_ring_pop_back(otpi_ring *ring, uint64_t *word);

/* The index-th word from the front; the pointer is good until the next push. index < count. */
uint64_t *otpi_ring_at(const otpi_ring *ring, size_t index);

static inline size_t otpi_ring_count(const otpi_ring *ring) {
    return ring->count;
}

#endif
