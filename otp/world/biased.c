/* SPDX-License-Identifier: MIT */
#include "world/biased.h"

enum { SHARED_TURNS = 1000 };
static const uint32_t shared_for_ever = UINT32_MAX;

void otpi_biased_init(otpi_biased *lock) {
    otpi_spin_init(&lock->spin);
    lock->shared = otpi_barrier_is_there() ? 0 : shared_for_ever;
    lock->inside = false;
}

void otpi_biased_visit(otpi_biased *lock) {
    otpi_spin_lock(&lock->spin);
    uint32_t before = __atomic_load_n(&lock->shared, __ATOMIC_RELAXED);
    if (before == shared_for_ever) {
        return;
    }
    __atomic_store_n(&lock->shared, SHARED_TURNS, __ATOMIC_RELAXED);
    if (before) {
        return; /* the owner takes spin already */
    }
    bool ordered = otpi_barrier_heavy();
    OTPI_ASSERT("biased-001", ordered); /* the kernel has said so */
    /* acquire: pairs with the owner's release as it goes out */
    while (__atomic_load_n(&lock->inside, __ATOMIC_ACQUIRE)) {
        otpi_thread_yield(); /* it may have lost its processor */
    }
}

void otpi_biased_enter_shared(otpi_biased *lock) {
    /* release: pairs with a visitor that waits for it */
    __atomic_store_n(&lock->inside, false, __ATOMIC_RELEASE);
    otpi_spin_lock(&lock->spin);
    uint32_t turns = __atomic_load_n(&lock->shared, __ATOMIC_RELAXED);
    if (turns != 0 && turns != shared_for_ever) {
        __atomic_store_n(&lock->shared, turns - 1, __ATOMIC_RELAXED);
    }
}
