/* SPDX-License-Identifier: MIT */
/*
 * A set of keys of several words, by open addressing with linear probing.
 */
#include "supertester/explore/memo.h"

#include "port/memory.h"

#include <string.h>

enum { FIRST_CAPACITY = 256, KEPT_BYTES = 1 << 16 };

void sti_memo_init(sti_memo *memo, size_t words,
                   uint64_t (*hash)(const uint64_t *key, size_t words)) {
    *memo = (sti_memo){.words = words, .hash = hash};
}

void sti_memo_fini(sti_memo *memo) {
    otpi_free(memo->table);
    *memo = (sti_memo){.words = memo->words, .hash = memo->hash};
}

void sti_memo_clear(sti_memo *memo, size_t words) {
    if (memo->words != words || sti_memo_bytes(memo) > KEPT_BYTES) {
        sti_memo_fini(memo);
        memo->words = words;
    } else if (memo->count > 0) {
        memset(memo->table, 0, sti_memo_bytes(memo));
    }
    memo->count = 0;
}

static inline bool is_same(const uint64_t *a, const uint64_t *b, size_t words) {
    for (size_t i = 0; i < words; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/* The place of the key, or the free one where it belongs. */
static inline uint64_t *place_of(const sti_memo *memo, const uint64_t *key, uint64_t hash) {
    size_t mask = memo->capacity - 1;
    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        uint64_t *entry = memo->table + at * memo->words;
        if (entry[0] == 0 || is_same(entry, key, memo->words)) {
            return entry;
        }
    }
}

static bool grow(sti_memo *memo) {
    sti_memo old = *memo;
    size_t capacity = old.capacity ? old.capacity * 4 : FIRST_CAPACITY;
    uint64_t *table = otpi_calloc(capacity, old.words * sizeof *table);
    if (!table) {
        return false;
    }
    memo->table = table;
    memo->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        const uint64_t *key = old.table + i * old.words;
        if (key[0] != 0) {
            memcpy(place_of(memo, key, memo->hash(key, old.words)), key, old.words * sizeof *key);
        }
    }
    otpi_free(old.table);
    return true;
}

sti_memo_result sti_memo_add(sti_memo *memo, const uint64_t *key, uint64_t hash) {
    if (memo->count * 3 >= memo->capacity * 2 && !grow(memo)) {
        return STI_MEMO_ENOMEM;
    }
    uint64_t *entry = place_of(memo, key, hash);
    if (entry[0] != 0) {
        return STI_MEMO_KNOWN;
    }
    memcpy(entry, key, memo->words * sizeof *key);
    memo->count++;
    return STI_MEMO_NEW;
}
