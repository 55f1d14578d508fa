/* SPDX-License-Identifier: MIT */
/* first and the counts are also read without the lock, as hints: they are written atomically. */
#include "world/state.h"

static inline void first_set(otpi_queue *queue, otpi_runnable *first) {
    __atomic_store_n(&queue->first, first, __ATOMIC_RELAXED);
}

static inline bool settles(const otpi_runnable *runnable) {
    return runnable->flags & OTPI_RUNNABLE_SETTLES;
}

/* One comes (1) or goes (-1). */
static inline void count(otpi_queue *queue, const otpi_runnable *runnable, size_t change) {
    if (runnable->stack) {
        return;
    }
    __atomic_store_n(&queue->stealable, queue->stealable + change, __ATOMIC_RELAXED);
    if (settles(runnable)) {
        __atomic_store_n(&queue->settlers, queue->settlers + change, __ATOMIC_RELAXED);
    }
}

void otpi_queue_push(otpi_queue *queue, otpi_runnable *runnable) {
    runnable->next = NULL;
    if (queue->last) {
        queue->last->next = runnable;
    } else {
        first_set(queue, runnable);
    }
    queue->last = runnable;
    count(queue, runnable, 1);
}

/* One that has waited for long is in memory only: it is on its way while this one runs. Its halves
 * of links may lie before the record (process/tie.h). */
static inline void prefetch(const otpi_runnable *runnable) {
    uintptr_t at = (uintptr_t)runnable - 64; /* of none: no harm */
    for (int line = 0; line < 4; line++) {
        __builtin_prefetch((const void *)(at + (uintptr_t)line * 64), 1);
    }
}

otpi_runnable *otpi_queue_pop(otpi_queue *queue) {
    otpi_runnable *runnable = queue->first;
    if (runnable) {
        prefetch(runnable->next);
        first_set(queue, runnable->next);
        if (!queue->first) {
            queue->last = NULL;
        }
        count(queue, runnable, (size_t)-1);
    }
    return runnable;
}

enum { STEAL_LOOKS_MAX = 256 }; /* pinned runnables are passed over; the lock is held meanwhile */

/* That many, after no more looks than that. */
static void steal(otpi_queue *queue, otpi_queue *loot, size_t wanted, size_t looks_max,
                  bool settlers_too) {
    otpi_runnable *before = NULL;
    otpi_runnable *at = queue->first;
    for (size_t looks = 0; at && wanted && looks < looks_max; looks++) {
        otpi_runnable *next = at->next;
        if (at->stack || (!settlers_too && settles(at))) {
            before = at;
        } else {
            if (before) {
                before->next = next;
            } else {
                first_set(queue, next);
            }
            queue->last = queue->last == at ? before : queue->last;
            count(queue, at, (size_t)-1);
            wanted--;
            otpi_queue_push(loot, at);
        }
        at = next;
    }
}

void otpi_queue_steal(otpi_queue *queue, otpi_queue *loot, bool settlers_too) {
    size_t there = queue->stealable - (settlers_too ? 0 : queue->settlers);
    steal(queue, loot, (there + 1) / 2, STEAL_LOOKS_MAX, settlers_too);
}

void otpi_queue_steal_all(otpi_queue *queue, otpi_queue *loot) {
    steal(queue, loot, queue->stealable, SIZE_MAX, true);
}
