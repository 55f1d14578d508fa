/* SPDX-License-Identifier: MIT */
/*
 * One run of a test. The body runs as the first process of a fresh system; then cleanups and
 * teardowns run in processes of their own (cleanup.c), then the system is stopped.
 */
#include "supertester/runner/execute.h"
#include "supertester/choices/draw.h"
#include "supertester/property/happened.h"
#include "supertester/runner/cleanup.h"
#include "supertester/runner/dump.h"
#include "supertester/runner/host.h"
#include "supertester/runner/mock.h"
#include "supertester/runner/outcome.h"

#include "port/host.h"
#include "port/memory.h"

#include <otp/logger.h>
#include <otp/process.h>
#include <stdio.h>
#include <string.h>

enum {
    STOP_MS = 5000,   /* a helper's server may take so long to stop */
    SETTLE_MS = 1000, /* what exits by itself when the body has returned may take so long */
};

/* ---- The test's process ---- */

static void stop_servers(sti_context *context) {
    while (context->server_count > 0) {
        otp_pid pid = context->servers[--context->server_count];
        otp_term down;
        otp_ref ref = otp_monitor(pid);
        otp_unlink(pid);
        otp_exit_signal(pid, OTP_ATOM(shutdown));
        if (otp_receive_ref(ref, STOP_MS, &down) != OTP_OK) {
            otp_kill(pid);
            otp_err ignored = otp_receive_ref(ref, STOP_MS, &down);
            (void)ignored;
        }
    }
}

static size_t count_processes(void) {
    return otp_length(otp_processes());
}

static bool contains(otp_term list, otp_term wanted) {
    OTP_LIST_FOREACH (element, list) {
        if (otp_equal(element, wanted)) {
            return true;
        }
    }
    return false;
}

static void report_left(const char *what, otp_term before, otp_term after) {
    OTP_LIST_FOREACH (element, after) {
        if (!contains(before, element)) {
            sti_fail(NULL, "contamination: the test leaves %s %s", what, otp_show(element));
        }
    }
}

/* Leftovers that are about to go (a linked process whose exit is on its way) get time to do so. */
static void detect_contamination(otp_term processes, otp_term names) {
    uint64_t deadline = otp_now_ms() + SETTLE_MS;
    size_t before = otp_length(processes);
    otp_ref never = otp_make_ref();
    while (count_processes() > before && otp_now_ms() < deadline) {
        otp_term nothing;
        otp_err ignored = otp_receive_ref(never, 10, &nothing);
        (void)ignored;
    }
    report_left("the process", processes, otp_processes());
    report_left("the name", names, otp_registered());
}

static void set_up(const sti_context *context) {
    const st_test *test = context->test;
    if (test->fixture && test->fixture->setup) {
        test->fixture->setup(context->data);
    }
    if (test->setup) {
        test->setup();
    }
}

static void test_main(otp_term arg) {
    sti_context *context = otp_context();
    const st_test *test = context->test;
    (void)arg;
    context->main = otp_self();
    context->main_alive = true;
    otp_label("test");
    otp_term processes = otp_nil(), names = otp_nil();
    bool detects = test->isolation == ST_CONTAMINATION_DETECTION;
    if (detects) {
        processes = otp_keep(otp_processes());
        names = otp_keep(otp_registered());
    }
    set_up(context);
    context->injection.armed = context->injection.plan.counts;
    test->body();
    context->injection.armed = false;
    sti_mocks_end();
    if (detects) {
        sti_cleanup_deferred(context);
        stop_servers(context);
        detect_contamination(processes, names);
    }
    context->main_alive = false;
}

/* ---- Its end ---- */

static void fail_with_processes(sti_context *context, const char *what) {
    char memory[3000];
    otpi_text out;
    otpi_text_init_fixed(&out, memory, sizeof memory);
    otpi_text_format(&out, "%s\n", what);
    sti_dump_processes(context->system, &out);
    if (out.length > 0 && out.data[out.length - 1] == '\n') {
        otpi_text_truncate(&out, out.length - 1);
    }
    sti_fail_text(NULL, out.data);
}

/* A process without the memory or the stack it needs exits, as the runtime says it does. */
static bool is_asked_for(const sti_context *context, const otp_outcome *outcome) {
    return context->injection.plan.kind == STI_ALLOCATIONS && context->injection.struck > 0 &&
           (strstr(outcome->reason, "enomem") || strstr(outcome->reason, "{system_limit,"));
}

void sti_execute_judge(sti_context *context, const char *who, otp_err err,
                       const otp_outcome *outcome) {
    char what[256];
    switch (outcome->end) {
    case OTP_RUN_DONE:
        if (!outcome->normal && !context->hard && !is_asked_for(context, outcome)) {
            sti_fail(NULL, "the %s process exited: %s", who, outcome->reason);
        }
        break;
    case OTP_RUN_TIMEOUT:
        snprintf(what, sizeof what, "the %s did not end in the time allowed", who);
        fail_with_processes(context, what);
        break;
    case OTP_RUN_DEADLOCK:
        snprintf(what, sizeof what, "deadlock: the %s waits for what can never happen", who);
        fail_with_processes(context, what);
        break;
    case OTP_RUN_STEPS:
        snprintf(what, sizeof what, "the %s was not at its end after %llu steps", who,
                 (unsigned long long)outcome->steps);
        fail_with_processes(context, what);
        break;
    default: sti_fail(NULL, "the %s could not be started: %s", who, otp_err_text(err)); break;
    }
}

static uint64_t run_body(sti_context *context, const sti_setting *setting) {
    otp_outcome outcome = {.end = OTP_RUN_FAILED};
    int64_t limit = setting->mode == OTP_SIMULATED ? OTP_INFINITY : setting->timeout_ms;
    otp_err err = otp_run_with(context->system, test_main, otp_nil(), context, limit, &outcome);
    context->main_alive = false;
    context->injection.armed = false; /* a body that exits leaves it on */
    bool is_reason = setting->test->exits && outcome.end == OTP_RUN_DONE && !context->hard;
    if (is_reason && !is_asked_for(context, &outcome)) {
        sti_outcome_judge_reason(context, outcome.reason);
    } else {
        sti_execute_judge(context, "test", err, &outcome);
    }
    sti_cleanup_after(context, outcome.end != OTP_RUN_DONE);
    return outcome.signature;
}

/* What mkstemp and its kin made, and files made in folders for temporary ones. */
static void check_temporaries(const sti_context *context) {
    for (uint32_t i = 0; i < context->temporary_count; i++) {
        if (otpi_host_path_exists(context->temporaries[i])) {
            sti_fail(NULL, "leak: the temporary file %s is left behind", context->temporaries[i]);
        }
    }
}

/* ---- World and system ---- */

static void log_line(sti_context *context, const otp_log_entry *entry) {
    static const char *const levels[] = {"", "error", "warning", "notice", "info", "debug"};
    char line[STI_LOG_LINE_SIZE];
    char pid[40] = "";
    if (entry->pid.word != OTP_PID_NONE.word) {
        otp_print(otp_from_pid(entry->pid), pid, sizeof pid);
    }
    int n = snprintf(line, sizeof line, "%6llu ms %s %s ", (unsigned long long)entry->time_ms,
                     levels[entry->level], pid);
    /* A report of several lines is one line here. */
    for (const char *c = entry->text; *c && n < (int)sizeof line - 1; c++) {
        line[n++] = *c == '\n' ? ' ' : *c;
    }
    line[n] = '\0';
    sti_context_log(context, line);
}

/* What the runner itself does to processes is no news: a hard check ends them, and the test. */
static bool own_doing(const sti_context *context, const otp_log_entry *entry) {
    return strstr(entry->text, "supertester_check_failed") ||
           (context->hard && entry->pid.word == context->main.word);
}

static void log_sink(void *context, const otp_log_entry *entry) {
    if (!own_doing(context, entry)) {
        log_line(context, entry);
    }
}

static otp_world_opts world_opts(const sti_setting *setting) {
    unsigned schedulers = setting->test->schedulers;
    return (otp_world_opts){.mode = setting->mode,
                            .schedulers = schedulers,
                            .chooser = setting->list ? st_choices_chooser(setting->list) : NULL,
                            .seed = setting->seed,
                            .delivery = setting->delivery,
                            .network = setting->network,
                            .timers = setting->timers,
                            .steps_max = setting->test->steps_max};
}

static otp_err world_for(sti_stage *stage, const sti_setting *setting, otp_world **out) {
    otp_world_opts opts = world_opts(setting);
    if (setting->mode == OTP_PARALLEL) {
        return otp_world_start(&opts, out);
    }
    if (stage->simulated) {
        *out = stage->simulated;
        return otp_world_reset(stage->simulated, &opts);
    }
    otp_err err = otp_world_start(&opts, &stage->simulated);
    *out = stage->simulated;
    return err;
}

/* A world and a system for the context, and the data of its fixture. */
static otp_err begin(sti_stage *stage, sti_context *context, const sti_setting *setting,
                     otp_world **world) {
    const st_fixture *fixture = setting->test->fixture;
    if (fixture && fixture->size > 0) {
        context->data = otpi_calloc(1, fixture->size);
        if (!context->data) {
            return OTP_ENOMEM;
        }
    }
    otp_err err = world_for(stage, setting, world);
    if (err != OTP_OK) {
        return err;
    }
    if (setting->strike.counts) {
        otp_world_faults(*world, sti_injection_hooks());
    }
    return otp_system_start(*world, &(otp_system_opts){.name = setting->test->node},
                            &context->system);
}

uint64_t sti_execute(sti_stage *stage, sti_context *context, const sti_setting *setting) {
    otp_world *world = NULL;
    uint64_t signature = 0;
    sti_host_bring();
    sti_host_bring_io();
    sti_host_bring_memory();
    sti_context_begin(context, setting->test, setting->mode, setting->seed);
    sti_injection_begin(&context->injection, setting->strike);
    sti_mocks_begin();
    sti_context_now = context;
    st_choices *draws_before = sti_draws_now;
    sti_draws_now = setting->mode == OTP_SIMULATED ? setting->list : NULL;
    otp_err err = begin(stage, context, setting, &world);
    if (err == OTP_OK) {
        otp_logger_set(context->system, OTP_LOG_WARNING, log_sink, context);
        sti_happened_watch(context->system);
        signature = run_body(context, setting);
        otp_logger_set(context->system, OTP_LOG_NONE, NULL, NULL); /* it is about to be stopped */
    } else {
        sti_fail(NULL, "no world or system for the test: %s; %s", otp_err_text(err),
                 otp_err_advice(err));
    }
    if (setting->mode == OTP_PARALLEL) {
        otp_world_stop(world);
        signature = 0;
    }
    otpi_free(context->data);
    context->data = NULL;
    if (setting->test->leaks != ST_LEAKS_ALLOWED) {
        check_temporaries(context);
    }
    context->system = NULL;
    sti_context_now = NULL;
    sti_draws_now = draws_before;
    return signature;
}

void sti_stage_clear(sti_stage *stage) {
    if (stage->simulated) {
        otp_err ignored =
            otp_world_reset(stage->simulated, &(otp_world_opts){.mode = OTP_SIMULATED});
        (void)ignored; /* the next run asks again */
    }
}

void sti_stage_close(sti_stage *stage) {
    otp_world_stop(stage->simulated);
    stage->simulated = NULL;
}
