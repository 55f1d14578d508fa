/* SPDX-License-Identifier: MIT */
/*
 * Shrinking: trying candidates, searching, and the order of the passes. See shrinker.h.
 */
#include "supertester/property/shrinker.h"

#include "port/clock.h"
#include "port/memory.h"

enum { SHARED_WORDS = 1 << 20 };

bool sti_shrinker_init(sti_shrinker *s, sti_runner runner, uint64_t seed, bool shared) {
    *s = (sti_shrinker){.runner = runner,
                        .candidate = st_choices_new(),
                        .record = shared ? sti_choices_new_shared(SHARED_WORDS) : st_choices_new(),
                        .reader = st_choices_new(),
                        .executions_max = UINT64_MAX,
                        .deadline_ns = OTPI_NEVER};
    otpi_prng_seed(&s->prng, seed);
    for (int lane = 0; s->record && lane < OTP_LANES; lane++) {
        otpi_prng_seed(&s->record->prng[lane], otpi_prng_next(&s->prng));
    }
    sti_tree_init(&s->tree);
    return s->candidate && s->record && s->reader;
}

void sti_shrinker_fini(sti_shrinker *s) {
    st_choices_free(s->candidate);
    st_choices_free(s->record);
    st_choices_free(s->reader);
    sti_tree_fini(&s->tree);
    sti_tape_fini(&s->best);
    sti_tape_fini(&s->base);
    sti_tape_fini(&s->draft);
    sti_tape_fini(&s->ran);
    for (uint32_t i = 0; i < s->other_count; i++) {
        sti_tape_fini(&s->others[i].tape);
    }
}

/* ---- Trying ---- */

static void keep_other(sti_shrinker *s, uint64_t origin) {
    for (uint32_t i = 0; i < s->other_count; i++) {
        if (s->others[i].origin == origin) {
            return;
        }
    }
    if (s->other_count < ST_FAILURES_MAX) {
        sti_other *other = &s->others[s->other_count++];
        *other = (sti_other){.origin = origin};
        s->failed = !sti_tape_copy(&other->tape, &s->ran) || s->failed;
    }
}

/* The best is what was just run, when that is simpler. */
static bool adopt(sti_shrinker *s, sti_outcome outcome) {
    if (outcome.ending != STI_CASE_FAILED) {
        return false;
    }
    if (outcome.origin != s->origin) {
        keep_other(s, outcome.origin);
        return false;
    }
    if (sti_tape_order(&s->ran, &s->best) >= 0) {
        return false;
    }
    sti_tape kept = s->best;
    s->best = s->ran;
    s->ran = kept;
    return true;
}

static bool in_budget(sti_shrinker *s) {
    s->over =
        s->over || s->executions >= s->executions_max || otpi_clock_coarse_ns() > s->deadline_ns;
    return !s->over;
}

bool sti_shrinker_run(sti_shrinker *s, sti_outcome *outcome) {
    if (!in_budget(s)) {
        return false;
    }
    s->record->prng[OTP_LANE_DATA] = s->prng;
    s->executions++;
    *outcome = s->runner.run(s->runner.ctx, s->record);
    s->prng = s->record->prng[OTP_LANE_DATA];
    if (!sti_tape_read(&s->ran, s->record)) {
        s->failed = s->over = true;
        return false;
    }
    sti_tree_add(&s->tree, &s->ran, *outcome);
    s->last_choices = outcome->ending == STI_CASE_OVERRUN ? 0 : s->ran.choices;
    return true;
}

static bool run_candidate(sti_shrinker *s, bool redrawn, uint32_t anew) {
    sti_outcome outcome;
    st_choices_from_list(s->record, s->candidate);
    s->record->beyond_random = redrawn;
    s->record->anew = anew;
    s->record->count_max = s->best.choices;
    return sti_shrinker_run(s, &outcome) && adopt(s, outcome);
}

bool sti_shrinker_try(sti_shrinker *s) {
    if (s->over || !sti_tape_write(&s->draft, s->candidate)) {
        return false;
    }
    const sti_tree_node *known = sti_tree_foretell(&s->tree, s->candidate, s->reader);
    bool cut_short = known && known->outcome.ending == STI_CASE_OVERRUN;
    bool wanted = s->again && known && known->outcome.ending == STI_CASE_FAILED;
    if (known && !wanted && (!cut_short || known->choices >= s->best.choices)) {
        s->last_choices = cut_short ? 0 : known->choices;
        return false;
    }
    return run_candidate(s, false, 0);
}

bool sti_shrinker_try_redrawn(sti_shrinker *s) {
    return !s->over && sti_tape_write(&s->draft, s->candidate) && run_candidate(s, true, 0);
}

bool sti_shrinker_try_reordered(sti_shrinker *s) {
    uint32_t anew = 1U << OTP_LANE_SCHEDULE | 1U << OTP_LANE_NETWORK | 1U << OTP_LANE_FAULT;
    return !s->over && sti_tape_write(&s->draft, s->candidate) && run_candidate(s, false, anew);
}

/* ---- Drafts ---- */

static void check(sti_shrinker *s, bool enough_memory) {
    if (!enough_memory) {
        s->failed = s->over = true;
    }
}

static bool copy_spans(sti_tape *to, const sti_tape *from) {
    if (to->span_capacity < from->span_count) {
        sti_extent *grown = otpi_realloc(to->spans, from->span_count * sizeof *grown);
        if (!grown) {
            return false;
        }
        to->spans = grown;
        to->span_capacity = from->span_count;
    }
    for (uint32_t i = 0; i < from->span_count; i++) {
        to->spans[i] = from->spans[i];
    }
    to->span_count = from->span_count;
    return true;
}

bool sti_shrinker_base(sti_shrinker *s) {
    check(s, sti_tape_copy(&s->base, &s->best) && copy_spans(&s->base, &s->best));
    return in_budget(s); /* what is foretold takes time, too */
}

void sti_draft_begin(sti_shrinker *s) {
    check(s, sti_tape_copy(&s->draft, &s->base));
}

void sti_draft_splice(sti_shrinker *s, uint32_t begin, uint32_t end, const sti_choice *entries,
                      uint32_t count) {
    sti_tape_clear(&s->draft);
    check(s, sti_tape_append(&s->draft, s->base.entries, begin) &&
                 sti_tape_append(&s->draft, entries, count) &&
                 sti_tape_append(&s->draft, s->base.entries + end, s->base.count - end));
}

/* ---- Searching ---- */

static uint32_t bits_of(uint64_t number) {
    return number == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(number);
}

/* Between low and high: by the number of bits first, so that a small answer is found soon whatever
 * the start, then by halves. */
static uint64_t middle(uint64_t low, uint64_t high) {
    uint32_t few = bits_of(low), many = bits_of(high);
    if (many > few + 2) {
        return UINT64_C(1) << ((few + many) / 2 - 1 + (few == 0 && many < 4));
    }
    return low + (high - low) / 2;
}

uint64_t sti_search_down(sti_shrinker *s, sti_probe *probe, void *ctx, uint64_t from) {
    if (from == 0 || probe(s, ctx, 0)) {
        return 0;
    }
    /* Where one step leads nowhere, leaps seldom do. */
    if (from == 1 || !probe(s, ctx, from - 1)) {
        return from;
    }
    uint64_t low = 0; /* does not hold */
    from--;
    while (from - low > 1 && !s->over) {
        uint64_t at = middle(low, from);
        at = at <= low ? low + 1 : at >= from ? from - 1 : at;
        if (probe(s, ctx, at)) {
            from = at;
        } else {
            low = at;
        }
    }
    return from;
}

uint64_t sti_search_up(sti_shrinker *s, sti_probe *probe, void *ctx, uint64_t known,
                       uint64_t most) {
    uint64_t step = 1, high = most + 1; /* does not hold */
    while (known + step < high && probe(s, ctx, known + step)) {
        known += step;
        step *= 2;
    }
    high = known + step < high ? known + step : high;
    while (high - known > 1 && !s->over) {
        uint64_t at = known + (high - known) / 2;
        if (probe(s, ctx, at)) {
            known = at;
        } else {
            high = at;
        }
    }
    return known;
}

/* ---- The order of the passes ---- */

typedef bool pass(sti_shrinker *s);

/* What makes lists shorter comes first: all that follows is then done on fewer choices. */
static pass *const passes[] = {
    sti_pass_empty,   sti_pass_delete,  sti_pass_descend, sti_pass_join,         sti_pass_calm,
    sti_pass_slip,    sti_pass_lower,   sti_pass_mild,    sti_pass_duplicates,   sti_pass_order,
    sti_pass_lengths, sti_pass_coupled, sti_pass_pairs,   sti_pass_redistribute, sti_pass_cancel,
    sti_pass_merge,   sti_pass_windows, sti_pass_ways,    sti_pass_redraw,       sti_pass_few,
    sti_pass_reorder,
};

static void descend(sti_shrinker *s) {
    enum { PASSES = sizeof passes / sizeof passes[0] };
    size_t quiet = 0; /* passes in a row that found nothing */
    for (size_t i = 0; quiet < PASSES && !s->over; i = (i + 1) % PASSES) {
        quiet = passes[i](s) ? 0 : quiet + 1;
    }
}

/* Another descent, from a failing case that does without one of the alternatives that the best one
 * uses, if there is such a case; keeps the better end. */
static void escape(sti_shrinker *s) {
    sti_tape champion = {0};
    if (!sti_valley_leave(s) || !sti_shrinker_base(s)) {
        return;
    }
    champion = s->best;
    s->best = s->ran;
    s->ran = (sti_tape){0};
    s->again = true;
    descend(s);
    s->again = false;
    if (s->over || sti_tape_order(&champion, &s->best) < 0) {
        sti_tape other = s->best;
        s->best = champion;
        champion = other;
    }
    sti_tape_fini(&champion);
}

void sti_shrink(sti_shrinker *s, const sti_tape *failing, uint64_t origin) {
    s->origin = origin;
    s->over = false;
    check(s, sti_tape_write(failing, s->candidate) && sti_tape_read(&s->best, s->candidate));
    sti_tree_add(&s->tree, &s->best, (sti_outcome){STI_CASE_FAILED, origin});
    descend(s);
    if (sti_valley_of(&s->best)) {
        escape(s);
    }
}
