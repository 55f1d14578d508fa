/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "term/box.h"
#include "term/build.h"
#include "test_term.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static size_t words_of(const char *text) {
    return otpi_term_words(test_term(text));
}

UNIT("sizes are counted in words") {
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(words_of("1"), 0);
    CHECK_EQ(words_of("[]"), 0);
    CHECK_EQ(words_of("{}"), 1);
    CHECK_EQ(words_of("{a,b}"), 3);
    CHECK_EQ(words_of("[1,2]"), 4);
    CHECK_EQ(words_of("{1.5,{a},[b]}"), 4 + 2 + 2 + 2);
    CHECK_EQ(words_of("#{a => {b}, c => d}"), 5 + 2);
    CHECK_EQ(words_of("<<\"12345678\">>"), 3);
    CHECK_EQ(words_of("#Ref<0.0.0.1>"), 4);
    CHECK_EQ(words_of("100000000000000000000"), 3);
    otp_scope_end(scope);
}

/* Copies into a block of exactly the counted size, so that ASan sees a word too many. */
static void check_copy(otp_term term) {
    size_t words = otpi_term_words(term);
    uint64_t *block = malloc(words * 8 + 1);
    uint64_t *at = block;
    uint64_t *offheap = NULL;
    otp_term copy = otpi_term_copy(term, &at, &offheap);
    CHECK_EQ(at - block, words);
    CHECK(otp_equal(copy, term));
    CHECK_EQ(otp_hash(copy), otp_hash(term));
    CHECK_EQ(otpi_term_words(copy), words);
    otpi_offheap_release(offheap);
    free(block);
}

UNIT("random terms equal their copies") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 3000; i++) {
        otp_scope scope = otp_scope_begin();
        check_copy(test_term_random(&prng, 4));
        otp_scope_end(scope);
    }
}

UNIT("depth costs no machine stack") {
    otp_scope scope = otp_scope_begin();
    check_copy(test_term_deep(300000));
    otp_term right = otp_nil();
    for (int i = 0; i < 300000; i++) {
        right = otp_tuple(otp_int(i), otp_list(right));
    }
    check_copy(right);
    otp_scope_end(scope);
}

UNIT("large binaries are shared by copies and freed with the last") {
    otp_scope scope = otp_scope_begin();
    int64_t before = otpi_memory_stats_read().live_blocks;
    uint8_t bytes[65];
    memset(bytes, 7, sizeof bytes);
    otp_scope inner = otp_scope_begin();
    otp_term binary = otp_binary(bytes, sizeof bytes);
    otpi_pack *pack = otpi_pack_new(otp_list(binary, binary));
    REQUIRE(pack != NULL);
    otpi_pack_acquire(pack);
    const uint8_t *mine, *packed;
    size_t size;
    CHECK(otp_get_binary(binary, &mine, &size));
    CHECK(otp_get_binary(otp_head(pack->term), &packed, &size));
    CHECK(mine == packed);
    otp_scope_end(inner);
    otpi_pack_release(pack);
    CHECK(otp_get_binary(otp_head(pack->term), &packed, &size) && packed[64] == 7);
    otpi_pack_release(pack);
    CHECK(otpi_memory_stats_read().live_blocks <= before);
    otpi_pack_release(NULL);
    otp_scope_end(scope);
}

UNIT("a pack of an immediate has no words") {
    otpi_pack *pack = otpi_pack_new(otp_int(-3));
    REQUIRE(pack != NULL);
    CHECK_EQ(pack->words, 0);
    CHECK_EQ(pack->term.word, otp_int(-3).word);
    otpi_pack_release(pack);
}

static otp_term swept;

static bool pack_swept(bool failing) {
    (void)failing;
    otpi_pack *pack = otpi_pack_new(swept);
    otpi_pack_release(pack);
    return pack != NULL;
}

UNIT("packing a deep term without memory fails cleanly") {
    otp_scope scope = otp_scope_begin();
    swept = test_term_deep(500);
    CHECK(test_fail_each(pack_swept, 50) >= 3);
    otp_scope_end(scope);
}
