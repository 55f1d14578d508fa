/* SPDX-License-Identifier: MIT */
/*
 * Tasks as their owners handle them: what task.c shares with the supervisors and streams of tasks.
 */
#ifndef OTP_BEHAVIOUR_TASK_H
#define OTP_BEHAVIOUR_TASK_H

#include <otp/task.h>

#include "base/map64.h"

/* ---- task.c ---- */

/* Runs fn(arg) in a process of its own. Errors as otp_spawn_opt. */
OTP_MUST_CHECK otp_err otpi_task_start(otp_task_fn *fn, otp_term arg, bool link, otp_task *out);
/* A linked process that waits for an order of its owner (a pid), follows it, and answers with {Ref,
 * Result}. It exits when the owner does before that. */
OTP_MUST_CHECK otp_err otpi_task_child(void *context, otp_term owner, otp_pid *out);
/* The order: {'$task', Ref, Fn, Arg}. No answer is wanted when ref is an atom. */
otp_term otpi_task_order(otp_term ref, otp_task_fn *fn, otp_term arg);

/* What the first message with the task's reference says; what else would come of it is removed.
 * OTP_OK with its result, or OTP_EDOWN with the reason. out may be NULL. */
otp_err otpi_task_told(const otp_task *task, otp_term message, otp_term *out);
/* Takes back the link. An exit signal that has become a message already is removed. */
void otpi_task_unlink(otp_pid pid);
/* Kills an unlinked task and waits until it is gone: as otp_task_await. */
OTP_MAY_SUSPEND otp_err otpi_task_kill(const otp_task *task, otp_term *out);

/* ---- task_many.c ---- */

/* Tasks that are awaited together. value: what the caller knows a task by. */
typedef struct otpi_task_set {
    otpi_map64 refs; /* number of the reference -> value */
} otpi_task_set;

void otpi_task_set_init(otpi_task_set *set);
void otpi_task_set_fini(otpi_task_set *set);
/* False when out of memory. */
bool otpi_task_set_add(otpi_task_set *set, const otp_task *task, uint64_t value);
/* The first message of any of them, which is in the set no more; OTP_ETIMEOUT. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_task_set_wait(otpi_task_set *set, int64_t timeout_ms,
                                                          otp_term *message, uint64_t *value);
void otpi_task_set_remove(otpi_task_set *set, const otp_task *task);
static inline bool otpi_task_set_empty(const otpi_task_set *set) {
    return set->refs.count == 0;
}

#endif
