/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error put aside for a while: what is written to them is gathered, then
 * dropped or written after all. One at a time in an OS process, and not by two threads at once.
 * Buffers of the C library are the caller's to flush, before and after. When the process exits
 * meanwhile, what was gathered is written. Sanitizers' reports are not put aside.
 */
#ifndef OTP_PORT_DIVERT_H
#define OTP_PORT_DIVERT_H

#include "port/io.h"

/* OTPI_IO_EBUSY: they are put aside already. */
OTP_MUST_CHECK otpi_io_err otpi_divert_begin(void);
/* keep: to standard output with what was gathered. Nothing happens when nothing is put aside, or
 * when it was by the process this one was forked from. Async-signal-safe. */
void otpi_divert_end(bool keep);

#endif
