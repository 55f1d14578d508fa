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
 *
 * The same draws serve st_check (check.h), which runs a property without a runtime and shrinks what
 * fails. There is no shrinker to write: "simplest" below is what values shrink towards. Misuse (lo
 * > hi, weights that are all 0) ends a property of st_check as misused, and in a process it is the
 * exit {badarg, Site}.
 */
#ifndef SUPERTESTER_PROPERTY_H
#define SUPERTESTER_PROPERTY_H

#include <supertester/test.h>
#include <otp/term.h>

/* Options as those of ST_TEST; 100 runs unless .runs says otherwise. */
#ifdef __cplusplus
#define ST_PROPERTY(suite, ...) ST_TEST_OF_(ST_IS_PROPERTY, suite, __VA_ARGS__, )
#else
#define ST_PROPERTY(suite, name, ...)                                                              \
    ST_TEST_(suite, name, st_body_##suite##_##name, st_test_##suite##_##name,                      \
             st_entry_##suite##_##name, .kind = ST_IS_PROPERTY, __VA_ARGS__)
#endif

/* Cases that failed once, pinned in the source: they are run before all others. The tokens are
 * those of reports. (C only.)
 *
 *     ST_PROPERTY(counter, never_negative, .examples = ST_EXAMPLE("1-5cb9-ff00-KL")) { ... } */
#define ST_EXAMPLE(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- Numbers ---- */

/* In lo..hi, both included; simplest is the one nearest to 0. Bounds and their neighbours, small
 * and round numbers, and numbers drawn before come more often than their share. */
#define st_int(lo, hi) st_draw_int((lo), (hi), ST_DRAWN_("st_int(" #lo ", " #hi ")"))
/* The same with the simplest value said: st_int_near(1, 12, 6). */
#define st_int_near(lo, hi, simplest)                                                              \
    st_draw_int_near((lo), (hi), (simplest),                                                       \
                     ST_DRAWN_("st_int_near(" #lo ", " #hi ", " #simplest ")"))
#define st_bool() st_draw_chance(0.5, ST_DRAWN_("st_bool()"))
/* True with that probability, 0 to 1; simplest is false. */
#define st_chance(probability)                                                                     \
    st_draw_chance((probability), ST_DRAWN_("st_chance(" #probability ")"))
/* Finite, in lo..hi; simplest are whole numbers near to 0, then fractions with few binary digits.
 */
#define st_float(lo, hi) st_draw_float((lo), (hi), ST_DRAWN_("st_float(" #lo ", " #hi ")"))
/* In 0..n-1. n > 0. */
#define st_index(n) ((size_t)st_draw_int(0, (int64_t)(n)-1, ST_DRAWN_("st_index(" #n ")")))
/* How many: of operations, elements, bytes. Simplest is lo. */
#define st_length(lo, hi) st_draw_length((lo), (hi), ST_DRAWN_("st_length(" #lo ", " #hi ")"))

/* ---- Alternatives: simplest is the first; a run may leave some of them out (swarm testing) ----
 */

/* Which of n ways to go, 0..n-1: switch (st_alternative(3)) { case 0: ... }. n > 0. */
#define st_alternative(n) st_draw_alternative((size_t)(n), ST_DRAWN_("st_alternative(" #n ")"))
/* The same with weights: st_branch(8, 1, 1) is 0 in eight of ten runs. */
#define st_branch(...) ST_BRANCH_(ST_DRAWN_("st_branch(" #__VA_ARGS__ ")"), __VA_ARGS__)
/* One of the values, which all have the first one's type; all are evaluated. */
#define st_one_of(...) ST_ONE_OF_(ST_DRAWN_("st_one_of(" #__VA_ARGS__ ")"), __VA_ARGS__)

/* ---- Memory ---- */

/* lo..hi bytes into the memory; how many. */
#define st_buffer(memory, lo, hi)                                                                  \
    st_draw_buffer((memory), (lo), (hi), ST_DRAWN_("st_buffer(" #lo ", " #hi ")"))
/* lo..hi printable ASCII characters and the NUL behind them, so hi + 1 bytes; how many. Simplest is
 * "a". */
#define st_string(memory, lo, hi)                                                                  \
    st_draw_string((memory), (lo), (hi), ST_DRAWN_("st_string(" #lo ", " #hi ")"))
/* Permutes the n elements of an array; simplest is the order they have. */
#define st_shuffle(array, n)                                                                       \
    st_draw_shuffle((array), (size_t)(n), sizeof *(array), ST_DRAWN_("st_shuffle(" #array ")"))

/* ---- Lists and other values made of many draws ---- */

/* The block is run lo..hi times, once for each element, and e.index counts:
 *
 *     int64_t values[10];
 *     size_t n = 0;
 *     ST_LIST(e, 0, 10) { values[n++] = st_int(0, 99); }
 *
 * It shrinks well: elements are deleted, reordered, and replaced by one another. break ends the
 * list there. */
#define ST_LIST(e, lo, hi)                                                                         \
    for (ST_CLOSES_(st_list_close)                                                                 \
             st_list e = st_list_open((lo), (hi), ST_DRAWN_("ST_LIST(" #lo ", " #hi ")"));         \
         st_list_more(&e);)
/* Inside the block: this element is not one of them (it is a duplicate, say); go on with continue.
 * When too few are accepted the case is discarded. */
#define st_list_reject(e) st_list_reject_(&(e))
/* From here to the end of the scope, what is drawn makes one value. Where the values of spans of
 * one label contain one another, a value is also replaced by one of its parts: say so in functions
 * that draw recursively. */
#define ST_SPAN(label)                                                                             \
    ST_CLOSES_(st_span_close) ST_UNUSED_ st_span ST_SPAN_NAME_(__LINE__) = st_span_open(label)

/* ---- What a case is worth ---- */

/* Ends the run without a verdict unless the condition holds. When this is so for most of the runs,
 * draw values for which it holds instead. */
#define st_assume(condition) ((condition) ? (void)0 : st_discard_at(#condition " at " OTP_SITE))
/* Counts the runs of that kind; the shares are shown. st_check only, as the two below. */
ST_API void st_classify(bool is, const char *label);
/* The same for labels made at run time: st_collect("%d elements", n). */
ST_API void st_collect(const char *format, ...) OTP_PRINTF(1, 2);
/* The same, and the property fails when it is all but sure that fewer than that share of the runs,
 * 0 to 1, are of that kind. */
ST_API void st_cover(bool is, double share, const char *label);
/* Larger is more interesting: later runs try to make the score of that label larger still. */
ST_API void st_target(double score, const char *label);

/* ---- Terms ---- */

/* st_weighted((3, a), (1, b)): a three times as often as b; simplest is the first. All values are
 * built, one is picked; at most 12. Weights are positive. */
#define st_weighted(...) ST_WEIGHTED_(__VA_ARGS__)
/* A binary of lo..hi bytes. */
#define st_bytes(lo, hi) st_draw_bytes((lo), (hi), ST_DRAWN_("st_bytes(" #lo ", " #hi ")"))
/* Any term without pids and the like, nested at most so deep: integers, atoms of a fixed pool,
 * floats, binaries, tuples, lists, maps. Simplest is 0. */
#define st_term(depth) st_draw_term((depth), ST_DRAWN_("st_term(" #depth ")"))

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
ST_API int64_t st_draw_int_near(int64_t lo, int64_t hi, int64_t simplest, const char *label);
ST_API bool st_draw_chance(double probability, const char *label);
ST_API double st_draw_float(double lo, double hi, const char *label);
ST_API size_t st_draw_alternative(size_t n, const char *label);
ST_API size_t st_draw_branch(const uint32_t *weights, size_t n, const char *label);
ST_API size_t st_draw_buffer(void *memory, int64_t lo, int64_t hi, const char *label);
ST_API size_t st_draw_string(char *memory, int64_t lo, int64_t hi, const char *label);
ST_API void st_draw_shuffle(void *array, size_t n, size_t size, const char *label);
ST_API otp_term st_draw_term(int depth, const char *label);
ST_API void st_discard_at(const char *site);

/* A list that is being drawn. */
typedef struct st_list {
    size_t index; /* of this element */
    int64_t lo, hi, planned, rejected;
    const char *label;
    uint64_t word; /* what the list of choices holds for an element */
    bool open;     /* its span */
} st_list;
/* What ST_LIST and ST_SPAN do: open, ask before each element, close at the end of the scope. */
ST_API st_list st_list_open(int64_t lo, int64_t hi, const char *label);
ST_API bool st_list_more(st_list *list);
ST_API void st_list_reject_(st_list *list);
ST_API void st_list_close(st_list *list);

typedef struct st_span {
    bool open;
} st_span;
/* The same for a span. */
ST_API st_span st_span_open(const char *label);
ST_API void st_span_close(st_span *span);

#define ST_CLOSES_(close)   __attribute__((cleanup(close)))
#define ST_UNUSED_          __attribute__((unused))
#define ST_SPAN_NAME_(line) ST_SPAN_JOIN_(line)
#define ST_SPAN_JOIN_(line) st_span_##line##_
#ifdef __cplusplus
template <typename... Weights> inline size_t st_branch_(const char *label, Weights... weights) {
    const uint32_t all[] = {static_cast<uint32_t>(weights)...};
    return st_draw_branch(all, sizeof all / sizeof all[0], label);
}
template <typename First, typename... Others>
inline First st_one_of_(const char *label, First first, Others... others) {
    const First all[] = {first, static_cast<First>(others)...};
    return all[st_draw_alternative(sizeof all / sizeof all[0], label)];
}
#define ST_BRANCH_(label, ...) st_branch_(label, __VA_ARGS__)
#define ST_ONE_OF_(label, ...) st_one_of_(label, __VA_ARGS__)
#else
#define ST_BRANCH_(label, ...)                                                                     \
    st_draw_branch((const uint32_t[]){__VA_ARGS__},                                                \
                   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), label)
#define ST_ONE_OF_(label, first, ...)                                                              \
    __extension__({                                                                                \
        const __typeof__(1 ? (first) : (first)) st_values_[] = {first, ##__VA_ARGS__};             \
        st_values_[st_draw_alternative(sizeof st_values_ / sizeof st_values_[0], label)];          \
    })
#endif
/* The same for lengths, binaries and weighted terms. */
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
