/* SPDX-License-Identifier: MIT */
/*
 * Invariant: between an entry's home slot (the hash of its key) and the slot it lies in there is no
 * free slot. Removal keeps it by moving back each following entry whose home allows it (Knuth, The
 * Art of Computer Programming 3, 6.4, algorithm R).
 */
#include "base/map64.h"

#include "base/assert.h"
#include "base/hash.h"

#include <string.h>

enum { FIRST_CAPACITY = 16 };

static size_t home_of(const otpi_map64 *map, uint64_t key) {
    return (size_t)otpi_hash_u64(key) & (map->capacity - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const otpi_map64 *map, uint64_t key) {
    size_t at = home_of(map, key);
    while (map->slots[at].key != 0 && map->slots[at].key != key) {
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

void otpi_map64_init(otpi_map64 *map, const otpi_allocator *allocator) {
    *map = (otpi_map64){.allocator = allocator};
}

void otpi_map64_fini(otpi_map64 *map) {
    map->allocator->free(map->allocator->ctx, map->slots);
    otpi_map64_init(map, map->allocator);
}

void otpi_map64_clear(otpi_map64 *map) {
    if (map->count > 0 && map->slots) {
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    }
    map->count = 0;
    map->has_zero = false;
}

static bool grow(otpi_map64 *map) {
    otpi_map64 old = *map;
    size_t capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
    size_t bytes = capacity * sizeof *old.slots;
    otpi_map64_slot *slots = map->allocator->alloc(map->allocator->ctx, bytes);
    if (!slots) {
        return false;
    }
    memset(slots, 0, bytes);
    map->slots = slots;
    map->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key != 0) {
            slots[slot_of(map, old.slots[i].key)] = old.slots[i];
        }
    }
    map->allocator->free(map->allocator->ctx, old.slots);
    return true;
}

uint64_t *otpi_map64_find(const otpi_map64 *map, uint64_t key) {
    if (key == 0) {
        return map->has_zero ? (uint64_t *)&map->zero_value : NULL;
    }
    if (map->capacity == 0) {
        return NULL;
    }
    otpi_map64_slot *slot = &map->slots[slot_of(map, key)];
    return slot->key == key ? &slot->value : NULL;
}

bool otpi_map64_get(const otpi_map64 *map, uint64_t key, uint64_t *value) {
    const uint64_t *found = otpi_map64_find(map, key);
    if (found) {
        *value = *found;
    }
    return found != NULL;
}

/* A key that is not there yet. */
static bool add(otpi_map64 *map, uint64_t key, uint64_t value) {
    if (key == 0) {
        map->has_zero = true;
        map->zero_value = value;
        map->count++;
        return true;
    }
    /* The entry for key 0 is counted too: at worst the table grows one entry early. */
    if ((map->count + 1) * 4 > map->capacity * 3 && !grow(map)) {
        return false;
    }
    map->slots[slot_of(map, key)] = (otpi_map64_slot){key, value};
    map->count++;
    return true;
}

otpi_map64_put_result otpi_map64_put(otpi_map64 *map, uint64_t key, uint64_t value) {
    uint64_t *found = otpi_map64_find(map, key);
    if (found) {
        *found = value;
        return OTPI_MAP64_REPLACED;
    }
    return add(map, key, value) ? OTPI_MAP64_ADDED : OTPI_MAP64_ENOMEM;
}

/* Fills the hole with the next entry that may lie there, and so on until a free slot. */
static void close_hole(otpi_map64 *map, size_t hole) {
    size_t mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].key != 0; at = (at + 1) & mask) {
        size_t home = home_of(map, map->slots[at].key);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole].key = 0;
}

bool otpi_map64_remove(otpi_map64 *map, uint64_t key, uint64_t *value) {
    const uint64_t *found = otpi_map64_find(map, key);
    if (!found) {
        return false;
    }
    if (value) {
        *value = *found;
    }
    if (key == 0) {
        map->has_zero = false;
    } else {
        close_hole(map, slot_of(map, key));
    }
    map->count--;
    return true;
}

/* Not in the order of the slots: whoever replaces each entry in that order would fill the rest of
 * the table beyond measure, and linear probing would be quadratic. */
bool otpi_map64_next(const otpi_map64 *map, size_t *cursor, uint64_t *key, uint64_t *value) {
    OTPI_ASSERT("base-001", *cursor <= map->capacity + 1);
    while (*cursor < map->capacity) {
        const otpi_map64_slot *slot =
            &map->slots[(*cursor)++ * OTPI_HASH_STRIDE & (map->capacity - 1)];
        if (slot->key != 0) {
            *key = slot->key;
            *value = slot->value;
            return true;
        }
    }
    if (*cursor == map->capacity && map->has_zero) {
        (*cursor)++;
        *key = 0;
        *value = map->zero_value;
        return true;
    }
    return false;
}
