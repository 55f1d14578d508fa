/* SPDX-License-Identifier: MIT */
#include "term/big.h"
#include "term/build.h"
#include "test_term.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static otp_term digits(bool negative, const char *text, unsigned base) {
    otp_term term = OTP_NONE;
    CHECK_EQ(otpi_make_big_from_digits(negative, text, strlen(text), base, &term), OTP_OK);
    return term;
}

static otp_term random_limbs(otpi_prng *prng, uint64_t *limbs, size_t n, bool negative) {
    for (size_t i = 0; i < n; i++) {
        uint64_t word = otpi_prng_next(prng);
        limbs[i] = word % 5 == 0 ? 0 : word % 5 == 1 ? UINT64_MAX : word;
    }
    return otpi_make_big(negative, limbs, n);
}

UNIT("digits of any base and printed text agree") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 500; i++) {
        otp_scope scope = otp_scope_begin();
        uint64_t limbs[60];
        size_t n = 1 + otpi_prng_below(&prng, 60);
        otp_term big = random_limbs(&prng, limbs, n, i % 2);
        char text[2000];
        size_t length = otp_print(big, text, sizeof text);
        CHECK(length < sizeof text);
        bool negative = text[0] == '-';
        CHECK(otp_equal(digits(negative, text + negative, 10), big));
        char hex[2000];
        size_t at = 0;
        for (size_t k = n; k-- > 0;) {
            at += (size_t)snprintf(hex + at, sizeof hex - at, "%016llx",
                                   (unsigned long long)limbs[k]);
        }
        CHECK(otp_equal(digits(i % 2, hex, 16), big));
        otp_scope_end(scope);
    }
}

UNIT("bytes from the wire give the same integer") {
    otp_scope scope = otp_scope_begin();
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0};
    CHECK(otp_equal(otpi_make_big_from_bytes(true, bytes, 11),
                    digits(true, "090807060504030201", 16)));
    CHECK_EQ(otpi_make_big_from_bytes(false, bytes, 1).word, otp_int(1).word);
    CHECK_EQ(otpi_make_big_from_bytes(true, bytes, 0).word, otp_int(0).word);
    otp_scope_end(scope);
}

UNIT("more than 262,144 bits are refused") {
    static char text[80000];
    memset(text, '9', sizeof text);
    otp_term term;
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(otpi_make_big_from_digits(false, text, sizeof text, 10, &term), OTP_ESIZE);
    CHECK_EQ(otpi_make_big_from_digits(false, text, 70000, 10, &term), OTP_OK);
    otp_scope_end(scope);
}

static int compare_text(const char *integer, double value) {
    uint64_t room;
    otpi_big big;
    CHECK(otpi_big_view(test_term(integer), &room, &big));
    return otpi_big_compare_double(big, value);
}

UNIT("integers and floats compare without rounding either") {
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(compare_text("9007199254740993", 0x1p53), 1);
    CHECK_EQ(compare_text("9007199254740992", 0x1p53), 0);
    CHECK_EQ(compare_text("9223372036854775807", 0x1p63), -1);
    CHECK_EQ(compare_text("9223372036854775808", 0x1p63), 0);
    CHECK_EQ(compare_text("9223372036854775809", 0x1p63), 1);
    CHECK_EQ(compare_text("-9223372036854775809", -0x1p63), -1);
    CHECK_EQ(compare_text("18446744073709551616", 0x1p64), 0);
    CHECK_EQ(compare_text("18446744073709551617", 0x1p64), 1);
    CHECK_EQ(compare_text("0", 5e-324), -1);
    CHECK_EQ(compare_text("0", -5e-324), 1);
    CHECK_EQ(compare_text("3", 3.5), -1);
    CHECK_EQ(compare_text("-3", -3.5), 1);
    CHECK_EQ(compare_text("100000000000000000000000000000000000000", 1e308), -1);
    CHECK_EQ(compare_text("-100000000000000000000000000000000000000", -1e308), 1);
    CHECK_EQ(compare_text("100000000000000000000000000000000000000", 0.5), 1);
    otp_scope_end(scope);
}

UNIT("the nearest double is found, ties to even") {
    uint64_t room;
    otpi_big big;
    otp_scope scope = otp_scope_begin();
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {"-5", -5},
        {"9007199254740993", 0x1p53},
        {"9007199254740995", 0x1p53 + 4},
        {"36893488147419107329", 0x1p65 + 8192}, /* a half and one: up */
        {"36893488147419107328", 0x1p65},        /* a half: to even */
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(otpi_big_view(test_term(cases[i].text), &room, &big));
        CHECK(otpi_big_to_double(big) == cases[i].value);
    }
    char huge[400];
    memset(huge, '9', 399);
    huge[399] = '\0';
    CHECK(otpi_big_view(test_term(huge), &room, &big) && isinf(otpi_big_to_double(big)));
    otp_scope_end(scope);
}

static bool print_big(bool failing) {
    otp_scope scope = otp_scope_begin();
    uint64_t limbs[100];
    memset(limbs, 0xab, sizeof limbs);
    otp_term big = otpi_make_big(true, limbs, 100);
    char text[4000];
    bool printed = !otp_is_none(big) && otp_print(big, text, sizeof text) > 0;
    if (printed && !failing) {
        CHECK(otp_equal(test_term(text), big));
    }
    bool decimal = printed && strchr(text, '#') == NULL;
    otp_scope_end(scope);
    return decimal;
}

UNIT("without memory a large integer prints in hexadecimal") {
    CHECK(test_fail_each(print_big, 10) >= 1);
}
