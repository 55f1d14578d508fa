/* SPDX-License-Identifier: MIT */
/*
 * Bump allocation in chunks: many small objects that die together. An object larger than a chunk
 * gets one of its own. Objects are aligned to 16 bytes and never move.
 */
#ifndef OTP_BASE_ARENA_H
#define OTP_BASE_ARENA_H

#include "base/allocator.h"

#include <otp/api.h>

typedef struct otpi_arena_chunk otpi_arena_chunk;

typedef struct otpi_arena {
    otpi_arena_chunk *chunks; /* newest first; the one that is bumped */
    char *at, *end;           /* the free part of the newest chunk */
    size_t chunk_size;
    size_t bytes_used; /* handed out, with alignment */
    const otpi_allocator *allocator;
} otpi_arena;

/* chunk_size 0 = 4 KiB. Allocates nothing yet. */
void otpi_arena_init(otpi_arena *arena, const otpi_allocator *allocator, size_t chunk_size);
void otpi_arena_fini(otpi_arena *arena);
/* Ends all objects; keeps one chunk for the next ones. */
void otpi_arena_reset(otpi_arena *arena);

/* NULL when out of memory. The memory is not cleared. size 0 gives a valid address. */
OTP_MUST_CHECK void *otpi_arena_alloc(otpi_arena *arena, size_t size);
/* A copy of the bytes with a NUL behind them; NULL when out of memory. */
OTP_MUST_CHECK char *otpi_arena_copy(otpi_arena *arena, const char *bytes, size_t size);

#endif
