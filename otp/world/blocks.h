/* SPDX-License-Identifier: MIT */
/*
 * Blocks: memory of messages, processes and records, of one of the size classes, from the worker's
 * cache; larger ones from the system allocator. The caller remembers the size. Callable from any
 * thread.
 *
 * What every message passes is in this file: the cache's lists, without atomics. An empty list, a
 * full one and an injected fault are seen to behind it, in blocks_pool.c. In the builds with
 * sanitizers (blocks_direct.c) the lists stay empty, and each block comes from the allocator.
 */
#ifndef OTP_WORLD_BLOCKS_H
#define OTP_WORLD_BLOCKS_H

#include "port/memory.h"

enum {
    OTPI_BLOCK_STEP = 16,
    OTPI_BLOCK_SMALL_MAX = 512,
    OTPI_BLOCK_MAX = 4096,
    OTPI_BLOCK_SMALL_CLASSES = OTPI_BLOCK_SMALL_MAX / OTPI_BLOCK_STEP, /* 16, 32, ... 512 */
    OTPI_BLOCK_CLASSES = OTPI_BLOCK_SMALL_CLASSES + 3 * 4,             /* 640, 768, ... 4096 */
};

typedef struct otpi_block {
    struct otpi_block *next;
    struct otpi_block *next_batch; /* of the first block of a batch in the depot */
} otpi_block;

typedef struct otpi_block_list {
    otpi_block *first;
    uint32_t count;
    uint32_t full; /* a batch is given away at this count; 0 until the cache is registered */
} otpi_block_list;

extern _Thread_local otpi_block_list otpi_block_lists[OTPI_BLOCK_CLASSES];

void *otpi_block_alloc_slow(size_t size);
void otpi_block_free_slow(void *block, size_t size);

static inline unsigned otpi_block_class_small(size_t size) {
    return (unsigned)((size + OTPI_BLOCK_STEP - 1) / OTPI_BLOCK_STEP) - (size != 0);
}

/* NULL when out of memory or an injected fault says so. */
static OTPI_INLINE void *otpi_block_alloc(size_t size) {
    if (OTPI_LIKELY(size <= OTPI_BLOCK_SMALL_MAX && !otpi_alloc_fault_now.fn)) {
        otpi_block_list *list = &otpi_block_lists[otpi_block_class_small(size)];
        otpi_block *block = list->first;
        if (OTPI_LIKELY(block != NULL)) {
            list->first = block->next;
            list->count--;
            return block;
        }
    }
    return otpi_block_alloc_slow(size);
}

/* NULL is fine. */
static OTPI_INLINE void otpi_block_free(void *memory, size_t size) {
    if (OTPI_LIKELY(size <= OTPI_BLOCK_SMALL_MAX && memory)) {
        otpi_block_list *list = &otpi_block_lists[otpi_block_class_small(size)];
        if (OTPI_LIKELY(list->count + 1 < list->full)) {
            otpi_block *block = memory;
            block->next = list->first;
            list->first = block;
            list->count++;
            return;
        }
    }
    otpi_block_free_slow(memory, size);
}

size_t otpi_block_size(size_t size); /* what a block of that size really takes */
/* Blocks and bytes in use over all threads of the OS process; exact when they are quiet. */
void otpi_block_live(int64_t *blocks, int64_t *bytes);

#endif
