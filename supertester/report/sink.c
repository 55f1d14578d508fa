/* SPDX-License-Identifier: MIT */
/*
 * Writing a report, as far as it goes. A pipe whose reader is gone is an error like a full disk,
 * not a signal.
 */
#include "supertester/report/sink.h"

#include "port/output.h"
#include "port/poll.h"

#include <errno.h>
#include <string.h>

static void note(sti_sink *sink, otpi_io_err err) {
    if (sink->err == OTPI_IO_OK) {
        sink->system_error = errno;
        sink->err = err;
    }
}

otpi_io_err sti_sink_open(sti_sink *sink, const char *file) {
    *sink = (sti_sink){.file = file, .fd = OTPI_OUTPUT_STDOUT};
    if (file) {
        note(sink, otpi_output_open(file, &sink->fd));
    }
    return sink->err;
}

void sti_sink_write(sti_sink *sink, const char *bytes, size_t size) {
    while (size > 0 && sink->err == OTPI_IO_OK) {
        size_t put;
        otpi_io_err err = otpi_pipe_write(sink->fd, bytes, size, &put);
        bytes += put;
        size -= put;
        if (err == OTPI_IO_EBUSY) {
            otpi_poll_item item = {.fd = sink->fd, .want = OTPI_POLL_WRITE};
            otpi_poll(&item, 1, OTPI_NEVER);
        } else if (err != OTPI_IO_OK) {
            note(sink, err);
        }
    }
}

void sti_sink_fail(sti_sink *sink, otpi_io_err err) {
    errno = err == OTPI_IO_ENOMEM ? ENOMEM : EIO;
    note(sink, err);
}

void sti_sink_close(sti_sink *sink) {
    if (sink->file && sink->fd >= 0) {
        otpi_io_err err = otpi_output_close(sink->fd);
        if (err != OTPI_IO_OK) {
            note(sink, err);
        }
        sink->fd = -1;
    }
}

void sti_sink_describe(const sti_sink *sink, otpi_text *out) {
    otpi_text_format(out, "to %s: %s", sink->file ? sink->file : "standard output",
                     strerror(sink->system_error));
}
