/* SPDX-License-Identifier: MIT */
/*
 * Which strategy each of many runs gets: one, or a portfolio in turn.
 */
#ifndef SUPERTESTER_EXPLORE_EXPLORER_H
#define SUPERTESTER_EXPLORE_EXPLORER_H

#include "supertester/explore/strategy.h"

typedef struct sti_explorer {
    st_strategy kind;
    unsigned depth; /* 0: 1 to 5 in turn */
    sti_strategy strategy;
} sti_explorer;

void sti_explorer_init(sti_explorer *explorer, st_strategy kind, unsigned depth, uint64_t seed);
/* A random run of the list begins: number turn, from 0. */
void sti_explorer_begin(sti_explorer *explorer, st_choices *list, uint64_t turn);

#endif
