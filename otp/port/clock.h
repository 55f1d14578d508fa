/* SPDX-License-Identifier: MIT */
/*
 * The real clocks. Only the parallel world and the runner look at them; in simulation time is
 * virtual. A deadline is a point on the monotonic clock; OTPI_NEVER is none.
 */
#ifndef OTP_PORT_CLOCK_H
#define OTP_PORT_CLOCK_H

#include <stdint.h>

#define OTPI_NEVER UINT64_MAX

uint64_t otpi_clock_monotonic_ns(void);
/* Since 1970, UTC. Jumps when somebody sets the clock. */
uint64_t otpi_clock_wall_ns(void);
/* CPU time used by the calling thread. */
uint64_t otpi_clock_thread_cpu_ns(void);
/* The monotonic clock as of the last timer tick (1 to 10 ms old), for a quarter of the price. */
uint64_t otpi_clock_coarse_ns(void);

/* A counter of unknown, constant frequency, comparable between the threads of one machine: for
 * coarse ages where the clock would be too dear. */
static inline uint64_t otpi_clock_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return otpi_clock_monotonic_ns();
#endif
}

/* now + timeout, OTPI_NEVER when that lies beyond the end of time. */
static inline uint64_t otpi_clock_deadline_ns(uint64_t timeout_ns) {
    uint64_t now = otpi_clock_monotonic_ns();
    return timeout_ns > OTPI_NEVER - now ? OTPI_NEVER : now + timeout_ns;
}

#endif
