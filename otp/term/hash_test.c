/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "term/atom.h"
#include "test_term.h"
#include "unit.h"

#include <stdlib.h>

static const struct {
    const char *text;
    uint64_t hash;
} known[] = {
    {"ok", 0x170fbc6c7658a178},
    {"5", 0xc77b8c2d0f2ccffc},
    {"-576460752303423489", 0xe0065f4528233807},
    {"1.5", 0x44d120d02076ac9e},
    {"{add,5}", 0x4687078feaae6b0a},
    {"[1,2|x]", 0xf426fa3d56982d9e},
    {"#{a => <<\"text\">>}", 0xda5a7b91abcc5205},
    {"<0.5.0>", 0xfc173c0b640a60af},
    {"#Ref<0.1.2.3>", 0x97b864e6440bca71},
    {"<<5:3>>", 0xd646e2e6ed7e3fd8},
    {"fun lists:map/2", 0x01081d529617b6ba},
    {"[]", 0x624b4f36546690e7},
    {"#Port<0.7>", 0xdcec09275e847bf8},
};

UNIT("hashes are the same in every run of every program, for ever") {
    otp_scope scope = otp_scope_begin();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        CHECK_EQ(otp_hash(test_term(known[i].text)), known[i].hash);
    }
    otp_scope_end(scope);
}

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
