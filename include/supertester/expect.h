/* SPDX-License-Identifier: MIT */
/*
 * Checks. ST_EXPECT_... is soft: it reports and the test goes on; its value says whether it held.
 * ST_ASSERT_... is hard: it reports and the test ends. Both show the values of both sides.
 *
 *     ST_EXPECT(list_is_sorted(list));
 *     ST_EXPECT_EQ(count, 3);
 *     if (ST_EXPECT_MATCH(reply, "{ok, ~i}", &n)) { ST_EXPECT_LE(n, 10); }
 *     ST_EXPECT_TERM(state, "#{value => 1, names => [anna]}");
 *     ST_ASSERT_OK(otp_register(OTP_ATOM(shop), pid));
 *
 * They count from any process of the test and from any thread, not only from the test's body. A
 * hard check that fails exits the process it is in and ends the test's own process as well.
 *
 * Sides are integers, floats, booleans, strings (char *), terms, pids, or pointers. Integers
 * compare by value, whatever their types. Terms compare as =:= does. Each side is evaluated once.
 */
#ifndef SUPERTESTER_EXPECT_H
#define SUPERTESTER_EXPECT_H

#include <supertester/api.h>
#include <otp/match.h>
#ifdef __cplusplus
#include <type_traits>
#endif

/* ---- Soft ---- */

#define ST_EXPECT(condition) st_check_held((condition), OTP_SITE, #condition)
#define ST_EXPECT_EQ(a, b)   ST_COMPARE_(a, ST_EQ, b, #a " == " #b)
#define ST_EXPECT_NE(a, b)   ST_COMPARE_(a, ST_NE, b, #a " != " #b)
#define ST_EXPECT_LT(a, b)   ST_COMPARE_(a, ST_LT, b, #a " < " #b)
#define ST_EXPECT_LE(a, b)   ST_COMPARE_(a, ST_LE, b, #a " <= " #b)
#define ST_EXPECT_GT(a, b)   ST_COMPARE_(a, ST_GT, b, #a " > " #b)
#define ST_EXPECT_GE(a, b)   ST_COMPARE_(a, ST_GE, b, #a " >= " #b)
/* |a - b| <= distance */
#define ST_EXPECT_NEAR(a, b, distance) ST_NEAR_(a, b, distance, #a " near " #b)
/* The string contains the part. */
#define ST_EXPECT_CONTAINS(string, part)                                                           \
    st_check_contains((string), (part), OTP_SITE, #string " contains " #part)
/* The term equals the one written in Erlang syntax; a difference is shown by its path. */
#define ST_EXPECT_TERM(term, text) st_check_term((term), (text), OTP_SITE, #term)
/* As otp_match, with the same holes: (term, "pattern", &out...). */
#define ST_EXPECT_MATCH(term, ...) ST_MATCH_(term, #term, __VA_ARGS__)
/* The call returned OTP_OK, or the error. */
#define ST_EXPECT_OK(call)         st_check_err((call), OTP_OK, OTP_SITE, #call)
#define ST_EXPECT_ERR(call, error) st_check_err((call), (error), OTP_SITE, #call)
/* A failure said in words: ST_FAIL("no answer from %s", name). */
#define ST_FAIL(...) st_check_fail(OTP_SITE, __VA_ARGS__)

/* ---- Hard ---- */

#define ST_ASSERT(condition)           ST_HARD_(st_check_held((condition), OTP_SITE, #condition))
#define ST_ASSERT_EQ(a, b)             ST_HARD_(ST_COMPARE_(a, ST_EQ, b, #a " == " #b))
#define ST_ASSERT_NE(a, b)             ST_HARD_(ST_COMPARE_(a, ST_NE, b, #a " != " #b))
#define ST_ASSERT_LT(a, b)             ST_HARD_(ST_COMPARE_(a, ST_LT, b, #a " < " #b))
#define ST_ASSERT_LE(a, b)             ST_HARD_(ST_COMPARE_(a, ST_LE, b, #a " <= " #b))
#define ST_ASSERT_GT(a, b)             ST_HARD_(ST_COMPARE_(a, ST_GT, b, #a " > " #b))
#define ST_ASSERT_GE(a, b)             ST_HARD_(ST_COMPARE_(a, ST_GE, b, #a " >= " #b))
#define ST_ASSERT_NEAR(a, b, distance) ST_HARD_(ST_NEAR_(a, b, distance, #a " near " #b))
#define ST_ASSERT_CONTAINS(string, part)                                                           \
    ST_HARD_(st_check_contains((string), (part), OTP_SITE, #string " contains " #part))
#define ST_ASSERT_TERM(term, text) ST_HARD_(st_check_term((term), (text), OTP_SITE, #term))
#define ST_ASSERT_MATCH(term, ...) ST_HARD_(ST_MATCH_(term, #term, __VA_ARGS__))
#define ST_ASSERT_OK(call)         ST_HARD_(st_check_err((call), OTP_OK, OTP_SITE, #call))
#define ST_ASSERT_ERR(call, error) ST_HARD_(st_check_err((call), (error), OTP_SITE, #call))
#define ST_ABORT_TEST(...)         ST_HARD_(st_check_fail(OTP_SITE, __VA_ARGS__))

/* Ends the test without a report of its own: after a check that failed. Callable in every process;
 * outside of processes it ends nothing and returns. */
ST_API void st_end_test(void);

/* ---- What the macros call ---- */

/* The text of a side is taken where the user wrote it: a macro further down would expand it. */
#define ST_HARD_(check) ((check) ? (void)0 : st_end_test())
#define ST_NEAR_(a, b, distance, text)                                                             \
    st_check_near((double)(a), (double)(b), (double)(distance), OTP_SITE, text)

typedef enum st_relation { ST_EQ, ST_NE, ST_LT, ST_LE, ST_GT, ST_GE } st_relation;

typedef enum st_value_kind {
    ST_VALUE_INT,
    ST_VALUE_UINT,
    ST_VALUE_FLOAT,
    ST_VALUE_BOOL,
    ST_VALUE_STRING,
    ST_VALUE_TERM,
    ST_VALUE_PID,
    ST_VALUE_POINTER
} st_value_kind;

/* One side of a comparison. */
typedef struct st_value {
    st_value_kind kind;
    union {
        int64_t i;
        uint64_t u;
        double f;
        bool b;
        const char *s;
        otp_term t;
        otp_pid p;
        const void *pointer;
    };
} st_value;

#define ST_VALUE_MAKER_(name, type, tag, field)                                                    \
    static inline st_value st_value_##name##_(type value) {                                        \
        st_value side = OTP_ZEROS;                                                                 \
        side.kind = tag;                                                                           \
        side.field = value;                                                                        \
        return side;                                                                               \
    }
ST_VALUE_MAKER_(int, int64_t, ST_VALUE_INT, i)
ST_VALUE_MAKER_(uint, uint64_t, ST_VALUE_UINT, u)
ST_VALUE_MAKER_(float, double, ST_VALUE_FLOAT, f)
ST_VALUE_MAKER_(bool, bool, ST_VALUE_BOOL, b)
ST_VALUE_MAKER_(string, const char *, ST_VALUE_STRING, s)
ST_VALUE_MAKER_(term, otp_term, ST_VALUE_TERM, t)
ST_VALUE_MAKER_(pid, otp_pid, ST_VALUE_PID, p)
ST_VALUE_MAKER_(pointer, const void *, ST_VALUE_POINTER, pointer)
#undef ST_VALUE_MAKER_

/* Each reports a failure at the site and returns whether the check held. text: the expression. */
ST_API bool st_check_held(bool held, const char *site, const char *text);
ST_API bool st_check_compare(const st_value sides[2], st_relation relation, const char *site,
                             const char *text);
ST_API bool st_check_near(double a, double b, double distance, const char *site, const char *text);
ST_API bool st_check_contains(const char *string, const char *part, const char *site,
                              const char *text);
ST_API bool st_check_term(otp_term term, const char *expected, const char *site, const char *text);
ST_API bool st_check_matched(bool matched, otp_term term, const char *pattern, const char *site,
                             const char *text);
ST_API bool st_check_err(otp_err err, otp_err expected, const char *site, const char *text);
ST_API bool st_check_fail(const char *site, const char *format, ...) OTP_PRINTF(2, 3);

#ifdef __cplusplus
template <typename T> inline st_value st_value_of_(T x) {
    if constexpr (std::is_same_v<T, bool>) {
        return st_value_bool_(x);
    } else if constexpr (std::is_enum_v<T>) {
        return st_value_of_(static_cast<std::underlying_type_t<T>>(x));
    } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
        return st_value_uint_(x);
    } else if constexpr (std::is_integral_v<T>) {
        return st_value_int_(x);
    } else if constexpr (std::is_floating_point_v<T>) {
        return st_value_float_(static_cast<double>(x));
    } else if constexpr (std::is_same_v<T, char *> || std::is_same_v<T, const char *>) {
        return st_value_string_(x);
    } else if constexpr (std::is_same_v<T, otp_term>) {
        return st_value_term_(x);
    } else if constexpr (std::is_same_v<T, otp_pid>) {
        return st_value_pid_(x);
    } else {
        return st_value_pointer_(x);
    }
}
inline bool st_compare_(const st_value &a, st_relation relation, const st_value &b,
                        const char *site, const char *text) {
    const st_value sides[2] = {a, b};
    return st_check_compare(sides, relation, site, text);
}
template <typename... Args>
inline bool st_match_(otp_match_site *pattern_site, otp_term term, const char *site,
                      const char *text, const char *pattern, Args... args) {
    bool matched = otp_match_with_(pattern_site, term, pattern, args...);
    return st_check_matched(matched, term, pattern, site, text);
}
#define ST_COMPARE_(a, relation, b, text)                                                          \
    st_compare_(st_value_of_(a), (relation), st_value_of_(b), OTP_SITE, text)
#define ST_MATCH_(term, text, ...)                                                                 \
    st_match_(OTP_MATCH_SITE_(OTP_FIRST_(__VA_ARGS__, )), (term), OTP_SITE, text, __VA_ARGS__)
#else
#define ST_VALUE_(x)                                                                               \
    _Generic((x), bool: st_value_bool_, char: st_value_int_, signed char: st_value_int_,           \
        short: st_value_int_, int: st_value_int_, long: st_value_int_, long long: st_value_int_,   \
        unsigned char: st_value_uint_, unsigned short: st_value_uint_, unsigned: st_value_uint_,   \
        unsigned long: st_value_uint_, unsigned long long: st_value_uint_, float: st_value_float_, \
        double: st_value_float_, char *: st_value_string_, const char *: st_value_string_,         \
        otp_term: st_value_term_, otp_pid: st_value_pid_, default: st_value_pointer_)(x)
#define ST_SIDES_(a, b)                                                                            \
    (const st_value[2]) {                                                                          \
        ST_VALUE_(a), ST_VALUE_(b)                                                                 \
    }
#define ST_COMPARE_(a, relation, b, text)                                                          \
    st_check_compare(ST_SIDES_(a, b), (relation), OTP_SITE, text)
#define ST_MATCH_(term, text, pattern, ...)                                                        \
    __extension__({                                                                                \
        otp_term st_term_ = (term);                                                                \
        bool st_matched_ = otp_match(st_term_, pattern, ##__VA_ARGS__);                            \
        st_check_matched(st_matched_, st_term_, "" pattern, OTP_SITE, text);                       \
    })
#endif

#endif
