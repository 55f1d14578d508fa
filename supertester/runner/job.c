/* SPDX-License-Identifier: MIT */
/*
 * Running a job: the loop over seeds, and the second looks a run that passed gets. A simulated run
 * is repeated now and then and must go the same way; a job after which the process holds more than
 * before is repeated twice, and if it holds more each time, that is a leak.
 */
#include "supertester/runner/job.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/property.h"
#include "supertester/runner/record.h"
#include "supertester/runner/sweep.h"

#include "port/clock.h"
#include "port/divert.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/sanitizer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    SETTLE_LOOKS = 200,
    SLOW_NS = 250000000, /* a run that takes longer is not repeated for a few blocks of heap */
    FEW_BLOCKS = 100,
};

bool sti_bench_open(sti_bench *bench, sti_desk *desk, st_choices *list) {
    *bench = (sti_bench){.desk = desk, .list = list, .again = st_choices_new()};
    return bench->again != NULL;
}

void sti_bench_close(sti_bench *bench) {
    sti_stage_close(&bench->stage);
    st_choices_free(bench->again);
}

/* ---- One run ---- */

static uint64_t execute(const sti_plan *plan, sti_setting setting, uint64_t run, sti_bench *bench,
                        st_choices *list) {
    sti_desk *desk = bench->desk;
    setting.list = list;
    setting.strike = bench->strike;
    desk->context.long_form = plan->flags->long_form;
    desk->run = run;
    desk->run_started_ns = otpi_clock_monotonic_ns();
    return sti_execute(&bench->stage, &desk->context, &setting);
}

uint64_t sti_job_execute(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench) {
    sti_setting setting = sti_plan_setting(plan, job, run);
    if (plan->recorded) {
        st_choices_from_list(bench->list, plan->recorded);
    } else {
        st_choices_from_seed(bench->list, setting.seed);
    }
    return execute(plan, setting, run, bench, bench->list);
}

uint64_t sti_job_execute_as(const sti_plan *plan, const sti_job *job, uint64_t run,
                            sti_bench *bench, st_choices *list) {
    return execute(plan, sti_plan_setting(plan, job, run), run, bench, list);
}

/* The run once more, with the same choices. */
static uint64_t execute_again(const sti_plan *plan, const sti_job *job, uint64_t run,
                              sti_bench *bench) {
    st_choices_from_list(bench->again, bench->list);
    return execute(plan, sti_plan_setting(plan, job, run), run, bench, bench->again);
}

bool sti_job_failed(const sti_bench *bench) {
    return bench->desk->context.failures > 0;
}

void sti_job_fail(sti_bench *bench, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sti_context_now = &bench->desk->context;
    sti_fail_text(NULL, text);
    sti_context_now = NULL;
}

bool sti_job_hush(void) {
    fflush(stdout);
    return otpi_divert_begin() == OTPI_IO_OK;
}

void sti_job_unhush(bool hushed, bool keep) {
    fflush(stdout);
    if (hushed) {
        otpi_divert_end(keep);
    }
}

/* ---- Determinism ---- */

void sti_job_compare_twin(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench,
                          uint64_t signature) {
    bool hushed = sti_job_hush();
    uint64_t twin = execute_again(plan, job, run, bench);
    sti_job_unhush(hushed, sti_job_failed(bench));
    if (sti_job_failed(bench)) {
        sti_job_fail(bench,
                     "not deterministic: with the same choices it passed first, then failed");
    } else if (twin != signature) {
        sti_job_fail(bench,
                     "not deterministic: with the same choices it went another way (signatures "
                     "%016" PRIx64 " and %016" PRIx64 "); look for clocks, addresses, threads, "
                     "files, random numbers or static variables",
                     signature, twin);
    }
}

static void run_once(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench,
                     sti_result *result) {
    uint64_t signature = sti_job_execute(plan, job, run, bench);
    result->runs_done = run + 1;
    bool compared = result->runs_asked > 1 && run % STI_TWIN_EVERY == 0;
    if (compared && job->mode == OTP_SIMULATED && !sti_job_failed(bench)) {
        sti_job_compare_twin(plan, job, run, bench, signature);
    }
}

/* ---- Leaks ---- */

/* Growth since before, when all is quiet. A joined thread may be listed for a moment yet. */
static sti_counts growth_since(sti_counts before) {
    sti_counts growth = sti_counts_growth(before, sti_counts_take());
    for (int i = 0; i < SETTLE_LOOKS && growth.threads > 0; i++) {
        growth = sti_counts_growth(before, sti_counts_take());
    }
    return growth;
}

static bool worth_repeating(sti_counts growth, uint64_t duration_ns) {
    bool few = growth.heap + growth.memory < FEW_BLOCKS && growth.blocks == 0 &&
               growth.files == 0 && growth.threads == 0 && growth.children == 0;
    return sti_counts_any(growth) && !(few && duration_ns > SLOW_NS);
}

/* What grows each time, as it did the first time. */
static sti_counts growth_of_repetitions(const sti_plan *plan, const sti_job *job, uint64_t run,
                                        sti_bench *bench, sti_counts growth) {
    for (int i = 0; i < 2 && sti_counts_any(growth); i++) {
        sti_counts before = sti_counts_take();
        execute_again(plan, job, run, bench);
        sti_stage_clear(&bench->stage);
        if (sti_job_failed(bench)) { /* it does not stand repetition, so nothing can be said */
            sti_context_begin(&bench->desk->context, job->test, job->mode, 0);
            return (sti_counts){0};
        }
        growth = sti_counts_both(growth, growth_since(before));
    }
    return growth;
}

void sti_job_check_leak(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench,
                        sti_counts before, uint64_t duration_ns) {
    sti_stage_clear(&bench->stage);
    sti_counts growth = growth_since(before);
    if (!worth_repeating(growth, duration_ns) || job->test->leaks == ST_LEAKS_ALLOWED) {
        return;
    }
    bool hushed = sti_job_hush();
    growth = growth_of_repetitions(plan, job, run, bench, growth);
    sti_job_unhush(hushed, false);
    if (sti_counts_any(growth)) {
        char memory[800];
        otpi_text text;
        otpi_text_init_fixed(&text, memory, sizeof memory);
        sti_counts_show(&text, growth);
        sti_job_fail(bench, "leak: each run leaves %s behind", text.data);
    }
}

/* The leak sanitizer's view of a run that passed; its report goes to the output. What has leaked
 * stays leaked, and a run that failed may have left memory of its own: the child ends after it. */
void sti_job_check_sanitizer(sti_bench *bench) {
    if (!OTPI_ASAN) {
        return;
    }
    bool allowed = bench->desk->context.test->leaks == ST_LEAKS_ALLOWED;
    if (!sti_job_failed(bench) && !allowed && otpi_leak_check()) {
        sti_job_fail(bench, "leak: the leak sanitizer's report is in the output");
    }
    bench->desk->retired = sti_job_failed(bench) || allowed;
}

/* ---- The verdict ---- */

static void skip(sti_result *result, const char *reason) {
    result->status = STI_SKIPPED;
    snprintf(result->skip, sizeof result->skip, "%s", reason);
}

void sti_job_prepare(const sti_plan *plan, size_t index, sti_result *result) {
    const sti_job *job = &plan->jobs[index];
    result->test = job->test;
    result->mode = job->mode;
    result->runs_asked = sti_plan_runs(plan, job);
    result->runs_done = 0;
    result->status = STI_UNKNOWN;
    result->skip[0] = '\0';
    if (job->test->skip) {
        skip(result, job->test->skip);
    }
    result->details[0] = result->rerun[0] = result->choices[0] = '\0';
    result->failure_count = 0;
    memset(&result->searched, 0, sizeof result->searched);
    result->duration_ns = result->checks = 0;
    result->seed = sti_plan_base_seed(plan, job);
    result->saved = false;
    result->struck = 0;
    memset(result->swept, 0, sizeof result->swept);
    result->not_swept = sti_outcome_ends_child(job->test) && sti_plan_sweeps(plan, job);
    result->sweep_ended = false;
}

static void note_replay(const sti_plan *plan, const sti_bench *bench, sti_result *result) {
    st_choices_fit fit = st_choices_fitness(bench->list);
    if (plan->recorded && (fit.misfits > 0 || fit.beyond > 0 || fit.left > 0)) {
        sti_details_add(result,
                        "the record does not fit this program: %" PRIu64 " answers did not fit, "
                        "%" PRIu64 " were missing, %" PRIu64 " were not asked for",
                        fit.misfits, fit.beyond, fit.left);
    }
}

/* It returned, but should have ended its OS process. */
static void fail_to_end(sti_bench *bench, const st_test *test) {
    char memory[64];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_outcome_show_end(test, &text);
    sti_job_fail(bench, "expected %s to end the OS process; the test came to its end", text.data);
}

static void judge(const sti_plan *plan, const sti_job *job, sti_bench *bench, sti_result *result) {
    otpi_text draws;
    if (!sti_job_failed(bench) && bench->desk->context.skip[0]) {
        skip(result, bench->desk->context.skip);
        return;
    }
    if (!sti_job_failed(bench) && sti_outcome_ends_child(job->test)) {
        fail_to_end(bench, job->test);
    }
    bool is_failed = sti_job_failed(bench);
    otpi_text_init(&draws, &otpi_heap_allocator);
    if (is_failed) {
        sti_record_draws(bench->list, &draws);
    }
    sti_context_report(&bench->desk->context, draws.data, result);
    otpi_text_fini(&draws);
    note_replay(plan, bench, result);
    if (is_failed && !sti_outcome_may_fail(job->test)) {
        sti_record_failure(plan, job, result->runs_done - 1, bench->list, result);
    }
    result->status = is_failed ? STI_FAILED : STI_PASSED;
}

/* ---- Suites ---- */

/* Sets up the suite of the job, unless it is up already; false when its setup failed or skipped. */
static bool enter_suite(const sti_plan *plan, const sti_job *job, sti_bench *bench) {
    const st_suite *suite = sti_registry_suite(&plan->registry, job->test->suite);
    sti_desk *desk = bench->desk;
    if (suite != bench->suite.suite) {
        desk->in_suite = "the setup";
        sti_fixture_open(&bench->suite, suite, &bench->stage, &desk->context);
        desk->in_suite = NULL;
        sti_stage_clear(&bench->stage);
    }
    return !bench->suite.failed && !bench->suite.skip[0];
}

/* The suite could not be set up: neither can its tests be run, whatever they expect. */
static void refuse_suite(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                         sti_result *result) {
    sti_context *context = &bench->desk->context;
    sti_context_begin(context, job->test, job->mode, 0);
    if (!bench->suite.failed) {
        skip(result, bench->suite.skip);
        return;
    }
    st_choices_simplest(bench->list);
    sti_job_fail(bench, "the setup of the suite %s failed:\n%s", job->test->suite,
                 bench->suite.said);
    sti_context_report(context, "", result);
    result->runs_done = 1;
    result->status = STI_FAILED;
    sti_record_command(plan, job, result);
}

/* The sweep was to go on in this process, and its suite can't be set up here. What it has found is
 * kept. */
static void end_sweep(const sti_plan *plan, const sti_job *job, const sti_bench *bench,
                      sti_result *result) {
    const sti_fixture *suite = &bench->suite;
    result->sweep_ended = true;
    result->status = sti_failed(result->status) ? result->status : STI_FAILED;
    sti_details_fail(result,
                     "the setup of the suite %s, in the process that was to go on with the sweep, "
                     "%s:\n%s",
                     job->test->suite, suite->failed ? "failed" : "skipped the suite",
                     suite->failed ? suite->said : suite->skip);
    if (!result->rerun[0]) {
        sti_record_command(plan, job, result);
    }
}

void sti_job_leave(const sti_plan *plan, size_t index, size_t next, sti_bench *bench,
                   sti_result *result) {
    const sti_job *job = &plan->jobs[index];
    const st_suite *suite = bench->suite.suite;
    const st_suite *coming =
        next == STI_JOB_NONE ? NULL
                             : sti_registry_suite(&plan->registry, plan->jobs[next].test->suite);
    if (!suite || suite == coming) {
        return;
    }
    bench->desk->run_started_ns = otpi_clock_monotonic_ns();
    bench->desk->in_suite = "the teardown";
    bool well = sti_fixture_close(&bench->suite, &bench->stage, &bench->desk->context);
    bench->desk->in_suite = NULL;
    if (well) {
        return;
    }
    result->status = STI_FAILED;
    result->runs_done = result->runs_done > 0 ? result->runs_done : 1;
    sti_details_fail(result, "the teardown of the suite %s, after its last test here, failed:\n%s",
                     suite->name, bench->suite.said);
    sti_record_command(plan, job, result);
}

/* ---- A job ---- */

/* All runs with nothing failing, up to the first that fails the test. */
static void run_plainly(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                        sti_result *result) {
    sti_counts before = sti_counts_take();
    uint64_t started = otpi_clock_monotonic_ns();
    for (uint64_t run = 0; run < result->runs_asked; run++) {
        run_once(plan, job, run, bench, result);
        if (sti_job_failed(bench) || bench->desk->context.skip[0]) {
            break;
        }
    }
    result->duration_ns = otpi_clock_monotonic_ns() - started;
    if (!sti_job_failed(bench) && !bench->desk->context.skip[0]) {
        sti_job_check_leak(plan, job, result->runs_done - 1, bench, before,
                           result->duration_ns / result->runs_done);
    }
}

/* A property, by its search; what it leaves behind is looked at as after plain runs. */
static void run_property(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                         sti_result *result) {
    sti_counts before = sti_counts_take();
    sti_property_run(plan, job, bench, result);
    if (result->status != STI_PASSED) {
        bench->desk->retired = OTPI_ASAN; /* runs that failed may have left memory of their own */
        return;
    }
    sti_job_check_leak(plan, job, 0, bench, before, result->duration_ns / result->runs_done);
    sti_job_check_sanitizer(bench);
    if (sti_job_failed(bench)) {
        sti_context_report(&bench->desk->context, "", result);
        result->status = STI_FAILED;
        sti_record_command(plan, job, result);
    }
}

void sti_job_run(const sti_plan *plan, size_t index, sti_bench *bench, sti_result *result,
                 bool resumed) {
    const sti_job *job = &plan->jobs[index];
    if (!resumed) {
        sti_job_prepare(plan, index, result);
    }
    if (result->status == STI_SKIPPED) {
        return;
    }
    sti_stage_clear(&bench->stage); /* of what a test before this one left when it failed */
    if (!enter_suite(plan, job, bench)) {
        if (resumed) {
            end_sweep(plan, job, bench, result);
        } else {
            refuse_suite(plan, job, bench, result);
        }
        return;
    }
    if (!resumed && sti_property_is(plan, job)) {
        run_property(plan, job, bench, result);
    } else if (!resumed) {
        run_plainly(plan, job, bench, result);
        sti_job_check_sanitizer(bench);
        judge(plan, job, bench, result);
    }
    if (result->status == STI_PASSED || resumed) {
        sti_sweep_run(plan, job, bench, result);
    }
    if (!sti_sweep_goes_on(plan, job, result)) {
        sti_outcome_judge_failure(result);
    }
}

void sti_job_shrink(const sti_plan *plan, size_t index, sti_bench *bench, const st_choices *crashed,
                    sti_result *result) {
    const sti_job *job = &plan->jobs[index];
    sti_job_prepare(plan, index, result);
    if (enter_suite(plan, job, bench)) {
        sti_property_shrink(plan, job, bench, crashed, result);
    }
}
