/* SPDX-License-Identifier: MIT */
/*
 * Where the containers of this room get their memory: base lies below the room that has it.
 * otpi_heap (port/memory.h) is the one the runtime uses; tests bring their own.
 */
#ifndef OTP_BASE_ALLOCATOR_H
#define OTP_BASE_ALLOCATOR_H

#include <stddef.h>

typedef struct otpi_allocator {
    /* A block aligned to 16 bytes, or NULL. size > 0. */
    void *(*alloc)(void *ctx, size_t size);
    /* As realloc: the block, perhaps moved, with its contents; NULL leaves the old block alone.
     * block == NULL is alloc. */
    void *(*resize)(void *ctx, void *block, size_t size);
    /* NULL is fine. */
    void (*free)(void *ctx, void *block);
    void *ctx;
} otpi_allocator;

#endif
