/* SPDX-License-Identifier: MIT */
/*
 * Blocks straight from the allocator, for the builds with sanitizers: each use after free and each
 * leak is seen. The pool of the other builds is blocks_pool.c.
 */
#include "port/memory.h"
#include "world/state.h"

#include <stdatomic.h>

_Thread_local otpi_block_list otpi_block_lists[OTPI_BLOCK_CLASSES]; /* always empty */

static _Atomic int64_t live_blocks;
static _Atomic int64_t live_bytes;

size_t otpi_block_size(size_t size) {
    return (size + 15) & ~(size_t)15;
}

void *otpi_block_alloc_slow(size_t size) {
    void *block = otpi_alloc(otpi_block_size(size));
    if (block) {
        atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&live_bytes, (int64_t)otpi_block_size(size),
                                  memory_order_relaxed);
    }
    return block;
}

void otpi_block_free_slow(void *block, size_t size) {
    if (block) {
        atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&live_bytes, (int64_t)otpi_block_size(size),
                                  memory_order_relaxed);
    }
    otpi_free(block);
}

void otpi_block_live(int64_t *blocks, int64_t *bytes) {
    *blocks = atomic_load(&live_blocks);
    *bytes = atomic_load(&live_bytes);
}

void otpi_blocks_thread_exit(void) {
}
