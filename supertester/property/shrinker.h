/* SPDX-License-Identifier: MIT */
/*
 * Shrinking: from a list of choices that fails to the simplest one that fails in the same way at
 * the same place. The order is that of tapes (tape.h).
 *
 * The shrinker knows nothing of what it runs: a runner plays a list, and says how it ended. What
 * was played is what the run recorded, not what the candidate held; so a candidate may be anything.
 * It is run only when its run can't be foretold (tree.h).
 *
 * A pass proposes candidates made from the best list so far; each says what it tries and why. They
 * are repeated until none of them finds anything better, or the budget is used up.
 */
#ifndef SUPERTESTER_PROPERTY_SHRINKER_H
#define SUPERTESTER_PROPERTY_SHRINKER_H

#include "supertester/property/tree.h"

/* Plays record->recorded, and records. */
typedef struct sti_runner {
    sti_outcome (*run)(void *ctx, st_choices *record);
    void *ctx;
} sti_runner;

/* A failure of another origin that came up meanwhile. */
typedef struct sti_other {
    uint64_t origin;
    sti_tape tape;
} sti_other;

typedef struct sti_shrinker {
    sti_runner runner;
    st_choices *candidate, *record, *reader;
    sti_tree tree;
    sti_tape best;  /* fails with the origin */
    sti_tape base;  /* what a search starts from: best as it was then */
    sti_tape draft; /* what is tried next */
    sti_tape ran;
    uint64_t origin;
    sti_other others[ST_FAILURES_MAX];
    uint32_t other_count;
    uint32_t last_choices; /* of the run the last candidate led to; 0 = it was cut short */
    otpi_prng prng;        /* for draws anew */
    uint64_t executions, executions_max, deadline_ns;
    bool again;        /* another descent: what is known to fail may be better than its best */
    bool over, failed; /* the budget is used up; out of memory */
} sti_shrinker;

/* False when out of memory. shared: runs are recorded in memory that is shared with children. */
OTP_MUST_CHECK bool sti_shrinker_init(sti_shrinker *s, sti_runner runner, uint64_t seed,
                                      bool shared);
void sti_shrinker_fini(sti_shrinker *s);

/* Shrinks what the tape holds, which failed with that origin; the result is s->best. */
void sti_shrink(sti_shrinker *s, const sti_tape *failing, uint64_t origin);

/* ---- For passes ---- */

/* Runs the draft. True: it fails, is simpler than the best, and is the best now. */
bool sti_shrinker_try(sti_shrinker *s);
/* Runs the record as it has been given its source. False: the budget is used up. */
bool sti_shrinker_run(sti_shrinker *s, sti_outcome *outcome);
/* As try, with random data where the draft ends. */
bool sti_shrinker_try_redrawn(sti_shrinker *s);
/* As try, in another order of events: schedule, network and faults are drawn anew. */
bool sti_shrinker_try_reordered(sti_shrinker *s);
/* A search begins: base becomes a copy of best. */
bool sti_shrinker_base(sti_shrinker *s);
/* The draft becomes a copy of base. */
void sti_draft_begin(sti_shrinker *s);
/* The draft becomes base without the entries in between, or with others in their place. */
void sti_draft_splice(sti_shrinker *s, uint32_t begin, uint32_t end, const sti_choice *entries,
                      uint32_t count);

/* The smallest distance for which probe holds, which it is known to do at from; looks first at the
 * small ones. Each probe is asked once. */
typedef bool sti_probe(sti_shrinker *s, void *ctx, uint64_t distance);
uint64_t sti_search_down(sti_shrinker *s, sti_probe *probe, void *ctx, uint64_t from);
/* The largest count for which probe holds, at most so many; it is known to hold for known. */
uint64_t sti_search_up(sti_shrinker *s, sti_probe *probe, void *ctx, uint64_t known, uint64_t most);

/* ---- Valleys: valley.c ---- */

/* Is it a sequence of operations, long enough that quite another one may be shorter? */
bool sti_valley_of(const sti_tape *tape);
/* Looks for a failing case that does without one of the alternatives the best one uses. True: it is
 * what was run last (ran). */
bool sti_valley_leave(sti_shrinker *s);

/* ---- The passes: each true when it found something better ---- */

bool sti_pass_empty(sti_shrinker *s); /* spans_pass.c */
bool sti_pass_delete(sti_shrinker *s);
bool sti_pass_descend(sti_shrinker *s);
bool sti_pass_join(sti_shrinker *s);
bool sti_pass_cancel(sti_shrinker *s);
bool sti_pass_order(sti_shrinker *s);
bool sti_pass_lower(sti_shrinker *s); /* numbers_pass.c */
bool sti_pass_duplicates(sti_shrinker *s);
bool sti_pass_pairs(sti_shrinker *s);
bool sti_pass_redistribute(sti_shrinker *s);
bool sti_pass_coupled(sti_shrinker *s); /* coupled_pass.c */
bool sti_pass_lengths(sti_shrinker *s);
bool sti_pass_merge(sti_shrinker *s);
bool sti_pass_windows(sti_shrinker *s);
bool sti_pass_ways(sti_shrinker *s);
bool sti_pass_redraw(sti_shrinker *s);
bool sti_pass_calm(sti_shrinker *s); /* orders_pass.c */
bool sti_pass_slip(sti_shrinker *s);
bool sti_pass_mild(sti_shrinker *s);
bool sti_pass_few(sti_shrinker *s);
bool sti_pass_reorder(sti_shrinker *s);

#endif
