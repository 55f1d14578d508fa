/* SPDX-License-Identifier: MIT */
/*
 * The restart intensity of a supervisor: at most so many restarts within a period. A ring buffer of
 * the restarts still inside the window, so that adding one costs the same however many there are.
 */
#ifndef OTP_BEHAVIOUR_WINDOW_H
#define OTP_BEHAVIOUR_WINDOW_H

#include <otp/api.h>

typedef struct otpi_window {
    uint64_t *at_ms; /* ring of the times, oldest at first; grows up to intensity */
    uint32_t capacity, first, count;
    uint32_t intensity;
    uint64_t period_ms;
} otpi_window;

void otpi_window_init(otpi_window *window, uint32_t intensity, uint64_t period_ms);
void otpi_window_fini(otpi_window *window);

/* Enters a restart. False when there have been as many as allowed: a restart exactly one period ago
 * still counts, as in OTP. Also false when there is no memory to remember it. */
OTP_MUST_CHECK bool otpi_window_add(otpi_window *window, uint64_t now_ms);

#endif
