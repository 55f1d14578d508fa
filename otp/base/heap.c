/* SPDX-License-Identifier: MIT */
#include "base/heap.h"

#include "base/assert.h"

enum { FIRST_CAPACITY = 16 };

static bool before(const otpi_heap_entry *a, const otpi_heap_entry *b) {
    return a->key != b->key ? a->key < b->key : a->serial < b->serial;
}

static void put_at(otpi_heap *heap, size_t index, otpi_heap_entry entry) {
    heap->entries[index] = entry;
    if (entry.position) {
        *entry.position = index;
    }
}

/* Lets the entry rise from the free place at index to where its parent is not greater. */
static void sift_up(otpi_heap *heap, size_t index, otpi_heap_entry entry) {
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!before(&entry, &heap->entries[parent])) {
            break;
        }
        put_at(heap, index, heap->entries[parent]);
        index = parent;
    }
    put_at(heap, index, entry);
}

static void sift_down(otpi_heap *heap, size_t index, otpi_heap_entry entry) {
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && before(&heap->entries[child + 1], &heap->entries[child])) {
            child++;
        }
        if (!before(&heap->entries[child], &entry)) {
            break;
        }
        put_at(heap, index, heap->entries[child]);
        index = child;
    }
    put_at(heap, index, entry);
}

void otpi_heap_init(otpi_heap *heap, const otpi_allocator *allocator) {
    *heap = (otpi_heap){.allocator = allocator};
}

void otpi_heap_fini(otpi_heap *heap) {
    heap->allocator->free(heap->allocator->ctx, heap->entries);
    otpi_heap_init(heap, heap->allocator);
}

static bool reserve_one(otpi_heap *heap) {
    if (heap->count < heap->capacity) {
        return true;
    }
    size_t capacity = heap->capacity ? heap->capacity * 2 : FIRST_CAPACITY;
    otpi_heap_entry *entries =
        heap->allocator->resize(heap->allocator->ctx, heap->entries, capacity * sizeof *entries);
    if (!entries) {
        return false;
    }
    heap->entries = entries;
    heap->capacity = capacity;
    return true;
}

bool otpi_heap_push(otpi_heap *heap, uint64_t key, void *item, size_t *position) {
    if (!reserve_one(heap)) {
        return false;
    }
    otpi_heap_entry entry = {key, heap->next_serial++, item, position};
    sift_up(heap, heap->count++, entry);
    return true;
}

const otpi_heap_entry *otpi_heap_min(const otpi_heap *heap) {
    return heap->count ? &heap->entries[0] : NULL;
}

void *otpi_heap_pop(otpi_heap *heap) {
    return heap->count ? otpi_heap_remove_at(heap, 0) : NULL;
}

void *otpi_heap_remove_at(otpi_heap *heap, size_t index) {
    OTPI_ASSERT("base-010", index < heap->count);
    otpi_heap_entry removed = heap->entries[index];
    if (removed.position) {
        OTPI_ASSERT("base-011", *removed.position == index);
        *removed.position = OTPI_HEAP_NOWHERE;
    }
    otpi_heap_entry last = heap->entries[--heap->count];
    if (index < heap->count) {
        /* The last entry takes the place; it may belong higher or lower there. */
        if (index > 0 && before(&last, &heap->entries[(index - 1) / 2])) {
            sift_up(heap, index, last);
        } else {
            sift_down(heap, index, last);
        }
    }
    return removed.item;
}
