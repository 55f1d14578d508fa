/* SPDX-License-Identifier: MIT */
/*
 * What the search needs only when it has a choice: a slot for each operation while it is open, the
 * bits of those taken and their hash, and which operations are equal.
 */
#ifndef SUPERTESTER_EXPLORE_SLOTS_H
#define SUPERTESTER_EXPLORE_SLOTS_H

#include "supertester/explore/search.h"

/* Makes them for a part whose first return in the list is stop. */
OTP_MUST_CHECK otp_err sti_slots_make(sti_search *search, uint32_t part, uint32_t stop);

/* The hash of a key: that of the bits of its mask, each by itself, and of its first word. */
static inline uint64_t sti_slots_hash(uint64_t mask_hash, uint64_t first) {
    return otpi_hash_fold(mask_hash ^ OTPI_HASH_K0, first ^ OTPI_HASH_K1);
}
/* The mask of what is taken and open where stop is the first return. */
void sti_slots_fill_mask(sti_search *search, uint32_t part, uint32_t stop);
uint64_t sti_slots_key_hash(const uint64_t *key, size_t words);

static inline void sti_slots_flip(sti_search *s, uint32_t operation) {
    uint32_t slot = s->slots[operation];
    s->key[1 + slot / 64] ^= UINT64_C(1) << slot % 64;
    s->mask_hash ^= otpi_hash_u64(slot + 1);
}

/* Frees the slots of those that returned before: all are taken when the search stands there. */
static inline void sti_slots_free_before(sti_search *s, uint32_t at) {
    for (; s->masked < at; s->masked++) {
        if (s->links[s->masked].event & 1) {
            sti_slots_flip(s, sti_search_operation(s, s->masked));
        }
    }
}

#endif
