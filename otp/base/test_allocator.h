/* SPDX-License-Identifier: MIT */
/*
 * The allocator of this room's tests: counts live blocks and refuses the n-th request when told to.
 */
#ifndef OTP_BASE_TEST_ALLOCATOR_H
#define OTP_BASE_TEST_ALLOCATOR_H

#include "base/allocator.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct test_memory {
    long live;
    long requests;
    long refuse_from; /* requests from this one on fail; 0 = none */
} test_memory;

static inline bool test_refused(test_memory *memory) {
    memory->requests++;
    return memory->refuse_from && memory->requests >= memory->refuse_from;
}

static inline void *test_alloc(void *ctx, size_t size) {
    test_memory *memory = ctx;
    bool refused = test_refused(memory) || size > (size_t)1 << 32;
    void *block = refused ? NULL : malloc(size);
    memory->live += block != NULL;
    return block;
}

static inline void *test_resize(void *ctx, void *block, size_t size) {
    test_memory *memory = ctx;
    void *moved = test_refused(memory) ? NULL : realloc(block, size);
    memory->live += !block && moved;
    return moved;
}

static inline void test_free(void *ctx, void *block) {
    test_memory *memory = ctx;
    memory->live -= block != NULL;
    free(block);
}

static inline otpi_allocator test_allocator(test_memory *memory) {
    *memory = (test_memory){0};
    return (otpi_allocator){test_alloc, test_resize, test_free, memory};
}

#endif
