/* SPDX-License-Identifier: MIT */
/*
 * sys: looking into and holding a running behaviour, as Erlang's sys(3).
 *
 *     otp_term state;
 *     if (otp_sys_suspend(dest, 5000) == OTP_OK && otp_sys_get_state(dest, 5000, &state) == OTP_OK)
 * {
 *         ... nothing is handled meanwhile ...
 *         err = otp_sys_resume(dest, 5000);
 *     }
 *
 * dest: a pid, a name or {Name, Node}. The errors of otp_call come too; a process that is no
 * behaviour takes system messages for any others, and the answer does not come: OTP_ETIMEOUT.
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
 * It may not suspend. After OTP_ETIMEOUT it has not run and never will. OTP_EUNSUPPORTED for
 * supervisors and servers of other nodes. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_look(
    otp_term dest, void (*look)(void *context, void *state), void *context, int64_t timeout_ms);
/* While suspended it handles system messages and its parent's exit only; the others wait in order.
 * An idle timeout begins anew at resume. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_suspend(otp_term dest, int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_resume(otp_term dest, int64_t timeout_ms);
/* {status, Pid, {module, gen_server}, [PDict, running | suspended, Parent, Debug, Misc]} as a map:
 * #{pid, behaviour, name, status, parent, state, messages_in, messages_out, message_queue_len}. in:
 * handled, but system messages; out: answers; both modulo 2^28. What a server does not tell (one on
 * a BEAM node) is undefined. */
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

/*
 * Differences from OTP
 * - replace_state takes a term for undescribe, not a fun; on the wire {replace_state, Term}.
 * - Statistics are always kept and part of the status. trace, log, debug options and code change
 *   are not there; an interceptor sees more and can change what it sees.
 * - otp_sys_look, install and remove are ours. Interceptors work on local processes only.
 */

#endif
