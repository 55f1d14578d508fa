/* SPDX-License-Identifier: MIT */
#include "term/build.h"
#include "term/box.h"
#include "test_term.h"
#include "unit.h"

#include <math.h>

UNIT("integers of 60 bits are words, larger ones are boxed, all come back") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otp_scope scope = otp_scope_begin();
    CHECK(otpi_is_small(otp_int(OTP_SMALL_MAX)));
    CHECK(otpi_is_small(otp_int(OTP_SMALL_MIN)));
    CHECK(otpi_is_boxed(otp_int(OTP_SMALL_MAX + 1)));
    CHECK(otpi_is_boxed(otp_int(OTP_SMALL_MIN - 1)));
    for (int i = 0; i < 2000; i++) {
        int64_t value = test_int_random(&prng);
        int64_t back = 0;
        CHECK(otp_get_int(otp_int(value), &back));
        CHECK_EQ(back, value);
        uint64_t unsigned_back = 0;
        CHECK(otp_get_uint(otp_uint((uint64_t)value), &unsigned_back));
        CHECK_EQ(unsigned_back, (uint64_t)value);
    }
    otp_scope_end(scope);
}

UNIT("floats that are not finite are refused") {
    double value = 0;
    otp_scope scope = otp_scope_begin();
    CHECK(otp_is_none(otp_float(NAN)));
    CHECK(otp_is_none(otp_float(-INFINITY)));
    CHECK(otp_get_float(otp_float(-2.5), &value) && value == -2.5);
    otp_scope_end(scope);
}

UNIT("tuples, lists and cells") {
    otp_scope scope = otp_scope_begin();
    otp_term t = otp_tuple(OTP_ATOM(add), otp_int(5));
    CHECK_EQ(otp_arity(t), 2);
    CHECK(otp_is(otp_element(t, 0), "add"));
    CHECK(otp_is_none(otp_element(t, 2)));
    CHECK_EQ(otp_arity(otp_tuple_of(0, NULL)), 0);
    CHECK_EQ(otp_kind_of(otp_tuple_of(0, NULL)), OTP_KIND_TUPLE);
    otp_term l = otp_list(otp_int(1), otp_int(2), otp_int(3));
    CHECK_EQ(otp_length(l), 3);
    CHECK(otp_is_nil(otp_list_of(0, NULL)));
    CHECK_EQ(otp_length(otp_cons(otp_int(1), otp_int(2))), SIZE_MAX);
    CHECK_EQ(otp_length(otp_int(1)), SIZE_MAX);
    int64_t sum = 0;
    OTP_LIST_FOREACH (element, l) {
        int64_t value = 0;
        CHECK(otp_get_int(element, &value));
        sum += value;
    }
    CHECK_EQ(sum, 6);
    CHECK_EQ(otp_length(otp_charlist("h\xc3\xa9")), 2);
    CHECK(otp_is_nil(otp_charlist("")));
    CHECK(otp_is_none(otp_charlist("\xff")));
    otp_scope_end(scope);
}

UNIT("building from OTP_NONE gives OTP_NONE") {
    otp_scope scope = otp_scope_begin();
    CHECK(otp_is_none(otp_tuple(otp_int(1), OTP_NONE)));
    CHECK(otp_is_none(otp_list(OTP_NONE)));
    CHECK(otp_is_none(otp_cons(OTP_NONE, otp_nil())));
    CHECK(otp_is_none(otp_cons(otp_nil(), OTP_NONE)));
    CHECK(otp_is_none(otp_map(otp_int(1), OTP_NONE)));
    CHECK(otp_is_none(otp_map_put(OTP_NONE, otp_int(1), otp_int(1))));
    otp_scope_end(scope);
}

static bool build_all(bool failing) {
    (void)failing;
    uint64_t first[1];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 1);
    otpi_scope_now = &scope;
    bool all = !otp_is_none(otp_tuple(otp_int(INT64_MAX), otp_float(1.5)));
    otpi_scope_reset(&scope);
    all &= !otp_is_none(otp_list(otp_int(1)));
    otpi_scope_reset(&scope);
    all &= !otp_is_none(otp_charlist("abc"));
    otpi_scope_reset(&scope);
    all &= !otp_is_none(otp_from_ref(otpi_ref(0, 1)));
    otpi_scope_reset(&scope);
    all &= !otp_is_none(otp_cons(otp_int(1), otp_nil()));
    otpi_scope_reset(&scope);
    all &= !otp_is_none(otp_term_of("{a, ~i, ~s, #{k => [1]}}", INT64_MIN, "text"));
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    return all;
}

UNIT("each builder gives OTP_NONE when its allocation fails") {
    CHECK(test_fail_each(build_all, 50) >= 6);
}
