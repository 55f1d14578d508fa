/* SPDX-License-Identifier: MIT */
/*
 * The answering half of a list of choices: random by seed, replay of another list, or always the
 * simplest. Whatever answers, the answer is recorded.
 */
#include "supertester/choices/list.h"

enum {
    TIMER_RARITY = 16, /* a timer that races wins one in so many of its fair chances */
    EDGE_RARITY = 8,   /* one in so many data draws is a bound, the target or a neighbour */
    EDGE_SPAN_MIN = 8, /* smaller ranges are drawn evenly */
    SMALL_RARITY = 4,  /* one in so many draws from a large range is near its target */
    SMALL_SPAN_MIN = 1024,
};

/* ---- Random ---- */

static int64_t clamp(int64_t value, int64_t lo, int64_t hi) {
    return value < lo ? lo : value > hi ? hi : value;
}

/* Wraps like the hardware does; the callers clamp or stay within the span. */
static int64_t shifted(int64_t value, uint64_t by) {
    return (int64_t)((uint64_t)value + by);
}

static int64_t draw_edge(otpi_prng *prng, int64_t lo, int64_t hi, int64_t target) {
    switch (otpi_prng_below(prng, 6)) {
    case 0: return lo;
    case 1: return hi;
    case 2: return lo + 1;
    case 3: return hi - 1;
    case 4: return target;
    default: return target < hi ? target + 1 : target;
    }
}

/* Of a random number of bits, above or below the target. */
static int64_t draw_small(otpi_prng *prng, int64_t lo, int64_t hi, int64_t target, uint64_t span) {
    uint64_t bits = 64 - (uint64_t)__builtin_clzll(span | 1);
    uint64_t distance = otpi_prng_below(prng, UINT64_C(1) << otpi_prng_below(prng, bits));
    bool up = otpi_prng_below(prng, 2) == 0;
    uint64_t room = up ? (uint64_t)hi - (uint64_t)target : (uint64_t)target - (uint64_t)lo;
    distance = distance < room ? distance : room;
    return shifted(target, up ? distance : 0 - distance);
}

static int64_t draw_random(st_choices *list, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target) {
    otpi_prng *prng = &list->prng[lane];
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    if (lane == OTP_LANE_DATA && kind == OTP_CHOICE_USER && span >= EDGE_SPAN_MIN) {
        if (otpi_prng_below(prng, EDGE_RARITY) == 0) {
            return draw_edge(prng, lo, hi, target);
        }
        if (span >= SMALL_SPAN_MIN && otpi_prng_below(prng, SMALL_RARITY) == 0) {
            return draw_small(prng, lo, hi, target, span);
        }
    }
    return shifted(lo, otpi_prng_below(prng, span + 1));
}

/* ---- Replay ---- */

/* The next recorded choice of the lane; false when there is none. */
static bool replay_next(st_choices *list, otp_lane lane, st_choice *out) {
    while (st_choices_next(list->recorded, &list->cursor[lane], out)) {
        if (out->lane == lane) {
            list->consumed++;
            return true;
        }
    }
    list->beyond++;
    return false;
}

static int64_t draw_recorded(st_choices *list, otp_lane lane, otp_choice kind, int64_t lo,
                             int64_t hi, int64_t target) {
    st_choice recorded;
    if (!replay_next(list, lane, &recorded)) {
        return target;
    }
    int64_t value = clamp(recorded.value, lo, hi);
    list->misfits += value != recorded.value || kind != recorded.kind;
    return value;
}

/* ---- The chooser ---- */

/* Even over the events when it is random. */
static inline uint32_t answer_first(st_choices *list, otp_choice kind, uint32_t n) {
    if (OTPI_LIKELY(list->source == STI_RANDOM)) {
        return (uint32_t)otpi_prng_below(&list->prng[OTP_LANE_SCHEDULE], n);
    }
    return list->source == STI_RECORDED
               ? (uint32_t)draw_recorded(list, OTP_LANE_SCHEDULE, kind, 0, (int64_t)n - 1, 0)
               : 0;
}

/* But a racing timer is mostly passed over for another event. */
static uint32_t answer_timer(st_choices *list, uint32_t rank, uint32_t n) {
    otpi_prng *prng = &list->prng[OTP_LANE_SCHEDULE];
    if (list->source != STI_RANDOM || otpi_prng_below(prng, TIMER_RARITY) == 0) {
        return rank;
    }
    return (rank + 1 + (uint32_t)otpi_prng_below(prng, n - 1)) % n;
}

static inline uint32_t answer_record(st_choices *list, otp_choice kind, const otp_event *event,
                                     uint32_t n, uint32_t rank) {
    sti_choices_add(list, OTP_LANE_SCHEDULE, kind, event->label, 0, (int64_t)n - 1, rank);
    return rank;
}

static uint32_t answer_choose(void *context, otp_choice kind, const otp_event *enabled,
                              uint32_t n) {
    st_choices *list = context;
    if (OTPI_UNLIKELY(n < 2)) {
        return 0;
    }
    uint32_t rank = answer_first(list, kind, n);
    if (OTPI_UNLIKELY(enabled[rank].kind == OTP_CHOICE_TIMER)) {
        rank = answer_timer(list, rank, n);
    }
    return answer_record(list, kind, &enabled[rank], n, rank);
}

/* The same, of events that are described on demand. */
static uint32_t answer_rank(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n) {
    st_choices *list = context;
    if (OTPI_UNLIKELY(n < 2)) {
        return 0;
    }
    uint32_t rank = answer_first(list, kind, n);
    const otp_event *event = otp_enabled_event(enabled, rank);
    if (OTPI_UNLIKELY(event->kind == OTP_CHOICE_TIMER)) {
        rank = answer_timer(list, rank, n);
        event = otp_enabled_event(enabled, rank);
    }
    return answer_record(list, kind, event, n, rank);
}

static int64_t answer_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target, const char *label) {
    st_choices *list = context;
    if (lo >= hi) {
        return lo;
    }
    int64_t value = clamp(target, lo, hi);
    if (list->source == STI_RANDOM) {
        value = draw_random(list, lane, kind, lo, hi, value);
    } else if (list->source == STI_RECORDED) {
        value = draw_recorded(list, lane, kind, lo, hi, value);
    }
    sti_choices_add(list, lane, kind, label, lo, hi, value);
    return value;
}

const otp_chooser *st_choices_chooser(st_choices *list) {
    list->chooser = (otp_chooser){
        .context = list, .choose = answer_choose, .choose_rank = answer_rank, .draw = answer_draw};
    return &list->chooser;
}

/* ---- Sources ---- */

void st_choices_simplest(st_choices *list) {
    sti_choices_begin(list, STI_SIMPLEST);
}

void st_choices_from_seed(st_choices *list, uint64_t seed) {
    sti_choices_begin(list, STI_RANDOM);
    for (uint64_t lane = 0; lane < OTP_LANES; lane++) {
        otpi_prng_seed(&list->prng[lane], otpi_hash_mix(seed, lane));
    }
}

void st_choices_from_list(st_choices *list, const st_choices *recorded) {
    OTPI_ASSERT("choices-001", list != recorded);
    sti_choices_begin(list, STI_RECORDED);
    list->recorded = recorded;
}

st_choices_fit st_choices_fitness(const st_choices *list) {
    uint64_t recorded = list->source == STI_RECORDED ? list->recorded->count : 0;
    return (st_choices_fit){
        .misfits = list->misfits, .beyond = list->beyond, .left = recorded - list->consumed};
}
