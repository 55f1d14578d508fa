/* SPDX-License-Identifier: MIT */
#include "term/etf.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static size_t bytes_of(const char *hex, uint8_t *out) {
    size_t n = 0;
    for (; hex[0]; hex += 2) {
        char byte[3] = {hex[0], hex[1], '\0'};
        out[n++] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return n;
}

static const struct {
    const char *bytes, *printed;
} cases[] = {
    {"8364"
     "0002"
     "6f6b",
     "ok"}, /* ATOM_EXT */
    {"8373"
     "02"
     "e974",
     "\xc3\xa9t"}, /* SMALL_ATOM_EXT, Latin-1 */
    {"8376"
     "0002"
     "6f6b",
     "ok"}, /* ATOM_UTF8_EXT */
    {"8363"
     "312e3530303030303030303030303030303030303030652b30300000000000",
     "1.5"},
    {"8363"
     "2d312e3235303030303030303030303030303030303065"
     "2d3033"
     "0000000000",
     "-0.00125"},
    {"8367"
     "64000d6e6f6e6f6465406e6f686f7374"
     "00000005"
     "00000001"
     "00",
     "<0.5.1>"},
    {"8366"
     "64000d6e6f6e6f6465406e6f686f7374"
     "00000005"
     "00",
     "#Port<0.5>"},
    {"8365"
     "64000d6e6f6e6f6465406e6f686f7374"
     "00000005"
     "00",
     "#Ref<0.5>"},
    {"8372"
     "0003"
     "64000d6e6f6e6f6465406e6f686f7374"
     "00"
     "000000050000000600000007",
     "#Ref<0.7.6.5>"},
    {"835a"
     "0003"
     "770d6e6f6e6f6465406e6f686f7374"
     "00000000"
     "000000050000000600000007",
     "#Ref<0.7.6.5>"},
    {"8378"
     "770d6e6f6e6f6465406e6f686f7374"
     "0001000000000005"
     "00000000",
     "#Port<0.281474976710661>"},
    {"836f"
     "00000003"
     "00"
     "010203",
     "197121"}, /* LARGE_BIG_EXT of a small one */
    {"836e"
     "01"
     "01"
     "00",
     "0"}, /* minus nothing */
    {"8369"
     "00000001"
     "6a",
     "{[]}"}, /* LARGE_TUPLE_EXT */
    {"836b"
     "0000",
     "[]"}, /* an empty STRING_EXT */
    {"836c"
     "00000000"
     "6a",
     "[]"}, /* a list of nothing is its tail */
    {"836c"
     "00000001"
     "6101"
     "6b"
     "00026162",
     "[1,97,98]"},
    {"8371"
     "640001"
     "61"
     "64000162"
     "6103",
     "fun a:b/3"},
    {"8374"
     "00000002"
     "7701626101"
     "7701616102",
     "#{a => 2,b => 1}"},
};

UNIT("tags that only old or other nodes write are read") {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[200];
        size_t size = bytes_of(cases[i].bytes, bytes);
        otp_scope scope = otp_scope_begin();
        otp_term term = OTP_NONE;
        otp_parse_error error = {0};
        size_t used = 0;
        otp_err err = otp_etf_decode(bytes, size, NULL, &term, &used, &error);
        if (!CHECK_EQ(err, OTP_OK)) {
            printf("# %s at %zu: %s\n", cases[i].printed, error.offset, error.expected);
        }
        CHECK_EQ(used, size);
        CHECK_STR(otp_show(term), cases[i].printed);
        otp_scope_end(scope);
    }
}
