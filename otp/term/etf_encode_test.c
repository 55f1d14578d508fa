/* SPDX-License-Identifier: MIT */
#include "term/etf.h"
#include "term/build.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *hex_of(otp_term term) {
    static char text[600];
    uint8_t bytes[256];
    size_t size = sizeof bytes;
    text[0] = '\0';
    if (CHECK_EQ(otp_etf_encode(term, bytes, &size), OTP_OK)) {
        for (size_t i = 0; i < size; i++) {
            snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        }
    }
    return text;
}

UNIT("the bytes are those of term_to_binary") {
    static const struct {
        const char *text, *bytes;
    } cases[] = {
        {"1", "836101"},
        {"255", "8361ff"},
        {"256", "836200000100"},
        {"-1", "8362ffffffff"},
        {"2147483647", "83627fffffff"},
        {"2147483648", "836e040000000080"},
        {"-2147483649", "836e040101000080"},
        {"1099511627776", "836e0600000000000001"},
        {"1.0", "83463ff0000000000000"},
        {"ok", "8377026f6b"},
        {"\xc3\xa9", "837702c3a9"},
        {"{}", "836800"},
        {"{a,[]}", "836802770161"
                   "6a"},
        {"\"abc\"", "836b0003616263"},
        {"[1,256]", "836c00000002610162000001006a"},
        {"[a|b]", "836c00000001770161770162"},
        {"<<\"hi\">>", "836d000000026869"},
        {"<<5:3>>", "834d0000000103a0"},
        {"#{a => 1}", "8374000000017701616101"},
        {"fun lists:map/2", "837177056c6973747377036d61706102"},
        {"<0.9.0>", "8358770d6e6f6e6f6465406e6f686f7374000000090000000000000000"},
        {"#Port<0.7>", "8359770d6e6f6e6f6465406e6f686f73740000000700000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otp_scope scope = otp_scope_begin();
        CHECK_STR(hex_of(test_term(cases[i].text)), cases[i].bytes);
        otp_scope_end(scope);
    }
}

UNIT("what does not fit says how much it needs and writes nothing behind the buffer") {
    otp_scope scope = otp_scope_begin();
    otp_term term = test_term("{hello,[1,2,300],#{k => \"v\"},<<\"bytes\">>,1.5}");
    size_t needed = 0;
    CHECK_EQ(otp_etf_encode(term, NULL, &needed), OTP_ESIZE);
    CHECK(needed > 20);
    for (size_t size = 0; size < needed; size++) {
        uint8_t *buffer = malloc(size + 1);
        buffer[size] = 0x5a;
        size_t length = size;
        CHECK_EQ(otp_etf_encode(term, buffer, &length), OTP_ESIZE);
        CHECK_EQ(length, needed);
        CHECK_EQ(buffer[size], 0x5a);
        free(buffer);
    }
    otp_scope_end(scope);
}

UNIT("OTP_NONE is no term to write") {
    size_t size = 0;
    CHECK_EQ(otp_etf_encode(OTP_NONE, NULL, &size), OTP_EBADARG);
}

static bool encode_deep(bool failing) {
    otp_scope scope = otp_scope_begin();
    otp_term deep = test_term_deep(300);
    size_t size = 0;
    otp_err err = otp_is_none(deep) ? OTP_ENOMEM : otp_etf_encode(deep, NULL, &size);
    CHECK(err == OTP_ESIZE || (failing && err == OTP_ENOMEM));
    otp_scope_end(scope);
    return err == OTP_ESIZE;
}

UNIT("without memory deep terms fail cleanly") {
    CHECK(test_fail_each(encode_deep, 50) >= 3);
}
