/* SPDX-License-Identifier: MIT */
/*
 * The shrinking challenge (github.com/jlink/shrinking-challenge) for st_check: properties that
 * fail, each with the smallest failing case that its definition names. Further challenges of our
 * own, variants of all (other names, other order of draws, other offsets), and two stateful ones.
 *
 * A property notes in its context whether the case it ran is the ideal one. Nothing in the library
 * knows any of this.
 */
#ifndef BENCH_CHALLENGES_H
#define BENCH_CHALLENGES_H

#include <supertester/check.h>

typedef struct challenge_case {
    int64_t offset;  /* of all numbers: a variant's */
    bool swapped;    /* draws in another order */
    bool ideal;      /* out: the case that was run last is the smallest */
    char shown[256]; /* out: that case as text */
} challenge_case;

typedef enum challenge_kind { CHALLENGE_PUBLIC, CHALLENGE_OWN, CHALLENGE_STATEFUL } challenge_kind;

typedef struct challenge {
    const char *name;
    st_property *run;
    challenge_kind kind;
} challenge;

extern const challenge challenges[];
extern const size_t challenge_count;

#endif
