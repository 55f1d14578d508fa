/* SPDX-License-Identifier: MIT */
/*
 * What happens at each limit, and that things go on when there is room again: the rows of
 * docs/reference/limits.md, those that have no test beside their sources.
 */
#include "port/sanitizer.h"
#include "tests/unit.h"

#include <otp/otp.h>

#include "process/system.h"

#include <stdio.h>
#include <string.h>

enum { TEST_MS = 100000 };

static void run_in(const otp_world_opts *world_opts, const otp_limits *limits,
                   otp_process_fn *body) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    REQUIRE(otp_world_start(world_opts, &world) == OTP_OK);
    if (CHECK(otp_system_start(world, &(otp_system_opts){.limits = *limits}, &system) == OTP_OK)) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run(system, body, otp_nil(), TEST_MS, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# %s, reason %s\n", otp_err_name(err), outcome.reason);
        }
    }
    otp_world_stop(world);
}

static void in_both(const otp_limits *limits, otp_process_fn *body) {
    run_in(&(otp_world_opts){.mode = OTP_SIMULATED}, limits, body);
    run_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, limits, body);
}

static void waits(otp_term unused) {
    (void)unused;
    (void)!otp_receive_match(OTP_INFINITY, "stop");
}

static bool down_with(otp_ref ref, const char *reason) {
    otp_term down;
    bool is = otp_receive_ref(ref, TEST_MS, &down) == OTP_OK &&
              strcmp(otp_show(otp_element(down, 4)), reason) == 0;
    if (!is) {
        printf("# %s, not %s\n", otp_show(down), reason);
    }
    return is;
}

/* ---- Processes ---- */

/* Spawns until it is refused; how many. The last one is in *newest. */
static size_t spawn_all(otp_pid *newest, otp_ref *ref) {
    otp_err err = OTP_OK;
    size_t n = 0;
    for (; err == OTP_OK; n++) {
        otp_spawn_opts opts = {.monitor = n == 0, .monitor_ref = ref};
        otp_pid pid;
        err = otp_spawn_opt(waits, otp_nil(), &opts, &pid);
        *newest = n == 0 ? pid : *newest;
    }
    CHECK_EQ(err, OTP_ELIMIT);
    return n - 1;
}

static void spawns_once_more(otp_term unused) {
    (void)unused;
    otp_spawn(waits, otp_nil());
}

/* Until the place of who has just exited is free. */
static otp_pid spawn_again(otp_process_fn *fn) {
    otp_pid pid = OTP_PID_NONE;
    for (int tries = 0; otp_spawn_opt(fn, otp_nil(), NULL, &pid) == OTP_ELIMIT; tries++) {
        if (!CHECK(tries < 10000)) {
            break;
        }
        (void)!otp_receive_match(1, "never");
    }
    return pid;
}

static void processes(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_pid first = OTP_PID_NONE;
    otp_ref ref;
    (void)unused;
    CHECK_EQ(spawn_all(&first, &ref), 64 - 16 - 1); /* a quarter is reserved; I am one */
    otp_kill(first);
    CHECK(down_with(ref, "killed"));
    /* there is room for one: it is refused its own child */
    otp_pid child = spawn_again(spawns_once_more);
    otp_ref child_ref = otp_monitor(child);
    otp_term down;
    CHECK_EQ(otp_receive_ref(child_ref, TEST_MS, &down), OTP_OK);
    otp_term reason = otp_element(down, 4);
    CHECK(otp_is(reason, "noproc") || otp_match(reason, "{system_limit, processes}"));
    CHECK(spawn_again(waits).word != 0);
    otp_scope_end(scope);
}

UNIT("limit processes_max: spawning is refused, and possible again after an exit") {
    in_both(&(otp_limits){.processes_max = 64}, processes);
}

static otp_result idle_call(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    return otp_reply(request);
}

static const otp_gen_server idle = {.name = "idle", .handle_call = idle_call};
static const otp_child_spec idle_child = {.id = "idle", .server = &idle, .name = "idle_child"};
static const otp_supervisor_spec keeper = {
    .name = "keeper", .intensity = 100, .children = &idle_child, .child_count = 1};

static void reserve(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_pid sup = OTP_PID_NONE;
    otp_pid first = OTP_PID_NONE;
    otp_ref ref;
    otp_term reply;
    (void)unused;
    CHECK_EQ(otp_supervisor_start_link(&keeper, NULL, &sup), OTP_OK);
    spawn_all(&first, &ref);
    for (int i = 0; i < 5; i++) {
        otp_pid child = otp_whereis(OTP_ATOM(idle_child));
        if (!CHECK(child.word != 0)) {
            break;
        }
        otp_ref gone = otp_monitor(child);
        otp_kill(child);
        CHECK(down_with(gone, "killed"));
        otp_pid taker;
        (void)!otp_spawn_opt(waits, otp_nil(), NULL, &taker); /* takes its place, if it can */
        for (int tries = 0; otp_whereis(OTP_ATOM(idle_child)).word == 0; tries++) {
            if (!CHECK(tries < 10000)) {
                break;
            }
            (void)!otp_receive_match(1, "never");
        }
        CHECK_EQ(otp_call(otp_whereis(OTP_ATOM(idle_child)), otp_int(i), TEST_MS, &reply), OTP_OK);
    }
    otp_scope_end(scope);
}

UNIT("limit processes_max: a supervisor restarts its children from the reserve") {
    in_both(&(otp_limits){.processes_max = 64}, reserve);
}

/* Without a stack: as many as are asked for. */
static void member_start(void *state, otp_term args) {
    (void)state, (void)args;
}

static otpi_disposition member_message(void *state, otp_term message) {
    (void)state, (void)message;
    return OTPI_HANDLED;
}

static const otpi_behaviour member = {
    .kind = "member", .start = member_start, .message = member_message};

static void default_processes(otp_term unused) {
    otpi_spawn spawn = {.behaviour = &member, .args = otp_nil()};
    otp_pid pid;
    otp_err err = OTP_OK;
    size_t n = 0;
    (void)unused;
    for (; err == OTP_OK; n++) {
        err = otpi_process_spawn(NULL, &spawn, &pid);
    }
    CHECK_EQ(err, OTP_ELIMIT);
    CHECK_EQ(n - 1, 262144 - 262144 / 64 - 1);
    spawn.supervises = true;
    for (err = OTP_OK; err == OTP_OK; n++) {
        err = otpi_process_spawn(NULL, &spawn, &pid);
    }
    CHECK_EQ(n - 2, 262144 - 1);
}

UNIT("limit processes_max: 262,144 by default, 1 in 64 of them reserved") {
    /* The race detector has no room for a fiber of each process that has run: there none does. */
    run_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = OTPI_TSAN ? 1 : 2},
           &(otp_limits){0}, default_processes);
}

/* ---- Atoms ---- */

static int atom_round;

/* A fixed pool of names: atoms are for ever. */
static otp_err parse_name(int round, int i) {
    char text[64];
    otp_term term;
    snprintf(text, sizeof text, "{limits_test_%d_%d}", round, i);
    return otp_parse(text, &term, NULL);
}

static void atoms(otp_term unused) {
    (void)unused;
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(parse_name(atom_round, i), OTP_OK);
    }
    CHECK_EQ(parse_name(atom_round, 4), OTP_EATOMS);
    CHECK_EQ(parse_name(atom_round, 5), OTP_EATOMS);
    CHECK_EQ(parse_name(atom_round, 0), OTP_OK); /* known ones are read as before */
}

static void atoms_of_others(otp_term unused) {
    (void)unused;
    CHECK_EQ(parse_name(atom_round, 4), OTP_OK);
}

UNIT("limit atoms_from_data_max: new atoms are refused, known ones read; each system has its own") {
    for (atom_round = 0; atom_round < 2; atom_round++) {
        otp_world_opts opts = {.mode = atom_round ? OTP_PARALLEL : OTP_SIMULATED, .schedulers = 1};
        run_in(&opts, &(otp_limits){.atoms_from_data_max = 4}, atoms);
        run_in(&opts, &(otp_limits){.atoms_from_data_max = 4}, atoms_of_others);
    }
}

/* ---- Mailboxes ---- */

static void reads_two(otp_term unused) {
    otp_pid from;
    (void)unused;
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "{read, ~p}", &from), OTP_OK);
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "noise"), OTP_OK);
    otp_send(from, OTP_ATOM(read));
    (void)!otp_receive_match(OTP_INFINITY, "stop");
}

static void sends_one_too_many(otp_term to) {
    otp_send(to, OTP_ATOM(noise));
}

static void mailbox(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_ref ref;
    (void)unused;
    otp_pid pid = otp_spawn(reads_two, otp_nil());
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(otp_try_send(pid, OTP_ATOM(noise)), OTP_OK);
    }
    CHECK_EQ(otp_try_send(pid, otp_tuple(OTP_ATOM(read), otp_from_pid(otp_self()))), OTP_OK);
    otp_err err = otp_try_send(pid, OTP_ATOM(noise));
    for (; err == OTP_OK; err = otp_try_send(pid, OTP_ATOM(noise))) {}
    CHECK_EQ(err, OTP_EFULL);
    otp_spawn_monitor(sends_one_too_many, otp_from_pid(pid), &ref);
    CHECK(otp_receive_match(TEST_MS, "read") == OTP_OK);
    otp_term down;
    CHECK_EQ(otp_receive_ref(ref, TEST_MS, &down), OTP_OK);
    otp_scope_end(scope);
}

UNIT("limit mailbox_max: of the system: a full mailbox refuses, and takes more when it was read") {
    in_both(&(otp_limits){.mailbox_max = 3}, mailbox);
}

/* ---- Stacks ---- */

static void stacks(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_ref refs[8];
    otp_pid pids[8];
    size_t refused = 0;
    (void)unused;
    for (size_t i = 0; i < 8; i++) {
        pids[i] = otp_spawn_monitor(waits, otp_nil(), &refs[i]);
        otp_yield();
    }
    for (size_t i = 0; i < 8; i++) {
        refused += !otp_is_alive(pids[i]);
    }
    CHECK_EQ(refused,
             4); /* of eight stacks I hold one, and the loops of the workers two or three */
    for (size_t i = 0; i < 8; i++) {
        if (otp_is_alive(pids[i])) {
            otp_send(pids[i], OTP_ATOM(stop));
            CHECK(down_with(refs[i], "normal"));
        } else {
            CHECK(down_with(refs[i], "{system_limit,parked_stacks}"));
        }
    }
    otp_pid pid = otp_spawn_monitor(waits, otp_nil(), &refs[0]);
    otp_yield();
    CHECK(otp_is_alive(pid));
    otp_scope_end(scope);
}

UNIT("limit parked_stacks_max: who would wait exits, and others can wait when stacks are free") {
    run_in(&(otp_world_opts){.mode = OTP_SIMULATED, .parked_stacks_max = 6}, &(otp_limits){0},
           stacks);
    run_in(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 1, .parked_stacks_max = 6},
           &(otp_limits){0}, stacks);
}

/* ---- Threads ---- */

static bool thread_fails(void *context, size_t size, const char *site) {
    (void)context, (void)size;
    return strstr(site, "blocking_pool") != NULL;
}

static void *nothing(void *argument) {
    return argument;
}

static void blocks(otp_term unused) {
    (void)unused;
    otp_blocking(nothing, NULL, NULL);
}

UNIT("limit blocking_threads: a call that no thread can be had for exits its process") {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    otp_fault_hooks hooks = {.allocation = thread_fails};
    otp_world_faults(world, &hooks);
    CHECK_EQ(otp_run(system, blocks, otp_nil(), TEST_MS, &outcome), OTP_OK);
    CHECK_STR(outcome.reason, "{system_limit,blocking_threads}");
    otp_world_faults(world, NULL);
    CHECK_EQ(otp_run(system, blocks, otp_nil(), TEST_MS, &outcome), OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    otp_world_stop(world);
}

/* ---- Systems ---- */

UNIT("limit 4,095 systems: one more is refused, and possible again when one has stopped") {
    static otp_system *systems[OTPI_NODE_SLOTS + 1];
    otp_world *world;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    size_t n = 0;
    otp_err err = OTP_OK;
    for (; n <= OTPI_NODE_SLOTS && err == OTP_OK; n += err == OTP_OK) {
        err = otp_system_start(world, NULL, &systems[n]);
    }
    CHECK_EQ(n, 4095);
    CHECK_EQ(err, OTP_ELIMIT);
    otp_system_stop(systems[7]);
    CHECK_EQ(otp_system_start(world, NULL, &systems[7]), OTP_OK);
    otp_world_stop(world);
}

UNIT("limit schedulers: more than 256 are refused") {
    otp_world *world;
    CHECK_EQ(otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 257}, &world),
             OTP_EBADARG);
}

/* ---- Steps of a simulated run ---- */

static void yields_for_ever(otp_term unused) {
    (void)unused;
    for (;;) {
        otp_yield();
    }
}

static void does_little(otp_term unused) {
    (void)unused;
}

UNIT("limit steps_max: a simulated run that does not end is given up, and the next one runs") {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    otp_world_opts opts = {.mode = OTP_SIMULATED, .steps_max = 1000};
    REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    CHECK(otp_run(system, yields_for_ever, otp_nil(), OTP_INFINITY, &outcome) != OTP_OK);
    CHECK_EQ(outcome.end, OTP_RUN_STEPS);
    REQUIRE(otp_world_reset(world, &opts) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    CHECK_EQ(otp_run(system, does_little, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
    CHECK_EQ(outcome.end, OTP_RUN_DONE);
    otp_world_stop(world);
}
