/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "term/atom.h"
#include "test_term.h"
#include "unit.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

UNIT("small integers, pairs and nested lists do not collide") {
    enum { N = 20000 };
    static uint64_t hashes[4 * N];
    otp_scope scope = otp_scope_begin();
    for (int i = 0; i < N; i++) {
        otp_term n = otp_int(i);
        hashes[4 * i] = otp_hash(n);
        hashes[4 * i + 1] = otp_hash(otp_tuple(n, otp_int(i % 7)));
        hashes[4 * i + 2] = otp_hash(otp_list(n));
        hashes[4 * i + 3] = otp_hash(otp_list(otp_list(n)));
    }
    qsort(hashes, 4 * N, sizeof hashes[0], by_value);
    int collisions = 0;
    for (int i = 1; i < 4 * N; i++) {
        collisions += hashes[i] == hashes[i - 1];
    }
    CHECK_EQ(collisions, 0);
    otp_scope_end(scope);
}

UNIT("shape counts: {[1],2}, {[1,2]}, {1,[2]} differ") {
    otp_scope scope = otp_scope_begin();
    static const char *const texts[] = {"{[1],2}", "{[1,2]}", "{1,[2]}",   "[1,2]",
                                        "{1,2}",   "[1|2]",   "#{1 => 2}", "[[1],2]",
                                        "[[1,2]]", "{{1},2}", "<<1,2>>"};
    enum { N = sizeof texts / sizeof texts[0] };
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            CHECK(otp_hash(test_term(texts[i])) != otp_hash(test_term(texts[j])));
        }
    }
    otp_scope_end(scope);
}
