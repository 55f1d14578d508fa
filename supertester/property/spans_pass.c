/* SPDX-License-Identifier: MIT */
/*
 * Passes over spans: they make the list shorter, or its parts change places.
 */
#include "supertester/property/shrinker.h"

#include <string.h>

static const sti_extent *span_at(const sti_shrinker *s, uint32_t i) {
    return &s->best.spans[i];
}

/* The choices of a span besides its own STI_MORE. */
static uint32_t inner_choices(const sti_shrinker *s, const sti_extent *span) {
    uint32_t own = span->element && sti_is_choice(&s->best.entries[span->begin]);
    return sti_tape_choices(&s->best, span->begin, span->end) - own;
}

/* ---- Empty: a value as simple as can be ---- */

/* A span without its contents: the run gets the simplest for them. Outer spans first, so that much
 * goes at once. */
bool sti_pass_empty(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.span_count && sti_shrinker_base(s); i++) {
        const sti_extent *span = &s->base.spans[i];
        if (span->element || inner_choices(s, span) < 2) {
            continue;
        }
        sti_draft_splice(s, span->begin + 1, span->end - 1, NULL, 0);
        better = sti_shrinker_try(s) || better;
    }
    return better;
}

/* ---- Delete: elements of lists ---- */

typedef struct siblings {
    uint32_t last; /* in spans of base */
} siblings;

/* The span before this one in the same list; UINT32_MAX when it is the first. */
static uint32_t sibling_before(const sti_tape *tape, uint32_t i) {
    const sti_extent *span = &tape->spans[i];
    for (uint32_t k = i; k-- > span->parent;) {
        const sti_extent *other = &tape->spans[k];
        if (other->element && other->parent == span->parent && other->end == span->begin) {
            return k;
        }
    }
    return UINT32_MAX;
}

/* Without count elements, the last of which is given. */
static bool delete_some(sti_shrinker *s, void *ctx, uint64_t count) {
    uint32_t first = ((siblings *)ctx)->last, end = s->base.spans[first].end;
    while (--count > 0) {
        first = sibling_before(&s->base, first);
    }
    sti_draft_splice(s, s->base.spans[first].begin, end, NULL, 0);
    return sti_shrinker_try(s);
}

static uint64_t siblings_up_to(const sti_tape *tape, uint32_t i) {
    uint64_t count = 0;
    for (; i != UINT32_MAX; i = sibling_before(tape, i)) {
        count++;
    }
    return count;
}

/* From the last element to the first: what is before an element keeps its place. */
bool sti_pass_delete(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = s->best.span_count; i-- > 0;) {
        if (i >= s->best.span_count || !span_at(s, i)->element) {
            continue;
        }
        siblings these = {.last = i};
        if (!sti_shrinker_base(s) || !delete_some(s, &these, 1)) {
            continue;
        }
        better = true;
        uint64_t deleted = sti_search_up(s, delete_some, &these, 1, siblings_up_to(&s->base, i));
        while (--deleted > 0) {
            i = sibling_before(&s->base, i);
        }
    }
    return better;
}

/* ---- Descend: a value becomes one of its parts ---- */

static bool descend(sti_shrinker *s, uint32_t outer) {
    enum { TRIES = 12 };
    uint32_t end = s->base.spans[outer].end, tries = 0;
    for (uint32_t i = outer + 1; i < s->base.span_count && tries < TRIES; i++) {
        const sti_extent *inner = &s->base.spans[i];
        if (inner->begin >= end) {
            break;
        }
        if (inner->element || inner->label != s->base.spans[outer].label) {
            continue;
        }
        tries++;
        sti_draft_splice(s, s->base.spans[outer].begin, end, s->base.entries + inner->begin,
                         inner->end - inner->begin);
        if (sti_shrinker_try(s)) {
            return true;
        }
    }
    return false;
}

bool sti_pass_descend(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 0; i < s->best.span_count; i++) {
        while (i < s->best.span_count && !span_at(s, i)->element && sti_shrinker_base(s) &&
               descend(s, i)) {
            better = true;
        }
    }
    return better;
}

/* ---- Join: two lists that follow one another become one ---- */

/* Where the list that ends right before the span, or before its STI_MORE, stops; UINT32_MAX when
 * there is none of the same label. */
static uint32_t stop_before(const sti_tape *tape, const sti_extent *span) {
    uint32_t at = span->begin;
    if (at > 0 && sti_is_choice(&tape->entries[at - 1]) && tape->entries[at - 1].type == STI_MORE &&
        tape->entries[at - 1].value == 1) {
        at--;
    }
    for (uint32_t i = 0; i < tape->span_count; i++) {
        const sti_extent *other = &tape->spans[i];
        if (!other->element && other->end == at && other->label == span->label) {
            const sti_choice *last = &tape->entries[at - 2];
            bool stop = at - 2 > other->begin && sti_is_choice(last) && last->type == STI_MORE;
            return stop ? at - 2 : at - 1;
        }
    }
    return UINT32_MAX;
}

bool sti_pass_join(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = s->best.span_count; i-- > 1;) {
        if (i >= s->best.span_count || span_at(s, i)->element || !sti_shrinker_base(s)) {
            continue;
        }
        uint32_t stop = stop_before(&s->base, &s->base.spans[i]);
        if (stop != UINT32_MAX) {
            sti_draft_splice(s, stop, s->base.spans[i].begin + 1, NULL, 0);
            better = sti_shrinker_try(s) || better;
        }
    }
    return better;
}

/* ---- Cancel: two equal elements go at once ---- */

static int span_order(const sti_tape *tape, const sti_extent *a, const sti_extent *b) {
    uint32_t n = a->end - a->begin;
    uint32_t choices_a = sti_tape_choices(tape, a->begin, a->end);
    uint32_t choices_b = sti_tape_choices(tape, b->begin, b->end);
    if (choices_a != choices_b || n != b->end - b->begin) {
        return choices_a < choices_b ? -1 : 1;
    }
    for (uint32_t k = 0; k < n; k++) {
        const sti_choice *x = &tape->entries[a->begin + k], *y = &tape->entries[b->begin + k];
        int order = sti_is_choice(x) && sti_is_choice(y) ? sti_choice_order(x, y) : 0;
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

/* What is done twice may be as if it were not done at all (toggles, sums that wrap), while once it
 * counts. The next equal element, in whatever list. */
static uint32_t equal_after(const sti_tape *tape, uint32_t i) {
    const sti_extent *span = &tape->spans[i];
    for (uint32_t k = i + 1; k < tape->span_count; k++) {
        const sti_extent *other = &tape->spans[k];
        if (other->element && other->begin >= span->end && other->label == span->label &&
            span_order(tape, span, other) == 0) {
            return k;
        }
    }
    return UINT32_MAX;
}

static bool delete_both(sti_shrinker *s, uint32_t i, uint32_t k) {
    const sti_extent a = s->base.spans[i], b = s->base.spans[k];
    uint32_t gone = b.end - b.begin;
    sti_draft_splice(s, b.begin, b.end, NULL, 0);
    sti_tape *draft = &s->draft;
    if (s->over) {
        return false;
    }
    draft->choices -= sti_tape_choices(draft, a.begin, a.end);
    memmove(draft->entries + a.begin, draft->entries + a.end,
            (s->base.count - gone - a.end) * sizeof *draft->entries);
    draft->count -= a.end - a.begin;
    return sti_shrinker_try(s);
}

bool sti_pass_cancel(sti_shrinker *s) {
    enum { TRIES = 6 };
    bool better = false;
    for (uint32_t i = 0, tries = 0; i < s->best.span_count && tries < TRIES; i++) {
        if (!span_at(s, i)->element || !sti_shrinker_base(s)) {
            continue;
        }
        uint32_t k = equal_after(&s->base, i);
        if (k != UINT32_MAX) {
            tries++;
            better = delete_both(s, i, k) || better;
        }
    }
    return better;
}

/* ---- Order: the simpler of two neighbours comes first ---- */

static bool exchange(sti_shrinker *s, const sti_extent *a, const sti_extent *b) {
    sti_draft_splice(s, a->begin, b->end, s->base.entries + b->begin, b->end - b->begin);
    sti_tape *draft = &s->draft;
    sti_tape tail = {0};
    bool ok = sti_tape_append(&tail, s->base.entries + a->begin, a->end - a->begin) &&
              sti_tape_append(&tail, s->base.entries + b->end, s->base.count - b->end);
    draft->choices -= sti_tape_choices(draft, a->begin + (b->end - b->begin), draft->count);
    draft->count = a->begin + (b->end - b->begin);
    ok = ok && sti_tape_append(draft, tail.entries, tail.count);
    sti_tape_fini(&tail);
    return ok && sti_shrinker_try(s);
}

bool sti_pass_order(sti_shrinker *s) {
    bool better = false;
    for (uint32_t i = 1; i < s->best.span_count; i++) {
        if (!sti_shrinker_base(s)) {
            break;
        }
        const sti_extent *span = &s->base.spans[i];
        for (uint32_t k = 0; k < i; k++) {
            const sti_extent *before = &s->base.spans[k];
            if (before->end == span->begin && before->label == span->label &&
                before->element == span->element && span_order(&s->base, before, span) > 0 &&
                exchange(s, before, span)) {
                better = true;
                i = k > 0 ? k - 1 : 0; /* it may go on to the front */
                break;
            }
        }
    }
    return better;
}
