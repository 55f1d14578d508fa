/* SPDX-License-Identifier: MIT */
/*
 * The two waits that are made of atomics, the spinlock's slow path and the futex park; and the
 * heavy side of the asymmetric barrier.
 *
 * Park: state is EMPTY, TOKEN (a wake came and was not taken yet) or WAITING (the owner sleeps in
 * the kernel, or is about to). Only the owner leaves TOKEN and enters or leaves WAITING, except
 * that a wake turns anything into TOKEN. The kernel compares the state with WAITING before it
 * sleeps, so a wake between our look and the sleep is not lost.
 */
#include "port/thread.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

void otpi_thread_yield(void) {
    sched_yield();
}

/* Spins with a pause; after some microseconds the holder has probably lost its processor: give
 * ours. */
void otpi_spin_lock_slow(otpi_spin *spin) {
    enum { SPINS = 100 };
    for (;;) {
        for (int i = 0; i < SPINS; i++) {
            /* Looks before it writes: waiting must not take the cache line from the holder. */
            if (atomic_load_explicit(&spin->held, memory_order_relaxed) == 0 &&
                otpi_spin_try_lock(spin)) {
                return;
            }
            otpi_cpu_relax();
        }
        otpi_thread_yield();
    }
}

enum { EMPTY, TOKEN, WAITING };

void otpi_park_init(otpi_park *park) {
    atomic_init(&park->state, EMPTY);
}

/* false when the deadline has passed. */
static bool futex_wait(_Atomic uint32_t *state, uint64_t deadline_ns) {
    struct timespec deadline = {(time_t)(deadline_ns / 1000000000),
                                (long)(deadline_ns % 1000000000)};
    /* FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock. */
    long result =
        syscall(SYS_futex, state, FUTEX_WAIT_BITSET_PRIVATE, WAITING,
                deadline_ns == OTPI_NEVER ? NULL : &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    return result == 0 || errno != ETIMEDOUT;
}

/* acquire: pairs with the release in otpi_park_wake that left the token. */
static bool take_token(otpi_park *park) {
    uint32_t expected = TOKEN;
    return atomic_compare_exchange_strong_explicit(&park->state, &expected, EMPTY,
                                                   memory_order_acquire, memory_order_relaxed);
}

bool otpi_park_wait(otpi_park *park, uint64_t deadline_ns) {
    uint32_t expected = EMPTY;
    if (take_token(park)) {
        return true;
    }
    if (!atomic_compare_exchange_strong_explicit(&park->state, &expected, WAITING,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        OTPI_ASSERT("port-050", expected == TOKEN); /* not a second waiter */
        return take_token(park);
    }
    for (;;) {
        bool in_time = futex_wait(&park->state, deadline_ns);
        if (take_token(park)) {
            return true;
        }
        if (!in_time) {
            /* A token may have come since the look; acquire as in take_token. */
            return atomic_exchange_explicit(&park->state, EMPTY, memory_order_acquire) == TOKEN;
        }
    }
}

void otpi_park_wake(otpi_park *park) {
    /* release: pairs with the acquire of the waiter that takes the token */
    if (atomic_exchange_explicit(&park->state, TOKEN, memory_order_release) == WAITING) {
        syscall(SYS_futex, &park->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

/* The kernel wants to know beforehand: said once, repeated without harm. */
bool otpi_barrier_is_there(void) {
    static _Atomic int known; /* 0 = not asked, 1 = there, -1 = not there */
    int state = atomic_load_explicit(&known, memory_order_relaxed);
    if (state == 0) {
        long refused = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
        state = refused ? -1 : 1;
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state > 0;
}

bool otpi_barrier_heavy(void) {
    return otpi_barrier_is_there() &&
           syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}
