/* SPDX-License-Identifier: MIT */
/*
 * Blocks by size class: a cache per thread without atomics, and a depot through which full batches
 * move between threads (the receiver frees what the sender allocated).
 *
 * After Bonwick and Adams, "Magazines and Vmem" (2001), without the slab layer: slabs are never
 * given back, they are reused. Classes step by 16 bytes up to 512, then four to a doubling up to 4
 * KiB; larger blocks come from the allocator.
 */
#include "port/memory.h"
#include "port/thread.h"
#include "world/state.h"

enum {
    BLOCK_BATCH_BYTES = 8192,
    SLAB_SIZE = 256 * 1024,
};

typedef otpi_block block;
typedef otpi_block_list block_list;

typedef struct block_cache {
    block_list *lists; /* the thread's */
    /* taken from the depot less given back: what of it is not in the list is live. A thread that
     * frees what others allocated has a negative share: only sums mean something. */
    int64_t held[OTPI_BLOCK_CLASSES];
    int64_t large_blocks, large_bytes;
    struct block_cache *next; /* in the list of all caches */
    bool registered;
} block_cache;

typedef struct block_depot {
    otpi_spin lock;
    block *batches; /* of class_batch blocks each */
    block *loose;   /* what threads that ended had left over */
    char *slab, *slab_end;
} block_depot;

_Thread_local otpi_block_list otpi_block_lists[OTPI_BLOCK_CLASSES];
static _Thread_local block_cache cache;
static block_depot depots[OTPI_BLOCK_CLASSES];
static otpi_spin caches_lock; /* of all_caches and finished; after no other lock */
static block_cache *all_caches;
static int64_t finished[OTPI_BLOCK_CLASSES]; /* live counts of threads that have ended */
static int64_t finished_blocks, finished_bytes;

static inline unsigned class_of(size_t size) {
    if (OTPI_LIKELY(size <= OTPI_BLOCK_SMALL_MAX)) {
        return otpi_block_class_small(size);
    }
    unsigned top = 63 - (unsigned)__builtin_clzll(size - 1); /* 512 < size: top >= 9 */
    unsigned quarter = (unsigned)((size - 1) >> (top - 2)) & 3;
    return OTPI_BLOCK_SMALL_CLASSES + (top - 9) * 4 + quarter;
}

static inline size_t class_size(unsigned class) {
    if (class < OTPI_BLOCK_SMALL_CLASSES) {
        return (class + 1) * (size_t)OTPI_BLOCK_STEP;
    }
    unsigned above = class - OTPI_BLOCK_SMALL_CLASSES;
    return (size_t)(5 + above % 4) << (above / 4 + 7);
}

static inline uint32_t class_batch(unsigned class) {
    size_t n = BLOCK_BATCH_BYTES / class_size(class);
    return n > 128 ? 128 : (uint32_t)n;
}

size_t otpi_block_size(size_t size) {
    return size > OTPI_BLOCK_MAX ? size : class_size(class_of(size));
}

static void cache_register(void) {
    cache.registered = true;
    cache.lists = otpi_block_lists;
    for (unsigned class = 0; class < OTPI_BLOCK_CLASSES; class ++) {
        otpi_block_lists[class].full = 2 * class_batch(class);
    }
    otpi_spin_lock(&caches_lock);
    cache.next = all_caches;
    all_caches = &cache;
    otpi_spin_unlock(&caches_lock);
}

/* Cuts up to a batch of new blocks from the depot's slab. Depot locked. */
static block *depot_carve(block_depot *depot, unsigned class, uint32_t *count) {
    size_t size = class_size(class);
    if (depot->slab == depot->slab_end) {
        depot->slab = otpi_pages_map(SLAB_SIZE);
        depot->slab_end = depot->slab ? depot->slab + SLAB_SIZE / size * size : NULL;
    }
    block *first = NULL;
    uint32_t n = 0;
    for (; n < class_batch(class) && depot->slab != depot->slab_end; n++) {
        block *b = (block *)(void *)depot->slab;
        depot->slab += size;
        b->next = first;
        first = b;
    }
    *count = n;
    return first;
}

/* Up to a batch of the loose blocks. Depot locked. */
static block *depot_gather(block_depot *depot, unsigned class, uint32_t *count) {
    block *first = depot->loose;
    block *last = first;
    uint32_t n = 1;
    for (; n < class_batch(class) && last->next; n++) {
        last = last->next;
    }
    depot->loose = last->next;
    last->next = NULL;
    *count = n;
    return first;
}

static OTPI_NOINLINE bool cache_refill(unsigned class) {
    if (!cache.registered) {
        cache_register();
    }
    block_depot *depot = &depots[class];
    block_list *list = &otpi_block_lists[class];
    otpi_spin_lock(&depot->lock);
    block *batch = depot->batches;
    uint32_t count = class_batch(class);
    if (batch) {
        depot->batches = batch->next_batch;
    } else if (depot->loose) {
        batch = depot_gather(depot, class, &count);
    } else {
        batch = depot_carve(depot, class, &count);
    }
    otpi_spin_unlock(&depot->lock);
    list->first = batch;
    list->count = batch ? count : 0;
    cache.held[class] += list->count;
    return batch != NULL;
}

/* Gives one full batch to the depot. */
static void cache_spill(unsigned class) {
    block_list *list = &otpi_block_lists[class];
    block *first = list->first;
    block *last = first;
    uint32_t n = class_batch(class);
    for (uint32_t i = 1; i < n; i++) {
        last = last->next;
    }
    list->first = last->next;
    list->count -= n;
    cache.held[class] -= n;
    last->next = NULL;
    block_depot *depot = &depots[class];
    otpi_spin_lock(&depot->lock);
    first->next_batch = depot->batches;
    depot->batches = first;
    otpi_spin_unlock(&depot->lock);
}

/* A list has reached what it may hold, or this is the first block that the thread frees. */
static OTPI_NOINLINE void cache_full(unsigned class) {
    if (!cache.registered) {
        cache_register();
    }
    if (otpi_block_lists[class].count >= otpi_block_lists[class].full) {
        cache_spill(class);
    }
}

static void large_count(int64_t blocks, int64_t bytes) {
    if (!cache.registered) {
        cache_register();
    }
    cache.large_blocks += blocks;
    cache.large_bytes += bytes;
}

static OTPI_NOINLINE void *large_alloc(size_t size) {
    void *memory = otpi_alloc(size);
    if (memory) {
        large_count(1, (int64_t)size);
    }
    return memory;
}

static OTPI_NOINLINE void large_free(void *memory, size_t size) {
    large_count(-1, -(int64_t)size);
    otpi_free(memory);
}

void *otpi_block_alloc_slow(size_t size) {
    if (OTPI_UNLIKELY(size > OTPI_BLOCK_MAX)) {
        return large_alloc(size);
    }
    if (OTPI_UNLIKELY(otpi_alloc_should_fail(size, OTPI_SITE))) {
        return NULL;
    }
    unsigned class = class_of(size);
    block_list *list = &otpi_block_lists[class];
    if (OTPI_UNLIKELY(!list->first) && !cache_refill(class)) {
        return NULL;
    }
    block *b = list->first;
    list->first = b->next;
    list->count--;
    return b;
}

void otpi_block_free_slow(void *memory, size_t size) {
    if (OTPI_UNLIKELY(!memory)) {
        return;
    }
    if (OTPI_UNLIKELY(size > OTPI_BLOCK_MAX)) {
        large_free(memory, size);
        return;
    }
    unsigned class = class_of(size);
    block_list *list = &otpi_block_lists[class];
    block *b = memory;
    b->next = list->first;
    list->first = b;
    if (OTPI_UNLIKELY(++list->count >= list->full)) {
        cache_full(class);
    }
}

/* Gives all the cache holds of a class to the depot. */
static void cache_give_up(unsigned class) {
    block_list *list = &otpi_block_lists[class];
    while (list->count >= class_batch(class)) {
        cache_spill(class);
    }
    block_depot *depot = &depots[class];
    otpi_spin_lock(&depot->lock);
    while (list->first) {
        block *b = list->first;
        list->first = b->next;
        b->next = depot->loose;
        depot->loose = b;
    }
    otpi_spin_unlock(&depot->lock);
    cache.held[class] -= list->count;
    list->count = 0;
}

static void cache_unregister(void) {
    for (block_cache **at = &all_caches; *at; at = &(*at)->next) {
        if (*at == &cache) {
            *at = cache.next;
            return;
        }
    }
}

/* Called by a worker's thread before it ends: nothing of its cache is lost. A thread that has only
 * freed blocks of others was never registered, but counts all the same. */
void otpi_blocks_thread_exit(void) {
    for (unsigned class = 0; class < OTPI_BLOCK_CLASSES; class ++) {
        cache_give_up(class);
    }
    otpi_spin_lock(&caches_lock);
    cache_unregister();
    for (unsigned class = 0; class < OTPI_BLOCK_CLASSES; class ++) {
        finished[class] += cache.held[class];
        cache.held[class] = 0;
        otpi_block_lists[class].full = 0;
    }
    finished_blocks += cache.large_blocks;
    finished_bytes += cache.large_bytes;
    otpi_spin_unlock(&caches_lock);
    cache.registered = false;
}

void otpi_block_live(int64_t *blocks, int64_t *bytes) {
    otpi_spin_lock(&caches_lock);
    *blocks = finished_blocks;
    *bytes = finished_bytes;
    for (unsigned class = 0; class < OTPI_BLOCK_CLASSES; class ++) {
        int64_t live = finished[class];
        for (const block_cache *c = all_caches; c; c = c->next) {
            live += __atomic_load_n(&c->held[class], __ATOMIC_RELAXED) -
                    __atomic_load_n(&c->lists[class].count, __ATOMIC_RELAXED);
        }
        *blocks += live;
        *bytes += live * (int64_t)class_size(class);
    }
    for (const block_cache *c = all_caches; c; c = c->next) {
        *blocks += c->large_blocks;
        *bytes += c->large_bytes;
    }
    otpi_spin_unlock(&caches_lock);
}
