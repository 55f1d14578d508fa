/* SPDX-License-Identifier: MIT */
/*
 * The stream a child writes: lines of its tests, with marks between them (child.h).
 */
#ifndef SUPERTESTER_RUNNER_OUTPUT_H
#define SUPERTESTER_RUNNER_OUTPUT_H

#include "base/text.h"

#define STI_NO_JOB UINT32_MAX

enum { STI_OUTPUT_MAX = 64 * 1024 }; /* kept of one job; the rest is counted */

typedef struct sti_output {
    uint64_t secret; /* of this child's marks */
    uint32_t job;    /* whose lines come now; STI_NO_JOB between jobs */
    char mark[40];   /* of a mark that has not come whole */
    size_t mark_size;
} sti_output;

typedef struct sti_output_events {
    void *context;
    void (*bytes)(void *context, uint32_t job, const char *bytes, size_t size);
    void (*began)(void *context, uint32_t job);
    void (*ended)(void *context, uint32_t job);
} sti_output_events;

/* A mark of the child that was given the secret. what: 'b' (the job begins) or 'e' (has ended). */
void sti_output_mark(otpi_text *out, char what, uint32_t job, uint64_t secret);

void sti_output_init(sti_output *output, uint64_t secret);
/* Takes the next bytes of the stream apart. */
void sti_output_feed(sti_output *output, const char *bytes, size_t size,
                     const sti_output_events *events);

#endif
