/* SPDX-License-Identifier: MIT */
/*
 * More of the program of tests that must fail: what is left behind in the OS process.
 */
#include <supertester/supertester.h>

#include "port/child.h"
#include "port/thread.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *volatile kept;

ST_TEST(leaks, memory_from_malloc) {
    kept = malloc(100);
    kept = calloc(2, 50);
}

ST_TEST(leaks, files_by_name, .allow_host = true) {
    ST_EXPECT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
}

static void stay(void *never) {
    otpi_park_wait(never, OTPI_NEVER);
}

ST_TEST(leaks, threads) {
    static otpi_thread threads[8];
    static otpi_park parks[8]; /* each is waited for by one thread */
    static unsigned started;
    unsigned i = started++ % 8;
    otpi_park_init(&parks[i]);
    ST_ASSERT(otpi_thread_start(&threads[i], "stays", stay, &parks[i]));
}

static int wait_for_input(void *unused) {
    char byte;
    (void)unused;
    return (int)read(0, &byte, 1);
}

ST_TEST(leaks, child_processes) {
    static otpi_child children[8];
    static unsigned started;
    const otpi_child_opts opts = {.in = OTPI_CHILD_PIPE, .die_with_parent = true};
    otpi_child *child = &children[started++ % 8];
    ST_ASSERT_EQ(otpi_fork(child, &opts, wait_for_input, NULL), OTPI_IO_OK);
}

ST_TEST(leaks, temporary_files, .allow_host = true) {
    char path[] = "must_fail_XXXXXX";
    int fd = mkstemp(path);
    ST_ASSERT_GE(fd, 0);
    close(fd);
}

ST_TEST(leaks, may_be_allowed, .leaks = ST_LEAKS_ALLOWED,
        .leaks_reason = "kept for the tests after it") {
    kept = malloc(100);
}

ST_TEST(leaks, are_counted_after_them) {
    kept = malloc(100);
    free(kept);
}

ST_PROPERTY(leaks, of_a_property, .runs = 20) {
    kept = malloc((size_t)st_int(1, 100));
}
