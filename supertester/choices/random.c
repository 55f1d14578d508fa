/* SPDX-License-Identifier: MIT */
/*
 * How random data is picked; see random.h.
 */
#include "supertester/choices/random.h"

enum {
    NEAR_BITS = 5,         /* a neighbour of an earlier number is at most 16 away */
    EVEN_LENGTH_MAX = 256, /* longer ranges of lengths are drawn small, mostly */
    SWARM_TRIES = 8,
};

static otpi_prng *data_prng(st_choices *list) {
    return &list->prng[OTP_LANE_DATA];
}

static int64_t clamp(int64_t value, int64_t lo, int64_t hi) {
    return value < lo ? lo : value > hi ? hi : value;
}

/* Wraps like the hardware does; the callers stay within the span. */
static int64_t shifted(int64_t value, uint64_t by) {
    return (int64_t)((uint64_t)value + by);
}

static uint64_t below(st_choices *list, uint64_t n) {
    return otpi_prng_below(data_prng(list), n);
}

/* The target moved by a distance, upwards or downwards, as far as there is room. */
static int64_t away(st_choices *list, int64_t lo, int64_t hi, int64_t from, uint64_t distance) {
    bool up = below(list, 2) == 0;
    uint64_t room = up ? (uint64_t)hi - (uint64_t)from : (uint64_t)from - (uint64_t)lo;
    if (room == 0) {
        up = !up;
        room = (uint64_t)hi - (uint64_t)lo;
    }
    distance = distance < room ? distance : room;
    return shifted(from, up ? distance : 0 - distance);
}

static int64_t edge(st_choices *list, int64_t lo, int64_t hi, int64_t target) {
    switch (below(list, 6)) {
    case 0: return lo;
    case 1: return hi;
    case 2: return lo + 1;
    case 3: return hi - 1;
    case 4: return target;
    default: return target < hi ? target + 1 : target;
    }
}

/* At a distance from the target with a random number of bits, at most so many. */
static int64_t small(st_choices *list, int64_t lo, int64_t hi, int64_t target, uint64_t bits_max) {
    uint64_t bits = below(list, bits_max + 1);
    return away(list, lo, hi, target, below(list, UINT64_C(1) << (bits < 63 ? bits : 63)));
}

/* Powers of two and of ten, and their neighbours: where limits, sizes and formats change. */
static int64_t interesting(st_choices *list, int64_t lo, int64_t hi, int64_t target) {
    static const uint64_t round[] = {10,      100,      1000,      10000,     100000,
                                     1000000, 10000000, 100000000, 1000000000};
    uint64_t number = below(list, 2) == 0 ? UINT64_C(1) << below(list, 63)
                                          : round[below(list, sizeof round / sizeof round[0])];
    number += below(list, 3) - 1;
    int64_t value = (int64_t)(below(list, 4) == 0 ? 0 - number : number);
    return value >= lo && value <= hi ? value : small(list, lo, hi, target, 8);
}

/* A number drawn before in this run, or a neighbour of it: for what fails only when two are equal,
 * or nearly so. */
static int64_t again(st_choices *list, int64_t lo, int64_t hi) {
    const sti_taste *taste = &list->taste;
    uint64_t known = taste->recent_count < STI_RECENT ? taste->recent_count : STI_RECENT;
    int64_t value = clamp(taste->recent[below(list, known)], lo, hi);
    return below(list, 2) == 0
               ? value
               : away(list, lo, hi, value, 1 + below(list, UINT64_C(1) << below(list, NEAR_BITS)));
}

static uint64_t bits_of(uint64_t number) {
    return number == 0 ? 0 : 64 - (uint64_t)__builtin_clzll(number);
}

int64_t sti_random_biased(st_choices *list, uint64_t bits, int64_t lo, int64_t hi, int64_t target) {
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    uint32_t size = list->taste.size;
    uint64_t way = bits >> 62; /* of four */
    switch (bits % STI_BIAS_RARITY) {
    case 0:
        return way == 0   ? edge(list, lo, hi, target)
               : way == 1 ? interesting(list, lo, hi, target)
                          : small(list, lo, hi, target, bits_of(span));
    case 1:
        if (list->taste.recent_count > 0) {
            return again(list, lo, hi);
        }
        break;
    default: break;
    }
    if (size < STI_SIZE_MAX) {
        uint64_t most = 2 + bits_of(span) * size / STI_SIZE_MAX;
        return small(list, lo, hi, target, most < bits_of(span) ? most : bits_of(span));
    }
    return shifted(lo, below(list, span + 1));
}

int64_t sti_random_length(st_choices *list, int64_t lo, int64_t hi) {
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    uint64_t most = span <= EVEN_LENGTH_MAX ? span : EVEN_LENGTH_MAX;
    uint32_t size = list->taste.size;
    if (list->taste.is_long) {
        return shifted(lo, most);
    }
    if (size < STI_SIZE_MAX) {
        uint64_t allowed = 1 + most * size / STI_SIZE_MAX;
        most = allowed < most ? allowed : most;
    } else if (span > EVEN_LENGTH_MAX && below(list, 16) == 0) {
        most = (UINT64_C(1) << below(list, bits_of(span))) - 1; /* rarely a long one */
    }
    return shifted(lo, below(list, most + 1));
}

static bool is_left_out(const sti_taste *taste, int64_t index, uint64_t key) {
    if (taste->is_without && taste->without == index && taste->without_label == key) {
        return true;
    }
    uint64_t all = otpi_hash_mix(taste->swarm, key);
    uint64_t left_out = taste->is_mild ? all & all >> 32 & otpi_hash_u64(all) : all;
    return taste->swarm != 0 && index < 64 && (left_out >> index & 1) != 0;
}

int64_t sti_random_index(st_choices *list, int64_t n, uint64_t key) {
    int64_t index = (int64_t)below(list, (uint64_t)n);
    for (int i = 0; i < SWARM_TRIES && is_left_out(&list->taste, index, key); i++) {
        index = (int64_t)below(list, (uint64_t)n);
    }
    return index;
}

int64_t sti_random_typed(st_choices *list, sti_type type, int64_t lo, int64_t hi, int64_t target) {
    switch (type) {
    case STI_INT: return sti_random_int(list, lo, hi, target);
    case STI_LENGTH: return sti_random_length(list, lo, hi);
    default: return shifted(lo, below(list, (uint64_t)hi - (uint64_t)lo + 1));
    }
}
