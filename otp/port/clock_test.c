/* SPDX-License-Identifier: MIT */
#include "port/clock.h"

#include "tests/unit.h"

#include <time.h>

UNIT("the monotonic clock never goes back") {
    uint64_t last = otpi_clock_monotonic_ns();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = otpi_clock_monotonic_ns();
        REQUIRE(now >= last);
        last = now;
    }
}

UNIT("the wall clock agrees with the C library's") {
    time_t before = time(NULL);
    uint64_t now = otpi_clock_wall_ns() / 1000000000;
    CHECK(now + 1 >= (uint64_t)before && now <= (uint64_t)time(NULL) + 1);
}

UNIT("the coarse clock lags behind the monotonic one by some ticks at most") {
    uint64_t fine = otpi_clock_monotonic_ns();
    uint64_t coarse = otpi_clock_coarse_ns();
    CHECK(coarse + 100000000 > fine);
    CHECK(coarse <= otpi_clock_monotonic_ns());
}

UNIT("thread CPU time grows with work, and no faster than time") {
    uint64_t start = otpi_clock_monotonic_ns();
    uint64_t cpu_start = otpi_clock_thread_cpu_ns();
    while (otpi_clock_thread_cpu_ns() - cpu_start < 2000000) {}
    CHECK(otpi_clock_monotonic_ns() - start >= 1900000);
}

UNIT("ticks count upwards") {
    uint64_t before = otpi_clock_ticks();
    uint64_t start = otpi_clock_monotonic_ns();
    while (otpi_clock_monotonic_ns() - start < 100000) {}
    CHECK(otpi_clock_ticks() > before);
}

UNIT("a deadline lies ahead, and beyond the end of time it is never") {
    uint64_t now = otpi_clock_monotonic_ns();
    uint64_t deadline = otpi_clock_deadline_ns(1000000000);
    CHECK(deadline >= now + 1000000000 && deadline < now + 60000000000);
    CHECK(otpi_clock_deadline_ns(OTPI_NEVER) == OTPI_NEVER);
    CHECK(otpi_clock_deadline_ns(OTPI_NEVER - 1) == OTPI_NEVER);
}
