/* SPDX-License-Identifier: MIT */
/*
 * A hierarchical timer wheel: set and cancel in constant time, in milliseconds.
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 7. Ten levels of 64
 * slots; a deadline lives at the level of the highest 6-bit digit in which it differs from now, and
 * moves down when that digit is reached. Timers of equal deadline leave in the order they came:
 * they share a slot at every level. Not locked: the owner is.
 */
#ifndef OTP_WORLD_WHEEL_H
#define OTP_WORLD_WHEEL_H

#include "base/assert.h"
#include "base/list.h"

enum { OTPI_WHEEL_LEVELS = 10, OTPI_WHEEL_SLOTS = 64 };

typedef struct otpi_wheel_timer {
    otpi_list link; /* next == NULL while not in a wheel */
    uint64_t deadline;
} otpi_wheel_timer;

typedef struct otpi_wheel {
    uint64_t now;
    size_t count;
    uint64_t occupied[OTPI_WHEEL_LEVELS];                 /* a bit per slot that is not empty */
    otpi_list slots[OTPI_WHEEL_LEVELS][OTPI_WHEEL_SLOTS]; /* valid only where the bit is set */
} otpi_wheel;

void otpi_wheel_init(otpi_wheel *wheel, uint64_t now);
/* The same for one that was in use; quick when it is empty. */
void otpi_wheel_restart(otpi_wheel *wheel, uint64_t now);
/* A deadline that has passed counts as due now. */
void otpi_wheel_set(otpi_wheel *wheel, otpi_wheel_timer *timer, uint64_t deadline);
void otpi_wheel_cancel(otpi_wheel *wheel, otpi_wheel_timer *timer);
static inline bool otpi_wheel_is_set(const otpi_wheel_timer *timer) {
    return timer->link.next != NULL;
}
/* Takes out the earliest timer due at or before limit and advances now to its deadline; NULL, and
 * now = limit, when there is none. */
otpi_wheel_timer *otpi_wheel_take(otpi_wheel *wheel, uint64_t limit);
/* Advances now to the deadline, which otpi_wheel_next has told; how many timers share it. */
size_t otpi_wheel_reach(otpi_wheel *wheel, uint64_t deadline);
/* Takes the timer of that rank among them, in order of setting. */
otpi_wheel_timer *otpi_wheel_take_tied(otpi_wheel *wheel, size_t rank);
/* The earliest deadline, UINT64_MAX when empty. */
uint64_t otpi_wheel_next(const otpi_wheel *wheel);

#endif
