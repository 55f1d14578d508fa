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
    uint32_t job;  /* whose lines come now; STI_NO_JOB between jobs */
    char mark[24]; /* of a mark that has not come whole */
    size_t mark_size;
} sti_output;

typedef struct sti_output_events {
    void *context;
    void (*bytes)(void *context, uint32_t job, const char *bytes, size_t size);
    void (*began)(void *context, uint32_t job);
    /* false: it has not; what reads like a mark was printed by the test. */
    bool (*ended)(void *context, uint32_t job);
} sti_output_events;

void sti_output_init(sti_output *output);
/* Takes the next bytes of the stream apart. */
void sti_output_feed(sti_output *output, const char *bytes, size_t size,
                     const sti_output_events *events);

#endif
