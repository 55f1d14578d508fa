/* SPDX-License-Identifier: MIT */
#include "outcomes.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 64 };

/* Where the string is, or where it would go. */
static uint32_t *slot_of(outcomes *set, uint64_t hash, const uint8_t *data, size_t size) {
    for (size_t at = hash;; at++) {
        uint32_t *slot = &set->slots[at & (set->slot_count - 1)];
        if (*slot == 0) {
            return slot;
        }
        const outcome_bytes *there = &set->all[*slot - 1];
        if (there->hash == hash && there->size == size && memcmp(there->data, data, size) == 0) {
            return slot;
        }
    }
}

static void grow(outcomes *set) {
    set->slot_count = set->slot_count ? set->slot_count * 2 : SLOTS_FIRST;
    set->capacity = set->slot_count / 2;
    free(set->slots);
    set->slots = calloc(set->slot_count, sizeof *set->slots);
    set->all = realloc(set->all, set->capacity * sizeof *set->all);
    OTPI_ASSERT("outcomes-001", set->slots && set->all);
    for (size_t i = 0; i < set->count; i++) {
        outcome_bytes *o = &set->all[i];
        *slot_of(set, o->hash, o->data, o->size) = (uint32_t)i + 1;
    }
}

bool outcomes_add(outcomes *set, const uint8_t *data, size_t size) {
    if (set->count == set->capacity) {
        grow(set);
    }
    uint64_t hash = otpi_hash_bytes(data, size, 0);
    uint32_t *slot = slot_of(set, hash, data, size);
    if (*slot != 0) {
        return false;
    }
    outcome_bytes *o = &set->all[set->count++];
    *o = (outcome_bytes){hash, malloc(size + 1), size};
    OTPI_ASSERT("outcomes-002", o->data);
    memcpy(o->data, data, size);
    o->data[size] = 0;
    *slot = (uint32_t)set->count;
    return true;
}

void outcomes_clear(outcomes *set) {
    for (size_t i = 0; i < set->count; i++) {
        free(set->all[i].data);
    }
    free(set->all);
    free(set->slots);
    *set = (outcomes){0};
}
