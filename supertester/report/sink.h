/* SPDX-License-Identifier: MIT */
/*
 * Where a reporter writes: standard output, or a file of its own. The first error is kept, and
 * nothing is written after it: a report is whole up to where it is cut.
 */
#ifndef SUPERTESTER_REPORT_SINK_H
#define SUPERTESTER_REPORT_SINK_H

#include "base/text.h"
#include "port/io.h"

typedef struct sti_sink {
    const char *file; /* NULL = standard output */
    int fd;
    otpi_io_err err;
    int system_error; /* errno of the first error */
} sti_sink;

/* A file is made, or emptied. The name is not copied. */
OTP_MUST_CHECK otpi_io_err sti_sink_open(sti_sink *sink, const char *file);
void sti_sink_write(sti_sink *sink, const char *bytes, size_t size);
/* Out of memory for what should have been written. */
void sti_sink_fail(sti_sink *sink, otpi_io_err err);
void sti_sink_close(sti_sink *sink);
/* "to standard output: No space left on device" */
void sti_sink_describe(const sti_sink *sink, otpi_text *out);

#endif
