/* SPDX-License-Identifier: MIT */
#include "behaviour/test_probe.h"

#include <otp/task.h>

static otp_term sum(otp_term list) {
    int64_t total = 0, n;
    OTP_LIST_FOREACH (element, list) {
        total += otp_get_int(element, &n) ? n : 0;
    }
    return otp_int(total);
}

static otp_term fails(otp_term reason) {
    otp_exit(reason);
}

static otp_term waits(otp_term arg) {
    otp_err err = otp_receive_match(OTP_INFINITY, "go");
    return err ? otp_nil() : arg;
}

static otp_term traps(otp_term arg) {
    otp_trap_exit(true);
    return waits(arg);
}

BOTH_WORLDS("a task is awaited") {
    otp_task task = otp_task_async(sum, otp_term_of("[1, 2, 3]"));
    otp_term total;
    CHECK_EQ(otp_task_await(task, 5000, &total), OTP_OK);
    CHECK_TERM(total, "6");
    CHECK_SILENCE();
}

BOTH_WORLDS("many tasks are awaited in any order") {
    otp_task tasks[50];
    for (int i = 0; i < 50; i++) {
        tasks[i] = otp_task_async(sum, otp_list(otp_int(i), otp_int(1000)));
    }
    for (int i = 49; i >= 0; i--) {
        otp_term total;
        CHECK_EQ(otp_task_await(tasks[i], 5000, &total), OTP_OK);
        CHECK(otp_equal(total, otp_int(1000 + i)));
    }
    CHECK_SILENCE();
}

BOTH_WORLDS("the exit of a task is OTP_EDOWN with its reason; without link the owner lives on") {
    otp_task task = otp_task_async_nolink(fails, otp_term_of("{bad, luck}"));
    otp_term reason;
    CHECK_EQ(otp_task_await(task, 5000, &reason), OTP_EDOWN);
    CHECK_TERM(reason, "{bad, luck}");
    CHECK_SILENCE();
}

static void owner_of_failing(otp_term arg) {
    otp_task task = otp_task_async(fails, arg);
    otp_term out;
    otp_exit(otp_task_await(task, 5000, &out) ? OTP_ATOM(survived) : OTP_ATOM(answered));
}

BOTH_WORLDS("the exit of a linked task takes its owner with it, unless that traps exits") {
    otp_pid owner = otp_spawn(owner_of_failing, otp_term_of("{bad, luck}"));
    otp_term reason = down_reason(otp_monitor(owner));
    CHECK(otp_match(reason, "{bad, luck}") || otp_is(reason, "noproc"));
    otp_trap_exit(true);
    otp_task task = otp_task_async(fails, OTP_ATOM(oops));
    CHECK_EQ(otp_task_await(task, 5000, &reason), OTP_EDOWN);
    CHECK_TERM(reason, "oops");
    CHECK_TOLD("{'EXIT', ~w, oops}", otp_from_pid(task.pid));
}

static void owner_of_waiting(otp_term watcher) {
    otp_pid to;
    otp_task task = otp_task_async(waits, otp_nil());
    CHECK(otp_get_pid(watcher, &to));
    otp_send(to, otp_tuple(OTP_ATOM(task), otp_from_pid(task.pid)));
    otp_exit(OTP_ATOM(owner_gone));
}

BOTH_WORLDS("a linked task goes with its owner") {
    otp_pid pid;
    otp_spawn(owner_of_waiting, otp_from_pid(otp_self()));
    CHECK_TOLD("{task, ~p}", &pid);
    otp_term reason = down_reason(otp_monitor(pid));
    CHECK(otp_is(reason, "owner_gone") || otp_is(reason, "noproc"));
}

BOTH_WORLDS("an await that times out leaves the task running; it can be awaited again") {
    otp_task task = otp_task_async(waits, otp_term_of("{it, worked}"));
    otp_term out;
    CHECK_EQ(otp_task_await(task, 10, &out), OTP_ETIMEOUT);
    CHECK_EQ(otp_task_await(task, 0, &out), OTP_ETIMEOUT);
    otp_send(task.pid, OTP_ATOM(go));
    CHECK_EQ(otp_task_await(task, 5000, &out), OTP_OK);
    CHECK_TERM(out, "{it, worked}");
}

static void await_of_another(otp_term arg) {
    otp_task *task = otp_context();
    otp_term out;
    (void)arg;
    CHECK_EQ(otp_task_await(*task, 5000, &out), OTP_EBADARG);
    CHECK_EQ(otp_task_shutdown(*task, 5000, &out), OTP_EBADARG);
}

BOTH_WORLDS("only the owner may await or shut down a task") {
    otp_task task = otp_task_async(waits, otp_nil());
    otp_pid other;
    otp_spawn_opts opts = {.context = &task};
    CHECK_EQ(otp_spawn_opt(await_of_another, otp_nil(), &opts, &other), OTP_OK);
    otp_term reason = down_reason(otp_monitor(other));
    CHECK(otp_is(reason, "normal") || otp_is(reason, "noproc"));
    CHECK(otp_is_alive(task.pid));
}

BOTH_WORLDS("shutdown of a finished task gives its result, of a failed one its reason") {
    otp_task task = otp_task_async(sum, otp_term_of("[4, 5]"));
    otp_term out;
    wait_exit(task.pid);
    CHECK_EQ(otp_task_shutdown(task, 5000, &out), OTP_OK);
    CHECK_TERM(out, "9");
    task = otp_task_async_nolink(fails, OTP_ATOM(oops));
    wait_exit(task.pid);
    CHECK_EQ(otp_task_shutdown(task, 5000, &out), OTP_EDOWN);
    CHECK_TERM(out, "oops");
    CHECK_SILENCE();
}

BOTH_WORLDS("shutdown ends a running task with reason shutdown, and the owner lives on") {
    otp_task task = otp_task_async(waits, otp_nil());
    otp_term out;
    CHECK_EQ(otp_task_shutdown(task, 5000, &out), OTP_EDOWN);
    CHECK_TERM(out, "shutdown");
    CHECK(!otp_is_alive(task.pid));
    CHECK_SILENCE();
}

BOTH_WORLDS("a task that does not follow shutdown in time is killed") {
    otp_task task = otp_task_async(traps, otp_nil());
    otp_term out;
    CHECK_EQ(otp_task_await(task, 10, &out), OTP_ETIMEOUT);
    CHECK_EQ(otp_task_shutdown(task, 10, &out), OTP_EDOWN);
    CHECK_TERM(out, "killed");
    CHECK(!otp_is_alive(task.pid));
}

BOTH_WORLDS("an answer that nobody awaits is {Ref, Result} in the mailbox") {
    otp_task task = otp_task_async(sum, otp_term_of("[1]"));
    CHECK_TOLD("{~w, 1}", otp_from_ref(task.ref));
}
