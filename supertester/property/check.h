/* SPDX-License-Identifier: MIT */
/*
 * What one call of st_check holds, for its parts: the search, the shrinker, the report.
 */
#ifndef SUPERTESTER_PROPERTY_CHECK_H
#define SUPERTESTER_PROPERTY_CHECK_H

#include "supertester/property/search.h"
#include "supertester/property/shrinker.h"
#include "supertester/property/token.h"

typedef struct sti_checking {
    st_check_opts opts; /* with their defaults; result is never NULL */
    sti_search search;
    otpi_text report;
} sti_checking;

/* Runs the tape once more; draws and notes go into the text. */
sti_outcome sti_check_tell(sti_checking *k, const sti_tape *tape, otpi_text *story);

/* st_check with additions of the caller. */
st_verdict sti_check(st_property *property, const st_check_opts *opts,
                     const sti_check_hooks *hooks);
/* The seed asked for, or a new one. Not 0. */
uint64_t sti_check_seed(const st_check_opts *opts);

/* ---- tell.c ---- */

void sti_tell_found(sti_checking *k);
/* The failure's text and what it drew; fills in failure->text. */
void sti_tell_failure(sti_checking *k, st_check_failure *failure, const sti_tape *tape,
                      uint64_t origin);
/* Runs it once more for failure->text; what it draws goes into the story, unless that is NULL. */
void sti_tell_again(sti_checking *k, st_check_failure *failure, const sti_tape *tape,
                    uint64_t origin, otpi_text *story);
void sti_tell_end(sti_checking *k);
void sti_tell_health(sti_checking *k);
void sti_tell_cover(sti_checking *k);
void sti_tell_held(sti_checking *k);
void sti_tell_trouble(sti_checking *k, const char *what);
void sti_tell_print(sti_checking *k);

/* ---- explain.c ---- */

/* free[i] for choice i: it made no difference what other values it had. false: not found out. */
bool sti_explain(sti_checking *k, const sti_tape *tape, uint64_t origin, uint8_t *free_choices);

#endif
