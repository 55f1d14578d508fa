/* SPDX-License-Identifier: MIT */
/*
 * Taking a child's stream apart into lines of jobs and marks, however it is cut into pieces.
 */
#include "supertester/runner/output.h"
#include "supertester/runner/child.h"

#include <stdio.h>
#include <string.h>

void sti_output_init(sti_output *output) {
    *output = (sti_output){.job = STI_NO_JOB};
}

/* A whole mark: "b12" or "e12". A test may print what reads like one: only the job that runs can
 * end, and only between jobs can one begin. */
static void take_mark(sti_output *output, const sti_output_events *events) {
    uint64_t index = STI_NO_JOB;
    output->mark[output->mark_size] = '\0';
    bool valid =
        output->mark_size > 2 && sti_number_parse(output->mark + 2, &index) && index < STI_NO_JOB;
    output->mark_size = 0;
    bool current = index == output->job, none = output->job == STI_NO_JOB;
    if (valid && none && output->mark[1] == 'b') {
        output->job = (uint32_t)index;
        events->began(events->context, (uint32_t)index);
    } else if (valid && current && output->mark[1] == 'e' &&
               events->ended(events->context, (uint32_t)index)) {
        output->job = STI_NO_JOB;
    }
}

static void feed_mark(sti_output *output, char c, const sti_output_events *events) {
    if (c == '\n') {
        take_mark(output, events);
    } else if (output->mark_size + 1 < sizeof output->mark) {
        output->mark[output->mark_size++] = c;
    } else {
        output->mark_size = 0; /* no mark after all */
    }
}

void sti_output_feed(sti_output *output, const char *bytes, size_t size,
                     const sti_output_events *events) {
    const char *end = bytes + size;
    while (bytes < end) {
        if (output->mark_size > 0) {
            feed_mark(output, *bytes++, events);
            continue;
        }
        const char *mark = memchr(bytes, STI_MARK, (size_t)(end - bytes));
        size_t plain = (size_t)((mark ? mark : end) - bytes);
        if (plain > 0 && output->job != STI_NO_JOB) {
            events->bytes(events->context, output->job, bytes, plain);
        }
        bytes += plain;
        if (mark) {
            output->mark[0] = STI_MARK;
            output->mark_size = 1;
            bytes++;
        }
    }
}
