/* SPDX-License-Identifier: MIT */
#include <otp/table.h>

#include "base/prng.h"
#include "table/in_world.h"

/* Sets {k, Start}, adds, and compares what is there with the text. */
static void check_sum(otp_table t, const char *start, int64_t add, const char *sum, int64_t told) {
    otp_term row;
    int64_t value;
    CHECK_EQ(otp_table_insert(t, otp_tuple(OTP_ATOM(k), otp_term_of(start))), OTP_OK);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 2, add, OTP_NONE, &value), OTP_OK);
    CHECK_EQ(value, told);
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(k), &row), OTP_OK);
    CHECK_STR(otp_show(otp_element(row, 1)), sum);
    CHECK(otp_equal(otp_element(row, 1), otp_term_of(sum)));
}

static void sums(otp_term arg) {
    (void)arg;
    otp_table t;
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    check_sum(t, "5", -7, "-2", -2);
    check_sum(t, "0", 0, "0", 0);
    check_sum(t, "576460752303423487", 1, "576460752303423488", 576460752303423488);
    check_sum(t, "576460752303423488", -1, "576460752303423487", 576460752303423487);
    check_sum(t, "-576460752303423488", -1, "-576460752303423489", -576460752303423489);
    check_sum(t, "-576460752303423489", 1, "-576460752303423488", -576460752303423488);
    check_sum(t, "9223372036854775807", INT64_MAX, "18446744073709551614", INT64_MAX);
    check_sum(t, "18446744073709551615", 1, "18446744073709551616", INT64_MAX);
    check_sum(t, "18446744073709551616", -1, "18446744073709551615", INT64_MAX);
    check_sum(t, "-9223372036854775808", INT64_MIN, "-18446744073709551616", INT64_MIN);
    check_sum(t, "9223372036854775808", INT64_MIN, "0", 0);
    check_sum(t, "1000", INT64_MIN, "-9223372036854774808", -9223372036854774808);
    check_sum(t, "-1000000000000000000000000000000000000000", 1,
              "-999999999999999999999999999999999999999", INT64_MIN);
    check_sum(t, "340282366920938463463374607431768211455", 1,
              "340282366920938463463374607431768211456", INT64_MAX);
    check_sum(t, "340282366920938463463374607431768211456", -1,
              "340282366920938463463374607431768211455", INT64_MAX);
}

UNIT("a counter grows beyond a word and comes back") {
    in_both_worlds(sums);
}

__extension__ typedef __int128 wide;

static otp_term term_of_wide(wide value) {
    char digits[50];
    char *at = digits + sizeof digits - 1;
    wide rest = value < 0 ? -value : value;
    *at = '\0';
    do {
        *--at = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        *--at = '-';
    }
    return otp_term_of(at);
}

static void walks(otp_term arg) {
    (void)arg;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otp_table t;
    otp_term row;
    wide sum = 0;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{k, 0, other}")), OTP_OK);
    for (int i = 0; i < 5000; i++) {
        otp_scope scope = otp_scope_begin();
        int64_t add = (int64_t)(otpi_prng_next(&prng)) >> otpi_prng_below(&prng, 8);
        add = sum > 0 ? -add : add; /* keeps crossing zero and both borders of a word */
        sum += add;
        CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 2, add, OTP_NONE, NULL), OTP_OK);
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(k), &row), OTP_OK);
        CHECK(otp_equal(otp_element(row, 1), term_of_wide(sum)));
        otp_scope_end(scope);
    }
}

UNIT("random sums agree with 128-bit arithmetic") {
    in_both_worlds(walks);
}

static void refusals(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term row;
    int64_t value = 0;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.key_position = 2}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1, k, 1.5, a}")), OTP_OK);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 0, 1, OTP_NONE, NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 2, 1, OTP_NONE, NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 3, 1, OTP_NONE, NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 4, 1, OTP_NONE, NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 5, 1, OTP_NONE, NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(x), 1, 1, OTP_NONE, NULL), OTP_ENOENT);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(x), 1, 1, otp_term_of("{1}"), NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(x), 1, 1, OTP_ATOM(y), NULL), OTP_EBADARG);
    CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(x), 1, 1, otp_term_of("{a, b}"), NULL),
             OTP_EBADARG);
    bool there = true;
    CHECK_EQ(otp_table_member(t, OTP_ATOM(x), &there), OTP_OK);
    CHECK(!there);
    CHECK_EQ(
        otp_table_update_counter(t, OTP_ATOM(x), 1, 5, otp_term_of("{10, other, [z]}"), &value),
        OTP_OK);
    CHECK_EQ(value, 15);
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(x), &row), OTP_OK);
    CHECK_STR(otp_show(row), "{15,x,[z]}");
}

UNIT("what is no counter is refused, a missing one is made of the initial row") {
    in_both_worlds(refusals);
}

static void several(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term row;
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{k, 0, 0, 0}")), OTP_OK);
    for (unsigned i = 0; i < 300; i++) {
        CHECK_EQ(otp_table_update_counter(t, OTP_ATOM(k), 2 + i % 3, (int64_t)(i % 3) + 1, OTP_NONE,
                                          NULL),
                 OTP_OK);
    }
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(k), &row), OTP_OK);
    CHECK_STR(otp_show(row), "{k,100,200,300}");
}

UNIT("several counters of one row") {
    in_both_worlds(several);
}
