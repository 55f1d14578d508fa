/* SPDX-License-Identifier: MIT */
#include "port/memory.h"

#include "port/thread.h"
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

UNIT("live blocks and bytes return to what they were") {
    otpi_memory_stats before = otpi_memory_stats_read();
    char *a = otpi_alloc(100);
    char *b = otpi_calloc(10, 10);
    char *c = otpi_alloc_aligned(256, 300);
    REQUIRE(a && b && c);
    CHECK_EQ((uintptr_t)a % 16, 0);
    CHECK_EQ((uintptr_t)c % 256, 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(b[i], 0);
    }
    otpi_memory_stats during = otpi_memory_stats_read();
    CHECK_EQ(during.live_blocks, before.live_blocks + 3);
    CHECK_EQ(during.total_allocs, before.total_allocs + 3);
    CHECK(during.live_bytes >= before.live_bytes + 500);
    otpi_free(a);
    otpi_free(b);
    otpi_free(c);
    otpi_free(NULL);
    otpi_memory_stats after = otpi_memory_stats_read();
    CHECK_EQ(after.live_blocks, before.live_blocks);
    CHECK_EQ(after.live_bytes, before.live_bytes);
}

UNIT("a resized block keeps its contents and counts once") {
    otpi_memory_stats before = otpi_memory_stats_read();
    char *block = otpi_realloc(NULL, 10);
    REQUIRE(block != NULL);
    memcpy(block, "contents", 9);
    for (size_t size = 20; size < 100000; size *= 3) {
        block = otpi_realloc(block, size);
        REQUIRE(block != NULL);
        CHECK_STR(block, "contents");
    }
    otpi_memory_stats during = otpi_memory_stats_read();
    CHECK_EQ(during.live_blocks, before.live_blocks + 1);
    otpi_free(block);
    CHECK_EQ(otpi_memory_stats_read().live_bytes, before.live_bytes);
}

UNIT("impossible sizes are refused") {
    volatile size_t huge = SIZE_MAX / 2;
    CHECK(otpi_alloc(huge) == NULL);
    CHECK(otpi_calloc(huge, 3) == NULL);
    CHECK(otpi_alloc_aligned(64, huge) == NULL);
    char *block = otpi_alloc(8);
    CHECK(otpi_realloc(block, huge) == NULL);
    otpi_free(block);
}

static const char *asked_site;
static size_t asked_size;

static bool refuse_when_counted_down(void *ctx, size_t size, const char *site) {
    int *left = ctx;
    asked_site = site;
    asked_size = size;
    return (*left)-- == 0;
}

UNIT("a fault strikes the chosen allocation and names its place") {
    otpi_memory_stats before = otpi_memory_stats_read();
    int left = 2;
    otpi_alloc_fault_set(refuse_when_counted_down, &left);
    void *a = otpi_alloc(1);
    void *b = otpi_calloc(2, 3);
    CHECK(a && b);
    CHECK_EQ(asked_size, 6);
    CHECK(otpi_realloc(a, 77) == NULL);
    CHECK_EQ(asked_size, 77);
    CHECK(strstr(asked_site, "memory_test.c:") != NULL);
    left = 0;
    CHECK(otpi_alloc_aligned(64, 1) == NULL);
    left = 0;
    CHECK(otpi_pages_map(1) == NULL);
    left = 0;
    CHECK(otpi_stack_map(1 << 16, true) == NULL);
    left = 0;
    CHECK(otpi_alloc_should_fail(5, "pool"));
    CHECK_STR(asked_site, "pool");
    otpi_alloc_fault_set(NULL, NULL);
    CHECK(!otpi_alloc_should_fail(5, "pool"));
    otpi_free(a);
    otpi_free(b);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before.live_blocks);
}

enum { THREADS = 4, BLOCKS = 2000 };

static void *blocks[THREADS][BLOCKS];

static void allocate_some(void *arg) {
    void **mine = arg;
    for (int i = 0; i < BLOCKS; i++) {
        mine[i] = otpi_alloc((size_t)(i % 200) + 1);
    }
}

static void free_some(void *arg) {
    void **theirs = arg;
    for (int i = 0; i < BLOCKS; i++) {
        otpi_free(theirs[i]);
    }
}

static void in_threads(otpi_thread_fn *fn) {
    otpi_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "memory", fn, blocks[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        otpi_thread_join(&threads[i]);
    }
}

UNIT("counts stay exact when other threads free, and after threads have ended") {
    otpi_memory_stats before = otpi_memory_stats_read();
    in_threads(allocate_some);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before.live_blocks + THREADS * BLOCKS);
    in_threads(free_some);
    otpi_memory_stats after = otpi_memory_stats_read();
    CHECK_EQ(after.live_blocks, before.live_blocks);
    CHECK_EQ(after.live_bytes, before.live_bytes);
    CHECK_EQ(after.total_allocs, before.total_allocs + THREADS * BLOCKS);
}

UNIT("the allocator for containers is this one") {
    otpi_memory_stats before = otpi_memory_stats_read();
    const otpi_allocator *heap = &otpi_heap_allocator;
    void *block = heap->alloc(heap->ctx, 10);
    block = heap->resize(heap->ctx, block, 20);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before.live_blocks + 1);
    heap->free(heap->ctx, block);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before.live_blocks);
}
