/* SPDX-License-Identifier: MIT */
/* Streams of tasks. */
#include "behaviour/test_probe.h"

static otp_term doubles(otp_term n) {
    int64_t i = 0;
    otp_get_int(n, &i);
    return otp_int(2 * i);
}

/* {fail, Reason}, {wait, Ms, Value}, hang or a number. */
static otp_term obeys(otp_term what) {
    otp_term value;
    int64_t ms;
    if (otp_match(what, "{fail, ~t}", &value)) {
        otp_exit(value);
    } else if (otp_is(what, "hang")) {
        ms = otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    } else if (otp_match(what, "{wait, ~i, ~t}", &ms, &value)) {
        (void)!otp_receive_match(ms, "{never_sent, _}");
        return value;
    }
    return what;
}

static otp_term run(otp_task_fn *fn, const char *list, const otp_task_stream_opts *opts) {
    otp_term results = OTP_ATOM(no_results);
    CHECK_EQ(otp_task_async_stream(fn, otp_term_of(list), opts, &results), OTP_OK);
    return results;
}

static otp_pid supervisor_start(void) {
    otp_pid sup = OTP_PID_NONE;
    CHECK_EQ(otp_task_supervisor_start_link(NULL, &sup), OTP_OK);
    return sup;
}

BOTH_WORLDS("a stream's results are in the order of its list") {
    CHECK_TERM(run(doubles, "[1, 2, 3, 4, 5]", NULL),
               "[{ok, 2}, {ok, 4}, {ok, 6}, {ok, 8}, {ok, 10}]");
    otp_task_stream_opts narrow = {.max_concurrency = 1};
    CHECK_TERM(run(doubles, "[1, 2]", &narrow), "[{ok, 2}, {ok, 4}]");
    otp_task_stream_opts wide = {.max_concurrency = 1000000};
    CHECK_TERM(run(doubles, "[1, 2]", &wide), "[{ok, 2}, {ok, 4}]");
    CHECK_TERM(run(doubles, "[]", NULL), "[]");
    CHECK_SILENCE();
}

SIMULATED_WORLDS("unordered results come as they are ready; ordered ones wait for their place") {
    const char *list = "[{wait, 290, a}, {wait, 200, b}, {wait, 100, c}]";
    otp_task_stream_opts opts = {.max_concurrency = 3, .unordered = true};
    CHECK_TERM(run(obeys, list, &opts), "[{ok, c}, {ok, b}, {ok, a}]");
    opts.unordered = false;
    CHECK_TERM(run(obeys, list, &opts), "[{ok, a}, {ok, b}, {ok, c}]");
    opts.unordered = true;
    opts.max_concurrency = 2; /* c begins at 200 */
    CHECK_TERM(run(obeys, list, &opts), "[{ok, b}, {ok, a}, {ok, c}]");
}

/* ---- How many run at a time ---- */

typedef struct load {
    uint32_t now, most; /* atomic */
} load;

static load the_load;

static otp_term counts(otp_term arg) {
    uint32_t now = __atomic_add_fetch(&the_load.now, 1, __ATOMIC_SEQ_CST);
    uint32_t most = __atomic_load_n(&the_load.most, __ATOMIC_SEQ_CST);
    while (now > most && !__atomic_compare_exchange_n(&the_load.most, &most, now, false,
                                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
    (void)!otp_receive_match(1, "{never_sent, _}");
    __atomic_fetch_sub(&the_load.now, 1, __ATOMIC_SEQ_CST);
    return arg;
}

static uint32_t most_of(const otp_task_stream_opts *opts) {
    the_load = (load){0};
    otp_term list = otp_nil(), results;
    for (int i = 0; i < 20; i++) {
        list = otp_cons(otp_int(i), list);
    }
    CHECK_EQ(otp_task_async_stream(counts, list, opts, &results), OTP_OK);
    CHECK_EQ(otp_length(results), 20);
    return the_load.most;
}

BOTH_WORLDS("never more tasks run than max_concurrency says, and as many do") {
    CHECK_EQ(most_of(&(otp_task_stream_opts){.max_concurrency = 3}), 3);
    CHECK_EQ(most_of(&(otp_task_stream_opts){.max_concurrency = 1}), 1);
    bool simulated = otp_world_mode(otp_world_here()) == OTP_SIMULATED;
    CHECK_EQ(most_of(NULL), simulated ? 4 : 2);
}

/* ---- Crashes ---- */

BOTH_WORLDS("the crash of a task is {exit, Reason} to a caller that traps exits") {
    otp_trap_exit(true);
    CHECK_TERM(run(obeys, "[1, {fail, {bad, luck}}, 3]", NULL),
               "[{ok, 1}, {exit, {bad, luck}}, {ok, 3}]");
    CHECK_SILENCE(); /* no exit signals either */
}

static void streams_crash(otp_term arg) {
    (void)arg;
    run(obeys, "[hang, {fail, oops}, hang]", &(otp_task_stream_opts){.max_concurrency = 3});
}

BOTH_WORLDS("the crash of a task takes a caller with it that does not trap exits") {
    otp_pid pid = otp_spawn(streams_crash, otp_nil());
    otp_term reason = down_reason(otp_monitor(pid));
    CHECK(otp_is(reason, "oops") || otp_is(reason, "noproc"));
}

BOTH_WORLDS("under a supervisor a crash is a result and no more") {
    otp_pid sup = supervisor_start();
    otp_term children;
    otp_task_stream_opts opts = {.supervisor = otp_from_pid(sup)};
    CHECK_TERM(run(obeys, "[1, {fail, oops}, 3]", &opts), "[{ok, 1}, {exit, oops}, {ok, 3}]");
    CHECK_EQ(otp_task_supervisor_children(otp_from_pid(sup), &children), OTP_OK);
    CHECK_SILENCE();
}

/* ---- Timeouts ---- */

BOTH_WORLDS("with kill_task a task that is late is killed, the others go on") {
    otp_task_stream_opts opts = {
        .max_concurrency = 2, .timeout_ms = 50, .on_timeout = OTP_TASK_TIMEOUT_KILL};
    CHECK_TERM(run(obeys, "[hang, 1, hang, 2]", &opts),
               "[{exit, timeout}, {ok, 1}, {exit, timeout}, {ok, 2}]");
    otp_pid sup = supervisor_start();
    otp_term children;
    opts.supervisor = otp_from_pid(sup);
    CHECK_TERM(run(obeys, "[1, hang]", &opts), "[{ok, 1}, {exit, timeout}]");
    CHECK_SILENCE();
    CHECK_EQ(otp_task_supervisor_children(otp_from_pid(sup), &children), OTP_OK);
    CHECK_TERM(children, "[]");
}

static otp_term tells_and_hangs(otp_term watcher) {
    otp_pid to;
    CHECK(otp_get_pid(watcher, &to));
    otp_send(to, otp_tuple(OTP_ATOM(task), otp_from_pid(otp_self())));
    return obeys(OTP_ATOM(hang));
}

static void streams_hang(otp_term arg) {
    otp_term results;
    otp_task_stream_opts opts = {.timeout_ms = 50, .supervisor = otp_element(arg, 1)};
    otp_err err =
        otp_task_async_stream(tells_and_hangs, otp_list(otp_element(arg, 0)), &opts, &results);
    CHECK(err != OTP_OK);
}

static void check_hang(otp_term supervisor) {
    otp_pid task;
    otp_term self = otp_from_pid(otp_self());
    otp_pid caller = otp_spawn(streams_hang, otp_tuple_of(2, (otp_term[]){self, supervisor}));
    otp_ref ref = otp_monitor(caller);
    CHECK_TOLD("{task, ~p}", &task);
    otp_ref task_ref = otp_monitor(task);
    CHECK_TERM(down_reason(ref), "{timeout, {async_stream, 50}}");
    otp_term why = down_reason(task_ref);
    CHECK(otp_is(why, "killed") || otp_is(why, "noproc"));
}

BOTH_WORLDS("by default a late task ends the caller, and its tasks") {
    check_hang(otp_from_pid(supervisor_start()));
}

BOTH_WORLDS("what cannot be streamed is refused") {
    otp_term results;
    otp_term list = otp_term_of("[1, 2]");
    CHECK_EQ(otp_task_async_stream(NULL, list, NULL, &results), OTP_EBADARG);
    CHECK_EQ(otp_task_async_stream(doubles, otp_int(1), NULL, &results), OTP_EBADARG);
    CHECK_EQ(otp_task_async_stream(doubles, otp_term_of("[1 | 2]"), NULL, &results), OTP_EBADARG);
    otp_task_stream_opts bad_time = {.timeout_ms = -7};
    CHECK_EQ(otp_task_async_stream(doubles, list, &bad_time, &results), OTP_EBADARG);
    otp_task_stream_opts nobody = {.supervisor = OTP_ATOM(no_such_supervisor)};
    CHECK_EQ(otp_task_async_stream(doubles, list, &nobody, &results), OTP_ENOPROC);
    CHECK_SILENCE();
}
