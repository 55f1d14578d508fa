/* SPDX-License-Identifier: MIT */
#include "world/state.h"

#include "tests/unit.h"

enum { RUNNABLES = 9 };

static otpi_runnable runnables[RUNNABLES];

/* Every third is pinned, every third settles, the others may be taken by anybody. */
static void queue_fill(otpi_queue *queue) {
    static int stack;
    *queue = (otpi_queue){0};
    for (int i = 0; i < RUNNABLES; i++) {
        runnables[i] = (otpi_runnable){.stack = i % 3 == 0 ? (otpi_stack *)(void *)&stack : NULL,
                                       .flags = i % 3 == 1 ? OTPI_RUNNABLE_SETTLES : 0};
        otpi_queue_push(queue, &runnables[i]);
    }
}

/* The runnables that leave the queue, as digits. */
static const char *numbers_of(otpi_queue *queue) {
    static char text[RUNNABLES + 1];
    size_t length = 0;
    for (otpi_runnable *at; (at = otpi_queue_pop(queue));) {
        text[length++] = (char)('0' + (at - runnables));
    }
    text[length] = '\0';
    return text;
}

UNIT("half of those that hold no stack are stolen, oldest first, settlers when asked for") {
    otpi_queue queue, loot = {0};
    queue_fill(&queue);
    CHECK_EQ(queue.stealable, 6);
    CHECK_EQ(queue.settlers, 3);
    otpi_queue_steal(&queue, &loot, false);
    CHECK_EQ(queue.stealable, 4);
    CHECK_EQ(queue.settlers, 3);
    CHECK_STR(numbers_of(&loot), "25");
    otpi_queue_steal(&queue, &loot, true);
    CHECK_EQ(queue.stealable, 2);
    CHECK_EQ(queue.settlers, 1);
    CHECK_STR(numbers_of(&loot), "14");
    CHECK_STR(numbers_of(&queue), "03678");
    CHECK_EQ(queue.stealable, 0);
    CHECK_EQ(queue.settlers, 0);
}

UNIT("all that hold no stack leave a queue that is given up") {
    otpi_queue queue, loot = {0};
    queue_fill(&queue);
    otpi_queue_steal_all(&queue, &loot);
    CHECK_STR(numbers_of(&loot), "124578");
    CHECK_STR(numbers_of(&queue), "036");
}
