/* SPDX-License-Identifier: MIT */
/*
 * Passes over what a run decides besides its data: the order of events, the network, faults. Most
 * of these answers do not matter, and the simplest answer is the default one; what is looked for is
 * the case that deviates from the default in the fewest places.
 */
#include "supertester/property/shrinker.h"

enum {
    SLIP_MAX = 2,
    SLIP_DEVIATIONS = 64, /* of more, most don't matter: others leave them out faster */
    FEW_MAX = 2,          /* deviations that are looked for from below */
    FEW_RUNS = 5000,      /* at most so many runs for that */
    ANEW_TRIES = 8,       /* orders drawn for data that became simpler */
    ANEW_RUNS = 400,
};

/* ---- Fewer deviations, from above: whole groups of them become the default ---- */

/* The draft without the deviations number from up to number end. */
static void calm(sti_tape *draft, uint32_t from, uint32_t end) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < draft->count; i++) {
        sti_choice *entry = &draft->entries[i];
        if (sti_is_deviation(entry)) {
            if (number >= from && number < end) {
                entry->value = entry->target;
            }
            number++;
        }
    }
}

bool sti_pass_calm(sti_shrinker *s) {
    bool better = false;
    for (uint32_t size = s->best.deviations; size > 0 && !s->over; size /= 2) {
        for (uint32_t from = 0; from < s->best.deviations && sti_shrinker_base(s);) {
            sti_draft_begin(s);
            calm(&s->draft, from, from + size);
            if (sti_shrinker_try(s)) {
                better = true;
            } else {
                from += size;
            }
        }
    }
    return better;
}

/* ---- Fewer deviations, where those that follow must move ---- */

/* Without the deviation at the place, and so many questions earlier (by < 0) or later what follows
 * in its lane. */
static bool draft_slipped(sti_shrinker *s, uint32_t place, int by) {
    sti_choice plain = s->base.entries[place];
    int spare = by + 1; /* > 0: to put in where it was, < 0: to leave out behind it */
    plain.value = plain.target;
    sti_tape_clear(&s->draft);
    bool ok = sti_tape_append(&s->draft, s->base.entries, place);
    for (; ok && spare > 0; spare--) {
        ok = sti_tape_append(&s->draft, &plain, 1);
    }
    for (uint32_t i = place + 1; ok && i < s->base.count; i++) {
        const sti_choice *entry = &s->base.entries[i];
        bool left_out = spare < 0 && sti_is_answer(entry) && entry->lane == plain.lane;
        spare += left_out;
        ok = left_out || sti_tape_append(&s->draft, entry, 1);
    }
    return ok;
}

static bool slip(sti_shrinker *s, uint32_t place) {
    for (int by = -SLIP_MAX; by <= SLIP_MAX; by++) {
        if (by != 0 && draft_slipped(s, place, by) && sti_shrinker_try(s)) {
            return true;
        }
    }
    return false;
}

/* Another order asks other questions before the next one that matters. */
bool sti_pass_slip(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; sti_shrinker_base(s) && i < s->base.count; i++) {
        bool few = s->base.deviations <= SLIP_DEVIATIONS;
        better = (few && sti_is_deviation(&s->base.entries[i]) && slip(s, i)) || better;
    }
    return better;
}

/* ---- Smaller ones ---- */

static bool answer_is(sti_shrinker *s, void *ctx, uint64_t distance) {
    uint32_t i = *(uint32_t *)ctx;
    sti_draft_begin(s);
    sti_choice *entry = &s->draft.entries[i];
    entry->value = entry->value > entry->target ? entry->target + (int64_t)distance
                                                : entry->target - (int64_t)distance;
    return sti_shrinker_try(s);
}

bool sti_pass_mild(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count && sti_shrinker_base(s); i++) {
        uint64_t distance = sti_distance(&s->base.entries[i]);
        if (sti_is_deviation(&s->base.entries[i]) && distance > 1) {
            better = sti_search_down(s, answer_is, &i, distance) < distance || better;
        }
    }
    return better;
}

/* ---- Fewer, from below: no deviation, each single one, each two ---- */

/* How many other answers the entries from there on could have. */
static uint64_t count_alternatives(const sti_tape *run, uint32_t from) {
    uint64_t count = 0;
    for (uint32_t i = from; i < run->count && count <= FEW_RUNS; i++) {
        if (sti_is_other(&run->entries[i])) {
            count += (uint64_t)run->entries[i].hi - (uint64_t)run->entries[i].lo;
        }
    }
    return count;
}

/* Cases that differ from the run, which is one itself, in so many places from there on. True: one
 * of them fails and is simpler than the best. */
static bool look_for_few(sti_shrinker *s, const sti_tape *run, uint32_t from, uint32_t places,
                         uint64_t *runs) {
    sti_tape next = {0};
    bool found = false;
    for (uint32_t i = from; i < run->count && !found && !s->over; i++) {
        const sti_choice *entry = &run->entries[i];
        uint64_t others = sti_is_other(entry) ? (uint64_t)entry->hi - (uint64_t)entry->lo : 0;
        for (uint64_t k = 0; k <= others && others > 0 && !found && *runs < FEW_RUNS; k++) {
            int64_t value = (int64_t)((uint64_t)entry->lo + k);
            if (value == entry->target || !sti_tape_copy(&s->draft, run)) {
                continue;
            }
            s->draft.entries[i].value = value;
            (*runs)++;
            /* Where more is to come, what is foretold is run, too: its questions are needed. */
            found = places > 1 ? sti_shrinker_try_redrawn(s) : sti_shrinker_try(s);
            if (!found && places > 1 && sti_tape_copy(&next, &s->ran) && i < next.count) {
                found = look_for_few(s, &next, i + 1, places - 1, runs);
            }
        }
    }
    sti_tape_fini(&next);
    return found;
}

/* The run of the best one's data without any deviation. */
static bool calm_run(sti_shrinker *s, sti_tape *run) {
    sti_outcome outcome;
    sti_draft_begin(s);
    calm(&s->draft, 0, s->draft.count);
    if (!sti_tape_write(&s->draft, s->candidate)) {
        return false;
    }
    st_choices_from_list(s->record, s->candidate);
    s->record->count_max = s->best.choices + 1;
    return sti_shrinker_run(s, &outcome) && sti_tape_copy(run, &s->ran);
}

bool sti_pass_few(sti_shrinker *s) {
    sti_tape run = {0};
    bool better = false;
    for (uint32_t places = 1; places <= FEW_MAX && places < s->best.deviations && !better;
         places++) {
        uint64_t runs = 0;
        if (!sti_shrinker_base(s) || !calm_run(s, &run)) {
            break;
        }
        uint64_t count = count_alternatives(&run, 0);
        if (places == 1 ? count <= FEW_RUNS : count * count / 2 <= FEW_RUNS) {
            better = look_for_few(s, &run, 0, places, &runs);
        }
    }
    sti_tape_fini(&run);
    return better;
}

/* ---- Less data, in another order of events ---- */

static bool try_anew(sti_shrinker *s, uint32_t *runs) {
    for (int i = 0; i < ANEW_TRIES && *runs < ANEW_RUNS && !s->over; i++) {
        (*runs)++;
        if (sti_shrinker_try_reordered(s)) {
            return true;
        }
    }
    return false;
}

bool sti_pass_reorder(sti_shrinker *s) {
    bool better = false;
    uint32_t runs = 0;
    if (s->best.others == 0) {
        return false;
    }
    for (uint32_t i = 0; i < s->best.span_count && sti_shrinker_base(s); i++) {
        const sti_extent span = s->base.spans[i];
        if (sti_tape_choices(&s->base, span.begin, span.end) > 0) {
            sti_draft_splice(s, span.begin, span.end, NULL, 0);
            better = try_anew(s, &runs) || better;
        }
    }
    for (uint32_t i = 0; i < s->best.count && sti_shrinker_base(s); i++) {
        const sti_choice *entry = &s->base.entries[i];
        if (sti_is_choice(entry) && sti_distance(entry) > 0) {
            sti_draft_begin(s);
            s->draft.entries[i].value = entry->target;
            better = try_anew(s, &runs) || better;
        }
    }
    return better;
}
