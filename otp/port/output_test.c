/* SPDX-License-Identifier: MIT */
#include "port/output.h"

#include "port/child.h"
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 300000 };

static char text[BYTES];

static int write_much(void *arg) {
    (void)arg;
    memset(text, 'x', sizeof text);
    return (int)otpi_output_write(OTPI_OUTPUT_STDOUT, text, sizeof text);
}

UNIT("all bytes arrive, more than a pipe holds") {
    otpi_child child;
    REQUIRE(otpi_fork(&child, &(otpi_child_opts){.out = OTPI_CHILD_PIPE}, write_much, NULL) ==
            OTPI_IO_OK);
    size_t total = 0;
    for (;;) {
        size_t got;
        otpi_io_err err = otpi_pipe_read(child.out, text, sizeof text, &got);
        total += got;
        if (err == OTPI_IO_SHORT) {
            break;
        }
        otpi_poll_item item = {.fd = child.out, .want = OTPI_POLL_READ};
        otpi_poll(&item, 1, OTPI_NEVER);
    }
    CHECK_EQ(total, BYTES);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK_EQ(child.exit.code, 0);
    otpi_child_close(&child);
}

UNIT("a full pipe that does not block is waited for") {
    int ends[2];
    size_t put;
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
    CHECK_EQ(otpi_output_write(ends[1], "abc", 3), OTPI_IO_OK);
    CHECK_EQ(otpi_pipe_read(ends[0], text, sizeof text, &put), OTPI_IO_OK);
    CHECK_EQ(put, 3);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&ends[1]);
}

UNIT("a closed descriptor is an error, a pipe is no terminal") {
    CHECK_EQ(otpi_output_write(-1, "x", 1), OTPI_IO_EINVAL);
    int ends[2];
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
    CHECK(!otpi_output_is_terminal(ends[1]));
    CHECK_EQ(otpi_output_width(ends[1]), 0);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&ends[1]);
}

UNIT("a file is made, written from front to back, and emptied when it is opened again") {
    char path[] = "/tmp/output_test.XXXXXX";
    int made = mkstemp(path), fd;
    REQUIRE(made >= 0);
    otpi_pipe_close(&made);
    for (int round = 0; round < 2; round++) {
        REQUIRE(otpi_output_open(path, &fd) == OTPI_IO_OK);
        CHECK_EQ(otpi_output_write(fd, "abc", 3), OTPI_IO_OK);
        CHECK_EQ(otpi_output_write(fd, "def", 3), OTPI_IO_OK);
        CHECK_EQ(otpi_output_close(fd), OTPI_IO_OK);
    }
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    char line[16] = "";
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK_STR(line, "abcdef");
    fclose(file);
    remove(path);
}

UNIT("what can't be opened or written is told with its reason") {
    int fd;
    CHECK_EQ(otpi_output_open("/nowhere/at/all", &fd), OTPI_IO_ENOENT);
    REQUIRE(otpi_output_open("/dev/full", &fd) == OTPI_IO_OK);
    CHECK_EQ(otpi_output_write(fd, "x", 1), OTPI_IO_ENOSPC);
    CHECK_EQ(otpi_output_close(fd), OTPI_IO_OK);
    CHECK_EQ(otpi_output_close(-1), OTPI_IO_EINVAL);
}
