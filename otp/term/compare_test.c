/* SPDX-License-Identifier: MIT */
#include "term/compare.h"
#include "port/memory.h"
#include "term/build.h"
#include "term/pid.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>

static int sign(int order) {
    return order < 0 ? -1 : order > 0;
}

static const char *const ascending[] = {"-100000000000000000000",
                                        "-1.0e19",
                                        "-2",
                                        "-1.5",
                                        "0",
                                        "5.0e-324",
                                        "1",
                                        "1.5",
                                        "2",
                                        "9007199254740991",
                                        "9007199254740992.0",
                                        "9007199254740993",
                                        "1.0e19",
                                        "100000000000000000000",
                                        "1.0e300",
                                        "''",
                                        "'A'",
                                        "a",
                                        "aa",
                                        "b",
                                        "#Ref<0.0.0.1>",
                                        "#Ref<0.0.0.2>",
                                        "#Ref<0.1.0.1>",
                                        "fun a:b/1",
                                        "#Port<0.1>",
                                        "#Port<0.2>",
                                        "<0.1.0>",
                                        "<0.2.0>",
                                        "<0.1.1>",
                                        "{}",
                                        "{1}",
                                        "{2}",
                                        "{a}",
                                        "{1,1}",
                                        "{1,2}",
                                        "#{}",
                                        "#{1 => 9}",
                                        "#{1.0 => 0}",
                                        "#{a => 1}",
                                        "#{a => 2}",
                                        "#{b => 0}",
                                        "#{a => 1,b => 2}",
                                        "[]",
                                        "[1|2]",
                                        "[1]",
                                        "[1,2]",
                                        "[1,2,3]",
                                        "[1,3]",
                                        "[2]",
                                        "[[]]",
                                        "<<>>",
                                        "<<0:1>>",
                                        "<<0>>",
                                        "<<0,0>>",
                                        "<<1>>",
                                        "<<\"a\">>",
                                        "<<\"ab\">>",
                                        "<<\"b\">>",
                                        "<<1:1>>"};

UNIT("kinds and values are ordered as in Erlang") {
    otp_scope scope = otp_scope_begin();
    enum { N = sizeof ascending / sizeof ascending[0] };
    otp_term terms[N];
    for (int i = 0; i < N; i++) {
        terms[i] = test_term(ascending[i]);
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            int expected = i < j ? -1 : i > j;
            if (sign(otp_compare(terms[i], terms[j])) != expected) {
                printf("# %s and %s\n", ascending[i], ascending[j]);
                CHECK_EQ(sign(otp_compare(terms[i], terms[j])), expected);
            }
        }
    }
    otp_scope_end(scope);
}

UNIT("1 == 1.0 but not =:=, also inside") {
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(otp_compare(otp_int(1), otp_float(1)), 0);
    CHECK(!otp_equal(otp_int(1), otp_float(1)));
    CHECK_EQ(otp_compare(test_term("{[1],#{a => 1}}"), test_term("{[1.0],#{a => 1.0}}")), 0);
    CHECK(!otp_equal(test_term("{[1],#{a => 1}}"), test_term("{[1.0],#{a => 1.0}}")));
    CHECK(otp_compare(test_term("#{1 => a}"), test_term("#{1.0 => a}")) != 0);
    CHECK(otp_equal(otp_float(0.0), otp_float(-0.0)));
    CHECK_EQ(otp_hash(otp_float(0.0)), otp_hash(otp_float(-0.0)));
    otp_scope_end(scope);
}

enum { POOL = 150, TRIPLES = 150000 };

static void fill_pool(otpi_prng *prng, otp_term *pool) {
    for (int i = 0; i < POOL; i++) {
        pool[i] = test_term_random(prng, 3);
        if (i > 0 && otpi_prng_below(prng, 4) == 0) { /* something equal, elsewhere in memory */
            pool[i] = otpi_make_copy(pool[otpi_prng_below(prng, (uint64_t)i)]);
        }
    }
}

static void check_pair(otp_term a, otp_term b, int (*order)(otp_term a, otp_term b)) {
    int there = sign(order(a, b));
    if (there != -sign(order(b, a))) {
        printf("# not antisymmetric: %s and ", otp_show(a));
        printf("%s\n", otp_show(b));
        TEST_FAIL("antisymmetric");
    }
    bool equal = otp_equal(a, b);
    if (equal != otp_equal(b, a) || (equal && (there != 0 || otp_hash(a) != otp_hash(b)))) {
        TEST_FAIL("equal terms compare as equal and have equal hashes");
    }
    if (equal != (otpi_compare_keys(a, b) == 0)) {
        TEST_FAIL("the order of keys tells equality");
    }
}

static int by_keys(otp_term a, otp_term b) {
    return otpi_compare_keys(a, b);
}

static void check_laws(int (*order)(otp_term a, otp_term b), uint64_t seed) {
    otpi_prng prng;
    otp_term pool[POOL];
    otpi_prng_seed(&prng, seed);
    otp_scope scope = otp_scope_begin();
    fill_pool(&prng, pool);
    for (int i = 0; i < POOL; i++) {
        CHECK_EQ(order(pool[i], pool[i]), 0);
        for (int j = 0; j < i; j++) {
            check_pair(pool[i], pool[j], order);
        }
    }
    for (int i = 0; i < TRIPLES; i++) {
        otp_term a = pool[otpi_prng_below(&prng, POOL)];
        otp_term b = pool[otpi_prng_below(&prng, POOL)];
        otp_term c = pool[otpi_prng_below(&prng, POOL)];
        if (order(a, b) <= 0 && order(b, c) <= 0 && order(a, c) > 0) {
            printf("# not transitive: %s, ", otp_show(a));
            printf("%s, ", otp_show(b));
            printf("%s\n", otp_show(c));
            TEST_FAIL("transitive");
        }
    }
    otp_scope_end(scope);
}

UNIT("the order of terms and that of keys are total orders; equality and hash agree") {
    for (uint64_t round = 0; round < 3; round++) {
        check_laws(otp_compare, unit_seed() + round);
        check_laws(by_keys, unit_seed() + round);
    }
}

UNIT("depth costs no machine stack") {
    otp_scope scope = otp_scope_begin();
    otp_term a = test_term_deep(200000);
    otp_term b = test_term_deep(200000);
    CHECK_EQ(otp_compare(a, b), 0);
    CHECK(otp_equal(a, b));
    CHECK_EQ(otp_hash(a), otp_hash(b));
    otp_scope_end(scope);
}

static otp_term port_of(uint32_t node, uint64_t number) {
    otp_term port = OTP_NONE;
    CHECK_EQ(otpi_port_make((otpi_address){number, 0, node}, &port), OTP_OK);
    return port;
}

UNIT("pids of several nodes order by their numbers first, references and ports by their nodes") {
    uint32_t a = otpi_terms.node_slot("a@host", 6, 1);
    uint32_t b = otpi_terms.node_slot("b@host", 6, 1);
    uint32_t later = otpi_terms.node_slot("a@host", 6, 2);
    otp_scope scope = otp_scope_begin();
    CHECK(otp_compare(otp_from_pid(otpi_pid(b, 0, 1)), otp_from_pid(otpi_pid(a, 0, 2))) < 0);
    CHECK(otp_compare(otp_from_pid(otpi_pid(a, 0, 1)), otp_from_pid(otpi_pid(b, 0, 1))) < 0);
    CHECK(otp_compare(otp_from_pid(otpi_pid(a, 0, 1)), otp_from_pid(otpi_pid(later, 0, 1))) < 0);
    CHECK(otp_compare(otp_from_ref(otpi_ref(b, 1)), otp_from_ref(otpi_ref(a, 2))) > 0);
    CHECK(otp_compare(otp_from_ref(otpi_ref(a, 1)), otp_from_ref(otpi_ref(a, 2))) < 0);
    CHECK(otp_compare(port_of(b, 1), port_of(a, 2)) > 0);
    CHECK(otp_compare(port_of(a, 1), port_of(a, UINT64_MAX)) < 0);
    otp_scope_end(scope);
}
