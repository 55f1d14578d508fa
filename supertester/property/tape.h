/* SPDX-License-Identifier: MIT */
/*
 * A list of choices unpacked, for those who change it: the entries in order, marks among them, and
 * the spans that the marks stand for. Elements of lists are spans too: from their STI_MORE choice
 * up to the next one.
 *
 * The order of tapes is shortlex: fewer choices of data first, then the first one that is nearer to
 * its target; at the same distance the one above the target. What the other lanes hold (schedule,
 * network, faults) comes second to how much data there is: fewer deviations, which are answers
 * other than the simplest, then as for data.
 */
#ifndef SUPERTESTER_PROPERTY_TAPE_H
#define SUPERTESTER_PROPERTY_TAPE_H

#include "supertester/choices/draw.h"

typedef struct sti_extent {
    uint32_t begin, end; /* entries; the marks of a span belong to it */
    uint32_t label;
    uint32_t parent; /* in spans; itself for the outermost */
    bool element;
} sti_extent;

typedef struct sti_tape {
    sti_choice *entries;
    uint32_t count, capacity;
    uint32_t choices;    /* of data */
    uint32_t others;     /* of the other lanes */
    uint32_t deviations; /* among them */
    sti_extent *spans;   /* in the order in which they begin; only after sti_tape_read */
    uint32_t span_count, span_capacity;
} sti_tape;

void sti_tape_fini(sti_tape *tape);

/* All false when out of memory. */
OTP_MUST_CHECK bool sti_tape_read(sti_tape *tape, const st_choices *list);
/* Entries only. */
OTP_MUST_CHECK bool sti_tape_copy(sti_tape *tape, const sti_tape *from);
OTP_MUST_CHECK bool sti_tape_append(sti_tape *tape, const sti_choice *entries, uint32_t count);
void sti_tape_clear(sti_tape *tape);
/* Empties the list and fills it. */
OTP_MUST_CHECK bool sti_tape_write(const sti_tape *tape, st_choices *list);

/* Of any lane; else it is a mark. */
static inline bool sti_is_answer(const sti_choice *entry) {
    return entry->kind < STI_KIND_MARKS;
}
/* Of data. */
static inline bool sti_is_choice(const sti_choice *entry) {
    return sti_is_answer(entry) && entry->lane == OTP_LANE_DATA;
}
static inline bool sti_is_other(const sti_choice *entry) {
    return entry->lane != OTP_LANE_DATA;
}
static inline bool sti_is_deviation(const sti_choice *entry) {
    return sti_is_other(entry) && entry->value != entry->target;
}

static inline uint64_t sti_distance(const sti_choice *choice) {
    return choice->value >= choice->target ? (uint64_t)choice->value - (uint64_t)choice->target
                                           : (uint64_t)choice->target - (uint64_t)choice->value;
}

/* < 0: a is simpler. */
int sti_choice_order(const sti_choice *a, const sti_choice *b);
int sti_tape_order(const sti_tape *a, const sti_tape *b);
/* How many of the entries up to end are choices of data. */
uint32_t sti_tape_choices(const sti_tape *tape, uint32_t begin, uint32_t end);

#endif
