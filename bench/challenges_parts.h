/* SPDX-License-Identifier: MIT */
/*
 * What the challenges share: small lists of numbers, and showing a case.
 */
#ifndef BENCH_CHALLENGES_PARTS_H
#define BENCH_CHALLENGES_PARTS_H

#include "bench/challenges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INTS_MAX = 128 };

typedef struct ints {
    size_t count;
    int64_t values[INTS_MAX];
} ints;

static inline void add_distinct(ints *set, int64_t value) {
    for (size_t i = 0; i < set->count; i++) {
        if (set->values[i] == value) {
            return;
        }
    }
    set->values[set->count++] = value;
}

static inline void sort_ints(ints *list) {
    for (size_t i = 1; i < list->count; i++) {
        for (size_t k = i; k > 0 && list->values[k - 1] > list->values[k]; k--) {
            int64_t kept = list->values[k];
            list->values[k] = list->values[k - 1];
            list->values[k - 1] = kept;
        }
    }
}

static inline void show_begin(challenge_case *c) {
    c->shown[0] = '\0';
}

static inline void show_text(challenge_case *c, const char *text) {
    size_t used = strlen(c->shown);
    snprintf(c->shown + used, sizeof c->shown - used, "%s", text);
}

static inline void show_int(challenge_case *c, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64 " ", value);
    show_text(c, text);
}

static inline void show_ints(challenge_case *c, const ints *list) {
    show_text(c, "[ ");
    for (size_t i = 0; i < list->count && i < 12; i++) {
        show_int(c, list->values[i]);
    }
    show_text(c, "] ");
}

st_property challenge_calculator, challenge_binheap; /* challenges_trees.c */
st_property challenge_diehard, challenge_counter;    /* challenges_stateful.c */
st_property challenge_sum, challenge_bytes, challenge_tree, challenge_clash,
    challenge_float; /* challenges_own.c */

#endif
