/* SPDX-License-Identifier: MIT */
/*
 * task: a computation in a process of its own, and its result.
 *
 *     otp_task t = otp_task_async(sum, list);
 *     otp_term total;
 *     otp_err e = otp_task_await(t, 5000, &total);
 *
 *     otp_term squares;
 *     e = otp_task_async_stream(square, numbers, &(otp_task_stream_opts){.max_concurrency = 8},
 *                               &squares);
 */
#ifndef OTP_TASK_H
#define OTP_TASK_H

#include <otp/supervisor.h>

/* Runs in the task's process; its result is the answer. As in a callback, terms that it is given,
 * receives and builds live until it returns. */
typedef otp_term otp_task_fn(otp_term arg);

typedef struct otp_task {
    otp_pid pid;
    otp_ref ref; /* of the owner's monitor; the answer is {Ref, Result} */
    otp_pid owner;
} otp_task;

/* ---- One task ---- */

/* Runs fn(arg) in a linked process; only the caller may await it. arg is copied. At the limit of
 * processes the caller exits with {system_limit, processes}, as with otp_spawn. */
OTP_API otp_task otp_task_async(otp_task_fn *fn, otp_term arg);
/* The same without a link: its crash is seen by await only. */
OTP_API otp_task otp_task_async_nolink(otp_task_fn *fn, otp_term arg);
/* OTP_EDOWN: it exited, *out is the reason. OTP_ETIMEOUT leaves it running: await again, or shut it
 * down. OTP_EBADARG: the caller is not its owner. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_await(otp_task task, int64_t timeout_ms,
                                                              otp_term *out);
/* Asks it to shut down, kills it after the time; OTP_OK with *out when it had finished, OTP_EDOWN
 * with the reason otherwise (shutdown, killed, or its own). The owner is unlinked from it first. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_shutdown(otp_task task, int64_t timeout_ms,
                                                                 otp_term *out);
/* Lets it run on by itself: it is unlinked, and cannot be awaited any more. OTP_OK or OTP_EDOWN
 * with *out when it had finished already; OTP_ETIMEOUT when it had not. An answer that it gives in
 * this very moment may still come, as {Ref, Result}. */
OTP_API OTP_MUST_CHECK otp_err otp_task_ignore(otp_task task, otp_term *out);

/* ---- Many tasks ---- */

/* How a task ended: as otp_task_await returns it, with what it puts in *out. */
typedef struct otp_task_result {
    otp_err err;
    otp_term value;
} otp_task_result;

/* Waits until all have ended or the time is over, which is for all of them together: results[i] is
 * of tasks[i], OTP_ETIMEOUT while it runs on (await it again, or shut it down). OTP_EBADARG: one is
 * not the caller's, or is there twice, and nothing is awaited. OTP_ENOMEM: likewise. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_yield_many(const otp_task *tasks, size_t n,
                                                                   int64_t timeout_ms,
                                                                   otp_task_result *results);
/* Waits for the results of all. Ends as soon as one exits without a result, with OTP_EDOWN and the
 * reason in *reason (may be NULL), or with OTP_ETIMEOUT; the others run on, and may be shut down.
 * The other errors as otp_task_yield_many. values[i] is written for those that have answered. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_await_many(const otp_task *tasks, size_t n,
                                                                   int64_t timeout_ms,
                                                                   otp_term *values,
                                                                   otp_term *reason);

/* ---- Streams ---- */

typedef enum otp_task_on_timeout {
    OTP_TASK_TIMEOUT_EXIT, /* the caller exits, as Elixir's default */
    OTP_TASK_TIMEOUT_KILL, /* kill_task: the task is killed, its result is {exit, timeout} */
} otp_task_on_timeout;

typedef struct otp_task_stream_opts {
    size_t max_concurrency; /* tasks at a time; 0 = the world's schedulers (4 in a simulated one) */
    bool unordered;         /* results as they come, not in the order of the list */
    int64_t timeout_ms;     /* of each task; 0 = 5000; OTP_INFINITY */
    otp_task_on_timeout on_timeout;
    otp_term supervisor; /* of tasks: they are its children, without a link. OTP_NONE: linked */
} otp_task_stream_opts;

/* fn(element) for each element of the list, each in a task of its own, no more than so many at a
 * time. *results is a list of {ok, Value} and {exit, Reason}. A linked task that crashes takes the
 * caller with it, unless that traps exits. With OTP_TASK_TIMEOUT_EXIT the caller exits with
 * {timeout, {async_stream, TimeoutMs}}. When the caller exits its tasks are killed. opts may be
 * NULL. OTP_EBADARG: no function, no proper list, bad options; OTP_ELIMIT, OTP_ENOMEM, and the
 * errors of otp_call to the supervisor: then the tasks that run are killed first. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_async_stream(
    otp_task_fn *fn, otp_term list, const otp_task_stream_opts *opts, otp_term *results);

/* ---- Supervisors of tasks ---- */

/* Starts one: a simple_one_for_one supervisor of temporary children, which are asked to shut down
 * and killed after 5 seconds when it ends. As otp_supervisor_start_link. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err
otp_task_supervisor_start_link(const otp_start_opts *opts, otp_pid *out);
/* For .start of a child spec, whose args are the name of the supervisor, an atom, or []. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_supervisor_child(void *context,
                                                                         otp_term name,
                                                                         otp_pid *out);
/* A task under the supervisor (a pid, a name or {Name, Node} of this node). async links it to the
 * caller, too. It is awaited as every task, and exits with {shutdown, Reason} when its owner does
 * before it has begun. The errors of otp_supervisor_start_child. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_supervisor_async(otp_term supervisor,
                                                                         otp_task_fn *fn,
                                                                         otp_term arg,
                                                                         otp_task *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_supervisor_async_nolink(otp_term supervisor,
                                                                                otp_task_fn *fn,
                                                                                otp_term arg,
                                                                                otp_task *out);
/* Runs fn(arg) under the supervisor for its effects: nobody gets the result. *out may be NULL. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_supervisor_start_child(otp_term supervisor,
                                                                               otp_task_fn *fn,
                                                                               otp_term arg,
                                                                               otp_pid *out);
/* Pids of the tasks that run. To end one: otp_supervisor_terminate_pid. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_supervisor_children(otp_term supervisor,
                                                                            otp_term *out);

/*
 * Differences from OTP
 * - OTP has no task: this is Elixir's Task and Task.Supervisor, without lazy streams.
 * - await returns where Elixir's exits, and a task that was not in time may be awaited again: it is
 *   Elixir's yield, too. await_many likewise.
 * - A stream takes a list and returns one. Its tasks are the caller's own, where Elixir's hang from
 *   a process between.
 * - Tasks under a supervisor are temporary; there is no max_children.
 */

#endif
