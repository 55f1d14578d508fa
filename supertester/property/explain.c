/* SPDX-License-Identifier: MIT */
/*
 * Which values of a failing case do not matter: those in whose place other values fail in the same
 * way. A number that is not as simple as can be matters, or it would have been shrunk. The others
 * are tried with a step to the side, at their bounds, and drawn anew; none of the runs is kept.
 */
#include "supertester/property/check.h"

enum { TRIES = 6, CHOICES_MAX = 200 };

static bool fails_with(sti_checking *k, const sti_tape *tape, uint32_t entry, int64_t value,
                       uint64_t origin) {
    sti_tape *draft = &k->search.draft;
    if (!sti_tape_copy(draft, tape)) {
        return false;
    }
    draft->entries[entry].value = value;
    sti_outcome outcome = sti_check_tell(k, draft, NULL);
    return outcome.ending == STI_CASE_FAILED && outcome.origin == origin;
}

static bool is_free(sti_checking *k, const sti_tape *tape, uint32_t entry, uint64_t origin) {
    const sti_choice *choice = &tape->entries[entry];
    uint64_t span = (uint64_t)choice->hi - (uint64_t)choice->lo;
    int64_t others[TRIES] = {choice->value < choice->hi ? choice->value + 1 : choice->value,
                             choice->lo, choice->hi};
    for (int i = 3; i < TRIES; i++) {
        others[i] = (int64_t)((uint64_t)choice->lo + otpi_prng_below(&k->search.prng, span + 1));
    }
    bool free_to_be = choice->value == choice->target;
    for (int i = 0; i < TRIES && free_to_be; i++) {
        free_to_be = others[i] == choice->value || fails_with(k, tape, entry, others[i], origin);
    }
    return free_to_be;
}

bool sti_explain(sti_checking *k, const sti_tape *tape, uint64_t origin, uint8_t *free_choices) {
    uint32_t n = 0;
    if (tape->choices > CHOICES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < tape->count; i++) {
        const sti_choice *entry = &tape->entries[i];
        if (sti_is_choice(entry)) {
            /* Ends of lists have no lines of their own: they are no obstacle. */
            free_choices[n++] = entry->type == STI_MORE || is_free(k, tape, i, origin);
        }
    }
    return true;
}
