/* SPDX-License-Identifier: MIT */
/*
 * sys: looking into and holding a running behaviour, as Erlang's sys(3). dest: pid or name.
 */
#ifndef OTP_SYS_H
#define OTP_SYS_H

#include <otp/process.h>

/* The state as the server's describe callback tells it. OTP_EUNSUPPORTED when it has none. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_state(otp_term dest, int64_t timeout_ms,
                                                                 otp_term *out);
/* Through undescribe; OTP_EBADARG when the server does not take the term. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_replace_state(otp_term dest, otp_term state,
                                                                     int64_t timeout_ms);
/* A C view of the state: look(context, state) runs in the server's process, between two messages.
 */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_look(
    otp_term dest, void (*look)(void *context, void *state), void *context, int64_t timeout_ms);
/* While suspended it handles system messages only; the others wait in order. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_suspend(otp_term dest, int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_resume(otp_term dest, int64_t timeout_ms);
/* {status, Pid, {module, Name}, [running | suspended, Parent, State, Statistics]} as a map:
 * #{pid, behaviour, name, status, parent, state, messages_in, messages_out, message_queue_len}. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_status(otp_term dest, int64_t timeout_ms,
                                                                  otp_term *out);

typedef enum otp_direction { OTP_IN, OTP_OUT } otp_direction;
typedef enum otp_verdict { OTP_PASS, OTP_DROP, OTP_REPLACE } otp_verdict;

/* Sees each message to and from one process, in its own steps. With OTP_REPLACE *message is the new
 * one. Must not suspend. */
typedef struct otp_interceptor {
    otp_verdict (*see)(void *context, otp_direction direction, otp_pid peer, otp_term *message);
    void *context;
} otp_interceptor;
/* Any process, also one that is no behaviour. At most one each: OTP_EEXIST. It must stay valid
 * until removed and the removal has returned, or the process has exited. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_install(otp_term dest,
                                                               const otp_interceptor *interceptor,
                                                               int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_remove(otp_term dest, int64_t timeout_ms);

#endif
