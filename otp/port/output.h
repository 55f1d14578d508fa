/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error, the terminal behind them, and files that are written as they are: from
 * front to back.
 */
#ifndef OTP_PORT_OUTPUT_H
#define OTP_PORT_OUTPUT_H

#include "port/io.h"

enum { OTPI_OUTPUT_STDOUT = 1, OTPI_OUTPUT_STDERR = 2 };

/* All bytes, waiting for a slow reader; async-signal-safe. */
otpi_io_err otpi_output_write(int fd, const void *bytes, size_t size);
/* A file to write from front to back: made or emptied; pipes and devices are fine. Children do not
 * inherit it. */
OTP_MUST_CHECK otpi_io_err otpi_output_open(const char *path, int *fd);
/* Some file systems tell only now that a write failed. */
otpi_io_err otpi_output_close(int fd);
bool otpi_output_is_terminal(int fd);
/* Columns; 0 when it is no terminal. */
uint32_t otpi_output_width(int fd);

#endif
