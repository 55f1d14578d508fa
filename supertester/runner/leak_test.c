/* SPDX-License-Identifier: MIT */
#include "supertester/runner/leak.h"
#include "supertester/runner/host.h"

#include "port/memory.h"
#include "tests/unit.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the compiler can't leave out. */
static void *volatile block;

static const char *shown(sti_counts growth) {
    static char memory[300];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_counts_show(&text, growth);
    return memory;
}

UNIT("blocks of malloc and its kin are counted exactly, until they are freed") {
    sti_host_bring_memory();
    sti_counts before = sti_counts_take();
    block = malloc(100);
    sti_counts growth = sti_counts_growth(before, sti_counts_take());
    CHECK_EQ(growth.memory, 1);
    CHECK_EQ(growth.memory_bytes, malloc_usable_size((void *)block));
    CHECK_EQ(growth.heap, 0);
    CHECK(sti_counts_any(growth));
    block = realloc(block, 5000);
    growth = sti_counts_growth(before, sti_counts_take());
    CHECK_EQ(growth.memory, 1);
    CHECK_EQ(growth.memory_bytes, malloc_usable_size((void *)block));
    free(block);
    block = aligned_alloc(256, 512);
    CHECK_EQ((uintptr_t)block % 256, 0);
    CHECK_EQ(sti_counts_growth(before, sti_counts_take()).memory, 1);
    free(block);
    block = reallocarray(NULL, 7, 10);
    CHECK_EQ(sti_counts_growth(before, sti_counts_take()).memory, 1);
    free(block);
    void *aligned = NULL;
    CHECK_EQ(posix_memalign(&aligned, 128, 10), 0);
    CHECK_EQ((uintptr_t)aligned % 128, 0);
    CHECK_EQ(sti_counts_growth(before, sti_counts_take()).memory, 1);
    free(aligned);
    growth = sti_counts_growth(before, sti_counts_take());
    CHECK_EQ(growth.memory, 0);
    CHECK_EQ(growth.memory_bytes, 0);
    CHECK(!sti_counts_any(growth));
}

UNIT("what can't be allocated is refused as by the C library") {
    void *aligned = &aligned;
    volatile size_t huge = SIZE_MAX / 4;
    CHECK_EQ(posix_memalign(&aligned, 3, 10), 22);
    CHECK(aligned == &aligned);
    CHECK(reallocarray(NULL, huge, 8) == NULL);
}

UNIT("blocks of the runtime's heap are told apart") {
    otpi_free(otpi_alloc(1)); /* the counters of a thread are made at its first allocation */
    sti_counts before = sti_counts_take();
    void *own = otpi_alloc(100);
    sti_counts growth = sti_counts_growth(before, sti_counts_take());
    CHECK_EQ(growth.heap, 1);
    CHECK_EQ(growth.memory, 0);
    otpi_free(own);
    CHECK(!sti_counts_any(sti_counts_growth(before, sti_counts_take())));
}

UNIT("open files are shown by name") {
    char expected[64];
    sti_counts before = sti_counts_take();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    snprintf(expected, sizeof expected, "1 open file (%d: /dev/null)", fd);
    CHECK_STR(shown(sti_counts_growth(before, sti_counts_take())), expected);
    close(fd);
    CHECK_STR(shown(sti_counts_growth(before, sti_counts_take())), "");
}

UNIT("what is shown has its number and its plural") {
    sti_counts one = {.blocks = 1, .block_bytes = 40, .threads = 1, .children = 1};
    CHECK_STR(shown(one), "1 block of the runtime (40 bytes), 1 thread, 1 child process");
    sti_counts two = {.heap = 2, .heap_bytes = 80, .memory = 2, .memory_bytes = 48, .children = 2};
    CHECK_STR(shown(two), "2 blocks of the runtime's heap (80 bytes), 2 blocks from malloc "
                          "(48 bytes), 2 child processes");
}

UNIT("growth counts what is more, and only that which repeats is in both") {
    sti_counts a = {.files = 3, .threads = 1, .file_set = {7}};
    sti_counts b = {.files = 5, .threads = 0, .file_set = {31}, .children = 1};
    sti_counts growth = sti_counts_growth(a, b);
    CHECK_EQ(growth.files, 2);
    CHECK_EQ(growth.file_set[0], 24);
    CHECK_EQ(growth.threads, 0);
    CHECK_EQ(growth.children, 1);
    sti_counts both = sti_counts_both(growth, (sti_counts){.files = 1, .children = 3});
    CHECK_EQ(both.files, 1);
    CHECK_EQ(both.children, 1);
    sti_counts bytes_only = {.heap_bytes = 100};
    CHECK(!sti_counts_any(bytes_only));
}
