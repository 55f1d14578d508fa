/* SPDX-License-Identifier: MIT */
/*
 * Passes for values that depend on one another: positions in a list that shifts, lengths that are
 * told apart from what they count, choices that change the meaning of all that follow.
 */
#include "supertester/property/shrinker.h"

static bool is_number(const sti_choice *entry) {
    return sti_is_choice(entry) && entry->type != STI_MORE;
}

/* ---- Coupled: an element goes, and what points behind it follows ---- */

/* The place of an element in its list, from 0. */
static int64_t place_of(const sti_tape *tape, uint32_t element) {
    int64_t place = 0;
    const sti_extent *span = &tape->spans[element];
    for (uint32_t i = span->parent; i < element; i++) {
        place += tape->spans[i].element && tape->spans[i].parent == span->parent;
    }
    return place;
}

/* Numbers of the draft in between that may be positions behind the place move up by one. */
static void follow(sti_tape *draft, uint32_t begin, uint32_t end, int64_t place) {
    for (uint32_t i = begin; i < end && i < draft->count; i++) {
        sti_choice *entry = &draft->entries[i];
        if (is_number(entry) && entry->value > place && entry->value > entry->lo) {
            entry->value--;
        }
    }
}

/* The element goes, and the numbers of its own list follow (own), those outside of it, or both. */
static bool delete_followed(sti_shrinker *s, uint32_t element, bool own, bool outside) {
    const sti_extent span = s->base.spans[element], list = s->base.spans[span.parent];
    int64_t place = place_of(&s->base, element);
    uint32_t gone = span.end - span.begin;
    sti_draft_splice(s, span.begin, span.end, NULL, 0);
    if (own) {
        follow(&s->draft, list.begin, list.end - gone, place);
    }
    if (outside) {
        follow(&s->draft, 0, list.begin, place);
        follow(&s->draft, list.end - gone, s->draft.count, place);
    }
    return sti_shrinker_try(s);
}

bool sti_pass_coupled(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = s->best.span_count; i-- > 0;) {
        if (i >= s->best.span_count || !s->best.spans[i].element || !sti_shrinker_base(s)) {
            continue;
        }
        better = delete_followed(s, i, true, false) || delete_followed(s, i, false, true) ||
                 delete_followed(s, i, true, true) || better;
    }
    return better;
}

/* ---- Lengths: a number goes down, and as much of what it counts goes ---- */

/* Entries from begin that hold so many choices, marks at their ends left out. */
static uint32_t window_end(const sti_tape *tape, uint32_t begin, uint32_t choices) {
    uint32_t end = begin;
    while (end < tape->count && choices > 0) {
        choices -= sti_is_choice(&tape->entries[end++]);
    }
    return choices == 0 ? end : 0;
}

/* How many choices less a run has when the number is so much lower: 0 = none, or it is not known.
 */
static uint32_t choices_saved(sti_shrinker *s, uint32_t number, int64_t by) {
    sti_draft_begin(s);
    if (s->over) {
        return 0;
    }
    s->draft.entries[number].value -= by;
    if (sti_shrinker_try(s) || s->last_choices == 0 || s->last_choices >= s->base.choices) {
        return 0;
    }
    return s->base.choices - s->last_choices;
}

static bool lower_and_delete(sti_shrinker *s, uint32_t number, int64_t by) {
    uint32_t saved = choices_saved(s, number, by);
    for (uint32_t i = number + 1; saved > 0 && i < s->base.count; i++) {
        uint32_t end = window_end(&s->base, i, saved);
        if (end == 0) {
            break;
        }
        if (!sti_is_choice(&s->base.entries[i])) {
            continue;
        }
        sti_draft_splice(s, i, end, NULL, 0);
        s->draft.entries[number].value -= by;
        if (sti_shrinker_try(s)) {
            return true;
        }
    }
    return false;
}

bool sti_pass_lengths(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count; i++) {
        const sti_choice *entry = &s->best.entries[i];
        if (!is_number(entry) || entry->value <= entry->target || entry->type == STI_INDEX) {
            continue;
        }
        int64_t all = entry->value - entry->target;
        while (all > 0 && sti_shrinker_base(s) &&
               ((all > 1 && lower_and_delete(s, i, all)) || lower_and_delete(s, i, 1))) {
            better = true;
            all = s->best.entries[i].value - s->best.entries[i].target;
        }
    }
    return better;
}

/* ---- Merge: two neighbours become their sum ---- */

/* As C adds numbers of such a size: over the bounds it goes on at the other end. */
static int64_t wrapped_sum(const sti_choice *a, const sti_choice *b) {
    uint64_t span = (uint64_t)a->hi - (uint64_t)a->lo;
    uint64_t sum = (uint64_t)a->value + (uint64_t)b->value - (uint64_t)a->lo;
    if (span != UINT64_MAX && sum > span) {
        bool low = b->value < 0;
        sum = low ? sum + span + 1 : sum - span - 1;
    }
    return (int64_t)((uint64_t)a->lo + (sum > span ? span : sum));
}

/* The one number that an element is made of; NULL when it is more. */
static sti_choice *only_number(const sti_tape *tape, const sti_extent *span) {
    sti_choice *number = &tape->entries[span->end - 1];
    return span->element && span->end - span->begin == 2 && is_number(number) ? number : NULL;
}

bool sti_pass_merge(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = s->best.span_count; i-- > 1;) {
        if (i >= s->best.span_count || !sti_shrinker_base(s)) {
            continue;
        }
        const sti_extent *second = &s->base.spans[i], *first = &s->base.spans[i - 1];
        sti_choice *a = only_number(&s->base, first), *b = only_number(&s->base, second);
        if (!a || !b || first->end != second->begin || a->lo != b->lo || a->hi != b->hi) {
            continue;
        }
        sti_draft_splice(s, second->begin, second->end, NULL, 0);
        s->draft.entries[first->end - 1].value = wrapped_sum(a, b);
        better = sti_shrinker_try(s) || better;
    }
    return better;
}

/* ---- Windows: choices without any span around them ---- */

static bool in_element(const sti_tape *tape, uint32_t entry) {
    for (uint32_t i = 0; i < tape->span_count; i++) {
        if (entry >= tape->spans[i].begin && entry < tape->spans[i].end) {
            return true;
        }
    }
    return false;
}

bool sti_pass_windows(sti_shrinker *s) {
    enum { WIDEST = 3 };
    bool better = false;
    for (uint32_t width = WIDEST; width > 0; width--) {
        for (uint32_t i = s->best.count; i-- > 0;) {
            if (i >= s->best.count || in_element(&s->best, i) || !sti_shrinker_base(s)) {
                continue;
            }
            uint32_t end = window_end(&s->base, i, width);
            if (end > 0) {
                sti_draft_splice(s, i, end, NULL, 0);
                better = sti_shrinker_try(s) || better;
            }
        }
    }
    return better;
}

/* ---- Redraw: another way at a fork, and what follows drawn anew ---- */

/* Does the number decide what is asked afterwards? */
static bool is_fork(sti_shrinker *s, uint32_t i) {
    sti_draft_begin(s);
    if (s->over) {
        return false;
    }
    s->draft.entries[i].value = s->draft.entries[i].target;
    return !sti_shrinker_try(s) && s->last_choices != 0 && s->last_choices != s->base.choices;
}

/* The more is drawn anew, the more often it is tried. */
static bool redraw_behind(sti_shrinker *s, uint32_t i) {
    enum { TRIES_MAX = 24 };
    uint32_t behind = sti_tape_choices(&s->base, i + 1, s->base.count);
    uint32_t tries = 2 * behind < TRIES_MAX ? 2 * behind : TRIES_MAX;
    for (; tries > 0 && !s->over; tries--) {
        const sti_choice *fork = &s->base.entries[i];
        uint64_t distance = otpi_prng_below(&s->prng, sti_distance(fork));
        sti_draft_splice(s, i + 1, s->base.count, NULL, 0);
        s->draft.entries[i].value =
            fork->value > fork->target ? fork->target + (int64_t)distance : fork->target;
        if (sti_shrinker_try_redrawn(s)) {
            return true;
        }
    }
    return false;
}

/* The simpler ways, each with the simplest that can follow in this value: what was drawn for the
 * old way may not suit the new one. */
static bool simplest_behind(sti_shrinker *s, uint32_t i) {
    enum { WAYS_MAX = 4 };
    const sti_choice fork = s->base.entries[i];
    uint32_t end = s->base.count;
    for (uint32_t k = 0; k < s->base.span_count; k++) { /* the innermost comes last */
        const sti_extent *span = &s->base.spans[k];
        if (span->begin <= i && i < span->end) {
            end = span->element ? span->end : span->end - 1;
        }
    }
    for (int64_t way = fork.target + 1; way < fork.value && way - fork.target <= WAYS_MAX; way++) {
        sti_draft_splice(s, i + 1, end, NULL, 0);
        if (s->over) {
            return false;
        }
        s->draft.entries[i].value = way;
        if (sti_shrinker_try(s)) {
            return true;
        }
    }
    return false;
}

bool sti_pass_ways(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count && sti_shrinker_base(s); i++) {
        const sti_choice *entry = &s->base.entries[i];
        if (sti_is_choice(entry) && entry->type == STI_INDEX) {
            better = simplest_behind(s, i) || better;
        }
    }
    return better;
}

/* Only where the way decides what is asked: there no change of single values leads from one to the
 * other. */
bool sti_pass_redraw(sti_shrinker *s) {
    for (uint32_t i = 0; i < s->best.count && sti_shrinker_base(s); i++) {
        const sti_choice *entry = &s->base.entries[i];
        if (is_number(entry) && entry->value != entry->target &&
            (is_fork(s, i) && redraw_behind(s, i))) {
            return true;
        }
    }
    return false;
}
