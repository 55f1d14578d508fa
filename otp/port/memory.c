/* SPDX-License-Identifier: MIT */
/*
 * Blocks from the C library, counted.
 *
 * Design notes. Each thread adds to counters of its own, so counting costs no atomic
 * read-modify-write; a block freed by another thread makes that thread's count negative, only the
 * sum means anything. The counters are in an append-only list without a lock: a thread that ends
 * leaves its node, with its counts, to the next thread. So nothing is lost at thread exit, and a
 * fork finds no lock taken. Calls of the C library are marked as the runtime's own (port/host.h):
 * who makes the allocations of a program fail has asked about these already, by their site.
 */
#include "port/memory.h"

#include "port/host.h"
#include "port/sanitizer.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct counters {
    /* Written by the owner only, read by anybody: relaxed, they publish nothing. */
    _Atomic int64_t allocs, frees, bytes;
    struct counters *next;
    atomic_bool owned;
} counters;

static counters shared; /* for threads that got none of their own: all add atomically */
static _Atomic(counters *) all_counters = &shared;
static _Thread_local counters *mine;
static pthread_key_t mine_key;
static pthread_once_t mine_key_once = PTHREAD_ONCE_INIT;

_Thread_local otpi_alloc_fault otpi_alloc_fault_now;

void otpi_alloc_fault_set(otpi_alloc_fault_fn *fn, void *ctx) {
    otpi_alloc_fault_now = (otpi_alloc_fault){fn, ctx};
}

/* ---- Counting ---- */

static void release_mine(void *node) {
    mine = NULL;
    /* release: pairs with the acquire in take_unowned, which continues these counts */
    atomic_store_explicit(&((counters *)node)->owned, false, memory_order_release);
}

static void create_key(void) {
    OTPI_ASSERT("port-001", pthread_key_create(&mine_key, release_mine) == 0);
}

static counters *take_unowned(void) {
    counters *node = atomic_load_explicit(&all_counters, memory_order_acquire);
    for (; node != &shared; node = node->next) {
        if (!atomic_exchange_explicit(&node->owned, true, memory_order_acquire)) {
            return node;
        }
    }
    return NULL;
}

static counters *add_counters(void) {
    counters *node = OTPI_HOST_OWN(calloc(1, sizeof *node));
    if (!node) {
        return NULL;
    }
    atomic_init(&node->owned, true);
    node->next = atomic_load_explicit(&all_counters, memory_order_relaxed);
    /* release: pairs with the acquire loads of the list's head */
    while (!atomic_compare_exchange_weak_explicit(&all_counters, &node->next, node,
                                                  memory_order_release, memory_order_relaxed)) {}
    return node;
}

static OTPI_NOINLINE OTPI_COLD counters *find_mine(void) {
    pthread_once(&mine_key_once, create_key);
    mine = take_unowned();
    if (!mine) {
        mine = add_counters();
    }
    if (mine && pthread_setspecific(mine_key, mine) != 0) {
        release_mine(mine);
    }
    if (!mine) {
        mine = &shared;
    }
    return mine;
}

static void add(_Atomic int64_t *counter, int64_t n) {
    int64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + n, memory_order_relaxed);
}

/* which: the allocs or frees of the counters. */
static void note(_Atomic int64_t *which, int64_t bytes, counters *node) {
    if (OTPI_UNLIKELY(node == &shared)) {
        atomic_fetch_add_explicit(which, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&node->bytes, bytes, memory_order_relaxed);
    } else {
        add(which, 1);
        add(&node->bytes, bytes);
    }
}

static counters *my_counters(void) {
    return OTPI_LIKELY(mine != NULL) ? mine : find_mine();
}

otpi_memory_stats otpi_memory_stats_read(void) {
    otpi_memory_stats stats = {0};
    counters *node = atomic_load_explicit(&all_counters, memory_order_acquire);
    for (; node; node = node->next) {
        int64_t allocs = atomic_load_explicit(&node->allocs, memory_order_relaxed);
        stats.total_allocs += allocs;
        stats.live_blocks += allocs - atomic_load_explicit(&node->frees, memory_order_relaxed);
        stats.live_bytes += atomic_load_explicit(&node->bytes, memory_order_relaxed);
    }
    return stats;
}

/* ---- Blocks ---- */

/* Larger requests are mistakes or attacks; a sanitizer would abort on them. */
static const size_t largest = (size_t)1 << 39;

static bool refused(size_t size, const char *site) {
    return OTPI_UNLIKELY(size > largest) || otpi_alloc_should_fail(size, site);
}

static void *counted(void *block) {
    if (OTPI_LIKELY(block != NULL)) {
        counters *node = my_counters();
        note(&node->allocs, (int64_t)malloc_usable_size(block), node);
    }
    return block;
}

void *otpi_alloc_at(size_t size, const char *site) {
    return refused(size, site) ? NULL : counted(OTPI_HOST_OWN(malloc(size ? size : 1)));
}

void *otpi_calloc_at(size_t count, size_t size, const char *site) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || refused(bytes, site)) {
        return NULL;
    }
    return counted(OTPI_HOST_OWN(calloc(1, bytes ? bytes : 1)));
}

void *otpi_realloc_at(void *block, size_t size, const char *site) {
    if (!block) {
        return otpi_alloc_at(size, site);
    }
    if (refused(size, site)) {
        return NULL;
    }
    int64_t before = (int64_t)malloc_usable_size(block);
    void *moved = OTPI_HOST_OWN(realloc(block, size ? size : 1));
    if (moved) {
        counters *node = my_counters(); /* one block ends, one begins */
        note(&node->frees, -before, node);
        note(&node->allocs, (int64_t)malloc_usable_size(moved), node);
    }
    return moved;
}

void *otpi_alloc_aligned_at(size_t align, size_t size, const char *site) {
    OTPI_ASSERT("port-002", align > 0 && (align & (align - 1)) == 0);
    if (refused(size, site)) {
        return NULL;
    }
    void *block = NULL;
    int err = OTPI_HOST_OWN(posix_memalign(&block, align < 16 ? 16 : align, size ? size : 1));
    return counted(err ? NULL : block);
}

void otpi_free(void *block) {
    if (block) {
        counters *node = my_counters();
        note(&node->frees, -(int64_t)malloc_usable_size(block), node);
        free(block);
    }
}

static void *heap_alloc(void *ctx, size_t size) {
    (void)ctx;
    return otpi_alloc(size);
}

static void *heap_resize(void *ctx, void *block, size_t size) {
    (void)ctx;
    return otpi_realloc(block, size);
}

static void heap_free(void *ctx, void *block) {
    (void)ctx;
    otpi_free(block);
}

const otpi_allocator otpi_heap_allocator = {heap_alloc, heap_resize, heap_free, NULL};
