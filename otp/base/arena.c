/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <string.h>

enum { ALIGNMENT = 16, DEFAULT_CHUNK = 4096 };

struct otpi_arena_chunk {
    otpi_arena_chunk *next;
    size_t size; /* bytes at data */
    _Alignas(16) char data[];
};

void otpi_arena_init(otpi_arena *arena, const otpi_allocator *allocator, size_t chunk_size) {
    *arena =
        (otpi_arena){.allocator = allocator, .chunk_size = chunk_size ? chunk_size : DEFAULT_CHUNK};
}

static void free_chunks(otpi_arena *arena, otpi_arena_chunk *chunk) {
    while (chunk) {
        otpi_arena_chunk *next = chunk->next;
        arena->allocator->free(arena->allocator->ctx, chunk);
        chunk = next;
    }
}

void otpi_arena_fini(otpi_arena *arena) {
    free_chunks(arena, arena->chunks);
    otpi_arena_init(arena, arena->allocator, arena->chunk_size);
}

void otpi_arena_reset(otpi_arena *arena) {
    arena->bytes_used = 0;
    otpi_arena_chunk *chunk = arena->chunks;
    if (!chunk) {
        return;
    }
    free_chunks(arena, chunk->next);
    chunk->next = NULL;
    arena->at = chunk->data;
    arena->end = chunk->data + chunk->size;
}

static otpi_arena_chunk *new_chunk(otpi_arena *arena, size_t size) {
    if (size > SIZE_MAX - sizeof(otpi_arena_chunk)) {
        return NULL;
    }
    otpi_arena_chunk *chunk =
        arena->allocator->alloc(arena->allocator->ctx, sizeof(otpi_arena_chunk) + size);
    if (chunk) {
        chunk->size = size;
    }
    return chunk;
}

/* A chunk of its own goes behind the newest, which is bumped on. */
static void *alloc_alone(otpi_arena *arena, size_t size) {
    otpi_arena_chunk *chunk = new_chunk(arena, size);
    if (!chunk) {
        return NULL;
    }
    if (arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = NULL;
        arena->chunks = chunk;
        arena->at = arena->end = chunk->data + size;
    }
    arena->bytes_used += size;
    return chunk->data;
}

static bool start_chunk(otpi_arena *arena) {
    otpi_arena_chunk *chunk = new_chunk(arena, arena->chunk_size);
    if (!chunk) {
        return false;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->at = chunk->data;
    arena->end = chunk->data + chunk->size;
    return true;
}

void *otpi_arena_alloc(otpi_arena *arena, size_t size) {
    if (size > SIZE_MAX - ALIGNMENT) {
        return NULL;
    }
    size_t rounded = size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
    if (rounded > arena->chunk_size) {
        return alloc_alone(arena, rounded);
    }
    if (rounded > (size_t)(arena->end - arena->at) && !start_chunk(arena)) {
        return NULL;
    }
    void *object = arena->at;
    arena->at += rounded;
    arena->bytes_used += rounded;
    return object;
}

char *otpi_arena_copy(otpi_arena *arena, const char *bytes, size_t size) {
    char *copy = size < SIZE_MAX ? otpi_arena_alloc(arena, size + 1) : NULL;
    if (copy) {
        if (size > 0) {
            memcpy(copy, bytes, size);
        }
        copy[size] = '\0';
    }
    return copy;
}
