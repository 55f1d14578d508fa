/* SPDX-License-Identifier: MIT */
/*
 * A supervisor of tasks: simple_one_for_one, temporary. A child is started without work; its owner
 * sends it the order directly, so that arguments do not pass through the supervisor.
 */
#include "behaviour/task.h"
#include "behaviour/wire.h"

static const otp_child_spec task_template = {.start = otpi_task_child, .restart = OTP_TEMPORARY};
static const otp_supervisor_spec tasks_spec = {.name = "task_supervisor",
                                               .strategy = OTP_SIMPLE_ONE_FOR_ONE,
                                               .children = &task_template,
                                               .child_count = 1};

otp_err otp_task_supervisor_start_link(const otp_start_opts *opts, otp_pid *out) {
    return otp_supervisor_start_link(&tasks_spec, opts, out);
}

otp_err otp_task_supervisor_child(void *context, otp_term name, otp_pid *out) {
    otp_start_opts opts = {.name = otp_is_atom(name) ? name : OTP_NONE};
    (void)context;
    return otp_task_supervisor_start_link(&opts, out);
}

/* An idle child: whatever ends the caller before the order ends the child, too. */
static otp_err child_start(otp_term supervisor, otp_task_fn *fn, otp_pid *out) {
    return fn ? otp_supervisor_start_child(supervisor, NULL, otp_from_pid(otp_self()), out, NULL)
              : OTP_EBADARG;
}

/* The child's mailbox is its own and has no bound: only memory can be missing. */
static otp_err child_order(otp_pid child, otp_term ref, otp_task_fn *fn, otp_term arg) {
    otp_err err = otp_try_send_term(otp_from_pid(child), otpi_task_order(ref, fn, arg));
    if (err == OTP_ENOMEM) {
        otp_kill(child);
        return err;
    }
    return OTP_OK;
}

static otp_err task_under(otp_term supervisor, otp_task_fn *fn, otp_term arg, bool link,
                          otp_task *out) {
    otp_task task = {.owner = otp_self()};
    otp_err err = child_start(supervisor, fn, &task.pid);
    if (err) {
        return err;
    }
    if (link) {
        otp_link(task.pid);
    }
    task.ref = otp_monitor(task.pid);
    err = child_order(task.pid, otp_from_ref(task.ref), fn, arg);
    if (err) {
        otpi_task_unlink(task.pid);
        otp_demonitor(task.ref, true);
        return err;
    }
    *out = task;
    return OTP_OK;
}

otp_err otp_task_supervisor_async(otp_term supervisor, otp_task_fn *fn, otp_term arg,
                                  otp_task *out) {
    return task_under(supervisor, fn, arg, true, out);
}

otp_err otp_task_supervisor_async_nolink(otp_term supervisor, otp_task_fn *fn, otp_term arg,
                                         otp_task *out) {
    return task_under(supervisor, fn, arg, false, out);
}

otp_err otp_task_supervisor_start_child(otp_term supervisor, otp_task_fn *fn, otp_term arg,
                                        otp_pid *out) {
    otp_pid pid;
    otp_err err = child_start(supervisor, fn, &pid);
    err = err ? err : child_order(pid, otpi_am(undefined), fn, arg);
    if (!err && out) {
        *out = pid;
    }
    return err;
}

otp_err otp_task_supervisor_children(otp_term supervisor, otp_term *out) {
    otp_term children;
    otp_err err = otp_supervisor_which_children(supervisor, &children);
    if (err) {
        return err;
    }
    *out = otp_nil();
    OTP_LIST_FOREACH (child, children) {
        *out = otp_cons(otp_element(child, 1), *out);
    }
    return OTP_OK;
}
