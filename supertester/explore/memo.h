/* SPDX-License-Identifier: MIT */
/*
 * The set of configurations that were looked at: keys of a fixed number of words, the first of
 * which is never 0. Open addressing; entries lie in the table itself, so that looking one up costs
 * one cache line. The caller brings the hash, which it keeps up to date as the key changes.
 */
#ifndef SUPERTESTER_EXPLORE_MEMO_H
#define SUPERTESTER_EXPLORE_MEMO_H

#include "base/hash.h"

#include <otp/api.h>

typedef struct sti_memo {
    uint64_t *table;
    size_t words;           /* of a key */
    size_t count, capacity; /* keys; capacity is a power of two, at most 2/3 full */
    uint64_t (*hash)(const uint64_t *key, size_t words);
} sti_memo;

typedef enum sti_memo_result { STI_MEMO_NEW, STI_MEMO_KNOWN, STI_MEMO_ENOMEM } sti_memo_result;

/* hash: of a key from scratch, for growing; must agree with what add is given. */
void sti_memo_init(sti_memo *memo, size_t words,
                   uint64_t (*hash)(const uint64_t *key, size_t words));
void sti_memo_fini(sti_memo *memo);
/* Empties it, keeps its memory when it is small. */
void sti_memo_clear(sti_memo *memo, size_t words);

OTP_MUST_CHECK sti_memo_result sti_memo_add(sti_memo *memo, const uint64_t *key, uint64_t hash);

static inline size_t sti_memo_bytes(const sti_memo *memo) {
    return memo->capacity * memo->words * sizeof(uint64_t);
}

#endif
