/* SPDX-License-Identifier: MIT */
/*
 * Interned sequences of 32-bit words: a queue of values, the positions of clients, one part of a
 * state beside the others. Equal sequences have the same number, from 0.
 */
#ifndef SUPERTESTER_EXPLORE_WORDS_H
#define SUPERTESTER_EXPLORE_WORDS_H

#include <otp/api.h>

#define STI_NO_WORDS UINT32_MAX

typedef struct sti_sequence {
    size_t start; /* in the pool */
    uint32_t count;
    uint32_t hash;
} sti_sequence;

typedef struct sti_words {
    uint32_t *pool;
    sti_sequence *all;
    uint32_t *slots; /* number + 1; 0 = free; a power of two, at most half full */
    size_t pool_used, pool_capacity;
    uint32_t count, capacity, slot_count;
} sti_words;

/* Zeros are an empty table. */
void sti_words_fini(sti_words *words);

/* count words to be filled in, behind the pool; NULL when out of memory. Good until the next call.
 */
OTP_MUST_CHECK uint32_t *sti_words_draft(sti_words *words, size_t count);
/* The number of the sequence that the first count words of the draft are; STI_NO_WORDS when out of
 * memory. */
OTP_MUST_CHECK uint32_t sti_words_add_draft(sti_words *words, size_t count);

static inline size_t sti_words_count(const sti_words *words, uint32_t number) {
    return words->all[number].count;
}
/* Good until the next draft. */
static inline const uint32_t *sti_words_at(const sti_words *words, uint32_t number) {
    return words->pool + words->all[number].start;
}
/* Bytes in use, for a budget. */
size_t sti_words_bytes(const sti_words *words);

#endif
