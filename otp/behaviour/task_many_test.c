/* SPDX-License-Identifier: MIT */
/* Many tasks awaited together, tasks that are ignored, and supervisors of tasks. */
#include "behaviour/test_probe.h"

enum { MANY = 20 };

static otp_term echoes(otp_term arg) {
    return arg;
}

static otp_term waits(otp_term arg) {
    return otp_receive_match(OTP_INFINITY, "go") ? otp_nil() : arg;
}

static otp_term fails(otp_term reason) {
    otp_exit(reason);
}

BOTH_WORLDS("all of many tasks are awaited, each in its place") {
    otp_task tasks[MANY];
    otp_term values[MANY];
    for (int i = 0; i < MANY; i++) {
        tasks[i] = otp_task_async(echoes, otp_list(otp_int(i)));
    }
    CHECK_EQ(otp_task_await_many(tasks, MANY, 5000, values, NULL), OTP_OK);
    for (int i = 0; i < MANY; i++) {
        CHECK(otp_equal(values[i], otp_list(otp_int(i))));
    }
    CHECK_EQ(otp_task_await_many(NULL, 0, 5000, NULL, NULL), OTP_OK);
    CHECK_SILENCE();
}

BOTH_WORLDS("await_many ends as soon as one task dies, though the first still runs") {
    otp_term values[2], reason = OTP_NONE;
    otp_task tasks[] = {otp_task_async_nolink(waits, OTP_ATOM(first)),
                        otp_task_async_nolink(fails, otp_term_of("{bad, luck}"))};
    CHECK_EQ(otp_task_await_many(tasks, 2, OTP_INFINITY, values, &reason), OTP_EDOWN);
    CHECK_TERM(reason, "{bad, luck}");
    otp_send(tasks[0].pid, OTP_ATOM(go));
    CHECK_EQ(otp_task_await(tasks[0], 5000, &values[0]), OTP_OK);
    CHECK_TERM(values[0], "first");
}

BOTH_WORLDS("yield_many tells which have answered, which have died and which run on") {
    otp_task_result results[3];
    otp_task tasks[] = {otp_task_async_nolink(echoes, OTP_ATOM(a)),
                        otp_task_async_nolink(fails, OTP_ATOM(oops)),
                        otp_task_async_nolink(waits, OTP_ATOM(c))};
    CHECK_EQ(otp_task_yield_many(tasks, 3, 50, results), OTP_OK);
    CHECK_EQ(results[0].err, OTP_OK);
    CHECK_TERM(results[0].value, "a");
    CHECK_EQ(results[1].err, OTP_EDOWN);
    CHECK_TERM(results[1].value, "oops");
    CHECK_EQ(results[2].err, OTP_ETIMEOUT);
    otp_send(tasks[2].pid, OTP_ATOM(go));
    CHECK_EQ(otp_task_yield_many(&tasks[2], 1, OTP_INFINITY, results), OTP_OK);
    CHECK(results[0].err == OTP_OK && otp_is(results[0].value, "c"));
    CHECK_SILENCE();
}

static void yields_another(otp_term arg) {
    otp_task_result result;
    (void)arg;
    CHECK_EQ(otp_task_yield_many(otp_context(), 1, 0, &result), OTP_EBADARG);
}

BOTH_WORLDS("tasks of others, a task twice and times that are none are refused") {
    otp_task task = otp_task_async(waits, otp_nil());
    otp_task twice[] = {task, task};
    otp_task_result results[2];
    otp_pid other;
    otp_term out;
    otp_spawn_opts opts = {.context = &task};
    CHECK_EQ(otp_task_yield_many(twice, 2, 0, results), OTP_EBADARG);
    CHECK_EQ(otp_task_yield_many(twice, 1, -2, results), OTP_EBADARG);
    CHECK_EQ(otp_spawn_opt(yields_another, otp_nil(), &opts, &other), OTP_OK);
    wait_exit(other);
    otp_send(task.pid, OTP_ATOM(go));
    CHECK_EQ(otp_task_await(task, 5000, &out), OTP_OK);
}

BOTH_WORLDS("an ignored task runs on, unlinked, and is not heard of again") {
    otp_task task = otp_task_async(waits, OTP_ATOM(answer));
    otp_term out = OTP_NONE;
    CHECK_EQ(otp_task_ignore(task, &out), OTP_ETIMEOUT);
    otp_ref ref = otp_monitor(task.pid);
    otp_send(task.pid, OTP_ATOM(go));
    CHECK_TERM(down_reason(ref), "normal");
    CHECK_SILENCE();
    task = otp_task_async(echoes, OTP_ATOM(quick));
    wait_exit(task.pid);
    CHECK_EQ(otp_task_ignore(task, &out), OTP_OK);
    CHECK_TERM(out, "quick");
    task = otp_task_async_nolink(fails, OTP_ATOM(oops));
    wait_exit(task.pid);
    CHECK_EQ(otp_task_ignore(task, &out), OTP_EDOWN);
    CHECK_TERM(out, "oops");
    CHECK_SILENCE();
}

/* ---- Supervisors ---- */

static otp_term supervisor_start(void) {
    otp_pid sup = OTP_PID_NONE;
    otp_start_opts opts = {.name = OTP_ATOM(the_tasks)};
    CHECK_EQ(otp_task_supervisor_start_link(&opts, &sup), OTP_OK);
    return opts.name;
}

BOTH_WORLDS("a task under a supervisor is its child, and is awaited as any") {
    otp_term sup = supervisor_start();
    otp_task task;
    otp_term out, children;
    CHECK_EQ(otp_task_supervisor_async_nolink(sup, waits, otp_term_of("{it, worked}"), &task), 0);
    CHECK_EQ(otp_task_supervisor_children(sup, &children), OTP_OK);
    CHECK(otp_equal(children, otp_list(otp_from_pid(task.pid))));
    otp_send(task.pid, OTP_ATOM(go));
    CHECK_EQ(otp_task_await(task, 5000, &out), OTP_OK);
    CHECK_TERM(out, "{it, worked}");
    wait_exit(task.pid);
    CHECK_EQ(otp_task_supervisor_children(sup, &children), OTP_OK);
    CHECK_TERM(children, "[]");
    CHECK_SILENCE();
}

BOTH_WORLDS("the crash of one without a link reaches await only; a linked one is an exit, too") {
    otp_term sup = supervisor_start();
    otp_task task;
    otp_term out;
    CHECK_EQ(otp_task_supervisor_async_nolink(sup, fails, OTP_ATOM(oops), &task), OTP_OK);
    CHECK_EQ(otp_task_await(task, 5000, &out), OTP_EDOWN);
    CHECK_TERM(out, "oops");
    CHECK_SILENCE();
    otp_trap_exit(true);
    CHECK_EQ(otp_task_supervisor_async(sup, fails, OTP_ATOM(again), &task), OTP_OK);
    CHECK_EQ(otp_task_await(task, 5000, &out), OTP_EDOWN);
    CHECK_TOLD("{'EXIT', ~w, again}", otp_from_pid(task.pid));
}

static otp_term tells(otp_term arg) {
    otp_pid to;
    CHECK(otp_get_pid(arg, &to));
    otp_send(to, OTP_ATOM(told));
    return otp_nil();
}

BOTH_WORLDS("a child without an owner works for its effects and goes") {
    otp_term sup = supervisor_start();
    otp_pid pid;
    CHECK_EQ(otp_task_supervisor_start_child(sup, tells, otp_from_pid(otp_self()), &pid), OTP_OK);
    CHECK_TOLD("told");
    wait_exit(pid);
    CHECK_EQ(otp_task_supervisor_start_child(sup, NULL, otp_nil(), &pid), OTP_EBADARG);
    CHECK_EQ(otp_task_supervisor_start_child(OTP_ATOM(nobody), tells, otp_nil(), &pid),
             OTP_ENOPROC);
    CHECK_SILENCE();
}

static void owner_that_goes(otp_term arg) {
    otp_task task;
    otp_pid to;
    CHECK(otp_get_pid(arg, &to));
    CHECK_EQ(otp_task_supervisor_async_nolink(OTP_ATOM(the_tasks), waits, otp_nil(), &task), 0);
    otp_send(to, otp_tuple(OTP_ATOM(task), otp_from_pid(task.pid)));
}

BOTH_WORLDS("a task without a link outlives its owner, and ends with the supervisor") {
    otp_term sup = supervisor_start();
    otp_pid task;
    wait_exit(otp_spawn(owner_that_goes, otp_from_pid(otp_self())));
    CHECK_TOLD("{task, ~p}", &task);
    CHECK(otp_is_alive(task));
    otp_ref ref = otp_monitor(task);
    CHECK_EQ(otp_stop_server(sup, OTP_ATOM(normal), 10000), OTP_OK);
    CHECK_TERM(down_reason(ref), "shutdown");
}

BOTH_WORLDS("a supervisor of tasks is a child like others") {
    otp_child_spec child = {
        .id = "tasks", .start = otp_task_supervisor_child, .args = OTP_ATOM(child_tasks)};
    otp_supervisor_spec spec = {.children = &child, .child_count = 1};
    otp_pid sup, pid;
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "tasks", &pid), OTP_OK);
    CHECK_EQ(otp_whereis(OTP_ATOM(child_tasks)).word, pid.word);
}
