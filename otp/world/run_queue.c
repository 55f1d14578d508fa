/* SPDX-License-Identifier: MIT */
#include "world/state.h"

void otpi_queue_push(otpi_queue *queue, otpi_runnable *runnable) {
    runnable->next = NULL;
    if (queue->last) {
        queue->last->next = runnable;
    } else {
        queue->first = runnable;
    }
    queue->last = runnable;
    queue->stealable += !runnable->stack;
}

otpi_runnable *otpi_queue_pop(otpi_queue *queue) {
    otpi_runnable *runnable = queue->first;
    if (runnable) {
        queue->first = runnable->next;
        if (!queue->first) {
            queue->last = NULL;
        }
        queue->stealable -= !runnable->stack;
    }
    return runnable;
}

enum { STEAL_LOOKS_MAX = 256 }; /* pinned runnables are passed over; the lock is held meanwhile */

void otpi_queue_steal(otpi_queue *queue, otpi_queue *loot) {
    size_t wanted = (queue->stealable + 1) / 2;
    otpi_runnable *before = NULL;
    otpi_runnable *at = queue->first;
    for (unsigned looks = 0; at && wanted && looks < STEAL_LOOKS_MAX; looks++) {
        otpi_runnable *next = at->next;
        if (at->stack) {
            before = at;
        } else {
            *(before ? &before->next : &queue->first) = next;
            queue->last = queue->last == at ? before : queue->last;
            queue->stealable--;
            wanted--;
            otpi_queue_push(loot, at);
        }
        at = next;
    }
}
