/* SPDX-License-Identifier: MIT */
#include "port/output.h"

#include "port/child.h"
#include "tests/unit.h"

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
