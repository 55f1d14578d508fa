/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include "base/map64.h"
#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

#include <string.h>

enum { LONGEST = 200 };

static void fill_random(unsigned char *bytes, size_t size, uint64_t seed) {
    otpi_prng prng;
    otpi_prng_seed(&prng, seed);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)otpi_prng_next(&prng);
    }
}

UNIT("the hash depends on the bytes, not on where they lie") {
    unsigned char text[LONGEST];
    unsigned char moved[LONGEST + 8];
    fill_random(text, sizeof text, unit_seed());
    for (size_t size = 0; size <= LONGEST; size++) {
        memcpy(moved + size % 8, text, size);
        CHECK(otpi_hash_bytes(text, size, 7) == otpi_hash_bytes(moved + size % 8, size, 7));
    }
}

UNIT("every bit of the input flips about half of the output's bits") {
    unsigned char text[LONGEST];
    fill_random(text, sizeof text, unit_seed());
    int flipped = 0;
    int flips = 0;
    for (size_t size = 1; size <= 80; size++) {
        uint64_t before = otpi_hash_bytes(text, size, 7);
        for (size_t bit = 0; bit < size * 8; bit++) {
            text[bit / 8] ^= (unsigned char)(1u << bit % 8);
            int distance = __builtin_popcountll(before ^ otpi_hash_bytes(text, size, 7));
            text[bit / 8] ^= (unsigned char)(1u << bit % 8);
            CHECK(distance >= 8 && distance <= 56);
            flipped += distance;
            flips++;
        }
    }
    CHECK(flipped > 31 * flips && flipped < 33 * flips);
}

UNIT("every bit of the seed matters") {
    unsigned char text[LONGEST];
    fill_random(text, sizeof text, unit_seed());
    for (size_t size = 0; size <= 80; size++) {
        uint64_t before = otpi_hash_bytes(text, size, 7);
        for (int bit = 0; bit < 64; bit++) {
            uint64_t after = otpi_hash_bytes(text, size, 7 ^ (UINT64_C(1) << bit));
            int distance = __builtin_popcountll(before ^ after);
            CHECK(distance >= 8 && distance <= 56);
        }
    }
}

UNIT("strings of zeros of different lengths have different hashes") {
    static const unsigned char zeros[LONGEST];
    for (size_t a = 0; a <= LONGEST; a++) {
        for (size_t b = 0; b < a; b++) {
            CHECK(otpi_hash_bytes(zeros, a, 0) != otpi_hash_bytes(zeros, b, 0));
        }
    }
}

/* 200,000 hashes: the expected number of equal pairs among 64-bit words is 1e-9. */
UNIT("200,000 short keys have no two equal hashes, and their lower halves few") {
    test_memory memory;
    otpi_allocator allocator = test_allocator(&memory);
    otpi_map64 seen;
    otpi_map64 low;
    otpi_map64_init(&seen, &allocator);
    otpi_map64_init(&low, &allocator);
    int equal = 0;
    int equal_low = 0;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t hash = otpi_hash_bytes(&i, 3 + i % 6, i % 6);
        if (i > 0 && i < UINT64_C(1) << 24) {
            equal += otpi_map64_put(&seen, hash, i) == OTPI_MAP64_REPLACED;
            equal_low += otpi_map64_put(&low, (uint32_t)hash, i) == OTPI_MAP64_REPLACED;
        }
    }
    CHECK_EQ(equal, 0);
    CHECK(equal_low < 20); /* 4.7 expected */
    otpi_map64_fini(&seen);
    otpi_map64_fini(&low);
}

UNIT("mix depends on both words and their order") {
    CHECK(otpi_hash_mix(1, 2) != otpi_hash_mix(2, 1));
    CHECK(otpi_hash_mix(0, 0) != otpi_hash_mix(0, 1));
    CHECK(otpi_hash_mix(0, 0) != otpi_hash_mix(1, 0));
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int flipped = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t a = otpi_prng_next(&prng);
        uint64_t b = otpi_prng_next(&prng);
        uint64_t flip = UINT64_C(1) << i % 64;
        flipped += __builtin_popcountll(otpi_hash_mix(a, b) ^ otpi_hash_mix(a ^ flip, b));
        flipped += __builtin_popcountll(otpi_hash_mix(a, b) ^ otpi_hash_mix(a, b ^ flip));
    }
    CHECK(flipped > 2000 * 31 && flipped < 2000 * 33);
}
