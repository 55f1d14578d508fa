/* SPDX-License-Identifier: MIT */
/*
 * A lock that costs its owner no atomic read-modify-write while nobody else comes.
 *
 * Design notes.
 * An atomic instruction waits until all earlier stores have reached the cache, so the owner, who
 * has just written a record that was not there, would pay for that miss. It only notes that it is
 * inside, and looks whether the lock is shared behind the light barrier. Whoever else comes takes
 * the spinlock, declares the lock shared, passes the heavy barrier and waits until the owner is out
 * (Dekker's argument, as in slot.h). While the lock is shared the owner takes the spinlock too, so
 * that many visitors in a row cost one barrier; after SHARED_TURNS turns without a visitor it is
 * the owner's alone again. Where the kernel has no heavy barrier it stays shared.
 */
#ifndef OTP_WORLD_BIASED_H
#define OTP_WORLD_BIASED_H

#include "port/thread.h"

typedef struct otpi_biased {
    otpi_spin spin;
    uint32_t shared; /* atomic: the owner's turns until it is no longer; written under spin */
    bool inside;     /* atomic: the owner is, without spin; written by the owner only */
} otpi_biased;

void otpi_biased_init(otpi_biased *lock);

/* For all but the owner: some microseconds when the lock was not shared. */
void otpi_biased_visit(otpi_biased *lock);
static inline void otpi_biased_leave(otpi_biased *lock) {
    otpi_spin_unlock(&lock->spin);
}

/* For the owner. */
void otpi_biased_enter_shared(otpi_biased *lock);
static inline void otpi_biased_enter(otpi_biased *lock) {
    __atomic_store_n(&lock->inside, true, __ATOMIC_RELAXED);
    otpi_barrier_light();
    /* relaxed: a visitor's doings are seen through spin; only the owner makes it its own again */
    if (OTPI_UNLIKELY(__atomic_load_n(&lock->shared, __ATOMIC_RELAXED))) {
        otpi_biased_enter_shared(lock);
    }
}
static inline void otpi_biased_exit(otpi_biased *lock) {
    if (OTPI_LIKELY(__atomic_load_n(&lock->inside, __ATOMIC_RELAXED))) {
        /* release: pairs with the visitor that waits for it */
        __atomic_store_n(&lock->inside, false, __ATOMIC_RELEASE);
    } else {
        otpi_spin_unlock(&lock->spin);
    }
}

#endif
