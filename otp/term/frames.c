/* SPDX-License-Identifier: MIT */
/*
 * Growth of the explicit stack; see frames.h.
 */
#include "term/frames.h"

#include "port/memory.h"
#include "term/heap.h"

#include <string.h>

void otpi_frames_fini_slow(otpi_frames *frames) {
    otpi_free(frames->base);
    otpi_frames_init(frames);
}

bool otpi_frames_grow(otpi_frames *frames) {
    size_t capacity = frames->capacity * 2;
    bool outgrown = frames->base != frames->first;
    otpi_frame *grown = otpi_realloc(outgrown ? frames->base : NULL, capacity * sizeof(otpi_frame));
    if (grown == NULL) {
        return false;
    }
    if (!outgrown) {
        memcpy(grown, frames->first, sizeof frames->first);
    }
    frames->base = grown;
    frames->capacity = capacity;
    return true;
}

void otpi_frames_exhausted(otpi_frames *frames, const char *site) {
    otpi_frames_fini(frames);
    otpi_terms.no_memory(site);
    otpi_panic("term-001", __FILE__, __LINE__, "out of memory while walking a deeply nested term");
}
