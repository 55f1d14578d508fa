/* SPDX-License-Identifier: MIT */
/*
 * A process is killed at each of its steps in turn, while it starts servers, calls, supervises and
 * awaits: whoever is left goes on, and nothing is left behind.
 */
#include "behaviour/test_family.h"

#include "port/memory.h"
#include "world/worker.h"

typedef struct plan {
    otp_process_fn *victim;
    int step; /* turns of the others before the kill */
    bool lived;
} plan;

static void look_at(void *context, void *state) {
    *(int64_t *)context += ((probe *)state)->number;
}

static void uses_server(otp_term watcher) {
    otp_pid pid;
    otp_term reply, args = otp_tuple(watcher, OTP_ATOM(trap));
    int64_t seen = 0;
    otp_err err = otp_start_link(&probe_server, args, NULL, &pid);
    err = err ? err : otp_call(pid, otp_term_of("{add, 1}"), 1000, &reply);
    err = err ? err : otp_sys_suspend(otp_from_pid(pid), 1000);
    err = err ? err : otp_sys_look(otp_from_pid(pid), look_at, &seen, 1000);
    err = err ? err : otp_sys_resume(otp_from_pid(pid), 1000);
    CHECK_EQ(err, OTP_OK);
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 1000), OTP_OK);
    CHECK_EQ(seen, 1);
}

static void supervises(otp_term watcher) {
    otp_child_spec specs[] = {{.id = "a", .server = &plain_member, .args = watcher},
                              {.id = "b", .server = &trapping_member, .args = watcher}};
    otp_supervisor_spec spec = {
        .strategy = OTP_ONE_FOR_ALL, .intensity = 5, .children = specs, .child_count = 2};
    otp_pid sup, pid;
    otp_trap_exit(true);
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "a", &pid), OTP_OK);
    otp_kill(pid);
    otp_child_spec late = {.id = "c", .server = &plain_member, .args = watcher};
    CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), &late, OTP_NONE, &pid, NULL), OTP_OK);
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "b"), OTP_OK);
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 100000), OTP_OK);
}

static otp_term slow_answer(otp_term arg) {
    otp_yield();
    return otp_tuple(arg, arg);
}

static otp_term never_answers(otp_term arg) {
    otp_err err = otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    return err ? otp_nil() : arg;
}

static void awaits(otp_term watcher) {
    otp_term out;
    otp_task task = otp_task_async(slow_answer, watcher);
    otp_task other = otp_task_async(never_answers, watcher);
    CHECK_EQ(otp_task_await(task, 1000, &out), OTP_OK);
    CHECK_EQ(otp_task_shutdown(other, 1000, &out), OTP_EDOWN);
}

static void streams(otp_term watcher) {
    otp_pid sup;
    otp_term results, values[2];
    CHECK_EQ(otp_task_supervisor_start_link(NULL, &sup), OTP_OK);
    otp_task_stream_opts opts = {.max_concurrency = 2};
    otp_term list = otp_list(watcher, watcher, watcher);
    CHECK_EQ(otp_task_async_stream(slow_answer, list, &opts, &results), OTP_OK);
    opts.supervisor = otp_from_pid(sup);
    CHECK_EQ(otp_task_async_stream(slow_answer, list, &opts, &results), OTP_OK);
    CHECK_EQ(otp_length(results), 3);
    otp_task pair[] = {otp_task_async(slow_answer, watcher), otp_task_async(slow_answer, watcher)};
    CHECK_EQ(otp_task_await_many(pair, 2, 1000, values, NULL), OTP_OK);
}

static void groups(otp_term watcher) {
    otp_pid hub;
    otp_ref ref;
    otp_term now;
    otp_term scope = OTP_ATOM(kill_test_hub), self = otp_from_pid(otp_self());
    CHECK_EQ(otp_pubsub_start_link(scope, &hub), OTP_OK);
    CHECK_EQ(otp_pg_monitor_scope(scope, &ref, &now), OTP_OK);
    CHECK_EQ(otp_pubsub_subscribe(scope, OTP_ATOM(t)), OTP_OK);
    CHECK_EQ(otp_pg_join(scope, OTP_ATOM(t), otp_list(self, watcher)), OTP_OK);
    CHECK_EQ(otp_pubsub_publish(scope, OTP_ATOM(t), OTP_ATOM(news)), OTP_OK);
    CHECK_EQ(otp_pubsub_unsubscribe(scope, OTP_ATOM(t)), OTP_OK);
    CHECK_EQ(otp_pg_demonitor(scope, ref), OTP_OK);
    CHECK_EQ(otp_length(otp_pg_get_members(scope, OTP_ATOM(t))), 2);
}

static const otp_supervisor_spec no_children = {.strategy = OTP_ONE_FOR_ONE};
static const otp_application app_needed = {.name = "kill_test_needed", .supervisor = &no_children};
static const otp_application *const app_needs[] = {&app_needed};
static const otp_application app_top = {.name = "kill_test_app",
                                        .env = "[{a, 1}]",
                                        .needs = app_needs,
                                        .needs_count = 1,
                                        .supervisor = &no_children};

static void applications(otp_term watcher) {
    otp_term value;
    (void)watcher;
    CHECK_EQ(otp_application_ensure_all_started(&app_top, OTP_APPLICATION_TEMPORARY, NULL, NULL),
             OTP_OK);
    CHECK_EQ(otp_application_get_env(OTP_ATOM(kill_test_app), OTP_ATOM(a), &value), OTP_OK);
    CHECK_EQ(otp_application_stop_all(), OTP_OK);
}

static otp_result nest_init(void *state, otp_term args) {
    static const otp_gen_server quiet = {.name = "quiet"};
    otp_pid pid;
    (void)state;
    return otp_start_link(&quiet, args, NULL, &pid) ? otp_stop(args) : otp_ok();
}

static const otp_gen_server nest = {.name = "nest", .init = nest_init};

static void nests(otp_term watcher) {
    otp_pid pid;
    CHECK_EQ(otp_start_link(&nest, watcher, NULL, &pid), OTP_OK);
}

/* The body of one run: lets the victim have so many turns, kills it, and sees it gone. */
static void kill_at(otp_term arg) {
    plan *p = otp_context();
    otp_pid victim;
    otp_scope scope = otp_scope_begin();
    otp_spawn_opts opts = {.monitor = true};
    otp_ref ref;
    (void)arg;
    opts.monitor_ref = &ref;
    CHECK_EQ(otp_spawn_opt(p->victim, otp_from_pid(otp_self()), &opts, &victim), OTP_OK);
    for (int i = 0; i < p->step; i++) {
        otp_yield();
    }
    otp_kill(victim);
    otp_term reason = down_reason(ref);
    p->lived = otp_is(reason, "normal");
    CHECK(p->lived || otp_is(reason, "killed"));
    otp_scope_end(scope);
}

static void kill_sweep(otp_process_fn *victim) {
    otp_world *world;
    plan p = {.victim = victim};
    int64_t blocks, after, bytes;
    if (!CHECK_EQ(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world), OTP_OK)) {
        return;
    }
    for (int round = -2; !p.lived && p.step < 500; round++) {
        otp_system *system;
        otp_outcome outcome;
        p.step = round < 0 ? 400 : round; /* what is made once is made first */
        CHECK_EQ(otp_system_start(world, NULL, &system), OTP_OK);
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run_with(system, kill_at, otp_nil(), &p, 600000, &outcome);
        CHECK(err == OTP_OK && outcome.normal);
        otp_system_stop(system);
        otpi_block_live(&after, &bytes);
        if (round < 0) {
            p.lived = false;
            blocks = after;
        } else if (!CHECK_EQ(after, blocks)) {
            printf("# killed at step %d\n", p.step);
            break;
        }
    }
    printf("# %d steps\n", p.step);
    CHECK(p.lived && p.step > 3);
    otp_world_stop(world);
}

UNIT("a process that uses a server may be killed at any step") {
    kill_sweep(uses_server);
}

UNIT("a process that starts and stops a supervisor may be killed at any step") {
    kill_sweep(supervises);
}

UNIT("a process that awaits tasks may be killed at any step") {
    kill_sweep(awaits);
}

UNIT("a process that streams, and awaits many, may be killed at any step") {
    kill_sweep(streams);
}

UNIT("a process that joins groups, watches and publishes may be killed at any step") {
    kill_sweep(groups);
}

UNIT("a process that starts and stops applications may be killed at any step") {
    kill_sweep(applications);
}

UNIT("a process that starts a server that starts another may be killed at any step") {
    kill_sweep(nests);
}
