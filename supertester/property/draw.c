/* SPDX-License-Identifier: MIT */
/*
 * Drawing numbers and choices between alternatives. Everything is a draw of a bounded integer, so
 * that the recorded list is all there is to a test's data.
 */
#include "supertester/property/draw.h"

#include <inttypes.h>
#include <math.h>
#include <otp/process.h>

void sti_draw_refuse(const char *label, const char *what) {
    if (sti_case_now) {
        sti_case_misused(sti_case_now, label, what);
    }
    if (otp_in_process()) {
        otp_term why = otp_tuple(otp_string(label), otp_string(what));
        otp_exit(otp_tuple(OTP_ATOM(badarg), why));
    }
}

/* ---- Numbers ---- */

int64_t st_draw_int_near(int64_t lo, int64_t hi, int64_t simplest, const char *label) {
    st_choices *list = sti_draws_now;
    if (OTPI_UNLIKELY(lo >= hi || simplest < lo || simplest > hi)) {
        if (lo > hi || simplest < lo || simplest > hi) {
            sti_draw_refuse(label, lo > hi ? "lo is above hi" : "the simplest is out of bounds");
        }
        return lo;
    }
    int64_t value = list ? sti_draw_int(list, lo, hi, simplest, label)
                         : otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, lo, hi, simplest, label);
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%" PRId64, value);
    }
    return value;
}

OTPI_NOINLINE static int64_t draw_int_slow(int64_t lo, int64_t hi, const char *label) {
    return st_draw_int_near(lo, hi, lo > hi ? lo : sti_nearest_to_zero(lo, hi), label);
}

static inline int64_t keep(st_choices *list, int64_t lo, int64_t hi, int64_t value,
                           const char *label) {
    sti_choices_put_quick(list, lo, hi, value, sti_label(&list->labels, label));
    sti_random_remember(list, value);
    return value;
}

OTPI_NOINLINE static int64_t draw_int_biased(st_choices *list, uint64_t bits, int64_t lo,
                                             int64_t hi, const char *label) {
    int64_t value =
        hi - lo < STI_BIAS_SPAN_MIN
            ? lo + (int64_t)otpi_prng_below(&list->prng[OTP_LANE_DATA], (uint64_t)(hi - lo + 1))
            : sti_random_biased(list, bits, lo, hi, sti_nearest_to_zero(lo, hi));
    return keep(list, lo, hi, value, label);
}

/* Most draws are random and not biased, of numbers from a range of 32 bits or less: they are done
 * here, without a call. (What is told is a replay: no story is written here.) */
int64_t st_draw_int(int64_t lo, int64_t hi, const char *label) {
    st_choices *list = sti_draws_now;
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    if (OTPI_UNLIKELY(!list || !list->quick || span >> 32 != 0 || lo >= hi ||
                      list->capacity - list->length < STI_WIDE_WORDS)) {
        return draw_int_slow(lo, hi, label);
    }
    uint64_t bits = otpi_prng_next(&list->prng[OTP_LANE_DATA]);
    if (OTPI_UNLIKELY(bits % STI_BIAS_RARITY < STI_BIAS_SHARE)) {
        return draw_int_biased(list, bits, lo, hi, label);
    }
    int64_t value = (int64_t)((uint64_t)lo + (uint64_t)((otpi_u128)bits * (span + 1) >> 64));
    return keep(list, lo, hi, value, label);
}

int64_t sti_draw_typed(sti_type type, int64_t lo, int64_t hi, int64_t target, int64_t picked,
                       const char *label) {
    if (lo == hi) {
        return lo;
    }
    return sti_draws_now ? sti_draw_picked(sti_draws_now, type, lo, hi, target, picked, label)
                         : otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, lo, hi, target, label);
}

int64_t st_draw_length(int64_t lo, int64_t hi, const char *label) {
    if (lo > hi) {
        sti_draw_refuse(label, "lo is above hi");
        return lo;
    }
    st_choices *list = sti_draws_now;
    int64_t picked = sti_draw_is_random(list) && lo < hi ? sti_random_length(list, lo, hi) : lo;
    int64_t value = sti_draw_typed(STI_LENGTH, lo, hi, lo, picked, label);
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%" PRId64, value);
    }
    return value;
}

/* A coin outside of a case is a draw of a number, of which so many mean true. */
static bool chance_from_runtime(double probability, const char *label) {
    enum { PARTS = 1 << 20 };
    int64_t parts = (int64_t)(probability * PARTS);
    if (probability == 0.5) {
        return otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, 1, 0, label) != 0;
    }
    return otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, PARTS - 1, 0, label) >= PARTS - parts;
}

bool st_draw_chance(double probability, const char *label) {
    if (!(probability >= 0 && probability <= 1)) {
        sti_draw_refuse(label, "a probability is from 0 to 1");
        return false;
    }
    bool value = probability == 1;
    if (probability > 0 && probability < 1) {
        st_choices *list = sti_draws_now;
        bool picked =
            sti_draw_is_random(list) && otpi_prng_double(&list->prng[OTP_LANE_DATA]) < probability;
        value = list ? sti_draw_picked(list, STI_BOOL, 0, 1, 0, picked, label) != 0
                     : chance_from_runtime(probability, label);
    }
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", value ? "true" : "false");
    }
    return value;
}

/* ---- Alternatives ---- */

size_t st_draw_alternative(size_t n, const char *label) {
    if (n == 0 || n > INT32_MAX) {
        sti_draw_refuse(label, "there is no alternative");
        return 0;
    }
    st_choices *list = sti_draws_now;
    int64_t picked = 0;
    if (sti_draw_is_random(list) && n > 1) {
        picked = sti_random_index(list, (int64_t)n, sti_label(&list->labels, label));
    }
    int64_t value = sti_draw_typed(STI_INDEX, 0, (int64_t)n - 1, 0, picked, label);
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%" PRId64, value);
    }
    return (size_t)value;
}

static size_t index_of_weight(const uint32_t *weights, int64_t at) {
    size_t i = 0;
    while (at >= weights[i]) {
        at -= weights[i++];
    }
    return i;
}

size_t st_draw_branch(const uint32_t *weights, size_t n, const char *label) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += weights[i];
    }
    if (sum == 0) {
        sti_draw_refuse(label, "all weights are 0");
        return 0;
    }
    st_choices *list = sti_draws_now;
    if (!list) {
        int64_t at = otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, sum - 1, 0, label);
        return index_of_weight(weights, at);
    }
    int64_t picked = 0;
    if (sti_draw_is_random(list)) {
        uint64_t at = otpi_prng_below(&list->prng[OTP_LANE_DATA], (uint64_t)sum);
        picked = (int64_t)index_of_weight(weights, (int64_t)at);
    }
    size_t value = (size_t)sti_draw_typed(STI_INDEX, 0, (int64_t)n - 1, 0, picked, label);
    while (weights[value] == 0) { /* only a list made elsewhere asks for it */
        value = value + 1 < n ? value + 1 : 0;
    }
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%zu", value);
    }
    return value;
}

otp_term st_pick_weighted(const st_weight *weights, size_t n, const char *label) {
    uint32_t only[16];
    OTPI_ASSERT("draw-001", n <= sizeof only / sizeof only[0]);
    for (size_t i = 0; i < n; i++) {
        only[i] = weights[i].weight;
    }
    sti_case *c = sti_draw_told() ? sti_case_now : NULL;
    if (c) {
        c->quiet++; /* the value says more than its place */
    }
    otp_term value = weights[st_draw_branch(only, n, label)].value;
    if (c) {
        c->quiet--;
        sti_case_tell(c, label, "%s", otp_show(value));
    }
    return value;
}

/* ---- Assumptions and spans ---- */

void st_discard_at(const char *site) {
    if (sti_case_now) {
        sti_case_now->discarded_at = site;
        sti_case_leave(sti_case_now, STI_CASE_DISCARDED);
    }
    if (otp_in_process()) {
        otp_exit(OTP_ATOM(normal));
    }
}

void sti_draw_compose_begin(const char *label) {
    if (sti_draws_now) {
        sti_draw_begin(sti_draws_now, label);
    }
    if (sti_case_now) {
        sti_case_now->quiet++;
    }
}

void sti_draw_compose_end(void) {
    if (sti_draws_now) {
        sti_draw_end(sti_draws_now);
    }
    if (sti_case_now) {
        sti_case_now->quiet--;
    }
}

st_span st_span_open(const char *label) {
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", "");
    }
    if (sti_draws_now) {
        sti_draw_begin(sti_draws_now, label);
    }
    return (st_span){.open = sti_draws_now != NULL};
}

void st_span_close(st_span *span) {
    if (span->open && sti_draws_now) {
        sti_draw_end(sti_draws_now);
    }
    span->open = false;
}
