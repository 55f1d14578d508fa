/* SPDX-License-Identifier: MIT */
/*
 * Counting what the OS process holds.
 */
#include "supertester/runner/leak.h"

#include "port/host.h"
#include "port/memory.h"
#include "world/worker.h"

#include <inttypes.h>

sti_counts sti_counts_take(void) {
    int64_t blocks = 0, bytes = 0;
    otpi_block_live(&blocks, &bytes);
    return (sti_counts){.blocks = blocks,
                        .heap = otpi_memory_stats_read().live_blocks,
                        .files = otpi_host_open_files(),
                        .threads = otpi_host_threads()};
}

static int64_t grown(int64_t before, int64_t after) {
    return after > before ? after - before : 0;
}

sti_counts sti_counts_growth(sti_counts before, sti_counts after) {
    return (sti_counts){.blocks = grown(before.blocks, after.blocks),
                        .heap = grown(before.heap, after.heap),
                        .files = grown(before.files, after.files),
                        .threads = grown(before.threads, after.threads)};
}

bool sti_counts_any(sti_counts growth) {
    return growth.blocks > 0 || growth.heap > 0 || growth.files > 0 || growth.threads > 0;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

sti_counts sti_counts_both(sti_counts a, sti_counts b) {
    return (sti_counts){.blocks = smaller(a.blocks, b.blocks),
                        .heap = smaller(a.heap, b.heap),
                        .files = smaller(a.files, b.files),
                        .threads = smaller(a.threads, b.threads)};
}

void sti_counts_show(otpi_text *out, sti_counts growth) {
    const struct {
        int64_t n;
        const char *one, *many;
    } parts[] = {{growth.blocks, "block of the runtime", "blocks of the runtime"},
                 {growth.heap, "block of memory", "blocks of memory"},
                 {growth.files, "open file", "open files"},
                 {growth.threads, "thread", "threads"}};
    const char *before = "";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].n > 0) {
            otpi_text_format(out, "%s%" PRId64 " %s", before, parts[i].n,
                             parts[i].n == 1 ? parts[i].one : parts[i].many);
            before = ", ";
        }
    }
}
