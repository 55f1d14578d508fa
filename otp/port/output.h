/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error, and the terminal behind them.
 */
#ifndef OTP_PORT_OUTPUT_H
#define OTP_PORT_OUTPUT_H

#include "port/io.h"

enum { OTPI_OUTPUT_STDOUT = 1, OTPI_OUTPUT_STDERR = 2 };

/* All bytes, waiting for a slow reader; async-signal-safe. */
otpi_io_err otpi_output_write(int fd, const void *bytes, size_t size);
bool otpi_output_is_terminal(int fd);
/* Columns; 0 when it is no terminal. */
uint32_t otpi_output_width(int fd);

#endif
