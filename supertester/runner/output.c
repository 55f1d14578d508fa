/* SPDX-License-Identifier: MIT */
/*
 * Taking a child's stream apart into lines of jobs and marks, however it is cut into pieces.
 */
#include "supertester/runner/output.h"
#include "supertester/runner/child.h"

#include <inttypes.h>
#include <string.h>

void sti_output_mark(otpi_text *out, char what, uint32_t job, uint64_t secret) {
    otpi_text_format(out, "%c%c%" PRIu32 ".%016" PRIx64 "\n", STI_MARK, what, job, secret);
}

void sti_output_init(sti_output *output, uint64_t secret) {
    *output = (sti_output){.secret = secret, .job = STI_NO_JOB};
}

static void pass_on(const sti_output *output, const char *bytes, size_t size,
                    const sti_output_events *events) {
    if (size > 0 && output->job != STI_NO_JOB) {
        events->bytes(events->context, output->job, bytes, size);
    }
}

/* The job of a mark; STI_NO_JOB when it is none of ours. */
static uint32_t read_mark(sti_output *output) {
    char memory[sizeof output->mark];
    uint64_t index;
    char *dot = memchr(output->mark, '.', output->mark_size);
    output->mark[output->mark_size] = '\0';
    if (!dot || output->mark_size < 4) {
        return STI_NO_JOB;
    }
    *dot = '\0';
    bool number = sti_number_parse(output->mark + 2, &index) && index < STI_NO_JOB;
    *dot = '.';
    if (!number) {
        return STI_NO_JOB;
    }
    otpi_text ours;
    otpi_text_init_fixed(&ours, memory, sizeof memory);
    sti_output_mark(&ours, output->mark[1], (uint32_t)index, output->secret);
    bool same = ours.length == output->mark_size + 1 &&
                memcmp(ours.data, output->mark, output->mark_size) == 0;
    return same ? (uint32_t)index : STI_NO_JOB;
}

/* A whole line that begins as a mark does. */
static void take_mark(sti_output *output, const sti_output_events *events) {
    uint32_t job = read_mark(output);
    if (job != STI_NO_JOB && output->job == STI_NO_JOB && output->mark[1] == 'b') {
        output->job = job;
        events->began(events->context, job);
    } else if (job != STI_NO_JOB && job == output->job && output->mark[1] == 'e') {
        output->job = STI_NO_JOB;
        events->ended(events->context, job);
    } else {
        pass_on(output, output->mark, output->mark_size, events);
        pass_on(output, "\n", 1, events);
    }
    output->mark_size = 0;
}

static void feed_mark(sti_output *output, char c, const sti_output_events *events) {
    if (c == '\n') {
        take_mark(output, events);
        return;
    }
    bool fits = output->mark_size + 1 < sizeof output->mark;
    if (c == STI_MARK || !fits) { /* no mark after all */
        pass_on(output, output->mark, output->mark_size, events);
        output->mark_size = 0;
    }
    if (c == STI_MARK || fits) {
        output->mark[output->mark_size++] = c;
    } else {
        pass_on(output, &c, 1, events);
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
        pass_on(output, bytes, plain, events);
        bytes += plain;
        if (mark) {
            output->mark[0] = STI_MARK;
            output->mark_size = 1;
            bytes++;
        }
    }
}
