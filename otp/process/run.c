/* SPDX-License-Identifier: MIT */
/*
 * Entering a world from outside: otp_run, otp_world_run and the foreign-thread functions.
 */
#include "process/extra.h"
#include "process/life.h"
#include "process/node_disk.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"
#include "world/simulator.h"

/* ---- A plain process ---- */

static void plain_start(void *state, otp_term args) {
    otp_process_fn *fn = *(otp_process_fn **)state;
    fn(args);
}

static const otpi_behaviour plain = {.kind = "process", .start = plain_start};

static void plain_prepare(void *state, void *fn) {
    *(void **)state = fn;
}

static otpi_spawn plain_spawn_of(otp_process_fn *fn, otp_term arg, const otp_spawn_opts *opts) {
    return (otpi_spawn){.behaviour = &plain,
                        .runnable_flags = OTPI_RUNNABLE_SETTLES,
                        .state_size = sizeof fn,
                        .prepare = plain_prepare,
                        .prepare_context = (void *)(uintptr_t)fn,
                        .args = arg,
                        .opts = opts};
}

static otp_err plain_spawn(otp_system *system, otp_process_fn *fn, otp_term arg,
                           const otp_spawn_opts *opts, otp_pid *out) {
    otpi_spawn spawn = plain_spawn_of(fn, arg, opts);
    return fn ? otpi_process_spawn(system, &spawn, out) : OTP_EBADARG;
}

otp_err otp_spawn_opt(otp_process_fn *fn, otp_term arg, const otp_spawn_opts *opts, otp_pid *out) {
    return plain_spawn(otpi_self()->system, fn, arg, opts, out);
}

static otp_pid spawn_or_exit(otp_process_fn *fn, otp_term arg, const otp_spawn_opts *opts) {
    otp_pid pid;
    otp_err err = plain_spawn(otpi_self()->system, fn, arg, opts, &pid);
    if (err == OTP_ELIMIT) {
        otp_exit(otp_tuple(OTP_ATOM(system_limit), OTP_ATOM(processes)));
    }
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    }
    if (err != OTP_OK) {
        otpi_badarg("otp_spawn", otp_err_text(err));
    }
    return pid;
}

otp_pid otp_spawn(otp_process_fn *fn, otp_term arg) {
    return spawn_or_exit(fn, arg, NULL);
}

otp_pid otp_spawn_link(otp_process_fn *fn, otp_term arg) {
    return spawn_or_exit(fn, arg, &(otp_spawn_opts){.link = true});
}

otp_pid otp_spawn_monitor(otp_process_fn *fn, otp_term arg, otp_ref *ref) {
    return spawn_or_exit(fn, arg, &(otp_spawn_opts){.monitor = true, .monitor_ref = ref});
}

/* ---- Spawning from outside ---- */

typedef struct entry {
    const otpi_spawn *spawn;
    otp_pid pid;
    otp_err err;
} entry;

static void entry_spawn(otp_system *system, void *context) {
    entry *e = context;
    e->err = otpi_process_spawn(system, e->spawn, &e->pid);
}

otp_err otp_system_spawn(otp_system *system, otp_process_fn *fn, otp_term arg,
                         const otp_spawn_opts *opts, otp_pid *out) {
    if (!system || !fn) {
        return OTP_EBADARG;
    }
    otpi_spawn spawn = plain_spawn_of(fn, arg, opts);
    entry e = {.spawn = &spawn};
    otpi_system_do(system, entry_spawn, &e);
    if (e.err == OTP_OK && out) {
        *out = e.pid;
    }
    return e.err;
}

otp_err otp_foreign_spawn(otp_system *system, otp_process_fn *fn, otp_term arg, void *context,
                          otp_pid *out) {
    if (!system || system->world->simulator || otp_in_process()) {
        return system ? OTP_EMODE : OTP_EBADARG;
    }
    return otp_system_spawn(system, fn, arg, &(otp_spawn_opts){.context = context}, out);
}

/* ---- Running to the end ---- */

/* Shared by the waiting thread and the process; who lets go last frees it. */
typedef struct run_watch {
    otpi_watch watch;
    uint32_t refs; /* atomic */
    bool done;     /* atomic */
    bool normal;
    char reason[512];
    otpi_park park;
} run_watch;

static void run_watch_release(run_watch *run) {
    if (__atomic_sub_fetch(&run->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        otpi_free(run);
    }
}

static void run_exited(otpi_watch *watch, otpi_process *process, otp_term reason) {
    (void)process;
    run_watch *run = OTPI_CONTAINER_OF(watch, run_watch, watch);
    otp_print(reason, run->reason, sizeof run->reason);
    run->normal = reason.word == OTPI_AM_normal;
    /* release: pairs with the acquire of the waiting thread */
    __atomic_store_n(&run->done, true, __ATOMIC_RELEASE);
    otpi_park_wake(&run->park);
    run_watch_release(run);
}

static run_watch *run_watch_new(void) {
    run_watch *run = otpi_calloc(1, sizeof *run);
    if (run) {
        run->watch.exited = run_exited;
        run->refs = 2;
        otpi_park_init(&run->park);
    }
    return run;
}

static otp_run_end wait_parallel(run_watch *run, int64_t timeout_ms) {
    uint64_t deadline = timeout_ms == OTP_INFINITY
                            ? OTPI_NEVER
                            : otpi_clock_deadline_ns((uint64_t)timeout_ms * 1000000);
    while (!__atomic_load_n(&run->done, __ATOMIC_ACQUIRE)) {
        if (!otpi_park_wait(&run->park, deadline)) {
            return OTP_RUN_TIMEOUT;
        }
    }
    return OTP_RUN_DONE;
}

static otp_run_end wait_simulated(otp_world *world, const bool *done, int64_t timeout_ms) {
    otpi_run_limits limits = {done, UINT64_MAX};
    if (timeout_ms != OTP_INFINITY) {
        limits.until_ms = otpi_world_now_ms(world) + (uint64_t)timeout_ms;
    }
    otp_run_end end;
    do {
        end = otpi_simulator_run(world->simulator, &limits);
    } while (otpi_node_power_restore(world));
    return end;
}

static void outcome_fill(otp_outcome *outcome, otp_world *world, otp_run_end end,
                         const run_watch *run) {
    *outcome = (otp_outcome){.end = end, .time_ms = otpi_world_now_ms(world)};
    if (run && end == OTP_RUN_DONE) {
        __builtin_memcpy(outcome->reason, run->reason, sizeof outcome->reason);
        outcome->normal = run->normal;
    }
    if (world->simulator) {
        outcome->steps = otpi_simulator_steps(world->simulator);
        outcome->signature = otpi_simulator_signature(world->simulator);
    }
}

static otp_err end_to_err(otp_run_end end) {
    switch (end) {
    case OTP_RUN_DONE: return OTP_OK;
    case OTP_RUN_FAILED: return OTP_ENOMEM;
    default: return OTP_ETIMEOUT;
    }
}

otp_err otp_run_with(otp_system *system, otp_process_fn *fn, otp_term arg, void *context,
                     int64_t timeout_ms, otp_outcome *outcome) {
    if (!system || !fn || timeout_ms < OTP_INFINITY) {
        return OTP_EBADARG;
    }
    if (otp_in_process()) {
        return OTP_EMODE;
    }
    run_watch *run = run_watch_new();
    if (!run) {
        return OTP_ENOMEM;
    }
    otp_spawn_opts opts = {.context = context};
    otpi_spawn spawn = plain_spawn_of(fn, arg, &opts);
    spawn.watch = &run->watch;
    spawn.runnable_flags |= OTPI_RUNNABLE_DRAWS | OTPI_RUNNABLE_PATIENT;
    entry e = {.spawn = &spawn};
    otpi_system_do(system, entry_spawn, &e);
    if (e.err != OTP_OK) {
        otpi_free(run);
        return e.err;
    }
    otp_world *world = system->world;
    otp_run_end end = world->simulator ? wait_simulated(world, &run->done, timeout_ms)
                                       : wait_parallel(run, timeout_ms);
    if (outcome) {
        outcome_fill(outcome, world, end, run);
    }
    run_watch_release(run);
    return end_to_err(end);
}

otp_err otp_run(otp_system *system, otp_process_fn *fn, otp_term arg, int64_t timeout_ms,
                otp_outcome *outcome) {
    return otp_run_with(system, fn, arg, NULL, timeout_ms, outcome);
}

otp_err otp_world_run(otp_world *world, int64_t time_ms, otp_outcome *outcome) {
    if (!world || time_ms < OTP_INFINITY) {
        return OTP_EBADARG;
    }
    if (!world->simulator || otp_in_process()) {
        return OTP_EMODE;
    }
    otp_run_end end = wait_simulated(world, NULL, time_ms);
    if (outcome) {
        outcome_fill(outcome, world, end, NULL);
    }
    return end == OTP_RUN_DEADLOCK || end == OTP_RUN_TIMEOUT ? OTP_OK : end_to_err(end);
}

/* ---- Sending from outside ---- */

static void foreign_send_main(otp_term arg) {
    otp_err err = otp_try_send_term(otp_element(arg, 0), otp_element(arg, 1));
    if (err != OTP_OK) {
        otp_exit(otp_int(err));
    }
}

otp_err otp_foreign_send(otp_system *system, otp_term dest, otp_term message) {
    if (!system || system->world->simulator || otp_in_process()) {
        return system ? OTP_EMODE : OTP_EBADARG;
    }
    otp_outcome outcome;
    otp_scope scope = otp_scope_begin();
    otp_err err =
        otp_run(system, foreign_send_main, otp_tuple(dest, message), OTP_INFINITY, &outcome);
    otp_scope_end(scope);
    if (err == OTP_OK && !outcome.normal) {
        int64_t code = 0;
        for (const char *c = outcome.reason; *c >= '0' && *c <= '9'; c++) {
            code = code * 10 + (*c - '0');
        }
        err = (otp_err)code;
    }
    return err;
}
