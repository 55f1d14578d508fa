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

/* The state as the server's describe callback tells it. OTP_EUNSUPPORTED when it has none. Of a
 * gen_statem it is {State, Data}, Data being undefined without describe. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_state(otp_term dest, int64_t timeout_ms,
                                                                 otp_term *out);
/* Through undescribe; OTP_EBADARG when the server does not take the term. Of a gen_statem {State,
 * Data}: that is no change of state, nothing is cancelled, retried or entered. */
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
 * #{pid, behaviour, name, status, parent, state, debug, log, postponed, timeouts, messages_in,
 * messages_out, message_queue_len}. debug: those on of {trace, true}, {log, N}, {statistics, true};
 * log: as otp_sys_get_log. postponed: of a gen_statem, [{Type, Content}], oldest first;
 * timeouts: {Count, [{Type, Content}]} of those that run.
 * in: handled, but system messages; out: answers; both modulo 2^28. What a server does not tell
 * (one on a BEAM node) is undefined. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_status(otp_term dest, int64_t timeout_ms,
                                                                  otp_term *out);

/* ---- Debugging: for any behaviour, suspended or not ---- */

/* On: counting begins anew. get: a map #{start_time, current_time, reductions, messages_in,
 * messages_out} since then, times as of otp_now_ms; OTP_ENOENT when off. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_statistics(otp_term dest, bool on,
                                                                  int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_statistics(otp_term dest,
                                                                      int64_t timeout_ms,
                                                                      otp_term *out);
/* The events of a server have the shapes of OTP's system_event():
 *     gen_server, supervisor   {in, Message}, {out, Reply, From, State}, {noreply, State},
 *                              {continue, Next}
 *     gen_statem               {in, Event, State}, {out, Reply, From}, {enter, State},
 *                              {consume | postpone, Event, State, NextState},
 *                              {start_timer, {Type, Time, Content, Options}, State},
 *                              {insert_timeout, Event, State}, {terminate, Reason, State}
 * where Event is {Type, Content}, Type being {call, From}, cast, info, internal, timeout,
 * state_timeout or {timeout, Name}. State of a server is what describe tells, of a gen_statem the
 * state without its data. */

/* Remembers the last events, at most events_max (1 to 100,000, else OTP_EBADARG; 0 = off). get:
 * a list, oldest first; empty when off. print: to the logger. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_log(otp_term dest, size_t events_max,
                                                           int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_get_log(otp_term dest, int64_t timeout_ms,
                                                               otp_term *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_print_log(otp_term dest, int64_t timeout_ms);
/* Tells each event as it happens: to the logger, at level notice, or to a function, which runs in
 * the server's process and may not suspend. Its context must be valid until tracing is off or the
 * process has exited. One at a time: the last call counts. OTP_EBADARG without function. */
typedef void otp_sys_trace_fn(void *context, otp_term event);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_trace(otp_term dest, bool on,
                                                             int64_t timeout_ms);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_trace_to(otp_term dest,
                                                                otp_sys_trace_fn *see,
                                                                void *context, int64_t timeout_ms);
/* All of these off. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_sys_no_debug(otp_term dest, int64_t timeout_ms);

/* ---- Interceptors ---- */

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
 * - Counts of messages are always kept and part of the status. Times are milliseconds of the
 *   world's clock; in OTP they are dates.
 * - trace prints through the logger. log_to_file and debug options at the start are not there, nor
 *   is the number of logged events in what print does.
 * - Code is not changed while it runs: change_code is answered {error, {unsupported, change_code}}.
 * - otp_sys_look and trace_to are ours; so are install and remove, which are OTP's for debug
 *   functions: an interceptor sees more and can change what it sees. trace_to, look and
 *   interceptors work on local processes only.
 */

#endif
