/* SPDX-License-Identifier: MIT */
/* first and stealable are also read without the lock, as hints: they are written atomically. */
#include "world/state.h"

static inline void first_set(otpi_queue *queue, otpi_runnable *first) {
    __atomic_store_n(&queue->first, first, __ATOMIC_RELAXED);
}

static inline void stealable_add(otpi_queue *queue, size_t n) {
    __atomic_store_n(&queue->stealable, queue->stealable + n, __ATOMIC_RELAXED);
}

void otpi_queue_push(otpi_queue *queue, otpi_runnable *runnable) {
    runnable->next = NULL;
    if (queue->last) {
        queue->last->next = runnable;
    } else {
        first_set(queue, runnable);
    }
    queue->last = runnable;
    stealable_add(queue, runnable->stack == NULL);
}

otpi_runnable *otpi_queue_pop(otpi_queue *queue) {
    otpi_runnable *runnable = queue->first;
    if (runnable) {
        first_set(queue, runnable->next);
        if (!queue->first) {
            queue->last = NULL;
        }
        stealable_add(queue, runnable->stack ? 0 : (size_t)-1);
    }
    return runnable;
}

enum { STEAL_LOOKS_MAX = 256 }; /* pinned runnables are passed over; the lock is held meanwhile */

/* That many, after no more looks than that. */
static void steal(otpi_queue *queue, otpi_queue *loot, size_t wanted, size_t looks_max) {
    otpi_runnable *before = NULL;
    otpi_runnable *at = queue->first;
    for (size_t looks = 0; at && wanted && looks < looks_max; looks++) {
        otpi_runnable *next = at->next;
        if (at->stack) {
            before = at;
        } else {
            if (before) {
                before->next = next;
            } else {
                first_set(queue, next);
            }
            queue->last = queue->last == at ? before : queue->last;
            stealable_add(queue, (size_t)-1);
            wanted--;
            otpi_queue_push(loot, at);
        }
        at = next;
    }
}

void otpi_queue_steal(otpi_queue *queue, otpi_queue *loot) {
    steal(queue, loot, (queue->stealable + 1) / 2, STEAL_LOOKS_MAX);
}

void otpi_queue_steal_all(otpi_queue *queue, otpi_queue *loot) {
    steal(queue, loot, queue->stealable, SIZE_MAX);
}
