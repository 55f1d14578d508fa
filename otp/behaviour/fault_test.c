/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out at each place in turn: starting, calling, restarting. What fails does so as
 * an error or an exit; nobody hangs, and nothing is left behind.
 */
#include "behaviour/test_family.h"
#include "behaviour/test_machine.h"

#include "port/memory.h"
#include "world/worker.h"

typedef struct countdown {
    uint64_t left;   /* allocations until one fails */
    bool every;      /* all after it fail, too */
    uint64_t failed; /* how many did */
} countdown;

static bool fails_now(void *context, size_t size, const char *site) {
    countdown *c = context;
    (void)size, (void)site;
    if (c->left > 1) {
        c->left--;
        return false;
    }
    bool fail = c->left == 1 || c->every;
    c->left = c->every ? 1 : 0;
    c->failed += fail;
    return fail;
}

/* One run with the k-th allocation failing. False when there was none of that number. */
static bool run_failing(otp_world *world, otp_process_fn *body, uint64_t k, bool every) {
    countdown c = {.left = k, .every = every};
    otp_system *system;
    otp_outcome outcome = {.end = OTP_RUN_DONE};
    if (!CHECK_EQ(otp_system_start(world, NULL, &system), OTP_OK)) {
        return false;
    }
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    otpi_alloc_fault_set(fails_now, &c); /* the world runs on this thread */
    otp_err err = otp_run(system, body, otp_nil(), 600000, &outcome);
    otpi_alloc_fault_set(NULL, NULL);
    if (!CHECK(outcome.end == OTP_RUN_DONE || err == OTP_ENOMEM)) {
        printf("# allocation %llu fails: end %d, %s\n", (unsigned long long)k, (int)outcome.end,
               outcome.reason);
    }
    otp_system_stop(system);
    return c.failed > 0;
}

static void sweep(otp_process_fn *body, bool every) {
    otp_world *world;
    int64_t blocks, blocks_after, bytes;
    if (!CHECK_EQ(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world), OTP_OK)) {
        return;
    }
    run_failing(world, body, UINT64_MAX, false); /* what is made once is made now */
    run_failing(world, body, UINT64_MAX, false);
    otpi_block_live(&blocks, &bytes);
    int64_t live = otpi_memory_stats_read().live_blocks;
    uint64_t k = 1;
    while (run_failing(world, body, k, every) && k < 20000) {
        otpi_block_live(&blocks_after, &bytes);
        if (!CHECK_EQ(blocks_after, blocks) ||
            !CHECK_EQ(otpi_memory_stats_read().live_blocks, live)) {
            printf("# after the failure of allocation %llu\n", (unsigned long long)k);
            break;
        }
        k++;
    }
    printf("# %llu allocations\n", (unsigned long long)(k - 1));
    CHECK(k > 5);
    otp_world_stop(world);
}

static void look_at(void *context, void *state) {
    ++*(int *)context;
    CHECK(state != NULL);
}

static void serve(otp_term arg) {
    otp_pid pid;
    otp_term reply;
    (void)arg;
    otp_start_opts opts = {.name = OTP_ATOM(fault_test_server)};
    if (otp_start_link(&plain_member, otp_from_pid(otp_self()), &opts, &pid)) {
        return;
    }
    if (otp_sys_get_status(otp_from_pid(pid), 1000, &reply) == OTP_OK) {
        CHECK_EQ(otp_arity(reply), 0);
    }
    int looks = 0;
    otp_err err = otp_sys_look(otp_from_pid(pid), look_at, &looks, 1000);
    CHECK_EQ(looks, err == OTP_OK);
    err = otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 1000);
    CHECK(err == OTP_OK || !otp_is_alive(pid) || err == OTP_ETIMEOUT || err == OTP_ENOMEM);
}

static void call(otp_term arg) {
    otp_pid pid;
    otp_term reply;
    (void)arg;
    if (otp_start_link(&probe_server, probe_args("ok"), NULL, &pid)) {
        return;
    }
    otp_err err = otp_call(pid, otp_term_of("{echo, [1, 2, 3]}"), 1000, &reply);
    CHECK(err || otp_match(reply, "[1, 2, 3]"));
    otp_cast(pid, otp_term_of("{do, {within, 5}}"));
    err = otp_call(pid, otp_term_of("{do, {stop_reply, normal, x}}"), 1000, &reply);
    CHECK(err || otp_is(reply, "x"));
}

static void supervise(otp_term arg) {
    static const otp_gen_server quiet = {.name = "quiet"};
    otp_child_spec specs[] = {{.id = "a", .server = &quiet, .args = otp_term_of("{some, [args]}")},
                              {.id = "b", .server = &quiet, .name = "fault_test_b"}};
    otp_pid sup, pid;
    (void)arg;
    otp_trap_exit(true);
    otp_supervisor_spec spec = {
        .strategy = OTP_ONE_FOR_ALL, .intensity = 10, .children = specs, .child_count = 2};
    if (otp_supervisor_start_link(&spec, NULL, &sup)) {
        return;
    }
    if (otp_supervisor_child(otp_from_pid(sup), "a", &pid) == OTP_OK) {
        otp_kill(pid);
    }
    otp_child_spec late = {.id = "c", .server = &quiet, .args = otp_term_of("[x, y]")};
    otp_err err = otp_supervisor_start_child(otp_from_pid(sup), &late, OTP_NONE, &pid, NULL);
    err = otp_supervisor_terminate_child(otp_from_pid(sup), "b");
    otp_child_counts counts;
    err = otp_supervisor_count_children(otp_from_pid(sup), &counts);
    CHECK(err || counts.specs <= 3);
    err = otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 100000);
    CHECK(err == OTP_OK || !otp_is_alive(sup) || err == OTP_ENOMEM);
}

static void crowd(otp_term arg) {
    static const otp_gen_server quiet = {.name = "quiet"};
    otp_child_spec spec = {.server = &quiet};
    otp_supervisor_spec sup_spec = {
        .strategy = OTP_SIMPLE_ONE_FOR_ONE, .intensity = 10, .children = &spec, .child_count = 1};
    otp_pid sup, pid;
    otp_term list;
    (void)arg;
    otp_trap_exit(true);
    if (otp_supervisor_start_link(&sup_spec, NULL, &sup)) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        otp_term args = otp_list(otp_int(i));
        if (otp_supervisor_start_child(otp_from_pid(sup), NULL, args, &pid, NULL) == OTP_OK) {
            otp_kill(pid);
        }
    }
    otp_err err = otp_supervisor_which_children(otp_from_pid(sup), &list);
    CHECK(err || otp_length(list) <= 3);
    err = otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 100000);
    CHECK(err == OTP_OK || !otp_is_alive(sup) || err == OTP_ENOMEM);
}

static otp_term double_it(otp_term arg) {
    return otp_tuple(arg, arg);
}

static void tasks(otp_term arg) {
    otp_term out;
    (void)arg;
    otp_task task = otp_task_async_nolink(double_it, otp_term_of("[1, {2, 3}]"));
    otp_err err = otp_task_await(task, 1000, &out);
    CHECK(err == OTP_OK || err == OTP_EDOWN);
}

static void seen_by_nobody(void *context, otp_term event) {
    (void)context, (void)event;
}

/* Each way an event or a timeout is held, with terms that are no words. */
static void transitions(otp_term arg) {
    static const char *const events[] = {
        "[1], keep, [postpone, {set, event, 3, [e]}, {set, {g, [x]}, 5, [g]}]",
        "[2], {next, {d, {repeat, 1}, [{set, state, 2, [s]}]}}, [{insert, internal, [i]}]",
        "[4], {next, [b]}, [{set, {g, [x]}, update, [h]}, {set, state, 0, [s]}]"};
    otp_pid pid;
    otp_term reply;
    (void)arg;
    otp_scope scope = otp_scope_begin();
    if (otp_statem_start(&entering_machine, machine_args("{ok, [a], []}"), NULL, &pid)) {
        return;
    }
    otp_term dest = otp_from_pid(pid);
    otp_err err = otp_sys_log(dest, 3, 1000);
    CHECK(err || otp_sys_get_log(dest, 1000, &reply) != OTP_EBADARG);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        otp_cast(pid, machine_do(events[i]));
    }
    err = otp_call(pid, machine_do("5, keep, [{reply, [x, y]}]"), 1000, &reply);
    CHECK(err || otp_match(reply, "[x, y]"));
    err = otp_sys_trace_to(dest, seen_by_nobody, NULL, 1000);
    CHECK(err || otp_sys_print_log(dest, 1000) != OTP_EBADARG);
    err = otp_sys_get_status(dest, 1000, &reply);
    CHECK(err || otp_match(reply, "#{behaviour := gen_statem}"));
    err = otp_sys_statistics(dest, true, 1000);
    CHECK(err || otp_sys_get_statistics(dest, 1000, &reply) != OTP_ENOENT);
    (void)!otp_receive_match(100, "{ev, _, {timeout, [x]}, _}");
    err = otp_stop_server(dest, OTP_ATOM(normal), 1000);
    CHECK(err == OTP_OK || !otp_is_alive(pid) || err == OTP_ENOMEM);
    otp_scope_end(scope);
}

static void many_tasks(otp_term arg) {
    otp_pid sup;
    otp_term values[2], results;
    (void)arg;
    otp_trap_exit(true);
    if (otp_task_supervisor_start_link(NULL, &sup)) {
        return;
    }
    otp_task pair[] = {otp_task_async_nolink(double_it, otp_int(1)),
                       otp_task_async_nolink(double_it, otp_term_of("[2]"))};
    otp_err err = otp_task_await_many(pair, 2, 1000, values, NULL);
    otp_task_stream_opts opts = {.max_concurrency = 2};
    otp_term list = otp_term_of("[1, [2], {3}]");
    err = otp_task_async_stream(double_it, list, &opts, &results);
    CHECK(err || otp_length(results) == 3);
    opts.supervisor = otp_from_pid(sup);
    err = otp_task_async_stream(double_it, list, &opts, &results);
    CHECK(err || otp_length(results) == 3);
    err = otp_task_supervisor_start_child(otp_from_pid(sup), double_it, list, NULL);
    CHECK(err == OTP_OK || !otp_is_alive(sup) || err == OTP_ENOMEM || err == OTP_EINIT);
}

static void groups(otp_term arg) {
    otp_pid hub;
    otp_ref ref;
    otp_term now, self = otp_from_pid(otp_self());
    otp_term scope = OTP_ATOM(fault_test_hub), topic = otp_term_of("{topic, 1}");
    (void)arg;
    otp_trap_exit(true);
    if (otp_pubsub_start_link(scope, &hub)) {
        return;
    }
    otp_err err = otp_pg_monitor(scope, topic, &ref, &now);
    err = err ? err : otp_pg_join(scope, topic, otp_list(self, self));
    size_t members = otp_length(otp_pg_get_members(scope, topic));
    CHECK(err ? members == 0 || members == 2 : members == 2);
    err = err ? err : otp_pubsub_publish(scope, topic, otp_term_of("{some, [news, to, all]}"));
    err = err ? err : otp_pg_leave(scope, topic, self);
    err = err ? err : otp_pg_demonitor(scope, ref);
    CHECK(err || otp_length(otp_pg_get_members(scope, topic)) == 1);
    CHECK(otp_length(otp_pg_which_groups(scope)) <= 1);
}

static void large_news(otp_term arg) {
    otp_pid pid;
    otp_term list = otp_nil();
    (void)arg;
    for (int i = 0; i < 100; i++) {
        list = otp_cons(otp_int(i), list);
    }
    otp_term self = otp_from_pid(otp_self());
    if (otp_pg_start_link(OTP_ATOM(fault_test_scope), &pid) ||
        otp_pg_join(OTP_ATOM(fault_test_scope), OTP_ATOM(g), otp_list(self, self, self))) {
        return;
    }
    otp_err err = otp_pubsub_local_publish(OTP_ATOM(fault_test_scope), OTP_ATOM(g), list);
    int got = 0;
    otp_term message;
    while (otp_receive(0, &message) == OTP_OK) {
        got += otp_length(message) == 100;
    }
    CHECK(err == OTP_OK ? got == 3 : got < 3);
}

static const otp_supervisor_spec no_children = {.strategy = OTP_ONE_FOR_ONE};
static const otp_application app_needed = {
    .name = "fault_test_needed", .env = "[{a, 1}, {b, {c, [2]}}]", .supervisor = &no_children};
static const otp_application *const app_needs[] = {&app_needed};
static const otp_application app_top = {.name = "fault_test_app",
                                        .needs = app_needs,
                                        .needs_count = 1,
                                        .supervisor = &no_children,
                                        .state_size = 100};

static void applications(otp_term arg) {
    otp_term value;
    (void)arg;
    otp_err err =
        otp_application_ensure_all_started(&app_top, OTP_APPLICATION_TEMPORARY, NULL, NULL);
    if (err == OTP_OK &&
        otp_application_get_env(OTP_ATOM(fault_test_needed), OTP_ATOM(a), &value) == OTP_OK) {
        CHECK(otp_equal(value, otp_int(1)));
    }
    err = otp_application_set_env(OTP_ATOM(fault_test_needed), OTP_ATOM(a), otp_int(2));
    err = otp_application_which_applications(&value);
    CHECK(err || otp_length(value) <= 2);
    err = otp_application_stop_all();
    CHECK(err == OTP_OK || err == OTP_ENOMEM || err == OTP_EDOWN || err == OTP_ENOPROC ||
          err == OTP_EINIT);
}

static void suspensions(otp_term arg) {
    otp_pid pid;
    otp_term reply;
    (void)arg;
    if (otp_start_link(&probe_server, probe_args("ok"), NULL, &pid)) {
        return;
    }
    otp_err err = otp_suspend_process(pid);
    CHECK_EQ(otp_resume_process(pid), err == OTP_OK ? OTP_OK : OTP_EBADARG);
    err = otp_suspend_process(pid);
    CHECK_EQ(otp_resume_process(pid), err == OTP_OK ? OTP_OK : OTP_EBADARG);
    err = otp_call(pid, otp_term_of("{add, 1}"), 1000, &reply);
    CHECK(err != OTP_ETIMEOUT); /* it runs */
}

UNIT("a start, a status and a stop survive the failure of any allocation") {
    sweep(serve, false);
}

UNIT("calls, casts, timeouts and answers survive the failure of any allocation") {
    sweep(call, false);
}

UNIT("a supervisor and its restarts survive the failure of any allocation") {
    sweep(supervise, false);
}

UNIT("dynamic children and their restarts survive the failure of any allocation") {
    sweep(crowd, false);
}

UNIT("a task survives the failure of any allocation") {
    sweep(tasks, false);
}

UNIT("a state machine, its log and its status survive the failure of any allocation") {
    sweep(transitions, false);
}

UNIT("many tasks, streams and supervisors of tasks survive the failure of any allocation") {
    sweep(many_tasks, false);
}

UNIT("groups and topics survive the failure of any allocation") {
    sweep(groups, false);
    sweep(large_news, false);
}

UNIT("applications survive the failure of any allocation") {
    sweep(applications, false);
}

UNIT("suspending survives the failure of any allocation") {
    sweep(suspensions, false);
}

UNIT("all of them survive that memory runs out at any time and stays out") {
    sweep(serve, true);
    sweep(call, true);
    sweep(supervise, true);
    sweep(crowd, true);
    sweep(tasks, true);
    sweep(transitions, true);
    sweep(many_tasks, true);
    sweep(groups, true);
    sweep(large_news, true);
    sweep(applications, true);
    sweep(suspensions, true);
}
