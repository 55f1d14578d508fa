/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "term/binary.h"
#include "term/build.h"
#include "test_term.h"
#include "unit.h"

#include <string.h>

UNIT("binaries of every size around 64 bytes come back") {
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t size = 0; size < sizeof bytes; size++) {
        otp_scope scope = otp_scope_begin();
        otp_term t = otp_binary(bytes, size);
        const uint8_t *back = NULL;
        size_t n = 0;
        REQUIRE(otp_get_binary(t, &back, &n));
        CHECK_EQ(n, size);
        CHECK(memcmp(back, bytes, size) == 0);
        CHECK_EQ(otp_bit_size(t), size * 8);
        CHECK_EQ(otp_kind_of(t), OTP_KIND_BINARY);
        otp_scope_end(scope);
    }
}

UNIT("a bitstring is no binary, and its unused bits do not count") {
    otp_scope scope = otp_scope_begin();
    const uint8_t ones[] = {0xff, 0xff};
    const uint8_t high[] = {0xff, 0xe0};
    otp_term a = otpi_make_bits(ones, 11);
    CHECK(otp_equal(a, otpi_make_bits(high, 11)));
    CHECK_EQ(otp_hash(a), otp_hash(otpi_make_bits(high, 11)));
    const uint8_t *bytes = NULL;
    size_t size = 77;
    CHECK(!otp_get_binary(a, &bytes, &size));
    CHECK_EQ(size, 77);
    CHECK_EQ(otp_bit_size(a), 11);
    CHECK_EQ(otp_bit_size(otp_int(1)), SIZE_MAX);
    otp_scope_end(scope);
}

UNIT("strings are binaries without their NUL") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otp_string("h\xc3\xa9llo")), "<<\"h\xc3\xa9llo\">>");
    CHECK_EQ(otp_bit_size(otp_string("")), 0);
    otp_scope_end(scope);
}

static bool build_large(bool failing) {
    (void)failing;
    uint8_t bytes[100] = {1};
    otp_scope scope = otp_scope_begin();
    bool made = !otp_is_none(otp_binary(bytes, sizeof bytes));
    otp_scope_end(scope);
    return made;
}

UNIT("without memory for its bytes there is no binary") {
    CHECK_EQ(test_fail_each(build_large, 5), 1);
}
