/* SPDX-License-Identifier: MIT */
/*
 * Which values of a failing case do not matter: those in whose place other values fail in the same
 * way. Each number is drawn anew a few times, the others stay; none of the runs is kept.
 */
#include "supertester/property/check.h"

enum { TRIES = 4, CHOICES_MAX = 200 };

static bool fails_with(sti_checking *k, const sti_tape *tape, uint32_t entry, int64_t value,
                       uint64_t origin) {
    sti_tape *draft = &k->search.draft;
    if (!sti_tape_copy(draft, tape)) {
        return false;
    }
    draft->entries[entry].value = value;
    sti_outcome outcome = sti_check_tell(k, draft, NULL);
    return outcome.ending == STI_FAILED && outcome.origin == origin;
}

static bool is_free(sti_checking *k, const sti_tape *tape, uint32_t entry, uint64_t origin) {
    const sti_choice *choice = &tape->entries[entry];
    uint64_t span = (uint64_t)choice->hi - (uint64_t)choice->lo;
    for (int i = 0; i < TRIES; i++) {
        uint64_t away = 1 + otpi_prng_below(&k->search.prng, span); /* of span + 1 in a circle */
        uint64_t place = (uint64_t)choice->value - (uint64_t)choice->lo;
        place = place > span - away ? place - (span - away) - 1 : place + away;
        int64_t other = (int64_t)((uint64_t)choice->lo + place);
        if (other != choice->value && !fails_with(k, tape, entry, other, origin)) {
            return false;
        }
    }
    return true;
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
