/* SPDX-License-Identifier: MIT */
/*
 * task: the process runs the function and sends {Ref, Result}, Ref being its owner's monitor. One
 * that is spawned by its owner finds that reference in its state, where the spawn puts it before
 * the process can run; a child of a supervisor of tasks is told by its owner what to do, and for
 * which reference.
 */
#include "behaviour/task.h"

#include "behaviour/parcel.h"
#include "behaviour/wire.h"
#include "process/signal.h"

typedef struct task_state {
    otp_task_fn *fn; /* NULL: its owner says what to do */
    otp_ref ref;     /* of the owner's monitor, if fn is there */
} task_state;

/* ---- In the task ---- */

/* Does the owner still wait for that reference? Not if it has gone, or ignores the task. */
static bool is_awaited(otp_ref ref) {
    otpi_process *self = otpi_self();
    otpi_signals_take(self);
    const otpi_monitor *at = self->monitored_by;
    while (at && !otpi_ref_same(at->ref, ref)) {
        at = at->next_theirs;
    }
    return at != NULL;
}

static void task_answer(otp_pid owner, otp_ref ref, otp_term result) {
    if (!is_awaited(ref)) {
        return;
    }
    otp_term answer = otpi_wire_pair(otpi_wire_ref(ref), result);
    otp_err err = otp_try_send_term(otp_from_pid(owner), answer);
    if (err && err != OTP_ENOPROC) { /* the owner shall not wait for ever */
        otp_exit(otp_tuple(OTP_ATOM(result_not_sent), otp_atom(otp_err_name(err))));
    }
}

static const otp_resource_type fn_type = {.name = "task", .destroy = otpi_parcel_free};

static otp_term fn_term(otp_task_fn *fn) {
    void *object;
    otp_term term = otpi_parcel_new(&fn_type, sizeof fn, &object);
    if (otp_is_none(term)) {
        otpi_enomem(OTPI_SITE);
    }
    *(otp_task_fn **)object = fn;
    return term;
}

otp_term otpi_task_order(otp_term ref, otp_task_fn *fn, otp_term arg) {
    static otp_atom_site site = {0, "$task"};
    return otp_tuple(otp_atom_of_site(&site), ref, fn_term(fn), arg);
}

/* An order, or the end of who would have given it. */
static bool is_order(void *owner, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 4);
    const uint64_t *down = otpi_wire_tuple(message, 5);
    return (words && otp_resource_get(otpi_wire_term(words[2]), &fn_type)) ||
           (down && down[0] == OTPI_AM_DOWN && down[3] == ((otp_pid *)owner)->word);
}

/* Waits for the owner's order and follows it. */
static void task_obey(otp_pid owner) {
    otp_term order = OTP_NONE;
    otp_ref watch = otp_monitor(owner);
    (void)!otp_receive_where(is_order, &owner, OTP_INFINITY, &order);
    if (otp_arity(order) == 5) {
        otp_exit(otp_tuple(otpi_am(shutdown), otp_element(order, 4)));
    }
    otp_demonitor(watch, true);
    otp_task_fn *const *fn = otp_resource_get(otp_element(order, 2), &fn_type);
    otp_term result = (*fn)(otp_element(order, 3));
    otp_ref ref;
    if (otp_get_ref(otp_element(order, 1), &ref)) {
        task_answer(owner, ref, result);
    }
}

static void task_start(void *state, otp_term arg) {
    const task_state *task = state;
    otp_scope scope = otp_scope_begin(); /* as a callback: what it receives and builds stays */
    if (task->fn) {
        task_answer(otpi_self()->parent, task->ref, task->fn(arg));
    } else {
        task_obey((otp_pid){arg.word});
    }
    otp_scope_end(scope);
}

static const char *task_name(const void *state) {
    (void)state;
    return "task";
}

static const otpi_behaviour task_behaviour = {
    .kind = "task", .start = task_start, .name = task_name};

typedef struct task_birth {
    otp_task_fn *fn;
    otp_spawn_opts opts;
    const otp_ref *ref; /* in the state: valid until the caller suspends */
} task_birth;

static void task_prepare(void *state, void *context) {
    task_state *task = state;
    task_birth *birth = context;
    task->fn = birth->fn;
    birth->opts.monitor_ref = &task->ref;
    birth->ref = &task->ref;
}

/* ---- In the owner ---- */

static otp_err task_spawn(task_birth *birth, otp_term arg, otp_pid *pid) {
    otpi_spawn spawn = {.behaviour = &task_behaviour,
                        .state_size = sizeof(task_state),
                        .prepare = task_prepare,
                        .prepare_context = birth,
                        .args = arg,
                        .opts = &birth->opts};
    return otpi_process_spawn(NULL, &spawn, pid);
}

otp_err otpi_task_child(void *context, otp_term owner, otp_pid *out) {
    task_birth birth = {.opts = {.link = true}};
    (void)context;
    return task_spawn(&birth, owner, out);
}

otp_err otpi_task_start(otp_task_fn *fn, otp_term arg, bool link, otp_task *out) {
    task_birth birth = {.fn = fn, .opts = {.link = link, .monitor = true}};
    out->owner = otp_self();
    otp_err err = task_spawn(&birth, arg, &out->pid);
    if (err == OTP_OK) {
        out->ref = *birth.ref;
    }
    return err;
}

static otp_task task_async(otp_task_fn *fn, otp_term arg, bool link) {
    otp_task task;
    if (!fn) {
        otpi_badarg(OTPI_SITE, "a task needs a function");
    }
    otp_err err = otpi_task_start(fn, arg, link, &task);
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    } else if (err) {
        otp_exit(otp_tuple(otpi_am(system_limit), OTP_ATOM(processes)));
    }
    return task;
}

otp_task otp_task_async(otp_task_fn *fn, otp_term arg) {
    return task_async(fn, arg, true);
}

otp_task otp_task_async_nolink(otp_task_fn *fn, otp_term arg) {
    return task_async(fn, arg, false);
}

otp_err otpi_task_told(const otp_task *task, otp_term message, otp_term *out) {
    const uint64_t *answer = otpi_wire_tuple(message, 2);
    if (answer) {
        otp_demonitor(task->ref, true);
    }
    if (out) {
        *out = answer ? otpi_wire_term(answer[1]) : otp_element(message, 4);
    }
    return answer ? OTP_OK : OTP_EDOWN;
}

/* Its answer or its exit. */
static otp_err task_wait(const otp_task *task, int64_t timeout_ms, otp_term *out) {
    otp_term message;
    otp_err err = otp_receive_ref(task->ref, timeout_ms, &message);
    return err ? err : otpi_task_told(task, message, out);
}

static bool is_mine(const otp_task *task) {
    return task->owner.word == otp_self().word;
}

otp_err otp_task_await(otp_task task, int64_t timeout_ms, otp_term *out) {
    return is_mine(&task) ? task_wait(&task, timeout_ms, out) : OTP_EBADARG;
}

static bool is_exit_of(void *pid, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    return words && words[0] == OTPI_AM_EXIT && words[1] == ((otp_pid *)pid)->word;
}

void otpi_task_unlink(otp_pid pid) {
    otp_unlink(pid);
    if (otpi_self()->flags & OTPI_TRAP_EXIT) {
        (void)!otpi_receive_more(is_exit_of, &pid, 0, NULL);
    }
}

otp_err otpi_task_kill(const otp_task *task, otp_term *out) {
    otp_kill(task->pid);
    return task_wait(task, OTP_INFINITY, out);
}

otp_err otp_task_shutdown(otp_task task, int64_t timeout_ms, otp_term *out) {
    if (!is_mine(&task)) {
        return OTP_EBADARG;
    }
    otp_err err = task_wait(&task, 0, out);
    if (err != OTP_ETIMEOUT) {
        return err;
    }
    otp_unlink(task.pid); /* its exit is ours to see, not to share */
    otp_exit_signal(task.pid, otpi_am(shutdown));
    err = task_wait(&task, timeout_ms, out);
    return err == OTP_ETIMEOUT ? otpi_task_kill(&task, out) : err;
}

otp_err otp_task_ignore(otp_task task, otp_term *out) {
    if (!is_mine(&task)) {
        return OTP_EBADARG;
    }
    otp_err err = task_wait(&task, 0, out);
    if (err == OTP_ETIMEOUT) {
        otpi_task_unlink(task.pid);
        otp_demonitor(task.ref, true);
    }
    return err;
}
