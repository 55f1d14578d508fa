/* SPDX-License-Identifier: MIT */
#include <otp/etf.h>

#include "term/binary.h"
#include "term/parse.h"
#include "test_term.h"
#include "unit.h"

#include <string.h>

UNIT("an exported function shows its name") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otpi_make_export(otp_atom("m"), otp_atom("F"), 3)), "fun m:'F'/3");
    CHECK(otp_equal(test_term("fun m:'F'/3"), otpi_make_export(otp_atom("m"), otp_atom("F"), 3)));
    otp_scope_end(scope);
}

/* What erl says to term_to_binary of a local fun of the shell's module with no free variable. */
static size_t local_fun(uint8_t *out) {
    static const uint8_t head[] = {131, 112, 0, 0, 0, 0, 1};
    static const uint8_t tail[] = {0,   0,   0,   2,   0,   0,   0,   1,   119, 1,   'm', 97,
                                   2,   98,  0,   0,   1,   0,   88,  119, 13,  'n', 'o', 'n',
                                   'o', 'd', 'e', '@', 'n', 'o', 'h', 'o', 's', 't', 0,   0,
                                   0,   9,   0,   0,   0,   0,   0,   0,   0,   0,   97,  5};
    memcpy(out, head, sizeof head);
    memset(out + sizeof head, 0xab, 16);
    memcpy(out + sizeof head + 16, tail, sizeof tail);
    size_t size = sizeof head + 16 + sizeof tail;
    out[5] = (uint8_t)(size - 2);
    return size;
}

UNIT("a local fun is kept byte for byte and shows module, index and unique") {
    uint8_t bytes[128];
    uint8_t again[128];
    size_t size = local_fun(bytes);
    size_t written = sizeof again;
    otp_term fun;
    otp_scope scope = otp_scope_begin();
    REQUIRE(otp_etf_decode(bytes, size, NULL, &fun, NULL, NULL) == OTP_OK);
    CHECK_EQ(otp_kind_of(fun), OTP_KIND_FUN);
    CHECK_STR(otp_show(fun), "#Fun<m.2.256>");
    CHECK_EQ(otp_etf_encode(fun, again, &written), OTP_OK);
    CHECK(written == size && memcmp(bytes, again, size) == 0);
    otp_scope_end(scope);
}

UNIT("a local fun that lies about its size or its parts is refused") {
    uint8_t bytes[128];
    size_t size = local_fun(bytes);
    otp_term fun;
    otp_scope scope = otp_scope_begin();
    for (size_t cut = 0; cut < size; cut++) {
        CHECK(otp_etf_decode(bytes, cut, NULL, &fun, NULL, NULL) != OTP_OK);
    }
    bytes[5]--;
    CHECK_EQ(otp_etf_decode(bytes, size, NULL, &fun, NULL, NULL), OTP_EFORMAT);
    bytes[5]++;
    bytes[31] = 106; /* the module is [] */
    CHECK(otp_etf_decode(bytes, size, NULL, &fun, NULL, NULL) != OTP_OK);
    otp_scope_end(scope);
}

UNIT("local funs come before exported ones, both go by the text of their modules") {
    uint8_t bytes[128];
    size_t size = local_fun(bytes);
    otp_term m, z;
    otp_scope scope = otp_scope_begin();
    REQUIRE(otp_etf_decode(bytes, size, NULL, &m, NULL, NULL) == OTP_OK);
    bytes[33] = 'z'; /* the module */
    REQUIRE(otp_etf_decode(bytes, size, NULL, &z, NULL, NULL) == OTP_OK);
    CHECK_STR(otp_show(z), "#Fun<z.2.256>");
    CHECK(otp_compare(m, z) < 0 && otp_compare(z, m) > 0);
    CHECK(otp_compare(z, test_term("fun a:a/0")) < 0);
    CHECK(otp_compare(test_term("fun b:a/0"), test_term("fun aa:a/0")) > 0);
    CHECK(otp_compare(test_term("fun a:a/2"), test_term("fun a:a/10")) < 0);
    otp_scope_end(scope);
}
