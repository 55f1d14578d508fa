/* SPDX-License-Identifier: MIT */
/*
 * Out of memory at every allocation of the runtime's main operations: each one fails once, and
 * fails from there on. What must come of it is an error or an exit, never a crash, and nothing left
 * behind.
 *
 * The scenarios run in a simulated world, on this thread, so that the k-th allocation is the same
 * one in every run.
 */
#include <otp/otp.h>

#include "port/memory.h"
#include "unit.h"
#include "world/worker.h"

#include <stdio.h>
#include <string.h>

/* ---- The fault ---- */

typedef struct fault {
    uint64_t seen, strikes_at;
    bool persists;
    bool armed;
    const char *site;
} fault;

static bool fault_strikes(void *context, size_t size, const char *site) {
    fault *f = context;
    (void)size;
    if (!f->armed) {
        return false;
    }
    f->seen++;
    bool strikes = f->persists ? f->seen >= f->strikes_at : f->seen == f->strikes_at;
    if (strikes && !f->site) {
        f->site = site;
    }
    return strikes && f->strikes_at;
}

static fault now;

/* ---- Scenarios ---- */

static void do_nothing(otp_term unused) {
    (void)unused;
}

static void spawn_body(otp_term unused) {
    (void)unused;
    now.armed = true;
    otp_pid pid;
    otp_ref ref;
    otp_err err = otp_spawn_opt(do_nothing, otp_tuple(OTP_ATOM(args), otp_string("text")),
                                &(otp_spawn_opts){.link = true,
                                                  .monitor = true,
                                                  .monitor_ref = &ref,
                                                  .name = OTP_ATOM(spawned),
                                                  .label = "spawned"},
                                &pid);
    if (err == OTP_OK) {
        otp_term message;
        err = otp_receive_ref(ref, 1000, &message);
    }
    now.armed = false;
}

static void send_body(otp_term unused) {
    (void)unused;
    now.armed = true;
    otp_err err = otp_try_send(otp_self(), otp_term_of("{message, [1, 2, 3], #{k => v}}"));
    otp_term message;
    err = err ? err : otp_receive(10, &message);
    otp_ref ref = otp_alias(OTP_ALIAS_REPLY);
    err = otp_try_send(ref, OTP_ATOM(hello));
    otp_send_after(5, otp_from_pid(otp_self()), otp_tuple(OTP_ATOM(late), otp_int(1)));
    err = otp_receive(10, &message);
    err = otp_receive(10, &message);
    otp_keep(otp_list(otp_int(1), otp_int(2)));
    now.armed = false;
    (void)err;
}

typedef struct counter {
    int64_t value;
} counter;

static otp_result counter_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    (void)from;
    if (otp_is(request, "crash")) {
        return otp_stop(OTP_ATOM(crashed));
    }
    return otp_reply(otp_tuple(OTP_ATOM(value), otp_int(++c->value)));
}

static const otp_gen_server counter_server = {.name = "counter",
                                              .state_size = sizeof(counter),
                                              .init = counter_init,
                                              .handle_call = counter_call};

static void call_body(otp_term unused) {
    (void)unused;
    now.armed = true;
    otp_pid pid;
    otp_term reply;
    otp_err err = otp_start(&counter_server, otp_nil(), NULL, &pid);
    for (int i = 0; i < 2 && err == OTP_OK; i++) {
        err = otp_call(pid, OTP_ATOM(next), 1000, &reply);
    }
    now.armed = false;
}

static void supervisor_body(otp_term unused) {
    (void)unused;
    now.armed = true;
    const otp_child_spec children[] = {
        {.id = "a", .server = &counter_server, .name = "a"},
        {.id = "b", .server = &counter_server, .args = otp_int(1)},
    };
    otp_supervisor_spec spec = {
        .strategy = OTP_ONE_FOR_ALL, .intensity = 5, .children = children, .child_count = 2};
    otp_pid supervisor;
    otp_trap_exit(true);
    otp_err err = otp_supervisor_start_link(&spec, NULL, &supervisor);
    otp_term reply;
    if (err == OTP_OK) {
        err = otp_call(OTP_ATOM(a), OTP_ATOM(crash), 1000, &reply);
        otp_term which;
        err = otp_supervisor_which_children(otp_from_pid(supervisor), &which);
    }
    now.armed = false;
}

static void table_body(otp_term unused) {
    (void)unused;
    now.armed = true;
    otp_table table;
    otp_err err =
        otp_table_new(&(otp_table_opts){.name = OTP_ATOM(rows), .protection = OTP_PUBLIC}, &table);
    for (int i = 0; i < 40 && err == OTP_OK; i++) {
        err = otp_table_insert(table, otp_tuple(otp_int(i), otp_string("a row")));
    }
    otp_term rows;
    err = err ? err : otp_table_to_list(table, &rows);
    now.armed = false;
}

/* ---- The sweep ---- */

static otp_world *world;

/* Runs the scenario in a fresh system; body NULL: only the start and stop of the system are under
 * faults. */
static void scenario_run(otp_process_fn *body) {
    otp_world_opts opts = {.mode = OTP_SIMULATED};
    otp_err err = otp_world_reset(world, &opts);
    otp_system *system = NULL;
    now.armed = body == NULL;
    err = err ? err : otp_system_start(world, NULL, &system);
    now.armed = false;
    if (err == OTP_OK && body) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_outcome outcome;
        err = otp_run(system, body, otp_nil(), OTP_INFINITY, &outcome);
        now.armed = false;
    }
    now.armed = body == NULL;
    otp_system_stop(system);
    now.armed = false;
}

typedef struct live {
    int64_t blocks, bytes, heap_blocks;
} live;

static live live_now(void) {
    live l;
    otpi_block_live(&l.blocks, &l.bytes);
    l.heap_blocks = otpi_memory_stats_read().live_blocks;
    return l;
}

/* One allocation fails at k, once or from there on. */
static bool strike(otp_process_fn *body, uint64_t k, bool persists) {
    now = (fault){.strikes_at = k, .persists = persists};
    live before = live_now();
    scenario_run(body);
    live after = live_now();
    bool clean = after.blocks == before.blocks && after.heap_blocks == before.heap_blocks;
    if (!CHECK(clean)) {
        printf("# allocation %lu %s, at %s: %ld blocks and %ld heap blocks more than before\n",
               (unsigned long)k, persists ? "and all after it" : "alone", now.site ? now.site : "?",
               (long)(after.blocks - before.blocks),
               (long)(after.heap_blocks - before.heap_blocks));
    }
    return clean;
}

static void sweep(const char *name, otp_process_fn *body) {
    if (!world) {
        REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    }
    otpi_alloc_fault_set(fault_strikes, &now);
    now = (fault){0};
    scenario_run(body);
    scenario_run(body); /* pools, caches and tables have what they keep */
    now = (fault){0};
    scenario_run(body);
    uint64_t sites = now.seen;
    CHECK(sites > 0);
    for (uint64_t k = 1; k <= sites; k++) {
        strike(body, k, false);
        strike(body, k, true);
    }
    otpi_alloc_fault_set(NULL, NULL);
    printf("# %s: %lu allocations, each failed once and from there on\n", name,
           (unsigned long)sites);
}

UNIT("out of memory while a system starts and stops") {
    sweep("system start and stop", NULL);
}

UNIT("out of memory while a process is spawned, linked, monitored and named") {
    sweep("spawn", spawn_body);
}

UNIT("out of memory while messages, aliases, timers and kept terms are made") {
    sweep("send", send_body);
}

UNIT("out of memory while a server starts and is called") {
    sweep("call", call_body);
}

UNIT("out of memory while a supervisor starts and restarts its children") {
    sweep("supervisor restart", supervisor_body);
}

UNIT("out of memory while a table is filled") {
    sweep("table insert", table_body);
}

__attribute__((destructor)) static void world_end(void) {
    otp_world_stop(world);
}
