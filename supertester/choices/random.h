/* SPDX-License-Identifier: MIT */
/*
 * How random data is picked. Even values find little: bounds and their neighbours, small numbers,
 * powers of two and round numbers, and numbers that were drawn before (or lie next to one) come
 * more often than their share. Each pick also depends on the taste of the run: its size, and the
 * alternatives that it leaves out (Groce et al., "Swarm testing", 2012).
 *
 * Invariant: every value between the bounds can come, whatever the taste, except that a small run
 * makes short lists and a swarm leaves alternatives out.
 */
#ifndef SUPERTESTER_CHOICES_RANDOM_H
#define SUPERTESTER_CHOICES_RANDOM_H

#include "supertester/choices/list.h"

/* lo < hi, target in between. */
int64_t sti_random_biased(st_choices *list, uint64_t bits, int64_t lo, int64_t hi, int64_t target);
int64_t sti_random_length(st_choices *list, int64_t lo, int64_t hi);
/* One of n alternatives. key tells this choice from others: the swarm is drawn for each. */
int64_t sti_random_index(st_choices *list, int64_t n, uint64_t key);
/* For a draw about which nothing but its type is known. */
int64_t sti_random_typed(st_choices *list, sti_type type, int64_t lo, int64_t hi, int64_t target);

enum {
    STI_BIAS_RARITY = 16, /* STI_BIAS_SHARE in so many draws from a large range are biased */
    STI_BIAS_SHARE = 2,
    STI_BIAS_SPAN_MIN = 8, /* smaller ranges are drawn evenly */
};

/* A number for the data lane. The even case is inlined: it is most of the draws. */
static inline int64_t sti_random_int(st_choices *list, int64_t lo, int64_t hi, int64_t target) {
    uint64_t bits = otpi_prng_next(&list->prng[OTP_LANE_DATA]);
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    bool even = list->taste.size == STI_SIZE_MAX && bits % STI_BIAS_RARITY >= STI_BIAS_SHARE;
    if (OTPI_UNLIKELY(!even && span >= STI_BIAS_SPAN_MIN)) {
        return sti_random_biased(list, bits, lo, hi, target);
    }
    /* The low bits have served above: a range that would show it gets fresh ones. */
    if (OTPI_UNLIKELY(span >> 32 != 0)) {
        return (int64_t)((uint64_t)lo + otpi_prng_below(&list->prng[OTP_LANE_DATA], span + 1));
    }
    return (int64_t)((uint64_t)lo + (uint64_t)((otpi_u128)bits * (span + 1) >> 64));
}

/* Remembers a number, so that it comes again. */
static inline void sti_random_remember(st_choices *list, int64_t value) {
    list->taste.recent[list->taste.recent_count++ % STI_RECENT] = value;
}

#endif
