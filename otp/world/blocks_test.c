/* SPDX-License-Identifier: MIT */
#include "base/prng.h"
#include "port/thread.h"
#include "tests/unit.h"
#include "world/state.h"

#include <string.h>

typedef struct live {
    int64_t blocks, bytes;
} live;

static live live_now(void) {
    live l;
    otpi_block_live(&l.blocks, &l.bytes);
    return l;
}

UNIT("blocks are counted from their allocation to their end") {
    live before = live_now();
    void *small = otpi_block_alloc(40);
    void *large = otpi_block_alloc(100000);
    CHECK(small && large);
    live during = live_now();
    CHECK_EQ(during.blocks - before.blocks, 2);
    CHECK(during.bytes - before.bytes >= 100040);
    otpi_block_free(small, 40);
    otpi_block_free(large, 100000);
    live after = live_now();
    CHECK_EQ(after.blocks, before.blocks);
    CHECK_EQ(after.bytes, before.bytes);
}

UNIT("a block is as large as asked, and aligned") {
    for (size_t size = 1; size < 9000; size += size < 600 ? 1 : 97) {
        CHECK(otpi_block_size(size) >= size);
        char *block = otpi_block_alloc(size);
        REQUIRE(block != NULL);
        CHECK_EQ((uintptr_t)block % 16, 0);
        memset(block, 0xa5, size);
        otpi_block_free(block, size);
    }
}

enum { PLACES = 300, ROUNDS = 30000 };

UNIT("blocks that are held do not overlap") {
    unsigned char *held[PLACES] = {0};
    size_t sizes[PLACES] = {0};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int damaged = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t at = (size_t)otpi_prng_below(&prng, PLACES);
        if (held[at]) {
            damaged += held[at][0] != (at & 255) || held[at][sizes[at] - 1] != (at & 255);
            otpi_block_free(held[at], sizes[at]);
            held[at] = NULL;
        } else {
            sizes[at] = 1 + (size_t)otpi_prng_below(&prng, 700);
            held[at] = otpi_block_alloc(sizes[at]);
            REQUIRE(held[at] != NULL);
            memset(held[at], (int)(at & 255), sizes[at]);
        }
    }
    CHECK_EQ(damaged, 0);
    for (int i = 0; i < PLACES; i++) {
        otpi_block_free(held[i], sizes[i]);
    }
}

enum { HANDED = 90 };

static void free_all(void *arg) {
    void **blocks = arg;
    for (int i = 0; i < HANDED; i++) {
        otpi_block_free(blocks[i], 64);
    }
    otpi_blocks_thread_exit();
}

UNIT("a thread that only frees what others allocated is counted too") {
    live before = live_now();
    void *blocks[HANDED];
    for (int i = 0; i < HANDED; i++) {
        blocks[i] = otpi_block_alloc(64);
        REQUIRE(blocks[i] != NULL);
    }
    otpi_thread thread;
    REQUIRE(otpi_thread_start(&thread, "frees", free_all, blocks));
    otpi_thread_join(&thread);
    live after = live_now();
    CHECK_EQ(after.blocks, before.blocks);
    CHECK_EQ(after.bytes, before.bytes);
}
