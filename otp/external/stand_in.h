/* SPDX-License-Identifier: MIT */
/*
 * A program of a simulated world: three pipes between a port and the process that stands in for the
 * program.
 */
#ifndef OTP_EXTERNAL_STAND_IN_H
#define OTP_EXTERNAL_STAND_IN_H

#include "external/framing.h"
#include "external/outbox.h"
#include "external/ports.h"

enum { OTPI_PIPE_SIZE = 65536 };

typedef struct simulated_pipe {
    otpi_outbox bytes;
    bool reader, writer; /* that end is open */
    bool armed;          /* the port wants to be woken */
} simulated_pipe;

typedef struct simulated {
    otpi_program program;
    unsigned refs; /* of the port and of the process */
    otp_pid pid;
    simulated_pipe pipes[3];
    otp_stand_in_fn *fn;
    void *context;
    otp_stand_in_faults faults;
    otp_port_packet packet;
    otp_port_stderr errors;
    otpi_framing input; /* of otp_stand_in_read_packet */
    char *arguments;
    unsigned crash_gap, partial_gap; /* reads and writes until the next; 0 = none */
    bool watched;                    /* the port has begun */
    bool ended;
    otpi_child_exit end;
} simulated;

/* Of the calling process, which exits with badarg when it is no stand-in. */
simulated *otpi_stand_in_self(const char *site);
/* Draws a gap of 1..gap_max, or 0: none. */
unsigned otpi_stand_in_gap(const simulated *sim, unsigned gap_max, const char *label);
/* Wakes the port if it waits for that and it is so. */
void otpi_stand_in_wake_port(simulated *sim, otpi_stream stream);

#endif
