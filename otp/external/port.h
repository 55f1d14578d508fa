/* SPDX-License-Identifier: MIT */
/*
 * A port: a process of its own kind, with a port's id, that moves bytes between its program and its
 * owner. It never blocks: what can't be done now is done when its wakeup is raised.
 */
#ifndef OTP_EXTERNAL_PORT_H
#define OTP_EXTERNAL_PORT_H

#include "external/framing.h"
#include "external/outbox.h"
#include "external/program.h"

/* Somebody waits until the port is not busy. */
typedef struct otpi_port_waiter {
    struct otpi_port_waiter *next;
    otp_ref ref;
} otpi_port_waiter;

typedef struct otpi_port {
    otpi_program *program;
    otp_pid owner;
    otp_port_packet packet;
    bool tells_status, tells_eof; /* the options exit_status and eof */
    bool input_closed;            /* atomic: nothing can be sent any more */
    bool open[3];                 /* the streams, our ends */
    bool input_ends;              /* otp_port_end_input: once the outbox is empty */
    bool broken;                  /* writing has failed */
    bool ended, eof_told, status_told;
    bool stalled; /* its owner's mailbox is full: tried again by a timer */
    uint32_t pause_ms;
    otpi_child_exit end;
    otpi_framing output, errors;
    otpi_outbox outbox;
    uint64_t queued; /* atomic: bytes accepted and not written, also those still in the mailbox */
    size_t busy_bytes;
    uint64_t read, written;
    otpi_port_waiter *waiters;
    char name[64];
} otpi_port;

extern const otpi_behaviour otpi_port_behaviour;

/* Requests, as messages to the port: {'$port', What, Argument}. */
#define OTPI_PORT_REQUEST "$port"

/* The map of otp_port_info: of a port that is visited or stands still. */
otp_term otpi_port_facts(otpi_process *process);

#endif
