/* SPDX-License-Identifier: MIT */
#include "world/wheel.h"

void otpi_wheel_init(otpi_wheel *wheel, uint64_t now) {
    wheel->now = now;
    wheel->count = 0;
    for (int level = 0; level < OTPI_WHEEL_LEVELS; level++) {
        wheel->occupied[level] = 0;
    }
}

void otpi_wheel_restart(otpi_wheel *wheel, uint64_t now) {
    if (wheel->count > 0) {
        otpi_wheel_init(wheel, now);
    }
    wheel->now = now; /* no bit is set */
}

/* The level is the highest digit in which the deadline differs from now. */
static unsigned level_of(uint64_t now, uint64_t deadline) {
    uint64_t difference = now ^ deadline;
    return difference < OTPI_WHEEL_SLOTS ? 0 : (63 - (unsigned)__builtin_clzll(difference)) / 6;
}

static unsigned digit(uint64_t time, unsigned level) {
    return (unsigned)(time >> (6 * level)) & (OTPI_WHEEL_SLOTS - 1);
}

static void wheel_place(otpi_wheel *wheel, otpi_wheel_timer *timer) {
    unsigned level = level_of(wheel->now, timer->deadline);
    OTPI_DEBUG_ASSERT("wheel-001", level < OTPI_WHEEL_LEVELS);
    unsigned slot = digit(timer->deadline, level);
    otpi_list *list = &wheel->slots[level][slot];
    if (!(wheel->occupied[level] >> slot & 1)) {
        otpi_list_init(list);
        wheel->occupied[level] |= UINT64_C(1) << slot;
    }
    otpi_list_push_back(list, &timer->link);
}

void otpi_wheel_set(otpi_wheel *wheel, otpi_wheel_timer *timer, uint64_t deadline) {
    const uint64_t last = (UINT64_C(1) << 60) - 1; /* ten digits */
    deadline = deadline > last ? last : deadline;
    timer->deadline = deadline > wheel->now ? deadline : wheel->now;
    wheel_place(wheel, timer);
    wheel->count++;
}

/* Unlinks, and clears the slot's bit when that was its last timer. */
static void wheel_unlink(otpi_wheel *wheel, otpi_wheel_timer *timer, unsigned level,
                         unsigned slot) {
    otpi_list *list = &wheel->slots[level][slot];
    otpi_list_remove(&timer->link);
    timer->link.next = NULL;
    if (otpi_list_empty(list)) {
        wheel->occupied[level] &= ~(UINT64_C(1) << slot);
    }
}

void otpi_wheel_cancel(otpi_wheel *wheel, otpi_wheel_timer *timer) {
    /* A timer whose digit has been reached was moved down, so its level follows from now. */
    unsigned level = level_of(wheel->now, timer->deadline);
    wheel_unlink(wheel, timer, level, digit(timer->deadline, level));
    wheel->count--;
}

/* The lowest level that holds timers, and its first slot: no earlier deadline is elsewhere, because
 * a deadline at a higher level differs from now in a higher digit. */
static bool wheel_first(const otpi_wheel *wheel, unsigned *level, unsigned *slot) {
    for (unsigned l = 0; l < OTPI_WHEEL_LEVELS; l++) {
        if (wheel->occupied[l]) {
            *level = l;
            *slot = (unsigned)__builtin_ctzll(wheel->occupied[l]);
            return true;
        }
    }
    return false;
}

static uint64_t slot_begin(const otpi_wheel *wheel, unsigned level, unsigned slot) {
    uint64_t above = wheel->now >> (6 * (level + 1)) << (6 * (level + 1));
    return above | (uint64_t)slot << (6 * level);
}

/* Moves the timers of a slot whose time has begun to lower levels, in order. */
static void wheel_cascade(otpi_wheel *wheel, unsigned level, unsigned slot) {
    otpi_list moved;
    otpi_list_init(&moved);
    otpi_list_splice(&moved, &wheel->slots[level][slot]);
    wheel->occupied[level] &= ~(UINT64_C(1) << slot);
    for (otpi_list *at; (at = otpi_list_take_first(&moved));) {
        wheel_place(wheel, OTPI_CONTAINER_OF(at, otpi_wheel_timer, link));
    }
}

/* Advances now to the earliest deadline, at most limit; its timers are those of *slot at level 0.
 * false, and now = limit, when there is none. */
static bool wheel_advance(otpi_wheel *wheel, uint64_t limit, unsigned *slot) {
    unsigned level;
    while (wheel_first(wheel, &level, slot)) {
        uint64_t begin = slot_begin(wheel, level, *slot);
        if (begin > limit) {
            break;
        }
        wheel->now = begin > wheel->now ? begin : wheel->now;
        if (level == 0) {
            return true;
        }
        wheel_cascade(wheel, level, *slot);
    }
    wheel->now = limit > wheel->now ? limit : wheel->now;
    return false;
}

static otpi_wheel_timer *slot_take(otpi_wheel *wheel, unsigned slot, otpi_list *at) {
    otpi_wheel_timer *timer = OTPI_CONTAINER_OF(at, otpi_wheel_timer, link);
    wheel_unlink(wheel, timer, 0, slot);
    wheel->count--;
    return timer;
}

otpi_wheel_timer *otpi_wheel_take(otpi_wheel *wheel, uint64_t limit) {
    unsigned slot;
    return wheel_advance(wheel, limit, &slot) ? slot_take(wheel, slot, wheel->slots[0][slot].next)
                                              : NULL;
}

size_t otpi_wheel_reach(otpi_wheel *wheel, uint64_t deadline) {
    unsigned slot;
    size_t tied = 0;
    if (wheel_advance(wheel, deadline, &slot)) {
        const otpi_list *list = &wheel->slots[0][slot];
        for (const otpi_list *at = list->next; at != list; at = at->next) {
            tied++;
        }
    }
    return tied;
}

otpi_wheel_timer *otpi_wheel_take_tied(otpi_wheel *wheel, size_t rank) {
    unsigned slot;
    bool reached = wheel_advance(wheel, wheel->now, &slot);
    OTPI_ASSERT("wheel-001", reached);
    otpi_list *at = wheel->slots[0][slot].next;
    for (; rank > 0; rank--) {
        at = at->next;
    }
    return slot_take(wheel, slot, at);
}

/* The earliest deadline within a slot of a higher level is found by walking that slot. */
uint64_t otpi_wheel_next(const otpi_wheel *wheel) {
    unsigned level;
    unsigned slot;
    if (!wheel_first(wheel, &level, &slot)) {
        return UINT64_MAX;
    }
    const otpi_list *list = &wheel->slots[level][slot];
    uint64_t earliest = UINT64_MAX;
    for (const otpi_list *at = list->next; at != list; at = at->next) {
        const otpi_wheel_timer *timer = OTPI_CONTAINER_OF(at, const otpi_wheel_timer, link);
        earliest = timer->deadline < earliest ? timer->deadline : earliest;
        if (level == 0) {
            break;
        }
    }
    return earliest;
}
