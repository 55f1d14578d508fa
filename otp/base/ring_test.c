/* SPDX-License-Identifier: MIT */
#include "base/ring.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

#include <string.h>

static test_memory memory;
static otpi_allocator allocator;

static void open_ring(otpi_ring *ring) {
    allocator = test_allocator(&memory);
    otpi_ring_init(ring, &allocator);
}

UNIT("an empty ring gives nothing at either end") {
    otpi_ring ring;
    open_ring(&ring);
    uint64_t word;
    CHECK(!otpi_ring_pop_front(&ring, &word));
    CHECK(!otpi_ring_pop_back(&ring, &word));
    CHECK_EQ(memory.live, 0);
    otpi_ring_fini(&ring);
}

UNIT("a refused push leaves the ring as it was") {
    otpi_ring ring;
    open_ring(&ring);
    memory.refuse_from = 2;
    uint64_t n = 0;
    while (otpi_ring_push_back(&ring, n)) {
        n++;
    }
    CHECK_EQ(n, 16);
    CHECK(!otpi_ring_push_front(&ring, 99));
    for (uint64_t i = 0; i < n; i++) {
        uint64_t word = 0;
        CHECK(otpi_ring_pop_front(&ring, &word) && word == i);
    }
    otpi_ring_fini(&ring);
    CHECK_EQ(memory.live, 0);
}

enum { LONGEST = 200 };

static bool agrees(const otpi_ring *ring, const uint64_t *model, size_t count) {
    if (otpi_ring_count(ring) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (*otpi_ring_at(ring, i) != model[i]) {
            return false;
        }
    }
    return true;
}

UNIT("any series of pushes and pops at both ends agrees with an array") {
    otpi_ring ring;
    open_ring(&ring);
    uint64_t model[LONGEST];
    size_t count = 0;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (uint64_t step = 0; step < 20000; step++) {
        uint64_t word = 0;
        uint64_t action = otpi_prng_below(&prng, 5);
        if (action < 3 && count < LONGEST) {
            bool front = action == 0;
            memmove(model + front, model, count * sizeof *model * front);
            model[front ? 0 : count] = step;
            count++;
            REQUIRE(front ? otpi_ring_push_front(&ring, step) : otpi_ring_push_back(&ring, step));
        } else if (count > 0 && action == 3) {
            REQUIRE(otpi_ring_pop_front(&ring, &word) && word == model[0]);
            memmove(model, model + 1, --count * sizeof *model);
        } else if (count > 0) {
            REQUIRE(otpi_ring_pop_back(&ring, &word) && word == model[--count]);
        }
        REQUIRE(agrees(&ring, model, count));
    }
    otpi_ring_clear(&ring);
    CHECK(agrees(&ring, model, 0));
    otpi_ring_fini(&ring);
    CHECK_EQ(memory.live, 0);
}
