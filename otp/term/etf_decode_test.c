/* SPDX-License-Identifier: MIT */
#include "term/etf.h"
#include "port/memory.h"
#include "term/atom.h"
#include "term/build.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes_of(const char *hex, uint8_t *out) {
    size_t n = 0;
    for (; hex[0]; hex += 2) {
        char byte[3] = {hex[0], hex[1], '\0'};
        out[n++] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return n;
}

UNIT("errors name what is wrong and where") {
    static const struct {
        const char *bytes;
        otp_err err;
        size_t offset;
        const char *expected;
    } cases[] = {
        {"", OTP_ETRUNCATED, 0, "more bytes"},
        {"82", OTP_EFORMAT, 0, "the version, a byte of 131"},
        {"83", OTP_ETRUNCATED, 1, "more bytes"},
        {"8301", OTP_EFORMAT, 1, "a tag of the external term format"},
        {"8350000000017801", OTP_EUNSUPPORTED, 1,
         "a term that is not compressed (libotp has no zlib)"},
        {"836200", OTP_ETRUNCATED, 2, "more bytes"},
        {"8369ffffffff", OTP_ETRUNCATED, 6, "more bytes"},
        {"836cffffffff6a", OTP_ETRUNCATED, 6, "more bytes"},
        {"8374ffffffff", OTP_ETRUNCATED, 6, "more bytes"},
        {"836dffffffff", OTP_ETRUNCATED, 6, "more bytes"},
        {"83467ff8000000000000", OTP_EFORMAT, 10, "a finite float"},
        {"837701ff", OTP_EFORMAT, 3, "an atom of at most 255 characters in UTF-8"},
        {"834d0000000109ff", OTP_EFORMAT, 7, "1 to 8 bits of a last byte"},
        {"8374000000026101610161016102", OTP_EFORMAT, 14, "keys of a map that differ"},
        {"83586a", OTP_EFORMAT, 2, "an atom"},
        {"835a0006770161", OTP_EFORMAT, 4, "1 to 5 numbers of a reference"},
        {"83636e616e00000000000000000000000000000000000000000000000000000000", OTP_EFORMAT, 2,
         "a float as text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[200];
        size_t size = bytes_of(cases[i].bytes, bytes);
        otp_term term = otp_int(77);
        otp_parse_error error = {0};
        CHECK_EQ(otp_etf_decode(bytes, size, NULL, &term, NULL, &error), cases[i].err);
        CHECK_EQ(error.offset, cases[i].offset);
        CHECK_STR(error.expected, cases[i].expected);
        CHECK_EQ(term.word, otp_int(77).word);
    }
}

UNIT("limits of depth, size and new atoms hold") {
    uint8_t bytes[6001];
    otp_term term;
    otp_etf_limits limits = {.depth_max = 2000};
    otp_scope scope = otp_scope_begin();
    bytes[0] = 131;
    for (int i = 0; i < 3000; i++) { /* {{{... */
        bytes[1 + 2 * i] = 104;
        bytes[2 + 2 * i] = 2;
    }
    CHECK_EQ(otp_etf_decode(bytes, sizeof bytes, NULL, &term, NULL, NULL), OTP_EDEPTH);
    otp_parse_error error;
    CHECK_EQ(otp_etf_decode(bytes, sizeof bytes, &limits, &term, NULL, &error), OTP_EDEPTH);
    CHECK_EQ(error.offset, 1 + 2 * 2001);
    const uint8_t unknown[] = {131, 104, 2, 119, 3, 'u', 'n', 'k', 119, 3, 'u', 'n', 'l'};
    limits = (otp_etf_limits){.known_atoms_only = true};
    CHECK_EQ(otp_etf_decode(unknown, sizeof unknown, &limits, &term, NULL, &error), OTP_EATOMS);
    CHECK_EQ(error.offset, 5);
    limits = (otp_etf_limits){.atoms_max = 1};
    CHECK_EQ(otp_etf_decode(unknown, sizeof unknown, &limits, &term, NULL, &error), OTP_EATOMS);
    CHECK_EQ(error.offset, 10);
    CHECK_EQ(otp_etf_decode(unknown, sizeof unknown, &limits, &term, NULL, &error), OTP_OK);
    limits = (otp_etf_limits){.words_max = 3};
    CHECK_EQ(otp_etf_decode(unknown, sizeof unknown, &limits, &term, NULL, NULL), OTP_OK);
    limits = (otp_etf_limits){.words_max = 2};
    CHECK_EQ(otp_etf_decode(unknown, sizeof unknown, &limits, &term, NULL, NULL), OTP_ESIZE);
    otp_scope_end(scope);
}

UNIT("a chain of tails is no depth") {
    enum { N = 5000, CELL = 7 };
    uint8_t *bytes = malloc(N * CELL + 2);
    bytes[0] = 131;
    for (int i = 0; i < N; i++) { /* [1|[1|... */
        memcpy(bytes + 1 + CELL * i, "\154\0\0\0\001\141\001", CELL);
    }
    bytes[N * CELL + 1] = 106;
    otp_term term = OTP_NONE;
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(otp_etf_decode(bytes, N * CELL + 2, NULL, &term, NULL, NULL), OTP_OK);
    CHECK_EQ(otp_length(term), N);
    otp_scope_end(scope);
    free(bytes);
}

/* A block of exactly that size, so that ASan sees a read behind it. */
static otp_err decode_exactly(const uint8_t *bytes, size_t size, otp_term *out, size_t *used) {
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    otp_parse_error error = {0};
    otp_err err = otp_etf_decode(exact, size, NULL, out, used, &error);
    CHECK(err == OTP_OK ? *used <= size : error.offset <= size && error.expected != NULL);
    free(exact);
    return err;
}

UNIT("random terms come back, and no beginning of their bytes is a term") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 3000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term term = test_term_random(&prng, 4);
        uint8_t bytes[20000];
        size_t size = sizeof bytes;
        size_t used = 0;
        otp_term back = OTP_NONE;
        REQUIRE(otp_etf_encode(term, bytes, &size) == OTP_OK);
        CHECK_EQ(decode_exactly(bytes, size, &back, &used), OTP_OK);
        CHECK_EQ(used, size);
        CHECK(otp_equal(term, back));
        size_t cut = otpi_prng_below(&prng, size);
        CHECK(decode_exactly(bytes, cut, &back, &used) != OTP_OK);
        otp_scope_end(scope);
    }
}

UNIT("changed bytes never do harm, and what they decode to survives a round trip") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int decoded = 0;
    for (int i = 0; i < 20000; i++) {
        otp_scope scope = otp_scope_begin();
        uint8_t bytes[20000];
        size_t size = sizeof bytes;
        size_t used;
        REQUIRE(otp_etf_encode(test_term_random(&prng, 3), bytes, &size) == OTP_OK);
        for (size_t n = 1 + otpi_prng_below(&prng, 3); n > 0; n--) {
            bytes[otpi_prng_below(&prng, size)] = otpi_prng_below(&prng, 2)
                                                      ? (uint8_t)(70 + otpi_prng_below(&prng, 51))
                                                      : (uint8_t)otpi_prng_next(&prng);
        }
        otp_term term, back;
        if (decode_exactly(bytes, size, &term, &used) == OTP_OK) {
            size = sizeof bytes;
            REQUIRE(otp_etf_encode(term, bytes, &size) == OTP_OK);
            CHECK_EQ(decode_exactly(bytes, size, &back, &used), OTP_OK);
            if (!CHECK(otp_equal(term, back))) {
                printf("# %s came back as ", otp_show(term));
                printf("%s\n", otp_show(back));
            }
            decoded++;
        }
        otp_scope_end(scope);
    }
    CHECK(decoded > 1000);
}

UNIT("noise never does harm") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 50000; i++) {
        otp_scope scope = otp_scope_begin();
        uint8_t bytes[60];
        size_t size = 1 + otpi_prng_below(&prng, sizeof bytes - 1);
        for (size_t k = 0; k < size; k++) {
            uint64_t word = otpi_prng_next(&prng);
            bytes[k] = (uint8_t)(word % 3 == 0   ? 97 + word / 3 % 24
                                 : word % 3 == 1 ? word / 3 % 4
                                                 : word >> 8);
        }
        bytes[0] = 131;
        otp_term term;
        size_t used;
        (void)decode_exactly(bytes, size, &term, &used);
        otp_scope_end(scope);
    }
}

static uint8_t swept[2000];
static size_t swept_size;

static bool decode_swept(bool failing) {
    uint64_t first[2];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 2);
    otpi_scope_now = &scope;
    otp_term term;
    otp_err err = otp_etf_decode(swept, swept_size, NULL, &term, NULL, NULL);
    CHECK(err == OTP_OK || (failing && err == OTP_ENOMEM));
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    return err == OTP_OK;
}

UNIT("without memory decoding fails cleanly at each allocation") {
    otp_scope scope = otp_scope_begin();
    char large[100];
    memset(large, 'l', sizeof large);
    otp_term term = otp_tuple(test_term_deep(100), otp_binary(large, sizeof large), otp_float(1.5),
                              test_term("#{a => 18446744073709551616, #Ref<0.1.2.3> => \"text\"}"));
    swept_size = sizeof swept;
    REQUIRE(otp_etf_encode(term, swept, &swept_size) == OTP_OK);
    otp_scope_end(scope);
    CHECK(test_fail_each(decode_swept, 100) >= 4);
}

UNIT("the bare forms have no version byte") {
    uint8_t bytes[20];
    size_t size = sizeof bytes;
    size_t used = 0;
    otp_term term = OTP_NONE;
    CHECK_EQ(otpi_etf_encode_bare(OTP_ATOM(ok), bytes, &size), OTP_OK);
    CHECK_EQ(size, 4);
    bytes[4] = 99;
    CHECK_EQ(otpi_etf_decode_bare(bytes, 5, NULL, &term, &used, NULL), OTP_OK);
    CHECK_EQ(used, 4);
    CHECK(otp_is(term, "ok"));
}
