/* SPDX-License-Identifier: MIT */
#include "base/prng.h"

#include "tests/unit.h"

UNIT("splitmix64 gives the published sequence") {
    uint64_t state = 1234567;
    CHECK(otpi_splitmix64(&state) == UINT64_C(6457827717110365317));
    CHECK(otpi_splitmix64(&state) == UINT64_C(3203168211198807973));
    CHECK(otpi_splitmix64(&state) == UINT64_C(9817491932198370423));
}

UNIT("xoshiro256** gives the published sequence for the state 1, 2, 3, 4") {
    otpi_prng prng = {{1, 2, 3, 4}};
    CHECK(otpi_prng_next(&prng) == UINT64_C(11520));
    CHECK(otpi_prng_next(&prng) == UINT64_C(0));
    CHECK(otpi_prng_next(&prng) == UINT64_C(1509978240));
    CHECK(otpi_prng_next(&prng) == UINT64_C(1215971899390074240));
}

UNIT("equal seeds give equal sequences, different seeds different ones") {
    otpi_prng a;
    otpi_prng b;
    otpi_prng c;
    otpi_prng_seed(&a, unit_seed());
    otpi_prng_seed(&b, unit_seed());
    otpi_prng_seed(&c, unit_seed() + 1);
    for (int i = 0; i < 100; i++) {
        uint64_t word = otpi_prng_next(&a);
        REQUIRE(word == otpi_prng_next(&b));
        REQUIRE(word != otpi_prng_next(&c));
    }
}

/* 6 equally likely outcomes, 60,000 draws: a count off by 600 is 6.6 standard deviations. */
UNIT("below(6) hits each number equally often") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++) {
        uint64_t n = otpi_prng_below(&prng, 6);
        REQUIRE(n < 6);
        counts[n]++;
    }
    for (int i = 0; i < 6; i++) {
        CHECK(counts[i] > 9400 && counts[i] < 10600);
    }
}

/* Without rejection the lower half would come up twice as often as the middle. */
UNIT("below(3 * 2^62) is not biased") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    uint64_t third = UINT64_C(1) << 62;
    int counts[3] = {0};
    for (int i = 0; i < 30000; i++) {
        uint64_t n = otpi_prng_below(&prng, 3 * third);
        REQUIRE(n < 3 * third);
        counts[n % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        CHECK(counts[i] > 9500 && counts[i] < 10500);
    }
}

UNIT("below(1) is always 0 and below(0) is any word") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    uint64_t all = 0;
    for (int i = 0; i < 100; i++) {
        CHECK(otpi_prng_below(&prng, 1) == 0);
        all |= otpi_prng_below(&prng, 0);
    }
    CHECK(all == UINT64_MAX);
}

UNIT("doubles are in [0, 1) with a mean of a half") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double d = otpi_prng_double(&prng);
        REQUIRE(d >= 0 && d < 1);
        sum += d;
    }
    CHECK(sum > 49300 && sum < 50700);
}
