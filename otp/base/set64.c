/* SPDX-License-Identifier: MIT */
/*
 * Invariant: between a word's home slot (its hash) and the slot it lies in there is no free slot.
 * Removal keeps it by moving back each following word whose home allows it (Knuth, The Art of
 * Computer Programming 3, 6.4, algorithm R). Capacities are 16, 24, 32, 48, 64, ...
 */
#include "base/set64.h"

#include "base/assert.h"
#include "base/hash.h"

#include <string.h>

enum { FIRST_CAPACITY = 16 };

static inline size_t home_of(const otpi_set64 *set, uint64_t word) {
    return (size_t)((otpi_u128)otpi_hash_u64(word) * set->capacity >> 64);
}

static inline size_t slot_after(const otpi_set64 *set, size_t at) {
    return at + 1 == set->capacity ? 0 : at + 1;
}

/* How many slots one is behind another, around the end. */
static inline size_t distance(const otpi_set64 *set, size_t from, size_t to) {
    return to >= from ? to - from : to + set->capacity - from;
}

/* The slot that holds the word, or the free one where it belongs. */
static size_t slot_of(const otpi_set64 *set, uint64_t word) {
    size_t at = home_of(set, word);
    while (set->slots[at] != 0 && set->slots[at] != word) {
        at = slot_after(set, at);
    }
    return at;
}

void otpi_set64_init(otpi_set64 *set, const otpi_allocator *allocator) {
    *set = (otpi_set64){.allocator = allocator};
}

void otpi_set64_fini(otpi_set64 *set) {
    set->allocator->free(set->allocator->ctx, set->slots);
    otpi_set64_init(set, set->allocator);
}

static size_t capacity_after(size_t capacity) {
    bool even = (capacity & (capacity - 1)) == 0;
    return capacity == 0 ? FIRST_CAPACITY : even ? capacity / 2 * 3 : capacity / 3 * 4;
}

static bool grow(otpi_set64 *set) {
    otpi_set64 old = *set;
    size_t capacity = capacity_after(old.capacity);
    uint64_t *slots = set->allocator->alloc(set->allocator->ctx, capacity * sizeof *slots);
    if (!slots) {
        return false;
    }
    memset(slots, 0, capacity * sizeof *slots);
    set->slots = slots;
    set->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i] != 0) {
            slots[slot_of(set, old.slots[i])] = old.slots[i];
        }
    }
    set->allocator->free(set->allocator->ctx, old.slots);
    return true;
}

void otpi_set64_prefetch(const otpi_set64 *set, uint64_t word) {
    if (set->capacity > 0) {
        __builtin_prefetch(&set->slots[home_of(set, word)], 1);
    }
}

bool otpi_set64_has(const otpi_set64 *set, uint64_t word) {
    return set->capacity > 0 && word != 0 && set->slots[slot_of(set, word)] == word;
}

bool otpi_set64_add(otpi_set64 *set, uint64_t word) {
    OTPI_ASSERT("base-002", word != 0);
    size_t at = set->capacity > 0 ? slot_of(set, word) : 0;
    if (set->capacity > 0 && set->slots[at] == word) {
        return true;
    }
    if ((set->count + 1) * 4 > set->capacity * 3) {
        if (!grow(set)) {
            return false;
        }
        at = slot_of(set, word);
    }
    set->slots[at] = word;
    set->count++;
    return true;
}

/* Fills the hole with the next word that may lie there, and so on until a free slot. */
static void close_hole(otpi_set64 *set, size_t hole) {
    for (size_t at = slot_after(set, hole); set->slots[at] != 0; at = slot_after(set, at)) {
        size_t home = home_of(set, set->slots[at]);
        if (distance(set, home, at) >= distance(set, hole, at)) {
            set->slots[hole] = set->slots[at];
            hole = at;
        }
    }
    set->slots[hole] = 0;
}

bool otpi_set64_remove(otpi_set64 *set, uint64_t word) {
    if (set->capacity == 0 || word == 0) {
        return false;
    }
    size_t at = slot_of(set, word);
    if (set->slots[at] != word) {
        return false;
    }
    close_hole(set, at);
    set->count--;
    return true;
}

/* Slot by slot, but not in their order. Whoever replaces each word in the order of the slots would
 * fill the rest of them beyond measure, and linear probing would be quadratic. */
bool otpi_set64_next(const otpi_set64 *set, size_t *cursor, uint64_t *word) {
    while (*cursor < set->capacity) {
        *word = set->slots[(*cursor)++ * OTPI_HASH_STRIDE % set->capacity];
        if (*word != 0) {
            return true;
        }
    }
    return false;
}
