/* SPDX-License-Identifier: MIT */
/*
 * Out of a valley. A sequence of operations can often fail in quite different ways, and no chain of
 * small changes leads from one to the other. So, at the end, a number of runs is drawn in which one
 * of the operations that the best sequence uses does not come at all, and others are rare: what
 * fails then fails differently, and is shrunk, too.
 */
#include "supertester/property/shrinker.h"

enum {
    OPERATIONS_MIN = 4, /* shorter sequences are as short as they get */
    TRIES = 200,
    ROOM = 4, /* a run may be so many times as long as the best, */
    ROOM_MIN = 256,
};

static const sti_choice *operation_of(const sti_tape *tape, const sti_extent *span) {
    for (uint32_t k = span->begin; span->element && k < span->end; k++) {
        if (sti_is_choice(&tape->entries[k]) && tape->entries[k].type == STI_INDEX) {
            return &tape->entries[k];
        }
    }
    return NULL;
}

bool sti_valley_of(const sti_tape *tape) {
    uint32_t operations = 0;
    for (uint32_t i = 0; i < tape->span_count; i++) {
        operations += operation_of(tape, &tape->spans[i]) != NULL;
    }
    return operations >= OPERATIONS_MIN;
}

/* One of the operations of the best. */
static const sti_choice *pick_operation(sti_shrinker *s) {
    for (;;) {
        uint64_t i = otpi_prng_below(&s->prng, s->best.span_count);
        const sti_choice *operation = operation_of(&s->best, &s->best.spans[i]);
        if (operation) {
            return operation;
        }
    }
}

static sti_taste taste_without(sti_shrinker *s, const sti_choice *operation) {
    return (sti_taste){.size = STI_SIZE_MAX,
                       .is_long = true,
                       .is_mild = true,
                       .swarm = otpi_prng_next(&s->prng) | 1,
                       .without_label = operation->label,
                       .without = operation->value,
                       .is_without = true};
}

bool sti_valley_leave(sti_shrinker *s) {
    size_t room = (size_t)s->best.choices * ROOM;
    for (int tries = 0; tries < TRIES; tries++) {
        sti_choices_begin(s->record, STI_RANDOM);
        s->record->taste = taste_without(s, pick_operation(s));
        s->record->count_max = room > ROOM_MIN ? room : ROOM_MIN;
        sti_outcome outcome;
        if (!sti_shrinker_run(s, &outcome)) {
            return false;
        }
        if (outcome.ending == STI_CASE_FAILED && outcome.origin == s->origin) {
            return true;
        }
    }
    return false;
}
