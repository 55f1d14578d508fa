/* SPDX-License-Identifier: MIT */
/*
 * From the end of a child to the verdict on its job: a crash, a hang, or the end that its test
 * expects. What the child wrote lies in shared memory and may stop in the middle.
 */
#include "supertester/runner/death.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/record.h"
#include "supertester/runner/sweep.h"

#include "port/clock.h"
#include "port/fault.h"
#include "port/memory.h"

#include <inttypes.h>

static void say_how(const sti_death *death, const st_test *test, char *out, size_t size) {
    const sti_job *job = &death->plan->jobs[death->index];
    const char *in_suite = death->desk->in_suite;
    otpi_text text;
    otpi_text_init_fixed(&text, out, size);
    if (death->desk->dump_asked) {
        int64_t limit =
            in_suite ? sti_plan_fixture_ms(death->plan) : sti_plan_timeout_ms(death->plan, job);
        otpi_text_format(&text, "hang: it was not at its end after %" PRId64 " ms", limit);
    } else if (death->exit->signalled) {
        otpi_text_format(&text, "crash: %s", otpi_fault_signal_name(death->exit->code));
    } else {
        otpi_text_format(&text,
                         "crash: the OS process exited with code %d while the test ran (exit(), or "
                         "a sanitizer)",
                         death->exit->code);
    }
    if (in_suite) {
        otpi_text_format(&text, "\nin %s of the suite %s", in_suite, test->suite);
    } else if (sti_outcome_ends_child(test)) {
        otpi_text_cstr(&text, "\nexpected ");
        sti_outcome_show_end(test, &text);
    }
}

/* Did the child end as its test expects, after no check had failed? */
static bool as_expected(const sti_death *death, const st_test *test) {
    const sti_desk *desk = death->desk;
    return !desk->dump_asked && !desk->in_suite && desk->context.test == test &&
           desk->context.failures == 0 && sti_outcome_is_expected(test, death->exit, desk->fault);
}

static void add_failure(const sti_death *death, const sti_job *job) {
    sti_context *context = &death->desk->context;
    char how[200];
    if (context->test != job->test) { /* it had not begun, or was over */
        sti_context_begin(context, job->test, job->mode, 0);
        st_choices_simplest(death->list);
        death->desk->run = 0;
    }
    say_how(death, job->test, how, sizeof how);
    otpi_spin_init(&context->lock); /* the child may have held it */
    sti_context_now = context;
    sti_fail_text(NULL, how);
    sti_context_now = NULL;
}

/* The run in which the child died was one of a sweep: the result keeps what was before it. */
static void complete_struck(const sti_death *death, const sti_job *job, sti_result *result) {
    sti_status status = death->desk->dump_asked ? STI_HUNG : STI_CRASHED;
    result->duration_ns += otpi_clock_monotonic_ns() - death->desk->run_started_ns;
    result->runs_done = death->desk->run + 1;
    add_failure(death, job);
    /* A repetition keeps what was saved the first time. */
    result->struck = death->struck > 0 ? death->struck : result->struck;
    sti_sweep_failed(death->plan, job, &death->desk->context, death->list, status, result);
    if (!sti_sweep_goes_on(death->plan, job, result)) {
        sti_outcome_judge_failure(result);
    }
}

/* The suite was set up for the rest of a sweep, or torn down after one: what it found is kept. */
static void complete_sweep(const sti_death *death, const sti_job *job, sti_result *result) {
    char how[200];
    say_how(death, job->test, how, sizeof how);
    result->status = death->desk->dump_asked ? STI_HUNG : STI_CRASHED;
    result->sweep_ended = true;
    sti_details_fail(result, "%s", how);
    if (!result->rerun[0]) {
        sti_record_command(death->plan, job, result);
    }
}

static void compose(const sti_death *death, sti_result *result) {
    otpi_text draws;
    otpi_text_init(&draws, &otpi_heap_allocator);
    if (sti_failed(result->status)) {
        sti_record_draws(death->list, &draws);
    }
    sti_context_report(&death->desk->context, draws.data, result);
    otpi_text_fini(&draws);
}

void sti_death_complete(const sti_death *death, sti_result *result) {
    const sti_job *job = &death->plan->jobs[death->index];
    sti_desk *desk = death->desk;
    bool in_suite = desk->in_suite != NULL;
    if (!in_suite && desk->context.test == job->test && desk->context.injection.plan.at > 0) {
        complete_struck(death, job, result);
        return;
    }
    if (in_suite && result->test == job->test && sti_sweep_began(result)) {
        complete_sweep(death, job, result);
        return;
    }
    sti_job_prepare(death->plan, death->index, result);
    result->duration_ns = otpi_clock_monotonic_ns() - desk->run_started_ns;
    result->status = as_expected(death, job->test) ? STI_PASSED
                     : desk->dump_asked            ? STI_HUNG
                                                   : STI_CRASHED;
    if (sti_failed(result->status)) {
        add_failure(death, job);
    }
    result->runs_done = desk->run + 1;
    compose(death, result);
    bool wanted = !in_suite && sti_outcome_may_fail(job->test);
    if (sti_failed(result->status) && !death->second_look && !wanted) {
        sti_record_failure(death->plan, job, desk->run, death->list, result);
    }
    if (!in_suite) {
        sti_outcome_judge_failure(result);
    }
}
