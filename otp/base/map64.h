/* SPDX-License-Identifier: MIT */
/*
 * Map from 64-bit words to 64-bit words: open addressing, linear probing, at most 3/4 full; removal
 * shifts the following entries back, so there are no tombstones and lookups stay short for ever.
 * Iteration order depends on the keys and the history of the map: deterministic, otherwise
 * meaningless.
 */
#ifndef OTP_BASE_MAP64_H
#define OTP_BASE_MAP64_H

#include "base/allocator.h"

#include <otp/api.h>

typedef struct otpi_map64_slot {
    uint64_t key, value; /* key 0 = free; the entry whose key is 0 lies outside of the table */
} otpi_map64_slot;

typedef struct otpi_map64 {
    otpi_map64_slot *slots; /* capacity is a power of two, or 0 */
    size_t capacity, count; /* count includes the entry for key 0 */
    uint64_t zero_value;
    bool has_zero;
    const otpi_allocator *allocator;
} otpi_map64;

typedef enum otpi_map64_put_result {
    OTPI_MAP64_ADDED,
    OTPI_MAP64_REPLACED,
    OTPI_MAP64_ENOMEM, /* the map is unchanged */
} otpi_map64_put_result;

/* Allocates nothing yet. */
void otpi_map64_init(otpi_map64 *map, const otpi_allocator *allocator);
void otpi_map64_fini(otpi_map64 *map);
/* Empties the map and keeps its memory. */
void otpi_map64_clear(otpi_map64 *map);

/* NULL when there is no such key; the pointer is good until the next put, remove or clear. */
uint64_t *otpi_map64_find(const otpi_map64 *map, uint64_t key);
/* false when there is no such key; *value is untouched then. */
bool otpi_map64_get(const otpi_map64 *map, uint64_t key, uint64_t *value);
OTP_MUST_CHECK otpi_map64_put_result otpi_map64_put(otpi_map64 *map, uint64_t key, uint64_t value);
/* false when there was no such key. value may be NULL. */
bool otpi_map64_remove(otpi_map64 *map, uint64_t key, uint64_t *value);

/* *cursor starts at 0; false after the last entry. The map may not change meanwhile, values may:
 *     size_t at = 0; uint64_t key, value;
 *     while (otpi_map64_next(&map, &at, &key, &value)) { … } */
bool otpi_map64_next(const otpi_map64 *map, size_t *cursor, uint64_t *key, uint64_t *value);

static inline size_t otpi_map64_count(const otpi_map64 *map) {
    return map->count;
}

#endif
