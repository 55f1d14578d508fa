/* SPDX-License-Identifier: MIT */
#include "base/map64.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

#include <string.h>

static test_memory memory;
static otpi_allocator allocator;

static void open_map(otpi_map64 *map) {
    allocator = test_allocator(&memory);
    otpi_map64_init(map, &allocator);
}

UNIT("an empty map finds nothing and owns nothing") {
    otpi_map64 map;
    open_map(&map);
    uint64_t value = 99;
    CHECK(!otpi_map64_get(&map, 1, &value));
    CHECK(!otpi_map64_get(&map, 0, &value));
    CHECK(!otpi_map64_remove(&map, 1, NULL));
    CHECK_EQ(value, 99);
    size_t cursor = 0;
    CHECK(!otpi_map64_next(&map, &cursor, &value, &value));
    CHECK_EQ(memory.live, 0);
    otpi_map64_fini(&map);
}

UNIT("put says whether it added or replaced") {
    otpi_map64 map;
    open_map(&map);
    uint64_t value;
    for (uint64_t key = 0; key < 2; key++) {
        CHECK_EQ(otpi_map64_put(&map, key, 10), OTPI_MAP64_ADDED);
        CHECK_EQ(otpi_map64_put(&map, key, 20), OTPI_MAP64_REPLACED);
        CHECK(otpi_map64_get(&map, key, &value) && value == 20);
    }
    CHECK_EQ(otpi_map64_count(&map), 2);
    *otpi_map64_find(&map, 1) = 30;
    CHECK(otpi_map64_remove(&map, 1, &value) && value == 30);
    CHECK(otpi_map64_remove(&map, 0, &value) && value == 20);
    CHECK_EQ(otpi_map64_count(&map), 0);
    otpi_map64_fini(&map);
    CHECK_EQ(memory.live, 0);
}

UNIT("a refused growth leaves the map as it was") {
    otpi_map64 map;
    open_map(&map);
    memory.refuse_from = 2;
    uint64_t added = 0;
    while (otpi_map64_put(&map, added + 1, added) == OTPI_MAP64_ADDED) {
        added++;
    }
    CHECK_EQ(added, 12); /* 3/4 of the first 16 slots */
    CHECK_EQ(otpi_map64_put(&map, 500, 1), OTPI_MAP64_ENOMEM);
    CHECK_EQ(otpi_map64_count(&map), added);
    for (uint64_t key = 1; key <= added; key++) {
        uint64_t value = 0;
        CHECK(otpi_map64_get(&map, key, &value) && value == key - 1);
    }
    memory.refuse_from = 0;
    CHECK_EQ(otpi_map64_put(&map, 500, 1), OTPI_MAP64_ADDED);
    otpi_map64_fini(&map);
    CHECK_EQ(memory.live, 0);
}

enum { KEYS = 300 };

static bool agrees(otpi_map64 *map, const uint64_t *model, const bool *present) {
    size_t expected = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        uint64_t value = 0;
        bool found = otpi_map64_get(map, key, &value);
        if (found != present[key] || (found && value != model[key])) {
            return false;
        }
        expected += found;
    }
    bool visited[KEYS] = {0};
    size_t visits = 0;
    size_t cursor = 0;
    uint64_t key;
    uint64_t value;
    while (otpi_map64_next(map, &cursor, &key, &value)) {
        if (key >= KEYS || visited[key] || !present[key] || value != model[key]) {
            return false;
        }
        visited[key] = true;
        visits++;
    }
    return visits == expected && otpi_map64_count(map) == expected;
}

UNIT("any series of puts and removals agrees with an array") {
    otpi_map64 map;
    open_map(&map);
    uint64_t model[KEYS];
    bool present[KEYS] = {0};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int step = 0; step < 60000; step++) {
        uint64_t key = otpi_prng_below(&prng, KEYS);
        uint64_t value = 0;
        if (otpi_prng_below(&prng, 2)) {
            otpi_map64_put_result expected = present[key] ? OTPI_MAP64_REPLACED : OTPI_MAP64_ADDED;
            model[key] = otpi_prng_next(&prng);
            present[key] = true;
            REQUIRE(otpi_map64_put(&map, key, model[key]) == expected);
        } else {
            REQUIRE(otpi_map64_remove(&map, key, &value) == present[key]);
            REQUIRE(!present[key] || value == model[key]);
            present[key] = false;
        }
        if (step % 100 == 0) {
            REQUIRE(agrees(&map, model, present));
        }
    }
    otpi_map64_clear(&map);
    memset(present, 0, sizeof present);
    CHECK(agrees(&map, model, present));
    otpi_map64_fini(&map);
    CHECK_EQ(memory.live, 0);
}
