/* SPDX-License-Identifier: MIT */
/*
 * Binary min heap of items by a 64-bit key (a deadline, mostly). Equal keys come out in the order
 * they went in: what happens at the same instant happens in a reproducible order. To remove an item
 * early, give the address of a size_t in it: the heap keeps the item's present index there.
 */
#ifndef OTP_BASE_HEAP_H
#define OTP_BASE_HEAP_H

#include "base/allocator.h"

#include <otp/api.h>

/* What the heap stores at *position when the item leaves it. */
#define OTPI_HEAP_NOWHERE SIZE_MAX

typedef struct otpi_heap_entry {
    uint64_t key;
    uint64_t serial; /* order of pushes */
    void *item;
    size_t *position; /* NULL = the item can't be removed early */
} otpi_heap_entry;

typedef struct otpi_heap {
    otpi_heap_entry *entries;
    size_t count, capacity;
    uint64_t next_serial;
    const otpi_allocator *allocator;
} otpi_heap;

void otpi_heap_init(otpi_heap *heap, const otpi_allocator *allocator);
void otpi_heap_fini(otpi_heap *heap);

/* false when out of memory: the heap is unchanged. */
OTP_MUST_CHECK bool otpi_heap_push(otpi_heap *heap, uint64_t key, void *item, size_t *position);
/* NULL when empty. The entry is good until the heap changes. */
const otpi_heap_entry *otpi_heap_min(const otpi_heap *heap);
/* Removes the minimum and returns its item; NULL when empty. */
void *otpi_heap_pop(otpi_heap *heap);
/* Removes the entry at an index (as kept at *position) and returns its item. */
void *otpi_heap_remove_at(otpi_heap *heap, size_t index);

static inline size_t otpi_heap_count(const otpi_heap *heap) {
    return heap->count;
}

#endif
