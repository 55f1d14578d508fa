/* SPDX-License-Identifier: MIT */
/*
 * A process is killed at each of its steps in turn, while it starts servers, calls, supervises and
 * awaits: whoever is left goes on, and nothing is left behind.
 */
#include "behaviour/test_family.h"
#include "behaviour/test_machine.h"

#include "port/memory.h"
#include "process/process.h"

typedef struct plan {
    otp_process_fn *body;
    otp_process_fn *victim;
    int step;        /* turns of the others before the kill */
    uint32_t killer; /* its serial */
    bool lived;
} plan;

/* The killer has its turn at each visible operation of the others. */
static uint32_t killer_first(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    uint32_t at = 0;
    while (kind == OTP_CHOICE_CONTINUE && at < n &&
           enabled[at].process != ((plan *)context)->killer) {
        at++;
    }
    return at < n ? at : 0;
}

static int64_t simplest(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                        int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

static void look_at(void *context, void *state) {
    *(int64_t *)context += ((probe *)state)->number;
}

static void uses_machine(otp_term watcher) {
    otp_pid pid;
    otp_term reply, args = otp_tuple(watcher, otp_term_of("{ok, a, []}"));
    otp_err err = otp_statem_start_link(&entering_machine, args, NULL, &pid);
    otp_term dest = otp_from_pid(pid);
    err = err ? err : otp_sys_log(dest, 5, 1000);
    err = err ? err : otp_sys_statistics(dest, true, 1000);
    err = err ? err : otp_call(pid, machine_do("1, {next, b}, [{reply, done}]"), 1000, &reply);
    err = err ? err : otp_sys_get_log(dest, 1000, &reply);
    CHECK_EQ(err, OTP_OK);
    CHECK_EQ(otp_stop_server(dest, OTP_ATOM(normal), 1000), OTP_OK);
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

/* A machine whose events postpone, insert, yield and set timeouts, with terms to be held. */
static const char *const busy_events[] = {
    "[1], keep, [postpone, {set, event, 3, [e]}, {set, {g, [x]}, 5, [g]}]",
    ("[2], {next, {d, {repeat, 1}, [{set, state, 2, [s]}]}},"
     " [{insert, internal, [i]}, {insert, internal, {do, [3], keep, [postpone]}}]"),
    "[4], {next, b}, [{set, {g, [x]}, update, [h]}, {set, state, 0, [s]}]"};

static otp_state_result yielding_handle(void *data, otp_term state, const otp_statem_event *event) {
    otp_yield();
    otp_state_result result = machine_handle(data, state, event);
    otp_yield();
    return result;
}

static const otp_gen_statem busy_machine =
    MACHINE("busy machine", .handle_event = yielding_handle, .state_enter = true);

enum { TURNS_PER_MS = 50 }; /* more than the machine takes at one time */

/* The machine is killed, not who uses it: after so many milliseconds, and so many turns. */
static void kill_machine_at(otp_term arg) {
    plan *p = otp_context();
    otp_scope scope = otp_scope_begin();
    otp_pid pid = machine_start(&busy_machine, "{ok, [a], [{set, {g, [y]}, 1, [y]}]}");
    otp_ref ref = otp_monitor(pid);
    (void)arg;
    p->killer = otpi_self()->runnable.serial;
    CHECK_EQ(otp_sys_log(otp_from_pid(pid), 3, 5000), OTP_OK);
    for (size_t i = 0; i < sizeof busy_events / sizeof *busy_events; i++) {
        otp_cast(pid, machine_do(busy_events[i]));
    }
    (void)!otp_receive_match(p->step / TURNS_PER_MS, "{never_sent}");
    for (int i = 0; i < p->step % TURNS_PER_MS; i++) {
        otp_yield();
    }
    otp_term told;
    p->lived = otp_receive_match(0, "{ev, b, {timeout, [x]}, ~t}", &told) == OTP_OK;
    otp_kill(pid);
    CHECK(otp_is(down_reason(ref), "killed"));
    otp_scope_end(scope);
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
    p->killer = otpi_self()->runnable.serial;
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

static void kill_sweep_in(const otp_world_opts *opts, plan *p) {
    otp_world *world;
    int64_t blocks, after, bytes;
    p->lived = false;
    p->step = 0;
    if (!CHECK_EQ(otp_world_start(opts, &world), OTP_OK)) {
        return;
    }
    for (int round = -2; !p->lived && p->step < 500; round++) {
        otp_system *system;
        otp_outcome outcome;
        p->step = round < 0 ? 400 : round; /* what is made once is made first */
        CHECK_EQ(otp_system_start(world, NULL, &system), OTP_OK);
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run_with(system, p->body, otp_nil(), p, 600000, &outcome);
        CHECK(err == OTP_OK && outcome.normal);
        otp_system_stop(system);
        otpi_block_live(&after, &bytes);
        if (round < 0) {
            p->lived = false;
            blocks = after;
        } else if (!CHECK_EQ(after, blocks)) {
            printf("# killed at step %d\n", p->step);
            break;
        }
    }
    printf("# %d steps\n", p->step);
    CHECK(p->lived && p->step > 3);
    otp_world_stop(world);
}

/* At each suspension, then at each visible operation too. */
static void kill_sweep(plan p) {
    otp_chooser chooser = {.context = &p, .choose = killer_first, .draw = simplest};
    kill_sweep_in(&(otp_world_opts){.mode = OTP_SIMULATED}, &p);
    kill_sweep_in(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser}, &p);
}

UNIT("a process that uses a server may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = uses_server});
}

UNIT("a process that starts and stops a supervisor may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = supervises});
}

UNIT("a process that awaits tasks may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = awaits});
}

UNIT("a process that uses a state machine may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = uses_machine});
}

UNIT("a state machine may be killed at any step of its transitions") {
    kill_sweep((plan){.body = kill_machine_at});
}

UNIT("a process that streams, and awaits many, may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = streams});
}

UNIT("a process that joins groups, watches and publishes may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = groups});
}

UNIT("a process that starts and stops applications may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = applications});
}

UNIT("a process that starts a server that starts another may be killed at any step") {
    kill_sweep((plan){.body = kill_at, .victim = nests});
}
