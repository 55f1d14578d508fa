/* SPDX-License-Identifier: MIT */
/*
 * Cleanups and teardowns. Each process that runs them may fail: the next one goes on where it
 * stopped.
 */
#include "supertester/runner/cleanup.h"
#include "supertester/runner/execute.h"

#include "process/system.h"
#include "world/simulator.h"

#include <otp/process.h>

enum {
    CLEANUP_MS = 5000, /* for all of one process's work */
    KILLED_MS = 1000,  /* until a killed process is gone */
    STEPS = 1000000,   /* simulated: for all of it, also after a run that used up its own */
};

static bool take_deferred(sti_context *context, sti_deferred *out) {
    otpi_spin_lock(&context->lock);
    bool any = context->deferred_count > 0;
    if (any) {
        *out = context->deferred[--context->deferred_count];
    }
    otpi_spin_unlock(&context->lock);
    return any;
}

void sti_cleanup_deferred(sti_context *context) {
    sti_deferred next;
    while (take_deferred(context, &next)) {
        next.cleanup(next.argument);
    }
}

/* ---- Processes ---- */

static void begin(sti_context *context, const char *label) {
    context->main = otp_self();
    otp_label(label);
}

static void kill_main(otp_term arg) {
    otp_pid main = OTP_PID_NONE;
    otp_term down;
    otp_get_pid(arg, &main);
    otp_ref ref = otp_monitor(main);
    otp_kill(main);
    otp_err ignored = otp_receive_ref(ref, KILLED_MS, &down);
    (void)ignored; /* one that computes without end can't be killed: the run has failed anyway */
}

static void deferred_main(otp_term arg) {
    sti_context *context = otp_context();
    (void)arg;
    begin(context, "cleanup");
    sti_cleanup_deferred(context);
}

static void teardown_main(otp_term arg) {
    sti_context *context = otp_context();
    (void)arg;
    begin(context, "teardown");
    context->test->teardown();
}

static void fixture_main(otp_term arg) {
    sti_context *context = otp_context();
    (void)arg;
    begin(context, "teardown");
    context->test->fixture->teardown(context->data);
}

static void run(sti_context *context, const char *who, otp_process_fn *fn, otp_term arg) {
    otp_outcome outcome = {.end = OTP_RUN_FAILED};
    context->hard = false; /* how this one ends is news again */
    otp_err err = otp_run_with(context->system, fn, arg, context, CLEANUP_MS, &outcome);
    sti_execute_judge(context, who, err, &outcome);
}

void sti_cleanup_after(sti_context *context, bool stuck) {
    const st_test *test = context->test;
    bool hard = context->hard;
    bool any =
        context->deferred_count > 0 || test->teardown || (test->fixture && test->fixture->teardown);
    otpi_simulator *simulator = context->system->world->simulator;
    if (simulator && stuck) {
        otpi_simulator_grant(simulator, STEPS);
    }
    if (any && stuck && context->main.word != OTP_PID_NONE.word) {
        otp_scope scope = otp_scope_begin();
        run(context, "cleanup", kill_main, otp_from_pid(context->main));
        otp_scope_end(scope);
    }
    while (context->deferred_count > 0) {
        run(context, "cleanup", deferred_main, otp_nil());
    }
    if (test->teardown) {
        run(context, "teardown", teardown_main, otp_nil());
    }
    if (test->fixture && test->fixture->teardown) {
        run(context, "teardown", fixture_main, otp_nil());
    }
    context->hard = hard;
}
