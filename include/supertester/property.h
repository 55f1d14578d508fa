/* SPDX-License-Identifier: MIT */
/*
 * Properties: tests that draw their data, and are run many times with different draws.
 *
 *     ST_PROPERTY(counter, never_negative, .runs = 200) {
 *         otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
 *         for (int64_t n = st_length(0, 100); n > 0; n--) {
 *             st_run_operation(c, st_weighted((3, OTP_ATOM(increment)),
 *                                             (1, otp_tuple(OTP_ATOM(add), otp_int(st_int(0,
 * 9))))));
 *         }
 *         ST_ASSERT_STATE_THAT(c, counter, s->value >= 0);
 *     }
 *
 * Draws are ordinary calls in the order in which the values are needed. Each is a choice of the one
 * list that also holds the schedule, the network and the faults (choices.h): the list replays the
 * failure, and a failure shows the values drawn, in order. All other sources of randomness break
 * that promise. In a parallel world only the test's own process may draw.
 */
#ifndef SUPERTESTER_PROPERTY_H
#define SUPERTESTER_PROPERTY_H

#include <supertester/test.h>
#include <otp/term.h>

/* Options as those of ST_TEST; 100 runs unless .runs says otherwise. */
#ifdef __cplusplus
#define ST_PROPERTY(suite, ...) ST_TEST_OF_(true, suite, __VA_ARGS__, )
#else
#define ST_PROPERTY(suite, name, ...)                                                              \
    ST_TEST_(suite, name, st_body_##suite##_##name, st_test_##suite##_##name,                      \
             st_entry_##suite##_##name, .property = true, __VA_ARGS__)
#endif

/* ---- Numbers ---- */

/* In lo..hi, both included; simplest is the one nearest to 0. Bounds and their neighbours come more
 * often than their share. */
#define st_int(lo, hi) st_draw_int((lo), (hi), ST_DRAWN_("st_int(" #lo ", " #hi ")"))
#define st_bool()      (st_draw_int(0, 1, ST_DRAWN_("st_bool()")) != 0)
/* In 0..n-1. n > 0. */
#define st_index(n) ((size_t)st_draw_int(0, (int64_t)(n)-1, ST_DRAWN_("st_index(" #n ")")))
/* How many: of operations, elements, bytes. Simplest is lo. */
#define st_length(lo, hi) st_draw_length((lo), (hi), ST_DRAWN_("st_length(" #lo ", " #hi ")"))

/* ---- Terms ---- */

/* st_weighted((3, a), (1, b)): a three times as often as b; simplest is the first. All values are
 * built, one is picked; at most 12. Weights are positive. */
#define st_weighted(...) ST_WEIGHTED_(__VA_ARGS__)
/* A binary of lo..hi bytes. */
#define st_bytes(lo, hi) st_draw_bytes((lo), (hi), ST_DRAWN_("st_bytes(" #lo ", " #hi ")"))

/* ---- Operations ---- */

/* Runs one operation on a server and returns its reply. {cast, R} casts R and waits until it is
 * handled (the reply is ok); {call, R} calls with R; anything else is called as it is. A call that
 * gets no answer ends the test. Each operation is noted for the report. */
#define st_run_operation(dest, operation) st_run_operation_at(OTP_DEST(dest), (operation), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_term st_run_operation_at(otp_term dest, otp_term operation,
                                                    const char *site);

/* ---- What the macros call ---- */

#define ST_DRAWN_(what) what " at " OTP_SITE

typedef struct st_weight {
    uint32_t weight;
    otp_term value;
} st_weight;

/* label is static text: what is drawn, and where. */
ST_API int64_t st_draw_int(int64_t lo, int64_t hi, const char *label);
ST_API int64_t st_draw_length(int64_t lo, int64_t hi, const char *label);
ST_API otp_term st_draw_bytes(int64_t lo, int64_t hi, const char *label);
ST_API otp_term st_pick_weighted(const st_weight *weights, size_t n, const char *label);

#define ST_PAIR_(weight, value)                                                                    \
    { (uint32_t)(weight), (value) }
#define ST_WEIGHTS_(...)                                                                           \
    ST_WEIGHTS_PICK_(__VA_ARGS__, ST_W12_, ST_W11_, ST_W10_, ST_W9_, ST_W8_, ST_W7_, ST_W6_,       \
                     ST_W5_, ST_W4_, ST_W3_, ST_W2_, ST_W1_, _)                                    \
    (__VA_ARGS__)
#define ST_WEIGHTS_PICK_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, N, ...) N

#define ST_W1_(x)       ST_PAIR_ x
#define ST_W2_(x, ...)  ST_PAIR_ x, ST_W1_(__VA_ARGS__)
#define ST_W3_(x, ...)  ST_PAIR_ x, ST_W2_(__VA_ARGS__)
#define ST_W4_(x, ...)  ST_PAIR_ x, ST_W3_(__VA_ARGS__)
#define ST_W5_(x, ...)  ST_PAIR_ x, ST_W4_(__VA_ARGS__)
#define ST_W6_(x, ...)  ST_PAIR_ x, ST_W5_(__VA_ARGS__)
#define ST_W7_(x, ...)  ST_PAIR_ x, ST_W6_(__VA_ARGS__)
#define ST_W8_(x, ...)  ST_PAIR_ x, ST_W7_(__VA_ARGS__)
#define ST_W9_(x, ...)  ST_PAIR_ x, ST_W8_(__VA_ARGS__)
#define ST_W10_(x, ...) ST_PAIR_ x, ST_W9_(__VA_ARGS__)
#define ST_W11_(x, ...) ST_PAIR_ x, ST_W10_(__VA_ARGS__)
#define ST_W12_(x, ...) ST_PAIR_ x, ST_W11_(__VA_ARGS__)

#ifdef __cplusplus
#define ST_WEIGHTED_(...)                                                                          \
    ([&]() -> otp_term {                                                                           \
        const st_weight st_weights_[] = {ST_WEIGHTS_(__VA_ARGS__)};                                \
        return st_pick_weighted(st_weights_, sizeof st_weights_ / sizeof st_weights_[0],           \
                                ST_DRAWN_("st_weighted"));                                         \
    }())
#else
#define ST_WEIGHTED_(...)                                                                          \
    st_pick_weighted((const st_weight[]){ST_WEIGHTS_(__VA_ARGS__)},                                \
                     sizeof((const st_weight[]){ST_WEIGHTS_(__VA_ARGS__)}) / sizeof(st_weight),    \
                     ST_DRAWN_("st_weighted"))
#endif

#endif
