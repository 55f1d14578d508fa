/* SPDX-License-Identifier: MIT */
/*
 * Looking for a failing case. The providers, in the order in which they are asked:
 *   simplest    the first run
 *   exhaustive  when there seem to be few cases: all, in the order of an odometer
 *   random      small runs first; some with alternatives left out
 *   mutation    an earlier run with one of its values put in another's place
 *   target      the run with the best score so far, with one number changed
 * or, if there is one, a hook that steers every run (explore/dpor.h).
 * The search ends at a failure, at the number of runs, or when it is hopeless (health).
 */
#ifndef SUPERTESTER_PROPERTY_SEARCH_H
#define SUPERTESTER_PROPERTY_SEARCH_H

#include "supertester/property/case.h"
#include "supertester/property/statistics.h"
#include "supertester/property/tape.h"
#include "supertester/property/vessel.h"

typedef enum sti_health {
    STI_HEALTHY,
    STI_FILTERED,  /* assumptions discard nearly all */
    STI_TOO_LARGE, /* nearly all take more choices than they may */
    STI_TOO_SLOW,  /* the runs take so long that their number would take minutes */
    STI_REFUSED,   /* who steers the runs can't: see refusal */
} sti_health;

typedef struct sti_peak {
    const char *label;
    double score;
    sti_tape tape;
} sti_peak;

struct sti_checking;

/* What became of a run whose order of events was steered, and whether there is another. */
typedef enum sti_steering {
    STI_STEERING_NEXT,
    STI_STEERING_LAST,        /* that was the last one: all were run */
    STI_STEERING_BROKEN,      /* it was broken off and does not count; there is another */
    STI_STEERING_BROKEN_LAST, /* ... there is none */
    STI_STEERING_REFUSED,
} sti_steering;

/* What those who use the search add to it. Each may be NULL. */
typedef struct sti_check_hooks {
    void *ctx;
    /* A run of random choices begins. turn counts from 0. */
    void (*run_begins)(void *ctx, st_choices *list, uint64_t turn);
    /* Set: the picker of the list steers all runs, one after the other. A run has passed. *refusal:
     * why it can't; static text. */
    sti_steering (*run_ended)(void *ctx, const st_choices *list, const char **refusal);
    /* A run has failed: what follows is for shrinking and telling it. */
    void (*found)(void *ctx);
    /* Of each failure, shrunk; in place of the report. See sti_tell_again. */
    void (*failed)(void *ctx, struct sti_checking *k, st_check_failure *failure,
                   const sti_tape *tape, uint64_t origin);
    st_choices *list;          /* records the runs; NULL = one of the search's own */
    const st_choices *failing; /* in place of a search: what is known to fail */
    const st_choices *first;   /* is run before all else: it failed once */
} sti_check_hooks;

typedef struct sti_search {
    sti_check_hooks hooks;
    sti_case running;
    sti_vessel *vessel;    /* runs are contained; NULL = they are not */
    st_choices *list;      /* the run's record */
    st_choices *candidate; /* what it plays */
    uint64_t runs_max, seed;
    uint64_t runs, filtered, overruns;
    uint64_t broken;     /* steered runs that did not count */
    const char *refusal; /* static text */
    uint64_t ramp;       /* the first runs, which grow from small to large */
    bool large_first, no_proof;
    bool proved; /* all cases were run */
    bool out_of_memory;
    size_t choices_max;
    sti_health health;
    uint64_t slowest_ns, spent_ns;
    otpi_prng prng; /* of the search itself: data has its own */
    sti_statistics statistics;
    sti_tape model; /* an earlier run, for mutations */
    sti_tape draft;
    sti_peak peaks[STI_TARGETS_MAX];
    uint32_t peak_count;
    sti_outcome outcome; /* of the last run */
} sti_search;

/* Looks; true when the last run failed (its record is in list). */
bool sti_search_failing(sti_search *search);
/* Runs the list once more, as it was given its source. */
sti_outcome sti_search_run(sti_search *search);
/* The same with another list, which must lie in shared memory when runs are contained. */
sti_outcome sti_search_run_as(sti_search *search, st_choices *list);

#endif
