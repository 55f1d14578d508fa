/* SPDX-License-Identifier: MIT */
#include "behaviour/window.h"

#include "base/prng.h"
#include "tests/unit.h"

UNIT("an intensity of nothing allows no restart") {
    otpi_window w;
    otpi_window_init(&w, 0, 5000);
    CHECK(!otpi_window_add(&w, 0));
    otpi_window_fini(&w);
}

UNIT("as many restarts as the intensity fit into a period, the next does not") {
    otpi_window w;
    otpi_window_init(&w, 3, 5000);
    CHECK(otpi_window_add(&w, 100));
    CHECK(otpi_window_add(&w, 100));
    CHECK(otpi_window_add(&w, 2000));
    CHECK(!otpi_window_add(&w, 5000));
    otpi_window_fini(&w);
}

UNIT("a restart exactly one period ago still counts, one a millisecond older does not") {
    otpi_window w;
    otpi_window_init(&w, 1, 1000);
    CHECK(otpi_window_add(&w, 7));
    CHECK(!otpi_window_add(&w, 1007));
    CHECK(otpi_window_add(&w, 1008));
    otpi_window_fini(&w);
}

UNIT("a refused restart is not remembered") {
    otpi_window w;
    otpi_window_init(&w, 1, 1000);
    CHECK(otpi_window_add(&w, 0));
    CHECK(!otpi_window_add(&w, 900));
    CHECK(otpi_window_add(&w, 1001));
    otpi_window_fini(&w);
}

/* The model: a list of times, counted anew each time, as supervisor.erl does. */
static bool model_add(uint64_t *times, size_t *count, uint32_t intensity, uint64_t period,
                      uint64_t now) {
    size_t inside = 0;
    for (size_t i = 0; i < *count; i++) {
        inside += times[i] + period >= now;
    }
    if (inside + 1 > intensity) {
        return false;
    }
    times[(*count)++] = now;
    return true;
}

UNIT("the ring agrees with a list that is counted anew for every restart") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int round = 0; round < 300; round++) {
        uint64_t times[500];
        size_t count = 0;
        uint64_t now = 0;
        uint32_t intensity = (uint32_t)otpi_prng_below(&prng, 20);
        uint64_t period = otpi_prng_below(&prng, 50);
        otpi_window w;
        otpi_window_init(&w, intensity, period);
        for (int i = 0; i < 500; i++) {
            now += otpi_prng_below(&prng, 8);
            bool expected = model_add(times, &count, intensity, period, now);
            if (!CHECK_EQ(otpi_window_add(&w, now), expected)) {
                break;
            }
        }
        otpi_window_fini(&w);
    }
}
