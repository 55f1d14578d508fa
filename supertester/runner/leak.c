/* SPDX-License-Identifier: MIT */
/*
 * Counting what the OS process holds.
 */
#include "supertester/runner/leak.h"
#include "supertester/runner/host_fails.h"

#include "port/host.h"
#include "port/memory.h"
#include "world/worker.h"

#include <inttypes.h>

enum { FILES_NAMED = 4 };

sti_counts sti_counts_take(void) {
    otpi_memory_stats heap = otpi_memory_stats_read();
    sti_counts counts = {.heap = heap.live_blocks, .heap_bytes = heap.live_bytes};
    otpi_block_live(&counts.blocks, &counts.block_bytes);
    sti_host_memory_live(&counts.memory, &counts.memory_bytes);
    counts.files = otpi_host_open_files(counts.file_set, STI_FILE_WORDS);
    counts.threads = otpi_host_threads();
    counts.children = otpi_host_children();
    return counts;
}

/* The numbers of a count, for what is done to each. */
enum { NUMBERS = 9 };
typedef struct numbers {
    int64_t *of[NUMBERS];
} numbers;

static numbers numbers_of(sti_counts *c) {
    return (numbers){{&c->blocks, &c->block_bytes, &c->heap, &c->heap_bytes, &c->memory,
                      &c->memory_bytes, &c->files, &c->threads, &c->children}};
}

sti_counts sti_counts_growth(sti_counts before, sti_counts after) {
    numbers b = numbers_of(&before), a = numbers_of(&after);
    for (int i = 0; i < NUMBERS; i++) {
        *a.of[i] = *a.of[i] > *b.of[i] ? *a.of[i] - *b.of[i] : 0;
    }
    for (int i = 0; i < STI_FILE_WORDS; i++) {
        after.file_set[i] &= ~before.file_set[i];
    }
    return after;
}

bool sti_counts_any(sti_counts growth) {
    return growth.blocks > 0 || growth.heap > 0 || growth.memory > 0 || growth.files > 0 ||
           growth.threads > 0 || growth.children > 0;
}

sti_counts sti_counts_both(sti_counts a, sti_counts b) {
    numbers x = numbers_of(&a), y = numbers_of(&b);
    for (int i = 0; i < NUMBERS; i++) {
        *y.of[i] = *x.of[i] < *y.of[i] ? *x.of[i] : *y.of[i];
    }
    return b;
}

/* ---- Showing ---- */

static void show_part(otpi_text *out, int64_t n, const char *one, const char *many) {
    otpi_text_format(out, "%s%" PRId64 " %s", out->length > 0 ? ", " : "", n, n == 1 ? one : many);
}

static void show_memory(otpi_text *out, int64_t n, int64_t bytes, const char *one,
                        const char *many) {
    if (n > 0) {
        show_part(out, n, one, many);
        otpi_text_format(out, " (%" PRId64 " bytes)", bytes);
    }
}

static void show_files(otpi_text *out, const sti_counts *growth) {
    char name[128];
    int shown = 0;
    if (growth->files == 0) {
        return;
    }
    show_part(out, growth->files, "open file", "open files");
    for (int fd = 0; fd < STI_FILE_WORDS * 64 && shown < FILES_NAMED; fd++) {
        bool left = growth->file_set[fd / 64] >> (fd % 64) & 1;
        if (left && otpi_host_file_name(fd, name, sizeof name)) {
            otpi_text_format(out, "%s%d: %s", shown++ == 0 ? " (" : ", ", fd, name);
        }
    }
    otpi_text_cstr(out, shown > 0 ? ")" : "");
}

void sti_counts_show(otpi_text *out, sti_counts growth) {
    show_memory(out, growth.blocks, growth.block_bytes, "block of the runtime",
                "blocks of the runtime");
    show_memory(out, growth.heap, growth.heap_bytes, "block of the runtime's heap",
                "blocks of the runtime's heap");
    show_memory(out, growth.memory, growth.memory_bytes, "block from malloc", "blocks from malloc");
    show_files(out, &growth);
    if (growth.threads > 0) {
        show_part(out, growth.threads, "thread", "threads");
    }
    if (growth.children > 0) {
        show_part(out, growth.children, "child process", "child processes");
    }
}
