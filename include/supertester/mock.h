/* SPDX-License-Identifier: MIT */
/*
 * Mocks of functions: what the code under test calls is answered by the test.
 *
 *     // in a test file, once for each function: its type, its parameters, their names
 *     ST_MOCK(int, price_of, (const char *fruit, int count), (fruit, count))
 *
 *     ST_TEST(till, adds_prices) {
 *         ST_MOCK_RETURN(price_of, 3);                 // every call returns 3
 *         ST_MOCK_EXPECT(price_of, "pear", 2);         // the calls that are to come,
 *         ST_MOCK_EXPECT(price_of, ST_ANY, 1);         // with these arguments, and no others
 *         ST_EXPECT_EQ(till_total("2 pears, 1 plum"), 6);
 *     }
 *
 * The linker puts the mock before the function when it is told to wrap the name:
 *
 *     meson   executable('till_test', 'till_test.c', 'till.c', 'prices.c',
 *               dependencies: dependency('supertester'), link_args: '-Wl,--wrap=price_of')
 *     make    till_test: LDFLAGS += -Wl,--wrap=price_of
 *
 * and a --wrap for each function that is mocked. It replaces calls between object files, in the
 * program and in the archives it is linked from: calls within the file that defines the function,
 * and calls inside of shared libraries, are not seen. A function with "..." can't be mocked, and
 * mocks are for C files: their macros are no C++.
 *
 * A mock of which a run has said nothing calls the real function. What a run says of it, its calls
 * and its expectations last until the end of that run: nothing has to be reset. It may be called
 * from every process and thread of the test.
 */
#ifndef SUPERTESTER_MOCK_H
#define SUPERTESTER_MOCK_H

#include <supertester/expect.h>

/* At file level; at most 8 arguments. The second is for functions that return nothing. */
#define ST_MOCK(result, name, parameters, arguments) ST_MOCK_(result, name, parameters, arguments)
#define ST_MOCK_VOID(name, parameters, arguments)    ST_MOCK_VOID_(name, parameters, arguments)

/* ---- Answers ---- */

/* All calls from now on return the value. */
#define ST_MOCK_RETURN(name, value_)                                                               \
    ((void)(st_mock_of_##name.value = (value_)),                                                   \
     st_mock_answer(&st_mock_of_##name.mock, ST_MOCK_BY_VALUE, 0))
/* The same, and set errno. */
#define ST_MOCK_RETURN_ERRNO(name, value_, error)                                                  \
    ((void)(st_mock_of_##name.value = (value_)),                                                   \
     st_mock_answer(&st_mock_of_##name.mock, ST_MOCK_BY_VALUE, (error)))
/* The next calls return these, one each; those after them what was said otherwise. At most 32 may
 * be waiting. */
#define ST_MOCK_SEQUENCE(name, ...) ST_MOCK_SEQUENCE_(name, __VA_ARGS__)
/* All calls from now on go to this function, of the same type. */
#define ST_MOCK_INSTEAD(name, function)                                                            \
    ((void)(st_mock_of_##name.instead = (function)),                                               \
     st_mock_answer(&st_mock_of_##name.mock, ST_MOCK_BY_FUNCTION, 0))
/* All calls from now on go to the real function, as they do when nothing is said. In a function of
 * ST_MOCK_INSTEAD, ST_MOCK_CALL_REAL(name)(...) is a call of it. */
#define ST_MOCK_REAL(name)      st_mock_answer(&st_mock_of_##name.mock, ST_MOCK_BY_REAL, 0)
#define ST_MOCK_CALL_REAL(name) __real_##name

/* ---- Expectations ---- */

/* One more call with these arguments is to come. With this said of a mock, its calls are to be
 * those, in this order, and no others: a call that differs fails the test, and so does one that has
 * not come when the body has ended. Strings compare by what is in them, other pointers by address;
 * ST_ANY is every value. At most 16 may be waiting. */
#define ST_MOCK_EXPECT(name, ...) ST_MOCK_EXPECT_(name, __VA_ARGS__)
#define ST_ANY                    ((const void *)&st_any)
/* When the body has ended, there were so many calls. */
#define ST_MOCK_EXPECT_CALLS(name, count)                                                          \
    st_mock_expect_calls(&st_mock_of_##name.mock, (count), OTP_SITE)
/* The calls so far, for checks of one's own. */
#define ST_MOCK_CALLS(name) st_mock_calls(&st_mock_of_##name.mock)

/* ---- What the macros call ---- */

enum { ST_MOCK_ARGUMENTS_MAX = 8, ST_MOCK_EXPECTED_MAX = 16, ST_MOCK_QUEUE_MAX = 32 };

typedef enum st_mock_by { ST_MOCK_BY_REAL, ST_MOCK_BY_VALUE, ST_MOCK_BY_FUNCTION } st_mock_by;

typedef struct st_mock_expected {
    const char *site;
    size_t count;
    st_value arguments[ST_MOCK_ARGUMENTS_MAX];
} st_mock_expected;

/* Everything but the name is of one run. */
typedef struct st_mock {
    const char *name;
    uint64_t run;
    struct st_mock *next; /* of those the run has touched */
    st_mock_by by;
    int error;       /* for errno; 0 = left alone */
    uint64_t queued; /* answers of ST_MOCK_SEQUENCE, ever; number n is at n % ST_MOCK_QUEUE_MAX */
    uint64_t answered;
    uint64_t calls;
    uint64_t calls_expected;
    const char *calls_site; /* NULL = any number will do */
    uint64_t expected_count, met;
    st_mock_expected expected[ST_MOCK_EXPECTED_MAX]; /* number n at n % ST_MOCK_EXPECTED_MAX */
} st_mock;

OTP_DATA const char st_any; /* only its address says anything */

/* How calls are answered from now on. */
ST_API void st_mock_answer(st_mock *mock, st_mock_by by, int error);
/* Where the next answer goes. */
ST_API size_t st_mock_queue(st_mock *mock, const char *site);
/* The expectations. */
ST_API void st_mock_expect(st_mock *mock, const st_value *arguments, size_t count,
                           const char *site);
ST_API void st_mock_expect_calls(st_mock *mock, uint64_t count, const char *site);
ST_API uint64_t st_mock_calls(st_mock *mock);
/* Notes a call. Returns how it is answered; *queued: its answer's place, or -1. */
ST_API st_mock_by st_mock_called(st_mock *mock, const st_value *arguments, size_t count,
                                 int *queued);

/* The first value keeps the list from being empty. */
#define ST_MOCK_LIST_(...)                                                                         \
    (const st_value[]) {                                                                           \
        {.kind = ST_VALUE_INT} ST_MOCK_PICK_(_, ##__VA_ARGS__, ST_M8_, ST_M7_, ST_M6_, ST_M5_,     \
                                             ST_M4_, ST_M3_, ST_M2_, ST_M1_, ST_M0_,               \
                                             _)(__VA_ARGS__)                                       \
    }
#define ST_MOCK_COUNT_(...) ST_MOCK_PICK_(_, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0, _)

#define ST_MOCK_PICK_(_0, _1, _2, _3, _4, _5, _6, _7, _8, N, ...) N
#define ST_M0_()
#define ST_M1_(x)      , ST_VALUE_(x)
#define ST_M2_(x, ...) , ST_VALUE_(x) ST_M1_(__VA_ARGS__)
#define ST_M3_(x, ...) , ST_VALUE_(x) ST_M2_(__VA_ARGS__)
#define ST_M4_(x, ...) , ST_VALUE_(x) ST_M3_(__VA_ARGS__)
#define ST_M5_(x, ...) , ST_VALUE_(x) ST_M4_(__VA_ARGS__)
#define ST_M6_(x, ...) , ST_VALUE_(x) ST_M5_(__VA_ARGS__)
#define ST_M7_(x, ...) , ST_VALUE_(x) ST_M6_(__VA_ARGS__)
#define ST_M8_(x, ...) , ST_VALUE_(x) ST_M7_(__VA_ARGS__)

#define ST_MOCK_(result_, name_, parameters_, arguments_)                                          \
    result_ __real_##name_ parameters_;                                                            \
    result_ __wrap_##name_ parameters_;                                                            \
    static struct {                                                                                \
        st_mock mock;                                                                              \
        result_ value, queue[ST_MOCK_QUEUE_MAX];                                                   \
        result_(*instead) parameters_;                                                             \
    } st_mock_of_##name_ = {.mock = {.name = #name_}};                                             \
    result_ __wrap_##name_ parameters_ {                                                           \
        int queued_;                                                                               \
        st_mock_by by_ = st_mock_called(&st_mock_of_##name_.mock, ST_MOCK_LIST_ arguments_ + 1,    \
                                        ST_MOCK_COUNT_ arguments_, &queued_);                      \
        if (queued_ >= 0) {                                                                        \
            return st_mock_of_##name_.queue[queued_];                                              \
        }                                                                                          \
        return by_ == ST_MOCK_BY_VALUE      ? st_mock_of_##name_.value                             \
               : by_ == ST_MOCK_BY_FUNCTION ? st_mock_of_##name_.instead arguments_                \
                                            : __real_##name_ arguments_;                           \
    }                                                                                              \
    _Static_assert(sizeof #name_ > 1, "a mock has a name")

#define ST_MOCK_VOID_(name_, parameters_, arguments_)                                              \
    void __real_##name_ parameters_;                                                               \
    void __wrap_##name_ parameters_;                                                               \
    static struct {                                                                                \
        st_mock mock;                                                                              \
        int value;                                                                                 \
        void(*instead) parameters_;                                                                \
    } st_mock_of_##name_ = {.mock = {.name = #name_}};                                             \
    void __wrap_##name_ parameters_ {                                                              \
        int queued_;                                                                               \
        st_mock_by by_ = st_mock_called(&st_mock_of_##name_.mock, ST_MOCK_LIST_ arguments_ + 1,    \
                                        ST_MOCK_COUNT_ arguments_, &queued_);                      \
        if (by_ == ST_MOCK_BY_FUNCTION) {                                                          \
            st_mock_of_##name_.instead arguments_;                                                 \
        } else if (by_ == ST_MOCK_BY_REAL) {                                                       \
            __real_##name_ arguments_;                                                             \
        }                                                                                          \
    }                                                                                              \
    _Static_assert(sizeof #name_ > 1, "a mock has a name")

#define ST_MOCK_SEQUENCE_(name_, ...)                                                              \
    do {                                                                                           \
        const __typeof__(st_mock_of_##name_.value) answers_[] = {__VA_ARGS__};                     \
        for (size_t i_ = 0; i_ < sizeof answers_ / sizeof answers_[0]; i_++) {                     \
            st_mock_of_##name_.queue[st_mock_queue(&st_mock_of_##name_.mock, OTP_SITE)] =          \
                answers_[i_];                                                                      \
        }                                                                                          \
    } while (0)
#define ST_MOCK_EXPECT_(name_, ...)                                                                \
    st_mock_expect(&st_mock_of_##name_.mock, ST_MOCK_LIST_(__VA_ARGS__) + 1,                       \
                   ST_MOCK_COUNT_(__VA_ARGS__), OTP_SITE)

#endif
