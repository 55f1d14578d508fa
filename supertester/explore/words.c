/* SPDX-License-Identifier: MIT */
/*
 * Interned sequences of words. A new sequence is drafted at the end of the pool; it stays there
 * when it is new.
 */
#include "supertester/explore/words.h"

#include "base/hash.h"
#include "port/memory.h"

#include <string.h>

enum { FIRST_SLOTS = 64, FIRST_POOL = 256 };

void sti_words_fini(sti_words *words) {
    otpi_free(words->pool);
    otpi_free(words->all);
    otpi_free(words->slots);
    *words = (sti_words){0};
}

uint32_t *sti_words_draft(sti_words *words, size_t count) {
    if (words->pool_capacity - words->pool_used < count || !words->pool) {
        size_t capacity = words->pool_capacity ? words->pool_capacity * 2 : FIRST_POOL;
        while (capacity - words->pool_used < count) {
            capacity *= 2;
        }
        uint32_t *pool = otpi_realloc(words->pool, capacity * sizeof *pool);
        if (!pool) {
            return NULL;
        }
        words->pool = pool;
        words->pool_capacity = capacity;
    }
    return words->pool + words->pool_used;
}

static bool grow_slots(sti_words *words) {
    uint32_t count = words->slot_count ? words->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots = otpi_calloc(count, sizeof *slots);
    sti_sequence *all = otpi_realloc(words->all, count / 2 * sizeof *all);
    if (all) {
        words->all = all;
    }
    if (!slots || !all) {
        otpi_free(slots);
        return false;
    }
    for (uint32_t i = 0; i < words->count; i++) {
        uint32_t at = all[i].hash & (count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = i + 1;
    }
    otpi_free(words->slots);
    words->slots = slots;
    words->slot_count = count;
    words->capacity = count / 2;
    return true;
}

static bool is_same(const sti_words *words, const sti_sequence *old, const uint32_t *draft,
                    size_t count, uint32_t hash) {
    return old->hash == hash && old->count == count &&
           (count == 0 || memcmp(words->pool + old->start, draft, count * sizeof *draft) == 0);
}

uint32_t sti_words_add_draft(sti_words *words, size_t count) {
    if (words->count == words->capacity && !grow_slots(words)) {
        return STI_NO_WORDS;
    }
    const uint32_t *draft = words->pool + words->pool_used;
    uint32_t hash = (uint32_t)otpi_hash_bytes(draft, count * sizeof *draft, 0);
    uint32_t at = hash & (words->slot_count - 1);
    for (; words->slots[at] != 0; at = (at + 1) & (words->slot_count - 1)) {
        if (is_same(words, &words->all[words->slots[at] - 1], draft, count, hash)) {
            return words->slots[at] - 1;
        }
    }
    words->all[words->count] = (sti_sequence){words->pool_used, (uint32_t)count, hash};
    words->pool_used += count;
    words->slots[at] = ++words->count;
    return words->count - 1;
}

size_t sti_words_bytes(const sti_words *words) {
    return words->pool_used * sizeof *words->pool +
           words->slot_count * (sizeof *words->slots + sizeof *words->all / 2);
}
