/* SPDX-License-Identifier: MIT */
#include "supertester/choices/list.h"
#include "tests/unit.h"

#include <string.h>
static const otp_event events[8] = {
    {OTP_CHOICE_RUN, 1, 0, "start"},       {OTP_CHOICE_RUN, 2, 0, "receive"},
    {OTP_CHOICE_RESUME, 3, 0, "call"},     {OTP_CHOICE_TIMER, 0, 7, "timer"},
    {OTP_CHOICE_RUN, 4, 0, "insert"},      {OTP_CHOICE_RUN, 5, 0, "receive"},
    {OTP_CHOICE_DELIVER, 0, 9, "deliver"}, {OTP_CHOICE_RUN, 6, 0, "receive"},
};

enum { ASKED = 500 };

/* Some questions in an order that depends on the shape only. */
static void ask(st_choices *list, int64_t answers[ASKED], uint64_t shape) {
    const otp_chooser *chooser = st_choices_chooser(list);
    for (int i = 0; i < ASKED; i++) {
        uint64_t pick = otpi_hash_mix(shape, (uint64_t)i);
        if (pick % 2 == 0) {
            uint32_t n = 2 + (uint32_t)(pick >> 8) % 7;
            answers[i] = chooser->choose(chooser->context, OTP_CHOICE_RUN, events, n);
        } else {
            int64_t lo = (int64_t)(pick >> 8) % 1000 - 500;
            answers[i] = chooser->draw(chooser->context, (otp_lane)(pick % 5), OTP_CHOICE_USER, lo,
                                       lo + 1 + (int64_t)(pick >> 40) % 5000, lo, "ask");
        }
    }
}

static bool same(const int64_t *a, const int64_t *b) {
    return memcmp(a, b, ASKED * sizeof *a) == 0;
}

static int64_t first[ASKED], second[ASKED];

UNIT("a seed gives the same answers again, another seed others") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    st_choices_from_seed(list, unit_seed());
    ask(list, first, 1);
    st_choices_from_seed(list, unit_seed());
    ask(list, second, 1);
    CHECK(same(first, second));
    CHECK_EQ(st_choices_count(list), ASKED);
    st_choices_from_seed(list, unit_seed() + 1);
    ask(list, second, 1);
    CHECK(!same(first, second));
    st_choices_free(list);
}

UNIT("answers lie in their bounds, also in the widest ones") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    st_choices_from_seed(list, unit_seed());
    const otp_chooser *chooser = st_choices_chooser(list);
    const int64_t bounds[][2] = {
        {INT64_MIN, INT64_MAX}, {INT64_MIN, INT64_MIN + 1}, {0, INT64_MAX}, {-1, 1}, {0, 1 << 21},
        {0, (1 << 21) - 1},     {INT64_MAX - 9, INT64_MAX}};
    for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
        int64_t lo = bounds[b][0], hi = bounds[b][1];
        bool low = false, high = false, inside = true;
        for (int i = 0; i < 2000; i++) {
            int64_t v =
                chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, lo, hi, lo, "draw");
            inside = inside && v >= lo && v <= hi;
            low = low || v == lo;
            high = high || v == hi;
        }
        CHECK(inside && low && high);
    }
    CHECK_EQ(chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, 5, 5, 5, "one"), 5);
    st_choices_free(list);
}

UNIT("a replay repeats the record and fits") {
    st_choices *list = st_choices_new(), *again = st_choices_new();
    REQUIRE(list && again);
    for (uint64_t run = 0; run < 50; run++) {
        st_choices_from_seed(list, unit_seed() + run);
        ask(list, first, run);
        st_choices_from_list(again, list);
        ask(again, second, run);
        st_choices_fit fit = st_choices_fitness(again);
        CHECK(same(first, second));
        CHECK(fit.misfits == 0 && fit.beyond == 0 && fit.left == 0);
    }
    st_choices_free(again);
    st_choices_free(list);
}

UNIT("lanes have cursors of their own: leaving out faults does not shift the data") {
    st_choices *list = st_choices_new(), *again = st_choices_new();
    REQUIRE(list && again);
    st_choices_from_seed(list, unit_seed());
    const otp_chooser *chooser = st_choices_chooser(list);
    for (int i = 0; i < 20; i++) {
        first[i] = chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, 0, 99, 0, "n");
        chooser->draw(chooser->context, OTP_LANE_FAULT, OTP_CHOICE_POINT, 0, 99, 0, "f");
    }
    st_choices_from_list(again, list);
    chooser = st_choices_chooser(again);
    for (int i = 0; i < 20; i++) {
        second[i] = chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, 0, 99, 0, "n");
    }
    CHECK(memcmp(first, second, 20 * sizeof *first) == 0);
    CHECK_EQ(st_choices_fitness(again).left, 20);
    st_choices_free(again);
    st_choices_free(list);
}

UNIT("a lane that runs out answers rank 0 and the target; misfits are clamped and counted") {
    st_choices *list = st_choices_new(), *again = st_choices_new();
    REQUIRE(list && again);
    sti_choices_add(list, OTP_LANE_DATA, OTP_CHOICE_USER, "n", 0, 1000, 700);
    sti_choices_add(list, OTP_LANE_FAULT, OTP_CHOICE_DISK, "n", 0, 10, 3);
    st_choices_from_list(again, list);
    const otp_chooser *chooser = st_choices_chooser(again);
    CHECK_EQ(chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, 0, 9, 4, "n"), 9);
    CHECK_EQ(chooser->draw(chooser->context, OTP_LANE_FAULT, OTP_CHOICE_POINT, 0, 9, 4, "n"), 3);
    CHECK_EQ(chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, 0, 9, 4, "n"), 4);
    CHECK_EQ(chooser->choose(chooser->context, OTP_CHOICE_RUN, events, 8), 0);
    st_choices_fit fit = st_choices_fitness(again);
    CHECK_EQ(fit.misfits, 2);
    CHECK_EQ(fit.beyond, 2);
    st_choices_free(again);
    st_choices_free(list);
}

UNIT("without a source the answers are the simplest, and recorded") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    const otp_chooser *chooser = st_choices_chooser(list);
    CHECK_EQ(chooser->choose(chooser->context, OTP_CHOICE_RUN, events, 8), 0);
    CHECK_EQ(chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, -5, 5, 1, "n"), 1);
    CHECK_EQ(chooser->choose(chooser->context, OTP_CHOICE_RUN, events, 1), 0);
    CHECK_EQ(st_choices_count(list), 2);
    st_choices_free(list);
}

UNIT("racing timers are rare, other events are even") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    st_choices_from_seed(list, unit_seed());
    const otp_chooser *chooser = st_choices_chooser(list);
    int counts[8] = {0};
    for (int i = 0; i < 80000; i++) {
        counts[chooser->choose(chooser->context, OTP_CHOICE_RUN, events, 8)]++;
    }
    for (int i = 0; i < 8; i++) {
        CHECK(i == 3 ? counts[i] > 200 && counts[i] < 1200
                     : counts[i] > 10000 && counts[i] < 13000);
    }
    st_choices_free(list);
}
