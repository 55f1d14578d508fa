/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

#include <string.h>

static test_memory memory;
static otpi_allocator allocator;

static void open_arena(otpi_arena *arena, size_t chunk_size) {
    allocator = test_allocator(&memory);
    otpi_arena_init(arena, &allocator, chunk_size);
}

UNIT("objects are aligned, do not overlap and keep their contents") {
    enum { OBJECTS = 500 };
    otpi_arena arena;
    open_arena(&arena, 256);
    unsigned char *objects[OBJECTS];
    size_t sizes[OBJECTS];
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < OBJECTS; i++) {
        sizes[i] = (size_t)otpi_prng_below(&prng, i % 10 == 0 ? 1000 : 60);
        objects[i] = otpi_arena_alloc(&arena, sizes[i]);
        REQUIRE(objects[i] != NULL);
        CHECK_EQ((uintptr_t)objects[i] % 16, 0);
        memset(objects[i], i % 251, sizes[i]);
    }
    for (int i = 0; i < OBJECTS; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            REQUIRE(objects[i][k] == i % 251);
        }
    }
    otpi_arena_fini(&arena);
    CHECK_EQ(memory.live, 0);
}

UNIT("reset keeps one chunk and hands its memory out again") {
    otpi_arena arena;
    open_arena(&arena, 256);
    for (int i = 0; i < 100; i++) {
        REQUIRE(otpi_arena_alloc(&arena, 100) != NULL);
    }
    CHECK(memory.live > 10);
    otpi_arena_reset(&arena);
    CHECK_EQ(memory.live, 1);
    CHECK_EQ(arena.bytes_used, 0);
    long requests = memory.requests;
    void *first = otpi_arena_alloc(&arena, 10);
    otpi_arena_reset(&arena);
    CHECK(otpi_arena_alloc(&arena, 10) == first);
    CHECK_EQ(memory.requests, requests);
    otpi_arena_fini(&arena);
}

UNIT("a large object does not end the chunk that is being filled") {
    otpi_arena arena;
    open_arena(&arena, 1024);
    char *a = otpi_arena_alloc(&arena, 16);
    REQUIRE(a && otpi_arena_alloc(&arena, 5000));
    CHECK(otpi_arena_alloc(&arena, 16) == a + 16);
    otpi_arena_fini(&arena);
    open_arena(&arena, 1024);
    CHECK(otpi_arena_alloc(&arena, 5000) && otpi_arena_alloc(&arena, 16));
    otpi_arena_fini(&arena);
    CHECK_EQ(memory.live, 0);
}

UNIT("refused memory and impossible sizes are NULL, and the arena stays usable") {
    otpi_arena arena;
    open_arena(&arena, 64);
    memory.refuse_from = 1;
    CHECK(otpi_arena_alloc(&arena, 16) == NULL);
    CHECK(otpi_arena_alloc(&arena, 1000) == NULL);
    memory.refuse_from = 0;
    CHECK(otpi_arena_alloc(&arena, SIZE_MAX) == NULL);
    CHECK(otpi_arena_alloc(&arena, SIZE_MAX - 40) == NULL);
    CHECK_STR(otpi_arena_copy(&arena, "still here", 10), "still here");
    otpi_arena_fini(&arena);
}

UNIT("a copied string ends with a NUL of its own") {
    otpi_arena arena;
    open_arena(&arena, 0);
    CHECK_STR(otpi_arena_copy(&arena, "abcdef", 3), "abc");
    CHECK_STR(otpi_arena_copy(&arena, NULL, 0), "");
    otpi_arena_fini(&arena);
}
