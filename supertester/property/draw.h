/* SPDX-License-Identifier: MIT */
/*
 * What draws share: whom they ask, how they refuse, how they are told.
 *
 * A draw of a case goes to its list (choices/draw.h). Elsewhere it asks the runtime, whose chooser
 * records it in the data lane of the same kind of list.
 */
#ifndef SUPERTESTER_PROPERTY_DRAW_H
#define SUPERTESTER_PROPERTY_DRAW_H

#include "supertester/choices/draw.h"
#include "supertester/property/case.h"

#include <supertester/property.h>

/* The simplest number in the bounds: the one nearest to 0. */
static inline int64_t sti_nearest_to_zero(int64_t lo, int64_t hi) {
    return lo > 0 ? lo : hi < 0 ? hi : 0;
}

/* Ends the case as misused, or the process with {badarg, Site}; may return outside of both. */
void sti_draw_refuse(const char *label, const char *what);

/* A number of which the type is known, picked by picked when it is random. lo <= hi. */
int64_t sti_draw_typed(sti_type type, int64_t lo, int64_t hi, int64_t target, int64_t picked,
                       const char *label);

/* Is each draw to be told now? Not those that make another draw. */
static inline bool sti_draw_told(void) {
    return OTPI_UNLIKELY(sti_case_now && sti_case_now->story) && sti_case_now->quiet == 0;
}

/* The draws in between make one, which is told by its caller. */
void sti_draw_compose_begin(const char *label);
void sti_draw_compose_end(void);

#endif
