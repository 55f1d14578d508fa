/* SPDX-License-Identifier: MIT */
#include "base/heap.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

static test_memory memory;
static otpi_allocator allocator;

static void open_heap(otpi_heap *heap) {
    allocator = test_allocator(&memory);
    otpi_heap_init(heap, &allocator);
}

UNIT("an empty heap has no minimum") {
    otpi_heap heap;
    open_heap(&heap);
    CHECK(otpi_heap_min(&heap) == NULL);
    CHECK(otpi_heap_pop(&heap) == NULL);
    CHECK_EQ(memory.live, 0);
    otpi_heap_fini(&heap);
}

UNIT("equal keys come out in the order they went in") {
    otpi_heap heap;
    open_heap(&heap);
    int items[100];
    for (int i = 0; i < 100; i++) {
        REQUIRE(otpi_heap_push(&heap, (uint64_t)(i % 3), &items[i], NULL));
    }
    for (int key = 0; key < 3; key++) {
        for (int i = key; i < 100; i += 3) {
            CHECK_EQ(otpi_heap_min(&heap)->key, key);
            REQUIRE(otpi_heap_pop(&heap) == &items[i]);
        }
    }
    CHECK_EQ(otpi_heap_count(&heap), 0);
    otpi_heap_fini(&heap);
    CHECK_EQ(memory.live, 0);
}

UNIT("a refused push leaves the heap as it was") {
    otpi_heap heap;
    open_heap(&heap);
    memory.refuse_from = 2;
    int item = 0;
    while (otpi_heap_push(&heap, 5, &item, NULL)) {}
    CHECK_EQ(otpi_heap_count(&heap), 16);
    CHECK(otpi_heap_pop(&heap) == &item);
    otpi_heap_fini(&heap);
}

enum { ITEMS = 64 };

typedef struct timer {
    size_t position;
    uint64_t key, order;
} timer;

/* The model: the timer in the heap with the least (key, order). */
static timer *least(timer *timers) {
    timer *best = NULL;
    for (int i = 0; i < ITEMS; i++) {
        timer *t = &timers[i];
        bool in = t->position != OTPI_HEAP_NOWHERE;
        if (in &&
            (!best || t->key < best->key || (t->key == best->key && t->order < best->order))) {
            best = t;
        }
    }
    return best;
}

UNIT("any series of pushes, pops and early removals agrees with a search for the least") {
    otpi_heap heap;
    open_heap(&heap);
    timer timers[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        timers[i].position = OTPI_HEAP_NOWHERE;
    }
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (uint64_t step = 0; step < 40000; step++) {
        timer *t = &timers[otpi_prng_below(&prng, ITEMS)];
        if (otpi_prng_below(&prng, 4) == 0) {
            timer *expected = least(timers);
            REQUIRE(otpi_heap_pop(&heap) == expected);
            REQUIRE(!expected || expected->position == OTPI_HEAP_NOWHERE);
        } else if (t->position == OTPI_HEAP_NOWHERE) {
            t->key = otpi_prng_below(&prng, 20);
            t->order = step;
            REQUIRE(otpi_heap_push(&heap, t->key, t, &t->position));
        } else {
            REQUIRE(otpi_heap_remove_at(&heap, t->position) == t);
            REQUIRE(t->position == OTPI_HEAP_NOWHERE);
        }
    }
    otpi_heap_fini(&heap);
    CHECK_EQ(memory.live, 0);
}
