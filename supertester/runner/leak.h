/* SPDX-License-Identifier: MIT */
/*
 * What a test may not leave behind in the OS process: blocks, open files, threads. Counted when no
 * test runs.
 */
#ifndef SUPERTESTER_RUNNER_LEAK_H
#define SUPERTESTER_RUNNER_LEAK_H

#include <otp/api.h>

#include "base/text.h"

typedef struct sti_counts {
    int64_t blocks; /* of the runtime's pools: messages, processes, records */
    int64_t heap;   /* blocks of the runtime's heap: caches grow here at first use */
    int64_t files;
    int64_t threads;
} sti_counts;

sti_counts sti_counts_take(void);
/* after - before, and never below zero. */
sti_counts sti_counts_growth(sti_counts before, sti_counts after);
bool sti_counts_any(sti_counts growth);
/* What grew in both: growth that repeats is a leak, growth that does not was a cache's first use.
 */
sti_counts sti_counts_both(sti_counts a, sti_counts b);
/* "2 open files and 1 thread" */
void sti_counts_show(otpi_text *out, sti_counts growth);

#endif
