/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "term/box.h"
#include "test_term.h"
#include "unit.h"

#include <string.h>

static int64_t live_blocks(void) {
    return otpi_memory_stats_read().live_blocks;
}

static int destroyed;

static void count_destroy(void *object) {
    (void)object;
    destroyed++;
}

static const otp_resource_type counted = {.name = "counted", .destroy = count_destroy};

UNIT("a scope hands out words in a row and more than its first chunk has") {
    uint64_t first[16];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    int64_t before = live_blocks();
    otpi_scope_init(&scope, first, 16);
    otpi_scope_now = &scope;
    CHECK(otpi_scope_words(4) == first);
    CHECK(otpi_scope_words(12) == first + 4);
    uint64_t *more = otpi_scope_words(3000);
    CHECK(more != NULL && (more < first || more >= first + 16));
    memset(more, 1, 3000 * sizeof *more);
    CHECK_EQ(live_blocks(), before + 1);
    otpi_scope_reset(&scope);
    CHECK_EQ(live_blocks(), before);
    CHECK(otpi_scope_words(1) == first);
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
}

UNIT("a scope with a limit fails beyond it and works on after a reset") {
    uint64_t first[16];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 16);
    scope.words_max = 100;
    otpi_scope_now = &scope;
    CHECK(otpi_scope_words(50) != NULL);
    CHECK(otpi_scope_words(35) == NULL);
    CHECK(otpi_scope_words(34) != NULL);
    CHECK(otpi_scope_words(1) == NULL);
    otpi_scope_reset(&scope);
    CHECK(otpi_scope_words(84) != NULL);
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
}

UNIT("nested scopes give back their words, chunks and shared parts, in any number") {
    otp_scope outer = otp_scope_begin();
    int64_t before = live_blocks();
    otp_term kept = otp_tuple(otp_int(1), otp_int(2));
    char large[100] = "large";
    for (int i = 0; i < 100; i++) {
        otp_scope inner = otp_scope_begin();
        for (int j = 0; j < 50; j++) {
            (void)otp_list(otp_binary(large, sizeof large), otp_int(j));
        }
        CHECK(live_blocks() > before);
        otp_scope_end(inner);
    }
    CHECK(live_blocks() <= before + 1); /* the chunk that kept may lie in */
    CHECK(otp_equal(kept, otp_tuple(otp_int(1), otp_int(2))));
    otp_scope_end(outer);
}

UNIT("a term is carried out of a scope, its shared parts with it") {
    otp_scope outer = otp_scope_begin();
    destroyed = 0;
    otp_scope inner = otp_scope_begin();
    char large[300];
    memset(large, 'x', sizeof large);
    otp_term list = otp_nil();
    for (int i = 0; i < 200; i++) {
        list = otp_cons(otp_tuple(otp_int(i), otp_float(i)), list);
    }
    otp_term built =
        otp_tuple(otp_resource(&counted, large), otp_binary(large, sizeof large), list);
    otp_term carried = otp_scope_end_with(inner, built);
    CHECK_EQ(destroyed, 0);
    const uint8_t *bytes;
    size_t size;
    REQUIRE(otp_get_binary(otp_element(carried, 1), &bytes, &size));
    CHECK(size == sizeof large && memcmp(bytes, large, size) == 0);
    CHECK(otp_resource_get(otp_element(carried, 0), &counted) == large);
    CHECK_EQ(otp_length(otp_element(carried, 2)), 200);
    otp_scope_end(outer);
    CHECK_EQ(destroyed, 1);
    CHECK_EQ(otp_scope_end_with(otp_scope_begin(), otp_int(7)).word, otp_int(7).word);
}

/* ---- Held messages ---- */

typedef struct held {
    struct held *next;
    int *released;
} held;

static void release_held(void *chain) {
    for (held *h = chain; h; h = h->next) {
        (*h->released)++;
    }
}

static void hold(otpi_scope *scope, held *message, int *released) {
    *message = (held){scope->held, released};
    scope->held = message;
}

UNIT("what is received inside a nested scope ends with it, what was before does not") {
    void (*seam)(void *) = otpi_terms.release_held;
    otpi_terms.release_held = release_held;
    uint64_t first[64];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 64);
    otpi_scope_now = &scope;
    int early = 0;
    int late = 0;
    held messages[6];
    hold(&scope, &messages[0], &early);
    otp_scope nested = otp_scope_begin();
    hold(&scope, &messages[1], &late);
    hold(&scope, &messages[2], &late);
    otp_scope deeper = otp_scope_begin();
    CHECK_EQ(scope.nested, 2);
    hold(&scope, &messages[3], &late);
    otp_scope_end(deeper);
    CHECK_EQ(late, 1);
    otp_scope_end(nested);
    CHECK_EQ(late, 3);
    CHECK_EQ(early, 0);
    /* Killed in the middle: a reset finds all of them. */
    (void)otp_scope_begin();
    hold(&scope, &messages[4], &late);
    (void)otp_scope_begin();
    hold(&scope, &messages[5], &late);
    otpi_scope_reset(&scope);
    CHECK_EQ(late, 5);
    CHECK_EQ(early, 1);
    CHECK_EQ(scope.nested, 0);
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    otpi_terms.release_held = seam;
}

UNIT("nested scopes in a loop leave the outer one as it was, also when it holds messages") {
    uint64_t first[64];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 64);
    otpi_scope_now = &scope;
    int released = 0;
    held message;
    hold(&scope, &message, &released);
    uint64_t *before = scope.at;
    for (int i = 0; i < 1000; i++) {
        otp_scope nested = otp_scope_begin();
        (void)otp_tuple(otp_int(i));
        otp_scope_end(nested);
    }
    CHECK(scope.at == before);
    CHECK(scope.chunks == NULL);
    scope.held = NULL;
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
}

UNIT("a rollback undoes half of a reading without being a nested scope") {
    otp_scope outer = otp_scope_begin();
    otp_scope mark = otpi_scope_mark();
    destroyed = 0;
    (void)otp_resource(&counted, NULL);
    otpi_scope_rollback(mark);
    CHECK_EQ(destroyed, 1);
    otp_scope_end(outer);
}

/* ---- Failing allocations ---- */

static bool carry(bool failing) {
    (void)failing;
    otp_scope outer = otp_scope_begin();
    otp_scope inner = otp_scope_begin();
    char large[300] = "x";
    otp_term list = otp_nil();
    for (int i = 0; i < 400; i++) {
        list = otp_cons(otp_int(i), list);
    }
    otp_term built =
        otp_tuple(list, otp_binary(large, sizeof large), otp_resource(&counted, large));
    otp_term carried = otp_scope_end_with(inner, built);
    bool fine = !otp_is_none(carried);
    otp_scope_end(outer);
    return fine;
}

UNIT("every failing allocation of building and carrying gives OTP_NONE and leaks nothing") {
    CHECK(test_fail_each(carry, 100) >= 4);
}

UNIT("a thread may end its own scope") {
    otp_scope_end(otp_scope_begin());
    otpi_scope *own = otpi_scope_now;
    char large[100] = "";
    int64_t before = live_blocks();
    (void)otp_binary(large, sizeof large);
    CHECK(live_blocks() > before);
    otpi_scope_thread_end();
    CHECK(live_blocks() <= before);
    CHECK(otpi_scope_now == NULL);
    CHECK(!otp_is_none(otp_tuple(otp_int(1))));
    CHECK(otpi_scope_now == own);
}
