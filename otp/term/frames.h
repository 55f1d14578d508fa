/* SPDX-License-Identifier: MIT */
/*
 * The explicit stack of the walks over terms: the first frames lie in the walker's own frame,
 * deeper ones are allocated, so that no term is too deep for a small machine stack.
 */
#ifndef OTP_TERM_FRAMES_H
#define OTP_TERM_FRAMES_H

#include "base/assert.h"

#include <stdint.h>

enum { OTPI_FRAMES_INLINE = 32 };

/* Where a walk continues when what it descended into is done; what the words mean is the walk's. */
typedef struct otpi_frame {
    const uint64_t *a, *b;
    size_t left;
    uint64_t note;
} otpi_frame;

typedef struct otpi_frames {
    otpi_frame *base;
    size_t count, capacity;
    otpi_frame first[OTPI_FRAMES_INLINE];
} otpi_frames;

static inline void otpi_frames_init(otpi_frames *frames) {
    frames->base = frames->first;
    frames->count = 0;
    frames->capacity = OTPI_FRAMES_INLINE;
}
void otpi_frames_fini_slow(otpi_frames *frames);
static inline void otpi_frames_fini(otpi_frames *frames) {
    if (OTPI_UNLIKELY(frames->base != frames->first)) {
        otpi_frames_fini_slow(frames);
    }
}
bool otpi_frames_grow(otpi_frames *frames);

/* false when out of memory: nothing was pushed. */
static inline bool otpi_frames_push(otpi_frames *frames, otpi_frame frame) {
    if (OTPI_UNLIKELY(frames->count == frames->capacity) && !otpi_frames_grow(frames)) {
        return false;
    }
    frames->base[frames->count++] = frame;
    return true;
}
static inline otpi_frame *otpi_frames_top(otpi_frames *frames) {
    return &frames->base[frames->count - 1];
}

/* For walks that have no way to fail (comparing, hashing): releases the frames, then exits the
 * calling process with enomem; outside of a process it ends the program. */
OTP_NORETURN void otpi_frames_exhausted(otpi_frames *frames, const char *site);

#endif
