/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several file descriptors with a deadline, and pipes whose ends never block.
 */
#ifndef OTP_PORT_POLL_H
#define OTP_PORT_POLL_H

#include "port/clock.h"
#include "port/io.h"

enum {
    OTPI_POLL_READ = 1,  /* something to read, or the end of the stream */
    OTPI_POLL_WRITE = 4, /* room to write */
    OTPI_POLL_ERROR = 8,
    OTPI_POLL_HANGUP = 16, /* the other end is closed; what was written before can still be read */
};

/* As struct pollfd: a negative fd is left out. */
typedef struct otpi_poll_item {
    int fd;
    short want; /* OTPI_POLL_READ, _WRITE */
    short got;  /* set by otpi_poll; ERROR and HANGUP come unasked */
} otpi_poll_item;

/* How many items have got something; 0 when the deadline has passed. */
size_t otpi_poll(otpi_poll_item *items, size_t count, uint64_t deadline_ns);

/* ends[0] is read, ends[1] written; neither blocks, neither is inherited by started programs. */
OTP_MUST_CHECK otpi_io_err otpi_pipe_open(int ends[2]);
/* Closes and sets to -1; -1 is fine. */
void otpi_pipe_close(int *end);
/* What is there, at most size bytes: OK with *got > 0, EBUSY when there is nothing yet, SHORT at
 * the end of the stream. */
otpi_io_err otpi_pipe_read(int fd, void *buffer, size_t size, size_t *got);
/* As much as fits: OK with *put > 0, EBUSY when the pipe is full; OTHER (EPIPE) when
 * nobody reads, without the signal.
 */
otpi_io_err otpi_pipe_write(int fd, const void *bytes, size_t size, size_t *put);

#endif
