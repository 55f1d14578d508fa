/* SPDX-License-Identifier: MIT */
/*
 * What several tests do with child processes: read their output to its end, start a shell.
 */
#ifndef OTP_PORT_TEST_CHILD_H
#define OTP_PORT_TEST_CHILD_H

#include "port/child.h"

static char test_output[16384];

/* Everything up to the end of the stream (or what fits), as a string. */
static inline const char *test_read_all(int fd) {
    size_t length = 0;
    for (;;) {
        size_t got = 0;
        otpi_io_err err =
            otpi_pipe_read(fd, test_output + length, sizeof test_output - 1 - length, &got);
        length += got;
        if (err == OTPI_IO_EBUSY) {
            otpi_poll_item item = {.fd = fd, .want = OTPI_POLL_READ};
            otpi_poll(&item, 1, OTPI_NEVER);
        } else if (err != OTPI_IO_OK) {
            test_output[length] = '\0';
            return test_output;
        }
    }
}

/* A shell that runs the script. */
static inline otpi_io_err test_start(otpi_child *child, otpi_child_opts opts, const char *script) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    opts.argv = argv;
    return otpi_child_start(child, &opts);
}

#endif
