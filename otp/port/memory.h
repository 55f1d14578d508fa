/* SPDX-License-Identifier: MIT */
/*
 * All memory of the runtime comes from here: counted exactly, and refusable on demand.
 *
 * Faults: a thread may set a function that is asked before each allocation, with the size and the
 * source place; when it answers true, the allocation fails as if memory were out. Block pools in
 * the rooms above ask the same question through otpi_alloc_should_fail.
 */
#ifndef OTP_PORT_MEMORY_H
#define OTP_PORT_MEMORY_H

#include "base/allocator.h"
#include "base/assert.h"

/* ---- Blocks: aligned to 16 bytes, NULL when out of memory, any thread may free ---- */

#define otpi_alloc(size)                otpi_alloc_at((size), OTPI_SITE)
#define otpi_calloc(count, size)        otpi_calloc_at((count), (size), OTPI_SITE)
#define otpi_realloc(block, size)       otpi_realloc_at((block), (size), OTPI_SITE)
#define otpi_alloc_aligned(align, size) otpi_alloc_aligned_at((align), (size), OTPI_SITE)

void otpi_free(void *block); /* NULL is fine; for aligned blocks too */

OTP_MUST_CHECK __attribute__((malloc, alloc_size(1))) void *otpi_alloc_at(size_t size,
                                                                          const char *site);
/* Cleared; fails when count * size overflows. */
OTP_MUST_CHECK __attribute__((malloc, alloc_size(1, 2))) void *
otpi_calloc_at(size_t count, size_t size, const char *site);
/* block NULL is alloc; after a failure the old block is still there. size 0 is not free: as 1. */
OTP_MUST_CHECK __attribute__((alloc_size(2))) void *otpi_realloc_at(void *block, size_t size,
                                                                    const char *site);
/* align: a power of two. */
OTP_MUST_CHECK __attribute__((malloc, alloc_size(2))) void *
otpi_alloc_aligned_at(size_t align, size_t size, const char *site);

/* The same for the containers of base. */
extern const otpi_allocator otpi_heap_allocator;

typedef struct otpi_memory_stats {
    int64_t live_blocks;  /* allocated and not freed, of all threads */
    int64_t live_bytes;   /* as the C library rounds them up */
    int64_t total_allocs; /* ever */
} otpi_memory_stats;

/* Exact when no other thread allocates meanwhile. */
otpi_memory_stats otpi_memory_stats_read(void);

/* ---- Allocation faults ---- */

/* true = this allocation fails. May not allocate through this header. site: "file:line". */
typedef bool otpi_alloc_fault_fn(void *ctx, size_t size, const char *site);

typedef struct otpi_alloc_fault {
    otpi_alloc_fault_fn *fn;
    void *ctx;
} otpi_alloc_fault;

extern _Thread_local otpi_alloc_fault otpi_alloc_fault_now;

/* For the calling thread; fn NULL = none. */
void otpi_alloc_fault_set(otpi_alloc_fault_fn *fn, void *ctx);

static inline bool otpi_alloc_should_fail(size_t size, const char *site) {
    return OTPI_UNLIKELY(otpi_alloc_fault_now.fn != NULL) &&
           otpi_alloc_fault_now.fn(otpi_alloc_fault_now.ctx, size, site);
}

/* ---- Pages and stacks: sizes are rounded up to whole pages ---- */

/* Cleared memory straight from the kernel, touched lazily; NULL when refused. Not counted as
 * blocks. */
#define otpi_pages_map(size) otpi_pages_map_at((size), OTPI_SITE)
OTP_MUST_CHECK void *otpi_pages_map_at(size_t size, const char *site);
/* The same at an address that is a multiple of align (a power of two). */
#define otpi_pages_map_aligned(align, size) otpi_pages_map_aligned_at((align), (size), OTPI_SITE)
OTP_MUST_CHECK void *otpi_pages_map_aligned_at(size_t align, size_t size, const char *site);
/* Aligned to a huge page, and the kernel is asked for such: fewer faults, and fewer misses of the
 * processor's table of addresses, where all of a large array is used in no order. */
enum { OTPI_PAGES_HUGE = 2 << 20 };
#define otpi_pages_map_huge(size) otpi_pages_map_huge_at((size), OTPI_SITE)
OTP_MUST_CHECK void *otpi_pages_map_huge_at(size_t size, const char *site);
void otpi_pages_unmap(void *pages, size_t size);
/* Gives the memory back to the kernel but keeps the addresses; the pages read as zeros afterwards.
 */
void otpi_pages_discard(void *pages, size_t size);
size_t otpi_page_size(void);

/* A stack of size bytes; returns its lowest address. guard: the lowest page faults when touched (it
 * is part of size). Each guard costs the kernel two mappings: some 32,000 are the end. */
#define otpi_stack_map(size, guard) otpi_stack_map_at((size), (guard), OTPI_SITE)
OTP_MUST_CHECK void *otpi_stack_map_at(size_t size, bool guard, const char *site);
void otpi_stack_unmap(void *stack_low, size_t size);

#endif
