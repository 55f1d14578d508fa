/* SPDX-License-Identifier: MIT */
/*
 * Looking for a failing case; see search.h.
 */
#include "supertester/property/search.h"

#include "port/clock.h"

enum {
    SMALL_RUNS_MAX = 100, /* the first runs grow from small to large */
    SWARM_RARITY = 2,     /* one in so many runs leaves alternatives out */
    SMALL_RARITY = 16,    /* one in so many later runs is small after all */
    MUTATE_RARITY = 64,   /* one in so many plays an earlier run with a change */
    CLOCK_RUNS = 64,      /* runs between two looks at the clock, once runs are known to be quick */
    TARGET_RARITY = 2,
    FILTERED_MIN = 1000, /* discarded runs before health is judged */
    FILTERED_SHARE = 50,
    TOO_SLOW_S = 120,
};

#define SECOND_NS UINT64_C(1000000000)

/* ---- One run ---- */

static void note_targets(sti_search *search) {
    const sti_case *c = &search->running;
    for (uint32_t i = 0; i < c->target_count; i++) {
        uint32_t k = 0;
        while (k < search->peak_count && search->peaks[k].label != c->targets[i].label) {
            k++;
        }
        if (k == STI_TARGETS_MAX ||
            (k < search->peak_count && c->targets[i].score <= search->peaks[k].score)) {
            continue;
        }
        sti_peak *peak = &search->peaks[k];
        search->peak_count += k == search->peak_count;
        peak->label = c->targets[i].label;
        peak->score = c->targets[i].score;
        search->out_of_memory = !sti_tape_read(&peak->tape, search->list) || search->out_of_memory;
    }
}

sti_outcome sti_search_run(sti_search *search) {
    search->list->count_max = search->choices_max;
    if (OTPI_UNLIKELY(search->statistics.pending > 0)) {
        sti_statistics_begin(&search->statistics);
    }
    search->outcome = sti_search_run_as(search, search->list);
    return search->outcome;
}

sti_outcome sti_search_run_as(sti_search *search, st_choices *list) {
    return OTPI_UNLIKELY(search->vessel != NULL)
               ? sti_vessel_run(search->vessel, &search->running, list)
               : sti_case_run(&search->running, list);
}

/* Counts it. True: the search is over. */
static bool run_counted(sti_search *search) {
    switch (sti_search_run(search).ending) {
    case STI_CASE_PASSED:
        search->runs++;
        sti_statistics_keep(&search->statistics);
        if (OTPI_UNLIKELY(search->running.target_count > 0)) {
            note_targets(search);
        }
        return search->runs >= search->runs_max;
    case STI_CASE_FAILED:
        search->runs++;
        sti_statistics_keep(&search->statistics);
        return true;
    case STI_CASE_DISCARDED: search->filtered++; break;
    case STI_CASE_OVERRUN: search->overruns++; break;
    case STI_CASE_MISUSED: return true;
    }
    uint64_t wasted = search->filtered + search->overruns;
    if (wasted >= FILTERED_MIN && wasted > FILTERED_SHARE * search->runs) {
        search->health = search->filtered >= search->overruns ? STI_FILTERED : STI_TOO_LARGE;
        return true;
    }
    return false;
}

/* ---- Exhaustive ---- */

/* How many cases there are on the way of the list: at least so many, or more than most. */
static uint64_t cases_along(const sti_tape *tape, uint64_t most) {
    uint64_t product = 1;
    for (uint32_t i = 0; i < tape->count && product <= most; i++) {
        const sti_choice *entry = &tape->entries[i];
        if (sti_is_answer(entry)) {
            uint64_t span = (uint64_t)entry->hi - (uint64_t)entry->lo;
            product = span >= most ? most + 1 : product * (span + 1);
        }
    }
    return product;
}

static int64_t at_rank(const sti_choice *choice, uint64_t rank) {
    /* 0, 1, 2, ... from the target upwards, then downwards */
    uint64_t above = (uint64_t)choice->hi - (uint64_t)choice->target;
    return (int64_t)(rank <= above ? (uint64_t)choice->target + rank
                                   : (uint64_t)choice->target - (rank - above));
}

static uint64_t rank_of(const sti_choice *choice) {
    uint64_t above = (uint64_t)choice->hi - (uint64_t)choice->target;
    return choice->value >= choice->target ? sti_distance(choice) : above + sti_distance(choice);
}

/* The next case: the last choice that can go up does, and what was behind it begins anew. */
static bool advance(sti_tape *tape) {
    for (uint32_t i = tape->count; i-- > 0;) {
        sti_choice *entry = &tape->entries[i];
        if (!sti_is_answer(entry)) {
            continue;
        }
        uint64_t rank = rank_of(entry);
        if (rank < (uint64_t)entry->hi - (uint64_t)entry->lo) {
            entry->value = at_rank(entry, rank + 1);
            tape->count = i + 1;
            return true;
        }
    }
    return false;
}

/* All cases, when there are not more of them than runs. True: the search is over. */
static bool exhaust(sti_search *search) {
    st_choices_simplest(search->list);
    if (run_counted(search)) {
        return true;
    }
    while (!search->no_proof && search->outcome.ending != STI_CASE_OVERRUN) {
        if (!sti_tape_read(&search->draft, search->list)) {
            search->out_of_memory = true;
            return true;
        }
        if (cases_along(&search->draft, search->runs_max) > search->runs_max) {
            return false;
        }
        if (!advance(&search->draft)) {
            search->proved = true;
            return true;
        }
        if (!sti_tape_write(&search->draft, search->candidate)) {
            search->out_of_memory = true;
            return true;
        }
        st_choices_from_list(search->list, search->candidate);
        if (run_counted(search)) {
            /* Enough runs, but perhaps that was the last case. */
            search->proved = search->outcome.ending == STI_CASE_PASSED &&
                             sti_tape_read(&search->draft, search->list) &&
                             !advance(&search->draft);
            return true;
        }
    }
    return false;
}

/* ---- Mutation ---- */

/* One span of the model takes the place of another with the same label. */
static bool draft_mutation(sti_search *search) {
    const sti_tape *model = &search->model;
    if (model->span_count < 2) {
        return false;
    }
    uint64_t from = otpi_prng_below(&search->prng, model->span_count);
    uint64_t to = otpi_prng_below(&search->prng, model->span_count);
    const sti_extent *a = &model->spans[from], *b = &model->spans[to];
    if (from == to || a->label != b->label || a->element != b->element) {
        return false;
    }
    sti_tape *draft = &search->draft;
    sti_tape_clear(draft);
    return sti_tape_append(draft, model->entries, b->begin) &&
           sti_tape_append(draft, model->entries + a->begin, a->end - a->begin) &&
           sti_tape_append(draft, model->entries + b->end, model->count - b->end) &&
           sti_tape_write(draft, search->candidate);
}

/* ---- Target ---- */

/* The best run of a label with one number changed: by a little, or drawn anew with what follows. */
static bool draft_climb(sti_search *search) {
    const sti_peak *peak = &search->peaks[otpi_prng_below(&search->prng, search->peak_count)];
    if (peak->tape.choices == 0 || !sti_tape_copy(&search->draft, &peak->tape)) {
        return false;
    }
    uint32_t i;
    do {
        i = (uint32_t)otpi_prng_below(&search->prng, search->draft.count);
    } while (!sti_is_choice(&search->draft.entries[i]));
    sti_choice *choice = &search->draft.entries[i];
    uint64_t room = (uint64_t)choice->hi - (uint64_t)choice->value;
    uint64_t under = (uint64_t)choice->value - (uint64_t)choice->lo;
    uint64_t bits = otpi_prng_below(&search->prng, 64);
    uint64_t by = 1 + otpi_prng_below(&search->prng, UINT64_C(1) << (bits < 40 ? bits / 2 : 20));
    if (otpi_prng_below(&search->prng, 2) == 0) {
        choice->value = (int64_t)((uint64_t)choice->value + (by < room ? by : room));
    } else {
        choice->value = (int64_t)((uint64_t)choice->value - (by < under ? by : under));
    }
    return sti_tape_write(&search->draft, search->candidate);
}

/* ---- Random ---- */

static void taste_begin(sti_search *search, uint64_t turn) {
    sti_taste *taste = &search->list->taste;
    taste->size = STI_SIZE_MAX;
    taste->swarm = 0;
    if (search->large_first) {
        return;
    }
    uint64_t bits = otpi_prng_next(&search->prng);
    if (OTPI_UNLIKELY(turn < search->ramp)) {
        taste->size = (uint32_t)(turn * STI_SIZE_MAX / search->ramp);
    } else if (bits % SMALL_RARITY == 0) {
        taste->size = (uint32_t)((bits >> 8) % STI_SIZE_MAX);
    }
    taste->swarm = (bits >> 32) % SWARM_RARITY == 0 ? bits | 1 : 0;
}

/* True: a candidate is to be played, with random data behind its end. */
static bool draft_candidate(sti_search *search, uint64_t turn) {
    if (OTPI_UNLIKELY(search->peak_count > 0) && turn % TARGET_RARITY == 1 &&
        search->runs > search->runs_max / 4) {
        return draft_climb(search);
    }
    return turn % MUTATE_RARITY == MUTATE_RARITY - 1 && search->model.span_count > 0 &&
           draft_mutation(search);
}

static void run_begin(sti_search *search, uint64_t turn) {
    st_choices *list = search->list;
    if (OTPI_UNLIKELY(draft_candidate(search, turn))) {
        otpi_prng data = list->prng[OTP_LANE_DATA]; /* goes on from run to run */
        st_choices_from_list(list, search->candidate);
        list->beyond_random = true;
        list->prng[OTP_LANE_DATA] = data;
    } else if (OTPI_UNLIKELY(list->source != STI_RANDOM)) {
        sti_choices_begin(list, STI_RANDOM);
    } else {
        sti_choices_rewind(list);
    }
    taste_begin(search, turn);
    if (search->hooks.run_begins) {
        search->hooks.run_begins(search->hooks.ctx, list, turn);
    }
    list->count_max = search->choices_max;
    sti_choices_hasten(list);
}

/* Would the runs take minutes? */
static bool is_too_slow(sti_search *search, uint64_t turn, uint64_t started_ns) {
    uint64_t spent = otpi_clock_coarse_ns() - started_ns;
    if (spent > SECOND_NS && turn > 0 && spent / turn > TOO_SLOW_S * SECOND_NS / search->runs_max) {
        search->health = STI_TOO_SLOW;
        return true;
    }
    return false;
}

static void random_runs(sti_search *search) {
    st_choices_from_seed(search->list, search->seed);
    search->ramp = search->runs_max / 2 < SMALL_RUNS_MAX ? search->runs_max / 2 : SMALL_RUNS_MAX;
    uint64_t started_ns = otpi_clock_coarse_ns();
    for (uint64_t turn = 0;; turn++) {
        run_begin(search, turn);
        if (run_counted(search) || search->out_of_memory) {
            return;
        }
        if (turn % MUTATE_RARITY == MUTATE_RARITY / 2 &&
            search->outcome.ending == STI_CASE_PASSED &&
            !sti_tape_read(&search->model, search->list)) {
            search->out_of_memory = true;
            return;
        }
        if (turn % CLOCK_RUNS == 0 && is_too_slow(search, turn, started_ns)) {
            return;
        }
    }
}

/* ---- Steered ---- */

/* True: the search is over. */
static bool steered_ended(sti_search *search) {
    const sti_check_hooks *hooks = &search->hooks;
    sti_steering steering = hooks->run_ended(hooks->ctx, search->list, &search->refusal);
    if (steering == STI_STEERING_REFUSED) {
        search->health = STI_REFUSED;
        return true;
    }
    bool broken = steering == STI_STEERING_BROKEN || steering == STI_STEERING_BROKEN_LAST;
    search->broken += broken;
    search->runs -= broken && search->outcome.ending == STI_CASE_PASSED;
    search->proved = steering == STI_STEERING_LAST || steering == STI_STEERING_BROKEN_LAST;
    return search->proved;
}

static void steered_runs(sti_search *search) {
    st_choices *list = search->list;
    st_choices_from_seed(list, search->seed);
    for (uint64_t turn = 0; turn < search->runs_max; turn++) {
        sti_choices_rewind(list);
        search->hooks.run_begins(search->hooks.ctx, list, turn);
        run_counted(search);
        bool ended =
            search->outcome.ending == STI_CASE_FAILED || search->outcome.ending == STI_CASE_MISUSED;
        if (ended || search->health != STI_HEALTHY || steered_ended(search)) {
            break;
        }
    }
    list->picker = NULL; /* what is run from here on is a replay */
}

bool sti_search_failing(sti_search *search) {
    if (search->hooks.run_ended) {
        steered_runs(search);
    } else if (search->runs_max == 1 || !exhaust(search)) { /* of one run more is to be hoped */
        random_runs(search);
    }
    return search->outcome.ending == STI_CASE_FAILED;
}
