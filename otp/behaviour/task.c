/* SPDX-License-Identifier: MIT */
/*
 * task: the process runs the function and sends {Ref, Result}, Ref being its owner's monitor.
 */
#include <otp/task.h>

#include "behaviour/starter.h"

typedef struct task_state {
    otp_task_fn *fn;
} task_state;

/* ---- In the task ---- */

static void task_start(void *state, otp_term arg) {
    otpi_process *self = otpi_self();
    uint64_t owner = otpi_starter_number(self);
    otp_scope scope = otp_scope_begin(); /* as a callback: what it receives and builds stays */
    otp_term result = ((task_state *)state)->fn(arg);
    otp_err err = otpi_starter_tell(self, owner, result);
    if (err) { /* the owner shall not wait for ever */
        otp_exit(otp_tuple(OTP_ATOM(result_not_sent), otp_atom(otp_err_name(err))));
    }
    otp_scope_end(scope);
}

static const char *task_name(const void *state) {
    (void)state;
    return "task";
}

static const otpi_behaviour task_behaviour = {
    .kind = "task", .start = task_start, .name = task_name};

static void task_prepare(void *state, void *context) {
    ((task_state *)state)->fn = *(otp_task_fn **)context;
}

/* ---- In the owner ---- */

static otp_task task_spawn(otp_task_fn *fn, otp_term arg, bool link) {
    otp_task task = {.owner = otp_self()};
    otp_spawn_opts opts = {.link = link, .monitor = true, .monitor_ref = &task.ref};
    otpi_spawn spawn = {.behaviour = &task_behaviour,
                        .state_size = sizeof(task_state),
                        .prepare = task_prepare,
                        .prepare_context = &fn,
                        .args = arg,
                        .opts = &opts};
    if (!fn) {
        otpi_badarg(OTPI_SITE, "a task needs a function");
    }
    otp_err err = otpi_process_spawn(NULL, &spawn, &task.pid);
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    } else if (err) {
        otp_exit(otp_tuple(otpi_am(system_limit), OTP_ATOM(processes)));
    }
    return task;
}

otp_task otp_task_async(otp_task_fn *fn, otp_term arg) {
    return task_spawn(fn, arg, true);
}

otp_task otp_task_async_nolink(otp_task_fn *fn, otp_term arg) {
    return task_spawn(fn, arg, false);
}

/* Its answer or its exit. */
static otp_err task_wait(const otp_task *task, int64_t timeout_ms, otp_term *out) {
    otp_term message;
    otp_err err = otp_receive_ref(task->ref, timeout_ms, &message);
    if (err) {
        return err;
    }
    const uint64_t *answer = otpi_wire_tuple(message, 2);
    if (answer) {
        otp_demonitor(task->ref, true);
    }
    if (out) {
        *out = answer ? otpi_wire_term(answer[1]) : otp_element(message, 4);
    }
    return answer ? OTP_OK : OTP_EDOWN;
}

otp_err otp_task_await(otp_task task, int64_t timeout_ms, otp_term *out) {
    return task.owner.word == otp_self().word ? task_wait(&task, timeout_ms, out) : OTP_EBADARG;
}

otp_err otp_task_shutdown(otp_task task, int64_t timeout_ms, otp_term *out) {
    if (task.owner.word != otp_self().word) {
        return OTP_EBADARG;
    }
    otp_err err = task_wait(&task, 0, out);
    if (err != OTP_ETIMEOUT) {
        return err;
    }
    otp_unlink(task.pid); /* its exit is ours to see, not to share */
    otp_exit_signal(task.pid, otpi_am(shutdown));
    err = task_wait(&task, timeout_ms, out);
    if (err == OTP_ETIMEOUT) {
        otp_kill(task.pid);
        err = task_wait(&task, OTP_INFINITY, out);
    }
    return err;
}
