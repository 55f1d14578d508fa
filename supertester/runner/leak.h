/* SPDX-License-Identifier: MIT */
/*
 * What a test may not leave behind in the OS process: memory, open files, threads, child processes.
 * Counted when no test runs.
 */
#ifndef SUPERTESTER_RUNNER_LEAK_H
#define SUPERTESTER_RUNNER_LEAK_H

#include <otp/api.h>

#include "base/text.h"

enum { STI_FILE_WORDS = 4 }; /* the first 256 open files are told apart */

typedef struct sti_counts {
    int64_t blocks, block_bytes;  /* of the runtime's pools: messages, processes, records */
    int64_t heap, heap_bytes;     /* of the runtime's heap: caches grow here at first use */
    int64_t memory, memory_bytes; /* from malloc and its kin, of the code under test */
    int64_t files;
    uint64_t file_set[STI_FILE_WORDS];
    int64_t threads;
    int64_t children; /* processes that were not waited for */
} sti_counts;

sti_counts sti_counts_take(void);
/* after - before, and never below zero. */
sti_counts sti_counts_growth(sti_counts before, sti_counts after);
/* Are there more of anything but bytes? A block may become larger by chance. */
bool sti_counts_any(sti_counts growth);
/* What grew in both: growth that repeats is a leak, growth that does not was a cache's first use.
 * The files are those of b. */
sti_counts sti_counts_both(sti_counts a, sti_counts b);
/* "2 open files (5: /tmp/log, 6: pipe:[4711]), 1 thread"; the files are looked at now. */
void sti_counts_show(otpi_text *out, sti_counts growth);

#endif
