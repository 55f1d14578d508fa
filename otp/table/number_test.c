/* SPDX-License-Identifier: MIT */
#include "table/number.h"

#include "base/prng.h"
#include "tests/unit.h"

#include <otp/term.h>

static otp_term read(const char *text) {
    otp_term term = OTP_NONE;
    CHECK_EQ(otp_parse(text, &term, NULL), OTP_OK);
    return term;
}

UNIT("sums, products and shifts of large integers") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otpi_integer_add(read("18446744073709551615"), otp_int(1))),
              "18446744073709551616");
    CHECK_STR(otp_show(otpi_integer_add(read("-18446744073709551616"), otp_int(1))),
              "-18446744073709551615");
    CHECK_STR(otp_show(otpi_integer_subtract(otp_int(0), read("576460752303423488"))),
              "-576460752303423488");
    CHECK_STR(otp_show(otpi_integer_multiply(read("-18446744073709551616"), otp_int(-3))),
              "55340232221128654848");
    CHECK_STR(otp_show(otpi_integer_multiply(read("18446744073709551616"), otp_int(0))), "0");
    CHECK_STR(otp_show(otpi_integer_shift(otp_int(1), 70)), "1180591620717411303424");
    CHECK_STR(otp_show(otpi_integer_shift(otp_int(-5), -1)), "-3");
    CHECK_STR(otp_show(otpi_integer_shift(otp_int(-1), -400)), "-1");
    CHECK_STR(otp_show(otpi_integer_shift(otp_int(5), -400)), "0");
    CHECK_STR(otp_show(otpi_integer_shift(otp_int(0), INT64_MAX)), "0");
    CHECK(otp_is_none(otpi_integer_shift(otp_int(1), INT64_MAX)));
    otp_scope_end(scope);
}

UNIT("bits of negative and large integers are those of two's complement") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otpi_integer_bits(read("-18446744073709551616"), otp_int(-1), '&')),
              "-18446744073709551616");
    CHECK_STR(otp_show(otpi_integer_bits(read("18446744073709551617"), otp_int(-2), '&')),
              "18446744073709551616");
    CHECK_STR(otp_show(otpi_integer_bits(read("-18446744073709551616"), otp_int(5), '|')),
              "-18446744073709551611");
    CHECK_STR(otp_show(otpi_integer_bits(read("18446744073709551616"), otp_int(-1), '^')),
              "-18446744073709551617");
    otp_scope_end(scope);
}

/* A random integer of up to 1 to 4 limbs. */
static otp_term draw(otpi_prng *prng) {
    uint64_t limb[4];
    size_t n = 1 + otpi_prng_below(prng, 4);
    for (size_t i = 0; i < n; i++) {
        limb[i] = otpi_prng_next(prng) >> (otpi_prng_below(prng, 3) * 21);
    }
    return otpi_make_big(otpi_prng_below(prng, 2), limb, n);
}

UNIT("random integers obey the laws of arithmetic") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 3000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term a = draw(&prng);
        otp_term b = draw(&prng);
        otp_term q;
        otp_term r;
        CHECK(otp_equal(otpi_integer_subtract(otpi_integer_add(a, b), b), a));
        if (b.word != otp_int(0).word && CHECK(otpi_integer_divide(a, b, &q, &r))) {
            CHECK(otp_equal(otpi_integer_add(otpi_integer_multiply(q, b), r), a));
            CHECK(otp_compare(otpi_integer_multiply(r, r), otpi_integer_multiply(b, b)) < 0);
            CHECK(otp_compare(otpi_integer_multiply(r, a), otp_int(0)) >= 0);
        }
        otp_term both = otpi_integer_bits(a, b, '&');
        otp_term any = otpi_integer_bits(a, b, '|');
        CHECK(otp_equal(otpi_integer_add(both, any), otpi_integer_add(a, b)));
        CHECK(otp_equal(otpi_integer_subtract(any, both), otpi_integer_bits(a, b, '^')));
        int64_t n = (int64_t)otpi_prng_below(&prng, 200);
        CHECK(otp_equal(otpi_integer_shift(otpi_integer_shift(a, n), -n), a));
        otp_scope_end(scope);
    }
}
