/* SPDX-License-Identifier: MIT */
#include "behaviour/window.h"

#include "port/memory.h"

enum { WINDOW_FIRST_CAPACITY = 8 };

void otpi_window_init(otpi_window *window, uint32_t intensity, uint64_t period_ms) {
    *window = (otpi_window){.intensity = intensity, .period_ms = period_ms};
}

void otpi_window_fini(otpi_window *window) {
    otpi_free(window->at_ms);
    window->at_ms = NULL;
}

static uint64_t *window_slot(const otpi_window *window, uint32_t i) {
    uint64_t at = (uint64_t)window->first + i;
    return &window->at_ms[at < window->capacity ? at : at - window->capacity];
}

static void window_forget(otpi_window *window, uint64_t now_ms) {
    while (window->count && *window_slot(window, 0) + window->period_ms < now_ms) {
        window->first = window->first + 1 < window->capacity ? window->first + 1 : 0;
        window->count--;
    }
}

static bool window_grow(otpi_window *window) {
    uint32_t doubled = window->capacity ? window->capacity : WINDOW_FIRST_CAPACITY / 2;
    doubled = doubled <= UINT32_MAX / 2 ? doubled * 2 : UINT32_MAX;
    uint32_t capacity = doubled < window->intensity ? doubled : window->intensity;
    uint64_t *at_ms = otpi_alloc(capacity * sizeof *at_ms);
    if (!at_ms) {
        return false;
    }
    for (uint32_t i = 0; i < window->count; i++) {
        at_ms[i] = *window_slot(window, i);
    }
    otpi_free(window->at_ms);
    window->at_ms = at_ms;
    window->capacity = capacity;
    window->first = 0;
    return true;
}

bool otpi_window_add(otpi_window *window, uint64_t now_ms) {
    window_forget(window, now_ms);
    if (window->count >= window->intensity ||
        (window->count == window->capacity && !window_grow(window))) {
        return false;
    }
    window->count++;
    *window_slot(window, window->count - 1) = now_ms;
    return true;
}
