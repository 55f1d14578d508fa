/* SPDX-License-Identifier: MIT */
#include "test_term.h"

#include "port/memory.h"
#include "term/big.h"
#include "term/build.h"
#include "term/parse.h"
#include "term/pid.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t below(otpi_prng *prng, uint64_t n) {
    return (size_t)otpi_prng_below(prng, n);
}

int64_t test_int_random(otpi_prng *prng) {
    static const int64_t edges[] = {0,
                                    1,
                                    -1,
                                    255,
                                    256,
                                    INT32_MAX,
                                    INT32_MIN,
                                    INT64_MAX,
                                    INT64_MIN,
                                    OTP_SMALL_MAX,
                                    OTP_SMALL_MIN,
                                    OTP_SMALL_MAX + 1,
                                    OTP_SMALL_MIN - 1,
                                    1LL << 53,
                                    (1LL << 53) + 1};
    switch (below(prng, 3)) {
    case 0: return edges[below(prng, sizeof edges / sizeof edges[0])];
    case 1: return (int64_t)below(prng, 20) - 10;
    default: return (int64_t)(otpi_prng_next(prng) >> below(prng, 64));
    }
}

static otp_term random_float(otpi_prng *prng) {
    static const double edges[] = {0.0,    -0.0,   1.0,     -1.0,       0.1,
                                   1e10,   1e-5,   5e-324,  1e308,      100.0,
                                   0x1p53, 0x1p59, 0x1p63,  -0x1p63,    1e22,
                                   1e23,   0x1p64, 1.5e300, 123456.789, 2.2250738585072014e-308};
    double value = edges[below(prng, sizeof edges / sizeof edges[0])];
    uint64_t bits = otpi_prng_next(prng);
    if (below(prng, 2) == 0) {
        memcpy(&value, &bits, sizeof value);
    } else if (below(prng, 3) == 0) {
        value = (double)test_int_random(prng);
    }
    return otp_float(isfinite(value) ? value : 0.5);
}

static otp_term random_big(otpi_prng *prng) {
    uint64_t limbs[5];
    size_t n = 1 + below(prng, 5);
    for (size_t i = 0; i < n; i++) {
        limbs[i] = below(prng, 4) == 0 ? 0 : otpi_prng_next(prng) >> below(prng, 64);
    }
    return otpi_make_big(below(prng, 2) == 0, limbs, n);
}

static otp_term random_atom(otpi_prng *prng) {
    static const char *const names[] = {"ok",       "a",     "b",        "abc",
                                        "",         "Hello", "a b",      "end",
                                        "maybe",    "x@y",   "_",        "\xc3\xa9t\xc3\xa9",
                                        "\xce\xb1", "'",     "\n",       "$x",
                                        "ab",       "zzz9",  "\x01\x7f", "\\"};
    return otp_atom(names[below(prng, sizeof names / sizeof names[0])]);
}

static otp_term random_bits(otpi_prng *prng) {
    uint8_t bytes[200];
    static const size_t sizes[] = {0, 1, 3, 8, 63, 64, 65, 66, 100, 199};
    size_t size = sizes[below(prng, sizeof sizes / sizeof sizes[0])];
    bool text = below(prng, 2) == 0;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = text ? (uint8_t)(' ' + below(prng, 95)) : (uint8_t)otpi_prng_next(prng);
    }
    size_t cut = size > 0 && below(prng, 4) == 0 ? below(prng, 8) : 0;
    return otpi_make_bits(bytes, size * 8 - cut);
}

static otp_term random_identity(otpi_prng *prng) {
    otpi_address address = {below(prng, 3) == 0 ? otpi_prng_next(prng) >> 32 : below(prng, 10),
                            (uint32_t)below(prng, 3), 0};
    address.serial += below(prng, 10) == 0 ? 1u << 20 : 0;
    uint32_t numbers[OTPI_REF_NUMBERS_MAX];
    otp_pid pid = {0};
    otp_term term = OTP_NONE;
    switch (below(prng, 4)) {
    case 0: return otpi_pid_make(address, &pid) ? OTP_NONE : otp_from_pid(pid);
    case 1:
        address.id = below(prng, 5) == 0 ? otpi_prng_next(prng) : address.id;
        address.serial = 0;
        return otpi_port_make(address, &term) ? OTP_NONE : term;
    case 2: return otp_from_ref(otpi_ref(0, otpi_prng_next(prng) >> below(prng, 64)));
    default:
        for (int i = 0; i < OTPI_REF_NUMBERS_MAX; i++) {
            numbers[i] = (uint32_t)(otpi_prng_next(prng) >> 32);
        }
        return otp_from_ref(otpi_ref_of_numbers(0, numbers, 1 + below(prng, 5)));
    }
}

static otp_term random_leaf(otpi_prng *prng) {
    switch (below(prng, 9)) {
    case 0: return random_big(prng);
    case 1:
    case 2: return random_float(prng);
    case 3:
    case 4: return random_atom(prng);
    case 5: return random_bits(prng);
    case 6: return random_identity(prng);
    case 7:
        return below(prng, 4) ? otp_nil()
                              : otpi_make_export(random_atom(prng), random_atom(prng),
                                                 (uint8_t)below(prng, 256));
    default: return otp_int(test_int_random(prng));
    }
}

static otp_term random_list(otpi_prng *prng, size_t n, const otp_term *items) {
    switch (below(prng, 4)) {
    case 0: return otp_charlist("text \"\n\xc3\xa9\xce\xb1");
    case 1: return n > 1 ? otpi_make_list(n - 1, items, items[n - 1]) : otp_nil();
    default: return otp_list_of(n, items);
    }
}

otp_term test_term_random(otpi_prng *prng, unsigned depth) {
    otp_term items[40];
    if (depth == 0 || below(prng, 3) == 0) {
        return random_leaf(prng);
    }
    size_t n = below(prng, 10) == 0 && depth < 3 ? below(prng, 40) : below(prng, 5);
    for (size_t i = 0; i < n; i++) {
        items[i] = test_term_random(prng, depth - 1);
    }
    switch (below(prng, 3)) {
    case 0: return otp_tuple_of(n, items);
    case 1: return random_list(prng, n, items);
    default: return otp_map_of(n / 2, items);
    }
}

otp_term test_term(const char *text) {
    otp_term term = OTP_NONE;
    otp_parse_error error;
    otp_err err = otp_parse(text, &term, &error);
    if (err != OTP_OK) {
        printf("# %s at %zu: expected %s\n", text, error.offset, error.expected);
    }
    unit_check(err == OTP_OK, __FILE__, __LINE__, text);
    return term;
}

otp_term test_term_deep(size_t depth) {
    otp_term term = otp_int(1);
    for (size_t i = 0; i < depth; i++) {
        term = i % 2 ? otp_tuple(term, otp_int(2)) : otp_list(term, otp_int(2));
    }
    return term;
}

typedef struct sweep {
    int fail_at, seen;
} sweep;

static bool fail_once(void *context, size_t size, const char *site) {
    (void)size, (void)site;
    sweep *s = context;
    return s->seen++ == s->fail_at;
}

int test_fail_each(bool (*body)(bool failing), int max) {
    (void)body(false); /* what is made once for ever is made now */
    for (int k = 0; k < max; k++) {
        sweep s = {k, 0};
        int64_t before = otpi_memory_stats_read().live_blocks;
        otpi_alloc_fault_set(fail_once, &s);
        bool succeeded = body(true);
        otpi_alloc_fault_set(NULL, NULL);
        if (!CHECK_EQ(otpi_memory_stats_read().live_blocks, before)) {
            printf("# allocation %d failing leaks\n", k);
        }
        if (s.seen <= k) {
            CHECK(succeeded);
            return k;
        }
    }
    TEST_FAIL("the sweep came to an end");
    return max;
}
