/* SPDX-License-Identifier: MIT */
/*
 * task: a computation in a process of its own, and its result.
 *
 *     otp_task t = otp_task_async(sum, list);
 *     otp_term total;
 *     otp_err e = otp_task_await(t, 5000, &total);
 */
#ifndef OTP_TASK_H
#define OTP_TASK_H

#include <otp/process.h>

/* Runs in the task's process; its result is the answer. As in a callback, terms that it is given,
 * receives and builds live until it returns. */
typedef otp_term otp_task_fn(otp_term arg);

typedef struct otp_task {
    otp_pid pid;
    otp_ref ref; /* of the owner's monitor; the answer is {Ref, Result} */
    otp_pid owner;
} otp_task;

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

/*
 * Differences from OTP
 * - OTP has no task: this is Elixir's Task with async, await and shutdown. Without a supervisor of
 *   tasks: link it, or give it a process of its own that does.
 * - await returns where Elixir's exits, and a task that was not in time may be awaited again.
 */

#endif
