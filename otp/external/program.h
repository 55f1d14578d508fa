/* SPDX-License-Identifier: MIT */
/*
 * What a port speaks to: a program of the operating system (program_os.c), or in a simulated world
 * its stand-in (stand_in.c). One port owns one program, and only its process calls these functions.
 */
#ifndef OTP_EXTERNAL_PROGRAM_H
#define OTP_EXTERNAL_PROGRAM_H

#include <otp/port.h>

#include "port/child.h"
#include "process/wakeup.h"

/* Streams, as the program numbers them; also the bits that the wakeup raises. */
typedef enum otpi_stream { OTPI_STREAM_IN, OTPI_STREAM_OUT, OTPI_STREAM_ERR } otpi_stream;
enum {
    OTPI_WAKE_IN = 1 << OTPI_STREAM_IN,
    OTPI_WAKE_OUT = 1 << OTPI_STREAM_OUT,
    OTPI_WAKE_ERR = 1 << OTPI_STREAM_ERR,
    OTPI_WAKE_ENDED = 8,
};

typedef struct otpi_program otpi_program;

typedef struct otpi_program_ops {
    /* Once, in the port's process: from here on the wakeup may be raised. */
    otp_err (*watch)(otpi_program *program);
    /* OK with *got > 0, EBUSY: nothing there, SHORT: the end. */
    otpi_io_err (*read)(otpi_program *program, otpi_stream stream, void *buffer, size_t size,
                        size_t *got);
    /* OK with *put > 0, EBUSY: the pipe is full; others: nobody reads it. */
    otpi_io_err (*write)(otpi_program *program, const void *bytes, size_t size, size_t *put);
    /* Raises the stream's bit once when it can be read (IN: written). */
    void (*arm)(otpi_program *program, otpi_stream stream);
    void (*close)(otpi_program *program, otpi_stream stream);
    bool (*ended)(otpi_program *program, otpi_child_exit *end);
    /* Closes all and ends the program, in the background where that takes time. Frees *program.
     * Does not suspend. */
    void (*end)(otpi_program *program);
} otpi_program_ops;

struct otpi_program {
    const otpi_program_ops *ops;
    otp_system *system;
    otpi_wakeup *wakeup;
    int64_t os_pid; /* 0 in a simulated world */
};

/* Both make a program that is to be ended by ops->end whatever happens next. The start may suspend;
 * OTP_ELIMIT, OTP_ENOMEM, OTP_ESTANDIN when there is nothing to be made. */
otp_err otpi_program_os_new(otp_system *system, const otp_port_opts *opts, otpi_program **out);
OTP_MAY_SUSPEND otp_err otpi_program_os_start(otpi_program *program, const char *const *argv,
                                              const otp_port_opts *opts);
otp_err otpi_program_stand_in_new(otp_system *system, const char *const *argv,
                                  const otp_port_opts *opts, otpi_program **out);
otp_err otpi_program_stand_in_start(otpi_program *program);

#endif
