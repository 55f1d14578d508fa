/* SPDX-License-Identifier: MIT */
/*
 * Starting a server and knowing how it went: proc_lib:start, start_link and start_monitor.
 *
 * Design notes.
 * The starter spawns with a monitor and waits for what carries the monitor's reference. The server
 * finds that reference at its first step (it is its oldest monitor) and says
 *     {Ref, ok}        init is done, the server runs
 *     {Ref, ignore}    init chose not to run; it exits normally
 *     {Ref, nack}      init stopped or exited
 * or nothing, when it was killed before its first step. After anything but ok the starter waits for
 * 'DOWN': when it gets its error the process and its name are gone (OTP 26, init_fail).
 * A server that fails unlinks from its starter first, so that the failure is told once, as the
 * error. One reference means that the wait does not look at older messages: a supervisor with a
 * full mailbox restarts a child in constant time.
 */
#ifndef OTP_BEHAVIOUR_START_H
#define OTP_BEHAVIOUR_START_H

#include "behaviour/server.h"

typedef struct otpi_start {
    const otpi_behaviour *behaviour;
    const void *module;                          /* of the server's kind */
    size_t state_size;                           /* behind the head */
    void (*prepare)(void *state, void *context); /* of the state behind the head; may be NULL */
    void (*unprepare)(void *context);            /* when no process came of it; may be NULL */
    void *prepare_context;
    otp_term args;
    const otp_start_opts *opts; /* may be NULL */
    bool link;
    bool supervises;      /* may use the reserve kept at limits */
    otp_ref *monitor_ref; /* NULL = the caller wants no monitor */
} otpi_start;

OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_start_run(const otpi_start *start, otp_pid *out);

/* In the server: init is about to run; it has returned well. Whatever ends the process between the
 * two is told to the starter. */
void otpi_start_begin(otpi_server *server);
void otpi_start_done(otpi_server *server);
/* The ending of every kind's behaviour: tells of an init that does not come to a good end. */
void otpi_start_ending(void *state);
/* init chose not to run. */
OTP_NORETURN void otpi_start_ignore(otpi_server *server);

#endif
