/* SPDX-License-Identifier: MIT */
#include "port/poll.h"

#include "tests/unit.h"

#include <errno.h>
#include <string.h>

static int ends[2];
static char buffer[1 << 16];
static size_t moved;

UNIT("bytes go through a pipe, and its end is seen") {
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
    CHECK_EQ(otpi_pipe_read(ends[0], buffer, sizeof buffer, &moved), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_pipe_write(ends[1], "hello", 6, &moved), OTPI_IO_OK);
    CHECK_EQ(moved, 6);
    CHECK_EQ(otpi_pipe_read(ends[0], buffer, sizeof buffer, &moved), OTPI_IO_OK);
    CHECK_EQ(moved, 6);
    CHECK_STR(buffer, "hello");
    otpi_pipe_close(&ends[1]);
    CHECK_EQ(ends[1], -1);
    otpi_pipe_close(&ends[1]);
    CHECK_EQ(otpi_pipe_read(ends[0], buffer, sizeof buffer, &moved), OTPI_IO_SHORT);
    otpi_pipe_close(&ends[0]);
}

UNIT("a full pipe is busy until somebody reads") {
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
    size_t total = 0;
    while (otpi_pipe_write(ends[1], buffer, sizeof buffer, &moved) == OTPI_IO_OK) {
        total += moved;
    }
    CHECK(total > 0);
    otpi_poll_item item = {.fd = ends[1], .want = OTPI_POLL_WRITE};
    CHECK_EQ(otpi_poll(&item, 1, 0), 0);
    while (otpi_pipe_read(ends[0], buffer, sizeof buffer, &moved) == OTPI_IO_OK) {
        total -= moved;
    }
    CHECK_EQ(total, 0);
    CHECK_EQ(otpi_poll(&item, 1, 0), 1);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&ends[1]);
}

UNIT("writing to a pipe that nobody reads is an error and no signal") {
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
    otpi_pipe_close(&ends[0]);
    CHECK_EQ(otpi_pipe_write(ends[1], "x", 1, &moved), OTPI_IO_OTHER);
    CHECK_EQ(errno, EPIPE);
    otpi_pipe_close(&ends[1]);
}

UNIT("polling names the ready items, leaves out negative ones and ends at its deadline") {
    int others[2];
    REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK && otpi_pipe_open(others) == OTPI_IO_OK);
    otpi_poll_item items[] = {
        {ends[0], OTPI_POLL_READ, 0}, {-1, OTPI_POLL_READ, 0}, {others[0], OTPI_POLL_READ, 0}};
    uint64_t deadline = otpi_clock_deadline_ns(2000000);
    CHECK_EQ(otpi_poll(items, 3, deadline), 0);
    CHECK(otpi_clock_monotonic_ns() >= deadline);
    REQUIRE(otpi_pipe_write(others[1], "x", 1, &moved) == OTPI_IO_OK);
    otpi_pipe_close(&ends[1]);
    CHECK_EQ(otpi_poll(items, 3, OTPI_NEVER), 2);
    CHECK(items[0].got & OTPI_POLL_HANGUP);
    CHECK_EQ(items[1].got, 0);
    CHECK(items[2].got & OTPI_POLL_READ);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&others[0]);
    otpi_pipe_close(&others[1]);
}
