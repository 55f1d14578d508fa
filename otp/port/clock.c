/* SPDX-License-Identifier: MIT */
#include "port/clock.h"

#include "base/assert.h"
#include "port/host.h"

#include <time.h>

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    OTPI_ASSERT("port-020", OTPI_HOST_OWN(clock_gettime(clock, &now)) == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t otpi_clock_monotonic_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t otpi_clock_wall_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

uint64_t otpi_clock_thread_cpu_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t otpi_clock_coarse_ns(void) {
    return read_clock(CLOCK_MONOTONIC_COARSE);
}
