/* SPDX-License-Identifier: MIT */
#include "world/slot.h"

/* An announcement: odd, no address. */
static inline bool is_announcement(uintptr_t word) {
    return word & 1;
}

otpi_runnable *otpi_slot_end_raid(otpi_slot *slot) {
    uintptr_t word = __atomic_load_n(&slot->raid, __ATOMIC_ACQUIRE);
    /* A thief that has not taken anything yet finds its word gone, and gives up. */
    while (is_announcement(word) &&
           !__atomic_compare_exchange_n(&slot->raid, &word, 0, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {}
    if (is_announcement(word) || !word) {
        return NULL;
    }
    otpi_runnable *loot = (otpi_runnable *)word;
    if (__atomic_load_n(&slot->occupant, __ATOMIC_RELAXED) == loot) {
        __atomic_store_n(&slot->occupant, NULL, __ATOMIC_RELAXED);
    }
    /* release: pairs with the next thief's announcement, which sees the slot without its loot */
    __atomic_store_n(&slot->raid, 0, __ATOMIC_RELEASE);
    return loot;
}

otpi_runnable *otpi_slot_raid(otpi_slot *slot, unsigned thief) {
    const uintptr_t announcement = (uintptr_t)thief << 1 | 1;
    uintptr_t word = 0;
    if (!__atomic_compare_exchange_n(&slot->raid, &word, announcement, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
        return NULL;
    }
    otpi_runnable *found = NULL;
    if (otpi_barrier_heavy()) {
        found = __atomic_load_n(&slot->occupant, __ATOMIC_ACQUIRE);
    }
    word = announcement;
    bool taken = __atomic_compare_exchange_n(&slot->raid, &word, (uintptr_t)found, false,
                                             __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return taken ? found : NULL;
}
