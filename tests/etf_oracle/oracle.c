/* SPDX-License-Identifier: MIT */
/*
 * Our half of the comparison with a real Erlang (see oracle.sh):
 *     oracle emit SEED COUNT   random terms in our order, one a line: how it compares with the line
 *                              before (< = =:=), its encoding in hexadecimal, its text
 *     oracle check             reads lines of Erlang's encodings: each must decode, and encode to
 * the second one of its line
 */
#include <otp/etf.h>

#include "base/prng.h"
#include "term/heap.h"
#include "term/test_term.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 1 << 20 };

/* The terms of the tests belong to another node, so that Erlang takes any numbers of pids. */
static const char *other_node(uint32_t slot, uint32_t *creation) {
    *creation = 7;
    return slot == 0 ? "other@host" : NULL;
}

/* What test_term.c wants of the harness of unit tests, which is not used here. */
bool unit_check(bool ok, const char *file, int line, const char *expression) {
    if (!ok) {
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, expression);
        exit(1);
    }
    return ok;
}
bool unit_check_int(int64_t a, int64_t b, const char *file, int line, const char *expression) {
    return unit_check(a == b, file, line, expression);
}

static int by_order(const void *a, const void *b) {
    return otp_compare(*(const otp_term *)a, *(const otp_term *)b);
}

static int emit(uint64_t seed, size_t count) {
    static uint8_t bytes[BYTES_MAX];
    otp_term *terms = calloc(count, sizeof *terms);
    otpi_prng prng;
    otpi_prng_seed(&prng, seed);
    otpi_terms.node_name = other_node;
    for (size_t i = 0; i < count; i++) {
        terms[i] = test_term_random(&prng, (unsigned)(i % 4));
    }
    qsort(terms, count, sizeof *terms, by_order);
    for (size_t i = 0; i < count; i++) {
        size_t size = sizeof bytes;
        if (otp_etf_encode(terms[i], bytes, &size) != OTP_OK) {
            return 1;
        }
        bool first = i == 0 || otp_compare(terms[i - 1], terms[i]) != 0;
        printf("%s ", first ? "<" : otp_equal(terms[i - 1], terms[i]) ? "=:=" : "==");
        for (size_t k = 0; k < size; k++) {
            printf("%02x", bytes[k]);
        }
        printf(" %s\n", otp_show(terms[i]));
    }
    free(terms);
    return 0;
}

static size_t bytes_of(const char *hex, uint8_t *out) {
    size_t n = 0;
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        out[n++] = (uint8_t)byte;
    }
    return n;
}

static int check_line(int number, const char *first, const char *second) {
    static uint8_t given[BYTES_MAX], expected[BYTES_MAX], made[BYTES_MAX];
    size_t given_size = bytes_of(first, given);
    size_t expected_size = bytes_of(second, expected);
    size_t made_size = sizeof made;
    otp_scope scope = otp_scope_begin();
    otp_term term = OTP_NONE;
    otp_parse_error error = {0};
    otp_err err = otp_etf_decode(given, given_size, NULL, &term, NULL, &error);
    bool same = err == OTP_OK && otp_etf_encode(term, made, &made_size) == OTP_OK &&
                made_size == expected_size && memcmp(made, expected, made_size) == 0;
    if (err != OTP_OK) {
        printf("# line %d: %s at %zu: expected %s\n", number, first, error.offset, error.expected);
    } else if (!same) {
        printf("# line %d: %s decodes to %s, which encodes differently from %s\n", number, first,
               otp_show(term), second);
    }
    otp_scope_end(scope);
    return !same;
}

static int check(void) {
    static char first[2 * BYTES_MAX], second[2 * BYTES_MAX];
    int wrong = 0;
    int number = 0;
    while (scanf("%2000000s %2000000s", first, second) == 2) {
        wrong += check_line(++number, first, second);
    }
    printf("# %d encodings by Erlang read\n", number);
    return wrong == 0 && number > 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "emit") == 0) {
        return emit(strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    }
    if (argc == 2 && strcmp(argv[1], "check") == 0) {
        return check();
    }
    fprintf(stderr, "usage: oracle emit SEED COUNT | oracle check\n");
    return 2;
}
