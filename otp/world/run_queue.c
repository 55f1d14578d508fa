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
    queue->length++;
}

otpi_runnable *otpi_queue_pop(otpi_queue *queue) {
    otpi_runnable *runnable = queue->first;
    if (runnable) {
        queue->first = runnable->next;
        if (!queue->first) {
            queue->last = NULL;
        }
        queue->length--;
    }
    return runnable;
}
