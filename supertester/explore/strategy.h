/* SPDX-License-Identifier: MIT */
/*
 * Strategies: ways to pick, at random, which of the enabled events happens next. What they pick is
 * recorded as ranks in the list of choices: a replay needs no strategy.
 *
 * An actor is what has its own order of events: a process, a connection of the network. The timer
 * that races, if there is one, is the last event; it is passed over in most cases, more often in
 * some runs than in others, and is no actor.
 */
#ifndef SUPERTESTER_EXPLORE_STRATEGY_H
#define SUPERTESTER_EXPLORE_STRATEGY_H

#include "supertester/choices/list.h"

#include <supertester/explore.h>

enum { STI_ACTORS_MAX = 256, STI_CHANGES_MAX = 16 };

/* What is known of an actor in this run. One beyond the table shares its place with another. */
typedef struct sti_actor {
    uint64_t run; /* in which it was seen last */
    uint64_t priority;
    uint64_t event;       /* the one the priority is for (POS) */
    uint32_t steps, left; /* in this run; expected still, by runs before */
    uint32_t steps_before;
} sti_actor;

typedef struct sti_strategy {
    sti_picker picker;
    st_strategy kind; /* of this run */
    otpi_prng prng;
    uint64_t run, step, steps_expected;
    uint32_t timer_rarity;
    uint32_t change_count, change_next;
    uint64_t changes[STI_CHANGES_MAX]; /* steps at which something changes, ascending */
    sti_actor actors[STI_ACTORS_MAX];
} sti_strategy;

void sti_strategy_init(sti_strategy *strategy, uint64_t seed);
/* A run begins. kind: not ST_PORTFOLIO. depth: as in st_explore_opts, not 0. */
void sti_strategy_begin(sti_strategy *strategy, st_strategy kind, unsigned depth);

#endif
