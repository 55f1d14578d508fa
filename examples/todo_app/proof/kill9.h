/* SPDX-License-Identifier: MIT */
/*
 * What driver and service say to each other over their pipes: frames of two numbers that name a
 * todo. To the service: add it; from the service: it is safe.
 */
#ifndef TODO_APP_PROOF_KILL9_H
#define TODO_APP_PROOF_KILL9_H

#include "../todo.h"

#include <string.h>

enum { KILL9_SIGNAL = 9 };

typedef struct kill9_frame {
    uint32_t client, n;
} kill9_frame;

typedef struct kill9_frames {
    size_t size;
    char bytes[4096];
} kill9_frames;

static inline char *kill9_frames_room(kill9_frames *frames) {
    return frames->bytes + frames->size;
}
static inline size_t kill9_frames_free(const kill9_frames *frames) {
    return sizeof frames->bytes - frames->size;
}
/* Room is there: no client has more than one request. */
static inline void kill9_frame_put(kill9_frames *frames, kill9_frame frame) {
    if (kill9_frames_free(frames) >= sizeof frame) {
        memcpy(kill9_frames_room(frames), &frame, sizeof frame);
        frames->size += sizeof frame;
    }
}
static inline bool kill9_frame_take(kill9_frames *frames, kill9_frame *out) {
    if (frames->size < sizeof *out) {
        return false;
    }
    memcpy(out, frames->bytes, sizeof *out);
    frames->size -= sizeof *out;
    memmove(frames->bytes, frames->bytes + sizeof *out, frames->size);
    return true;
}

typedef struct kill9_service {
    const char *path;
    todo_planted planted;
} kill9_service;

/* The body of the child: serves frames from standard input until its end, or until it is killed. */
int kill9_serve(void *service);

#endif
