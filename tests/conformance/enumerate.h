/* SPDX-License-Identifier: MIT */
/*
 * Every list of choices of a small simulated program, by backtracking: depth first, the last choice
 * varied first. No reduction, no memory of states: what it has visited, it has run.
 *
 *     enumerate e;
 *     enumerate_init(&e);
 *     do {
 *         enumerate_begin(&e);
 *         ... a run of a world whose chooser is &e.chooser ...
 *     } while (enumerate_next(&e));
 *
 * Draws are answered with their target: only what is chosen among events is enumerated. A run that
 * asks another question than the one before asked at the same place is not deterministic, and
 * panics.
 */
#ifndef TESTS_CONFORMANCE_ENUMERATE_H
#define TESTS_CONFORMANCE_ENUMERATE_H

#include <otp/choose.h>

enum { ENUMERATE_DEPTH_MAX = 4096 };

typedef struct enumerate {
    otp_chooser chooser;
    uint32_t depth; /* choices on the present path */
    uint32_t at;    /* the next one of this run */
    bool stopped;   /* what follows does not matter: rank 0, not varied */
    bool too_deep;  /* a run had more choices than there is room for */
    uint32_t ranks[ENUMERATE_DEPTH_MAX], counts[ENUMERATE_DEPTH_MAX];
} enumerate;

void enumerate_init(enumerate *e);
void enumerate_begin(enumerate *e);
/* The rest of this run is of no interest. */
void enumerate_stop(enumerate *e);
/* Moves to the next list; false when all have been visited. */
bool enumerate_next(enumerate *e);

#endif
