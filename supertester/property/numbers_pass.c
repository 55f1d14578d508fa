/* SPDX-License-Identifier: MIT */
/*
 * Passes over numbers: they bring values nearer to their targets, one or several at a time.
 */
#include "supertester/property/shrinker.h"

enum {
    SMALL_MOST = 8,  /* values of so small a rank are tried one by one */
    PAIR_REACH = 12, /* two numbers belong together when so few others are in between */
};

static const sti_choice *at(const sti_tape *tape, uint32_t i) {
    return &tape->entries[i];
}

/* A choice that can be made simpler by itself. Ends of lists are for the passes over spans. */
static bool is_number(const sti_choice *entry) {
    return sti_is_choice(entry) && entry->type != STI_MORE;
}
static bool is_raised(const sti_choice *entry) {
    return is_number(entry) && entry->value != entry->target;
}

static bool within(const sti_choice *choice, bool below, uint64_t distance) {
    uint64_t room = below ? (uint64_t)choice->target - (uint64_t)choice->lo
                          : (uint64_t)choice->hi - (uint64_t)choice->target;
    return distance <= room;
}

static int64_t value_at(const sti_choice *choice, bool below, uint64_t distance) {
    return (int64_t)(below ? (uint64_t)choice->target - distance
                           : (uint64_t)choice->target + distance);
}

static bool is_below(const sti_choice *choice) {
    return choice->value < choice->target;
}

/* ---- Lower: each number by itself ---- */

typedef struct one {
    uint32_t entry;
    bool below;
} one;

static bool lower_to(sti_shrinker *s, void *ctx, uint64_t distance) {
    const one *o = ctx;
    sti_draft_begin(s);
    if (s->over || !within(at(&s->draft, o->entry), o->below, distance)) {
        return false;
    }
    sti_choice *choice = &s->draft.entries[o->entry];
    choice->value = value_at(choice, o->below, distance);
    return sti_shrinker_try(s);
}

/* Whether a value fails need not depend on its size alone: the smallest are tried each, and so is
 * the one next but one. */
static bool lower_by_one(sti_shrinker *s, uint32_t i) {
    one o = {.entry = i};
    uint64_t distance = sti_distance(at(&s->base, i));
    for (uint64_t d = 1; d < distance && distance <= SMALL_MOST && d <= SMALL_MOST / 2; d++) {
        o.below = false;
        if (lower_to(s, &o, d)) {
            return true;
        }
        o.below = true;
        if (lower_to(s, &o, d)) {
            return true;
        }
    }
    o.below = is_below(at(&s->base, i));
    return distance > SMALL_MOST / 2 + 2 && lower_to(s, &o, distance - 2);
}

/* One search; what base was, best may be no more. */
static bool lower_once(sti_shrinker *s, uint32_t i) {
    one o = {.entry = i, .below = is_below(at(&s->base, i))};
    uint64_t distance = sti_distance(at(&s->base, i));
    if (lower_to(s, &o, 0)) {
        return true;
    }
    if (o.below) {
        o.below = false;
        if (lower_to(s, &o, distance)) {
            return true;
        }
        o.below = true;
    }
    return sti_search_down(s, lower_to, &o, distance) < distance;
}

static bool lower(sti_shrinker *s, uint32_t i) {
    bool better = false;
    while (sti_shrinker_base(s) && i < s->base.count && is_raised(at(&s->base, i))) {
        bool searched = lower_once(s, i);
        better = better || searched;
        if (!sti_shrinker_base(s) || i >= s->base.count || !is_raised(at(&s->base, i)) ||
            !lower_by_one(s, i)) {
            break;
        }
        better = true;
    }
    return better;
}

bool sti_pass_lower(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count && !s->over; i++) {
        better = lower(s, i) || better;
    }
    return better;
}

/* ---- Duplicates: all numbers of the same value at once ---- */

static bool is_same(const sti_choice *a, const sti_choice *b) {
    return is_raised(b) && a->type == b->type && a->value == b->value && a->target == b->target;
}

static bool lower_all(sti_shrinker *s, void *ctx, uint64_t distance) {
    const one *o = ctx;
    const sti_choice model = *at(&s->base, o->entry);
    sti_draft_begin(s);
    for (uint32_t i = 0; i < s->draft.count; i++) {
        sti_choice *choice = &s->draft.entries[i];
        if (is_same(&model, choice) && within(choice, o->below, distance)) {
            choice->value = value_at(choice, o->below, distance);
        }
    }
    return sti_shrinker_try(s);
}

/* Is this the first of several? */
static bool is_duplicated(const sti_tape *tape, uint32_t i) {
    for (uint32_t k = 0; k < i; k++) {
        if (is_same(at(tape, i), at(tape, k))) {
            return false;
        }
    }
    for (uint32_t k = i + 1; k < tape->count; k++) {
        if (is_same(at(tape, i), at(tape, k))) {
            return true;
        }
    }
    return false;
}

bool sti_pass_duplicates(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count && sti_shrinker_base(s); i++) {
        if (!is_raised(at(&s->base, i)) || !is_duplicated(&s->base, i)) {
            continue;
        }
        one o = {.entry = i, .below = is_below(at(&s->base, i))};
        uint64_t distance = sti_distance(at(&s->base, i));
        better = sti_search_down(s, lower_all, &o, distance) < distance || better;
    }
    return better;
}

/* ---- Pairs: two numbers by the same amount ---- */

typedef struct two {
    uint32_t first, second;
    bool opposed; /* the second goes the other way, so that the sum stays */
} two;

/* Adds to a value, towards or away from its target; false when that is out of bounds. */
static bool move(sti_choice *choice, int64_t by) {
    return !__builtin_add_overflow(choice->value, by, &choice->value) &&
           choice->value >= choice->lo && choice->value <= choice->hi;
}

/* The first comes down to that distance, the second goes as far, in the same or the other way. */
static bool pair_to(sti_shrinker *s, void *ctx, uint64_t distance) {
    const two *t = ctx;
    sti_draft_begin(s);
    if (s->over) {
        return false;
    }
    sti_choice *first = &s->draft.entries[t->first], *second = &s->draft.entries[t->second];
    uint64_t gone = sti_distance(first) - distance;
    if (gone == 0 || gone > INT64_MAX) {
        return false;
    }
    int64_t by = is_below(first) ? (int64_t)gone : -(int64_t)gone;
    return move(first, by) && move(second, t->opposed ? -by : by) && sti_shrinker_try(s);
}

/* One step tells whether it is worth a search. */
static bool pair_lower(sti_shrinker *s, two t) {
    uint64_t distance = sti_distance(at(&s->base, t.first));
    uint64_t least = 0;
    if (!t.opposed && is_raised(at(&s->base, t.second))) {
        uint64_t other = sti_distance(at(&s->base, t.second));
        least = distance > other ? distance - other : 0;
    }
    if (pair_to(s, &t, distance - 1)) {
        if (least < distance - 1 && !pair_to(s, &t, least)) {
            sti_search_down(s, pair_to, &t, distance - 1);
        }
        return true;
    }
    return false;
}

static bool each_pair(sti_shrinker *s, bool opposed) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.count && !s->over; i++) {
        uint32_t reach = 0;
        for (uint32_t k = i + 1; k < s->best.count && reach < PAIR_REACH; k++) {
            if (!is_number(at(&s->best, k)) || at(&s->best, k)->type == STI_INDEX) {
                continue;
            }
            reach++;
            if (i < s->best.count && is_raised(at(&s->best, i)) &&
                at(&s->best, i)->type != STI_INDEX && sti_shrinker_base(s)) {
                better = pair_lower(s, (two){i, k, opposed}) || better;
            }
        }
    }
    return better;
}

bool sti_pass_pairs(sti_shrinker *s) {
    return each_pair(s, false);
}

bool sti_pass_redistribute(sti_shrinker *s) {
    return each_pair(s, true);
}
