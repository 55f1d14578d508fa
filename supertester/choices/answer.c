/* SPDX-License-Identifier: MIT */
/*
 * The answering half of a list of choices: random by seed, replay of another list, or always the
 * simplest. Whatever answers, the answer is recorded.
 */
#include "supertester/choices/draw.h"

enum {
    TIMER_RARITY = 16, /* a timer that races wins one in so many of its fair chances */
};

/* ---- Random ---- */

static int64_t clamp(int64_t value, int64_t lo, int64_t hi) {
    return value < lo ? lo : value > hi ? hi : value;
}

static int64_t draw_random(st_choices *list, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target) {
    if (lane == OTP_LANE_DATA && kind == OTP_CHOICE_USER) {
        int64_t value = sti_random_int(list, lo, hi, target);
        sti_random_remember(list, value);
        return value;
    }
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    return (int64_t)((uint64_t)lo + otpi_prng_below(&list->prng[lane], span + 1));
}

/* ---- Replay ---- */

/* The next recorded choice of the lane; false when there is none. */
static bool replay_next(st_choices *list, otp_lane lane, sti_choice *out) {
    while (sti_choices_read(list->recorded, &list->cursor[lane], out)) {
        if (out->lane == lane && out->kind < STI_KIND_MARKS) {
            list->consumed++;
            return true;
        }
    }
    list->beyond++;
    return false;
}

int64_t sti_answer_recorded(st_choices *list, otp_lane lane, uint32_t kind, int64_t lo, int64_t hi,
                            int64_t target) {
    sti_choice recorded;
    if (!replay_next(list, lane, &recorded) || sti_is_simplest(&recorded)) {
        return target;
    }
    int64_t value = clamp(recorded.value, lo, hi);
    bool other_kind = kind != recorded.kind && !list->recorded->untyped;
    list->misfits += value != recorded.value || other_kind;
    return value;
}

int64_t sti_player_fit(const st_choices *recorded, const sti_choice *found, sti_type type,
                       int64_t lo, int64_t hi, int64_t target) {
    /* A number that stood for something else says nothing about this one. */
    return found->type == type || recorded->untyped ? clamp(found->value, lo, hi) : target;
}

int64_t sti_draw_recorded(st_choices *list, sti_type type, int64_t lo, int64_t hi, int64_t target) {
    sti_choice found;
    if (list->source == STI_SIMPLEST) {
        return target;
    }
    if (!sti_player_next(&list->player, list->recorded, type, &found)) {
        list->beyond++;
        return list->beyond_random ? sti_random_typed(list, type, lo, hi, target) : target;
    }
    int64_t value = sti_player_fit(list->recorded, &found, type, lo, hi, target);
    list->consumed++;
    list->misfits += value != found.value || (found.type != type && !list->recorded->untyped);
    return value;
}

/* ---- The chooser ---- */

static inline bool is_random(const st_choices *list, otp_lane lane) {
    return list->source == STI_RANDOM || (list->anew >> lane & 1) != 0;
}

/* Even over the events when it is random. */
static inline uint32_t answer_first(st_choices *list, otp_choice kind, uint32_t n) {
    if (OTPI_LIKELY(is_random(list, OTP_LANE_SCHEDULE))) {
        return (uint32_t)otpi_prng_below(&list->prng[OTP_LANE_SCHEDULE], n);
    }
    return list->source == STI_RECORDED
               ? (uint32_t)sti_answer_recorded(list, OTP_LANE_SCHEDULE, kind, 0, (int64_t)n - 1, 0)
               : 0;
}

/* But a racing timer is mostly passed over for another event. */
static uint32_t answer_timer(st_choices *list, uint32_t rank, uint32_t n) {
    otpi_prng *prng = &list->prng[OTP_LANE_SCHEDULE];
    if (!is_random(list, OTP_LANE_SCHEDULE) || otpi_prng_below(prng, TIMER_RARITY) == 0) {
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
    bool picks = list->picker && is_random(list, OTP_LANE_SCHEDULE);
    uint32_t rank = OTPI_UNLIKELY(picks)
                        ? list->picker->pick(list->picker->context, kind, enabled, n)
                        : answer_first(list, kind, n);
    const otp_event *event = otp_enabled_event(enabled, rank);
    if (OTPI_UNLIKELY(event->kind == OTP_CHOICE_TIMER && !picks)) {
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
    if (is_random(list, lane)) {
        value = draw_random(list, lane, kind, lo, hi, value);
    } else if (list->source == STI_RECORDED && lane == OTP_LANE_DATA) {
        value = sti_draw_recorded(list, STI_INT, lo, hi, value);
    } else if (list->source == STI_RECORDED) {
        value = sti_answer_recorded(list, lane, kind, lo, hi, value);
    }
    sti_choices_put(list, (sti_choice){.lane = lane,
                                       .kind = kind,
                                       .label = sti_label(&list->labels, label),
                                       .lo = lo,
                                       .hi = hi,
                                       .target = clamp(target, lo, hi),
                                       .value = value});
    return value;
}

static void answer_observe(void *context, const otp_event *ran, const otp_access *accesses,
                           uint32_t n) {
    const st_choices *list = context;
    list->picker->observe(list->picker->context, ran, accesses, n);
}

const otp_chooser *st_choices_chooser(st_choices *list) {
    list->chooser = (otp_chooser){
        .context = list, .choose = answer_choose, .choose_rank = answer_rank, .draw = answer_draw};
    if (list->picker && list->picker->observe) {
        list->chooser.observe = answer_observe;
    }
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
    uint64_t recorded = list->source == STI_RECORDED ? st_choices_count(list->recorded) : 0;
    /* A token leaves out the simplest answers at the end. */
    bool of_token = list->source == STI_RECORDED && list->recorded->untyped;
    return (st_choices_fit){.misfits = list->misfits,
                            .beyond = of_token ? 0 : list->beyond,
                            .left = recorded - list->consumed};
}
