/* SPDX-License-Identifier: MIT */
/*
 * Between child.c and child_start.c: the child's ends of its streams.
 */
#ifndef OTP_PORT_CHILD_STREAMS_H
#define OTP_PORT_CHILD_STREAMS_H

#include "port/child.h"

/* Initialises *child, opens both ends of its streams: theirs[i] is to become descriptor i of the
 * child, -1 = inherited. otpi_child_opened must follow, whatever this returns. */
otpi_io_err otpi_child_open_streams(otpi_child *child, const otpi_child_opts *opts, int theirs[3]);

/* Closes the child's ends; takes hold of the new process or, if err is set, undoes everything.
 * Returns what the whole start is to return. */
otpi_io_err otpi_child_opened(otpi_child *child, int theirs[3], int64_t pid, otpi_io_err err);

#endif
