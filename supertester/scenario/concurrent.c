/* SPDX-License-Identifier: MIT */
/*
 * Several processes with operations on one server at the same time. All is drawn before the first
 * begins, so that operations and the order of events shrink by themselves.
 *
 * Each process is a task, not linked: that it dies is a result like any other. It waits with the
 * testing library's patience, so that in a simulated world no operation times out while anything
 * else can happen; its delays compete as the system's own timers do.
 */
#include "supertester/scenario/options.h"

#include "supertester/await/patient.h"

#include "port/memory.h"

#include <otp/task.h>

enum { PROCESSES_MAX = 1000, DELAY_MS_MAX = 3600 * 1000 };

/* ---- Drawing ---- */

static bool options_fit(st_concurrent_opts *opts, const char *site) {
    st_range most = {1, PROCESSES_MAX}, lengths = {0, STI_LENGTH_MAX};
    return sti_range_fits(&opts->processes, (st_range){2, 10}, most, ".processes", site) &&
           sti_range_fits(&opts->operations_per_process, (st_range){1, 20}, lengths,
                          ".operations_per_process", site) &&
           sti_range_fits(&opts->delay_ms, (st_range){0, 0}, (st_range){0, DELAY_MS_MAX},
                          ".delay_ms", site);
}

static otp_term timing_of(const st_concurrent_opts *opts, otp_term delays) {
    if (!opts->synchronized_start && opts->delay_ms.hi == 0) {
        return OTP_ATOM(nil);
    }
    return otp_map(OTP_ATOM(synchronized_start), otp_bool(opts->synchronized_start),
                   OTP_ATOM(delays_ms), delays);
}

/* A process is one element of a list: its operations and its delay are left out with it. */
static otp_term draw_scenario(const st_concurrent_opts *opts, size_t count, const char *site) {
    otp_term operations = otp_nil(), delays = otp_nil();
    int64_t processes = 0;
    for (ST_CLOSES_(st_list_close)
             st_list each = st_list_open(opts->processes.lo, opts->processes.hi, "processes");
         st_list_more(&each); processes++) {
        otp_term list =
            sti_operations_draw(opts->operations, count, opts->operations_per_process, site);
        operations = otp_cons(list, operations);
        delays =
            otp_cons(otp_int(st_draw_int(opts->delay_ms.lo, opts->delay_ms.hi, "delay")), delays);
    }
    return otp_map(OTP_ATOM(num_processes), otp_int(processes), OTP_ATOM(operations),
                   sti_list_reversed(operations), OTP_ATOM(timing),
                   timing_of(opts, sti_list_reversed(delays)));
}

otp_term st_concurrent_scenario_at(const st_concurrent_opts *given, const char *label,
                                   const char *site) {
    st_concurrent_opts opts = *given;
    size_t count = sti_operations_count(opts.operations, site);
    if (count == 0 || !options_fit(&opts, site)) {
        return OTP_NONE;
    }
    sti_scenario_begin(label);
    return sti_scenario_end(draw_scenario(&opts, count, site), label);
}

/* ---- In a process of the scenario ---- */

static void look_at_nothing(void *context, void *state) {
    (void)context, (void)state;
}

static otp_err run_operation(otp_term dest, otp_term operation, otp_term *reply) {
    otp_term request = operation;
    if (otp_match(operation, "{cast, ~t}", &request)) {
        otp_cast_term(dest, request);
        *reply = OTP_ATOM(ok);
        return otp_sys_look(dest, look_at_nothing, NULL, ST_PATIENCE_MS);
    }
    (void)otp_match(operation, "{call, ~t}", &request);
    return otp_call_term(dest, request, ST_PATIENCE_MS, reply);
}

static otp_term reason_of(otp_err err, otp_term reason) {
    switch (err) {
    case OTP_EDOWN: return otp_is_none(reason) ? OTP_ATOM(noproc) : reason;
    case OTP_ENOPROC: return OTP_ATOM(noproc);
    case OTP_ETIMEOUT: return OTP_ATOM(timeout);
    case OTP_ENODE: return OTP_ATOM(nodedown);
    case OTP_EFULL: return OTP_ATOM(mailbox_full);
    default: return otp_atom(otp_err_name(err));
    }
}

static otp_term run_all(otp_term dest, otp_term operations) {
    otp_term replies = otp_nil();
    OTP_LIST_FOREACH (operation, operations) {
        otp_term reply = OTP_NONE;
        otp_err err = run_operation(dest, operation, &reply);
        if (err != OTP_OK) {
            return otp_tuple(OTP_ATOM(error), reason_of(err, reply));
        }
        replies = otp_cons(reply, replies);
    }
    return otp_tuple(OTP_ATOM(ok), sti_list_reversed(replies));
}

/* Says that it is there, and waits until all are. */
static bool pass_barrier(otp_pid home, otp_ref barrier) {
    otp_term go;
    otp_send(home, otp_tuple(otp_from_ref(barrier), OTP_ATOM(here)));
    bool before = sti_patient_begin();
    otp_err err = otp_receive_ref(barrier, ST_PATIENCE_MS, &go);
    sti_patient_end(before);
    return err == OTP_OK;
}

static void wait_ms(int64_t delay_ms) {
    otp_term nothing;
    otp_err always_timeout = otp_receive_ref(otp_make_ref(), delay_ms, &nothing);
    (void)always_timeout;
}

static otp_term process_main(otp_term arg) {
    otp_term dest, operations, barrier;
    otp_pid home;
    otp_ref ref;
    int64_t delay_ms;
    OTP_ASSERT(
        otp_match(arg, "{~t, ~l, ~i, ~p, ~t}", &dest, &operations, &delay_ms, &home, &barrier));
    otp_label("scenario");
    if (otp_get_ref(barrier, &ref) && !pass_barrier(home, ref)) {
        return otp_tuple(OTP_ATOM(error), OTP_ATOM(timeout));
    }
    if (delay_ms > 0) {
        wait_ms(delay_ms);
    }
    bool before = sti_patient_begin();
    otp_term result = run_all(dest, operations);
    sti_patient_end(before);
    return result;
}

/* ---- Running a scenario ---- */

typedef struct execution {
    size_t count;
    otp_term dest, operations, delays; /* delays: [] for none */
    bool synchronized;
    otp_task *tasks;
    otp_task_result *results;
} execution;

static bool read_scenario(execution *run, otp_term scenario) {
    otp_term timing;
    uint64_t count;
    run->delays = otp_nil();
    if (!otp_match(scenario, "#{num_processes := ~u, operations := ~l, timing := ~t}", &count,
                   &run->operations, &timing) ||
        otp_length(run->operations) != count || count > PROCESSES_MAX) {
        return false;
    }
    run->count = (size_t)count;
    OTP_LIST_FOREACH (list, run->operations) {
        if (otp_length(list) == SIZE_MAX) {
            return false;
        }
    }
    return otp_is(timing, "nil") ||
           (otp_match(timing, "#{synchronized_start := ~o, delays_ms := ~l}", &run->synchronized,
                      &run->delays) &&
            otp_length(run->delays) == count);
}

static void start_all(execution *run, otp_ref barrier) {
    otp_term delays = run->delays, home = otp_from_pid(otp_self());
    otp_term barrier_term = run->synchronized ? otp_from_ref(barrier) : OTP_ATOM(nil);
    size_t i = 0;
    OTP_LIST_FOREACH (operations, run->operations) {
        otp_term delay = otp_is_nil(delays) ? otp_int(0) : otp_head(delays);
        run->tasks[i++] = otp_task_async_nolink(
            process_main, otp_tuple(run->dest, operations, delay, home, barrier_term));
        delays = otp_is_nil(delays) ? delays : otp_tail(delays);
    }
}

/* One that was ended before it was there is not waited for longer than patience lasts. */
static void open_barrier(const execution *run, otp_ref barrier) {
    otp_term here;
    bool before = sti_patient_begin();
    size_t there = 0;
    while (there < run->count && otp_receive_ref(barrier, ST_PATIENCE_MS, &here) == OTP_OK) {
        there++;
    }
    sti_patient_end(before);
    for (size_t i = 0; i < run->count; i++) {
        otp_send(run->tasks[i].pid, otp_tuple(otp_from_ref(barrier), OTP_ATOM(go)));
    }
}

static otp_term results_of(const execution *run) {
    otp_term list = otp_nil();
    for (size_t i = run->count; i-- > 0;) {
        otp_task_result result = run->results[i];
        otp_term value = result.err == OTP_OK
                             ? result.value
                             : otp_tuple(OTP_ATOM(error), reason_of(result.err, result.value));
        list = otp_cons(value, list);
    }
    return list;
}

static void execution_drop(void *execution_) {
    execution *run = execution_;
    otpi_free(run->tasks);
    otpi_free(run->results);
    otpi_free(run);
}

static execution *execution_new(otp_term dest) {
    execution *run = otpi_calloc(1, sizeof *run);
    if (!run) {
        otp_exit(OTP_ATOM(enomem));
    }
    run->dest = dest;
    otp_defer(execution_drop, run);
    return run;
}

static otp_term execute(execution *run) {
    run->tasks = otpi_calloc(run->count + 1, sizeof *run->tasks);
    run->results = otpi_calloc(run->count + 1, sizeof *run->results);
    if (!run->tasks || !run->results) {
        otp_exit(OTP_ATOM(enomem));
    }
    otp_scope scope = otp_scope_begin(); /* so that no receive ends the caller's terms */
    otp_ref barrier = otp_make_ref();
    start_all(run, barrier);
    if (run->synchronized) {
        open_barrier(run, barrier);
    }
    if (otp_task_yield_many(run->tasks, run->count, OTP_INFINITY, run->results) != OTP_OK) {
        otp_exit(OTP_ATOM(enomem));
    }
    return otp_scope_end_with(scope, results_of(run));
}

otp_term st_execute_concurrent_scenario_at(otp_term dest, otp_term scenario, const char *site) {
    execution *run = execution_new(dest);
    if (!read_scenario(run, scenario)) {
        sti_refuse(site, "no concurrent scenario: %s", otp_show(scenario));
    }
    otp_term results = execute(run);
    otp_undefer(run, true);
    return results;
}

/* ---- What is to come of it ---- */

otp_term st_calculate_expected_state_at(otp_term scenario, otp_term initial, st_step_fn *step,
                                        const char *site) {
    execution run = {0};
    if (otp_length(scenario) != SIZE_MAX) {
        run.operations = otp_list(scenario);
    } else if (!read_scenario(&run, scenario)) {
        sti_refuse(site, "no concurrent scenario and no list: %s", otp_show(scenario));
        return OTP_NONE;
    }
    OTP_LIST_FOREACH (list, run.operations) {
        OTP_LIST_FOREACH (operation, list) {
            initial = step(initial, operation);
        }
    }
    return initial;
}
