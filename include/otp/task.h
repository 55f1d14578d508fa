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

typedef otp_term otp_task_fn(otp_term arg);

typedef struct otp_task {
    otp_pid pid;
    otp_ref ref; /* of the monitor, and the alias of the answer */
    otp_pid owner;
} otp_task;

/* Runs fn(arg) in a linked process; only the caller may await it. */
OTP_API otp_task otp_task_async(otp_task_fn *fn, otp_term arg);
/* The same without a link: its crash is seen by await only. */
OTP_API otp_task otp_task_async_nolink(otp_task_fn *fn, otp_term arg);
/* OTP_EDOWN: it exited, *out is the reason. OTP_ETIMEOUT leaves it running: await again, or shut it
 * down. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_await(otp_task task, int64_t timeout_ms,
                                                              otp_term *out);
/* Asks it to shut down, kills it after the time; OTP_OK with *out when it had finished, OTP_EDOWN
 * with the reason otherwise. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_task_shutdown(otp_task task, int64_t timeout_ms,
                                                                 otp_term *out);

#endif
