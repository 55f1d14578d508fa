/* SPDX-License-Identifier: MIT */
/*
 * Dynamic partial order reduction: which order of events to run next, until every order that makes
 * a difference was run.
 *
 * Design notes.
 * The algorithm is that of source sets with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, "Optimal
 * Dynamic Partial Order Reduction", POPL 2014). The tree of choices is walked depth first; a node
 * is the state before a step. Two steps of the last run that could have changed places are a race:
 * somebody who can begin the run with the second one first is put among those still to be tried at
 * the node of the first. Who was tried at a node sleeps in its siblings, until a step that depends
 * on his: without that, what he would lead to was run before. A run in which all who could go on
 * are asleep is broken off: it leads to nothing new. No two runs that come to their end are the
 * same order.
 *
 * Actors are known by their serials. That is enough: what is kept of an actor is kept at a node,
 * where the actor was alive in each run that came by, born in the same order.
 *
 * Beyond the paper: what a step touches may depend on others (who was killed writes no row). When
 * the second step of a race would be another one before the first, its own run tells what it is in
 * an order with; not so when its actor sleeps there since an earlier node (a doubt): then all are
 * tried, if a run meets a step that makes a difference.
 *
 * And a step may end or stop what another could have done next (the end of the
 * scenario, a freeze, a timer cancelled). Who could go on before such a step, and can't after it,
 * is to be tried before it; so is the clock, wherever it can strike.
 */
#ifndef SUPERTESTER_EXPLORE_DPOR_H
#define SUPERTESTER_EXPLORE_DPOR_H

#include "supertester/choices/list.h"
#include "supertester/explore/trace.h"
#include "supertester/property/search.h"

/* A state, and what was and will be tried there. Room for the node behind the last step, too. */
typedef struct sti_dpor_node {
    uint64_t enabled, wanted; /* actors, a bit each: that can go on; that were or will be tried */
    uint64_t asleep;
    uint64_t tired;                   /* those asleep from the beginning */
    uint32_t sleepers, sleeper_count; /* those asleep, with what they would touch */
    uint32_t rank;                    /* of the actor under way, where somebody asked */
    uint8_t actor;                    /* under way */
    bool rank_known;
} sti_dpor_node;

/* At the node of the first step somebody sleeps who takes the last one, and touches other things
 * there. */
typedef struct sti_doubt {
    uint16_t first, last;
} sti_doubt;

typedef struct sti_sleeper {
    sti_touched touched;
    uint8_t actor;
} sti_sleeper;

typedef struct sti_dpor {
    sti_picker picker;
    bool timers_last;
    sti_trace trace;
    sti_dpor_node *nodes;
    sti_sleeper *sleepers;
    uint32_t sleeper_count, sleeper_capacity;
    uint32_t opened;     /* nodes that are known */
    uint32_t branch;     /* steps before it are those of the run before */
    uint32_t depth;      /* steps taken in this run */
    uint64_t asked;      /* choices answered in this run */
    bool broken;         /* the run leads to nothing new */
    const char *refusal; /* why not all orders can be told; NULL: they can */
    sti_doubt *doubts;   /* in the order of their last steps */
    uint32_t doubt_count, doubt_capacity;
    uint16_t races[STI_TRACE_STEPS];
} sti_dpor;

/* Of runs of that simulation. NULL when out of memory. */
OTP_MUST_CHECK sti_dpor *sti_dpor_new(const st_simulation *simulation);
void sti_dpor_free(sti_dpor *dpor);

void sti_dpor_begin(sti_dpor *dpor);
/* A run has come to its end; its choices are in the list. Is there another to run? */
sti_steering sti_dpor_end(sti_dpor *dpor, const st_choices *list);

/* All that follows leads to no verdict. reason: static text. */
void sti_dpor_refuse(sti_dpor *dpor, const char *reason);

/* ---- race.c ---- */

/* The last step could change places with that one. */
void sti_race_reverse(sti_dpor *dpor, uint32_t race);
/* A run is over. */
void sti_doubts_settle(sti_dpor *dpor);
/* So many steps are left. A doubt is there as long as its steps are. */
void sti_doubts_cut(sti_dpor *dpor, uint32_t count);

#endif
