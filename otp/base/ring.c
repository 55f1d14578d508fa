/* SPDX-License-Identifier: MIT */
#include "base/ring.h"

#include "base/assert.h"

#include <string.h>

enum { FIRST_CAPACITY = 16 };

void otpi_ring_init(otpi_ring *ring, const otpi_allocator *allocator) {
    *ring = (otpi_ring){.allocator = allocator};
}

void otpi_ring_fini(otpi_ring *ring) {
    ring->allocator->free(ring->allocator->ctx, ring->words);
    otpi_ring_init(ring, ring->allocator);
}

void otpi_ring_clear(otpi_ring *ring) {
    ring->first = ring->count = 0;
}

static size_t place(const otpi_ring *ring, size_t index) {
    return (ring->first + index) & (ring->capacity - 1);
}

static bool reserve_one(otpi_ring *ring) {
    if (ring->count < ring->capacity) {
        return true;
    }
    size_t capacity = ring->capacity ? ring->capacity * 2 : FIRST_CAPACITY;
    uint64_t *words = ring->allocator->alloc(ring->allocator->ctx, capacity * sizeof *words);
    if (!words) {
        return false;
    }
    if (ring->words) {
        size_t to_end = ring->capacity - ring->first; /* the ring is full: two runs */
        memcpy(words, ring->words + ring->first, to_end * sizeof *words);
        memcpy(words + to_end, ring->words, ring->first * sizeof *words);
        ring->allocator->free(ring->allocator->ctx, ring->words);
    }
    ring->words = words;
    ring->capacity = capacity;
    ring->first = 0;
    return true;
}

bool otpi_ring_push_back(otpi_ring *ring, uint64_t word) {
    if (!reserve_one(ring)) {
        return false;
    }
    ring->words[place(ring, ring->count++)] = word;
    return true;
}

bool otpi_ring_push_front(otpi_ring *ring, uint64_t word) {
    if (!reserve_one(ring)) {
        return false;
    }
    ring->first = (ring->first - 1) & (ring->capacity - 1);
    ring->words[ring->first] = word;
    ring->count++;
    return true;
}

bool otpi_ring_pop_front(otpi_ring *ring, uint64_t *word) {
    if (ring->count == 0) {
        return false;
    }
    *word = ring->words[ring->first];
    ring->first = place(ring, 1);
    ring->count--;
    return true;
}

bool otpi_ring_pop_back(otpi_ring *ring, uint64_t *word) {
    if (ring->count == 0) {
        return false;
    }
    *word = ring->words[place(ring, --ring->count)];
    return true;
}

uint64_t *otpi_ring_at(const otpi_ring *ring, size_t index) {
    OTPI_ASSERT("base-020", index < ring->count);
    return &ring->words[place(ring, index)];
}
