/* SPDX-License-Identifier: MIT */
#include "base/set64.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

static test_memory memory;
static otpi_allocator allocator;

static void open_set(otpi_set64 *set) {
    allocator = test_allocator(&memory);
    otpi_set64_init(set, &allocator);
}

UNIT("an empty set has nothing and owns nothing") {
    otpi_set64 set;
    open_set(&set);
    uint64_t word;
    size_t cursor = 0;
    CHECK(!otpi_set64_has(&set, 1));
    CHECK(!otpi_set64_has(&set, 0));
    CHECK(!otpi_set64_remove(&set, 1));
    CHECK(!otpi_set64_next(&set, &cursor, &word));
    CHECK_EQ(memory.live, 0);
    otpi_set64_fini(&set);
}

UNIT("a word is in the set once") {
    otpi_set64 set;
    open_set(&set);
    CHECK(otpi_set64_add(&set, 7));
    CHECK(otpi_set64_add(&set, 7));
    CHECK_EQ(otpi_set64_count(&set), 1);
    CHECK(!otpi_set64_remove(&set, 0));
    CHECK(otpi_set64_remove(&set, 7));
    CHECK(!otpi_set64_remove(&set, 7));
    CHECK_EQ(otpi_set64_count(&set), 0);
    otpi_set64_fini(&set);
    CHECK_EQ(memory.live, 0);
}

UNIT("a refused growth of the set leaves it as it was") {
    otpi_set64 set;
    open_set(&set);
    memory.refuse_from = 2;
    uint64_t added = 0;
    while (otpi_set64_add(&set, added + 1)) {
        added++;
    }
    CHECK_EQ(added, 12); /* 3/4 of the first 16 slots */
    CHECK_EQ(otpi_set64_count(&set), added);
    for (uint64_t word = 1; word <= added; word++) {
        CHECK(otpi_set64_has(&set, word));
    }
    memory.refuse_from = 0;
    CHECK(otpi_set64_add(&set, 500));
    otpi_set64_fini(&set);
    CHECK_EQ(memory.live, 0);
}

UNIT("a large set takes at most 16 bytes for each word") {
    otpi_set64 set;
    open_set(&set);
    for (uint64_t word = 1; word <= 100000; word++) {
        CHECK(otpi_set64_add(&set, word));
        CHECK(word < 12 || set.capacity <= 2 * word);
    }
    otpi_set64_fini(&set);
}

UNIT("replacing each word in the order of the set keeps lookups short") {
    otpi_set64 set;
    open_set(&set);
    enum { MANY = 50000 };
    static uint64_t words[MANY];
    for (uint64_t word = 1; word <= MANY; word++) {
        CHECK(otpi_set64_add(&set, word));
    }
    size_t n = 0, cursor = 0, longest = 0;
    for (uint64_t word; otpi_set64_next(&set, &cursor, &word);) {
        words[n++] = word;
    }
    for (size_t i = 0; i < n; i++) {
        CHECK(otpi_set64_remove(&set, words[i]));
        CHECK(otpi_set64_add(&set, words[i] + MANY));
    }
    size_t run = 0;
    for (size_t at = 0; at < set.capacity; at++) {
        run = set.slots[at] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    CHECK(longest < 500);
    for (n = 0, cursor = 0; otpi_set64_next(&set, &cursor, &words[0]); n++) {}
    CHECK_EQ(n, MANY);
    otpi_set64_fini(&set);
}

enum { WORDS = 300 };

static bool agrees(const otpi_set64 *set, const bool *present) {
    size_t expected = 0, seen = 0, cursor = 0;
    for (uint64_t word = 1; word < WORDS; word++) {
        if (otpi_set64_has(set, word) != present[word]) {
            return false;
        }
        expected += present[word];
    }
    for (uint64_t word; otpi_set64_next(set, &cursor, &word); seen++) {
        if (word == 0 || word >= WORDS || !present[word]) {
            return false;
        }
    }
    return seen == expected && otpi_set64_count(set) == expected;
}

UNIT("random operations agree with an array of flags") {
    for (uint64_t seed = 0; seed < 20; seed++) {
        otpi_set64 set;
        open_set(&set);
        otpi_prng prng;
        otpi_prng_seed(&prng, unit_seed() + seed);
        bool present[WORDS] = {false};
        for (int i = 0; i < 2000; i++) {
            uint64_t word = 1 + otpi_prng_below(&prng, WORDS - 1);
            if (otpi_prng_below(&prng, 2)) {
                CHECK(otpi_set64_add(&set, word));
                present[word] = true;
            } else {
                CHECK_EQ(otpi_set64_remove(&set, word), present[word]);
                present[word] = false;
            }
            CHECK(i % 50 || agrees(&set, present));
        }
        CHECK(agrees(&set, present));
        otpi_set64_fini(&set);
        CHECK_EQ(memory.live, 0);
    }
}
