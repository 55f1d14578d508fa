/* SPDX-License-Identifier: MIT */
/*
 * Running the jobs in this process, for debuggers. What tests print goes where this process prints.
 */
#include "supertester/runner/child.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/pool.h"
#include "supertester/runner/sweep.h"

#include "port/memory.h"

#include <stdio.h>

/* A test that ends its OS process would end this one. */
static void refuse(const sti_plan *plan, size_t index, sti_result *result) {
    sti_job_prepare(plan, index, result);
    if (result->status != STI_SKIPPED) {
        result->status = STI_SKIPPED;
        snprintf(result->skip, sizeof result->skip,
                 "it ends its OS process, which is this one: leave out --no-fork");
    }
}

static void run_job(const sti_plan *plan, size_t index, sti_bench *bench, sti_result *result) {
    sti_job_run(plan, index, bench, result, false);
    while (sti_sweep_goes_on(plan, &plan->jobs[index], result)) {
        bench->desk->retired = false; /* there is no other process that could go on */
        sti_job_run(plan, index, bench, result, true);
    }
}

static void run_all(const sti_plan *plan, sti_report *report, sti_bench *bench,
                    sti_result *result) {
    bool stops = false;
    for (size_t i = 0; i < plan->count && !stops; i++) {
        sti_report_began(report, report->number + 1, plan->jobs[i].test, plan->jobs[i].mode);
        if (sti_outcome_ends_child(plan->jobs[i].test)) {
            refuse(plan, i, result);
        } else {
            run_job(plan, i, bench, result);
        }
        stops = plan->flags->fail_fast && sti_failed(result->status);
        sti_job_leave(plan, i, stops || i + 1 == plan->count ? STI_JOB_NONE : i + 1, bench, result);
        fflush(stdout);
        sti_plan_note(plan, i, result);
        sti_report_result(report, result, "", 0);
    }
}

bool sti_inline_run(const sti_plan *plan, sti_report *report, otpi_text *error) {
    sti_bench bench = {0};
    sti_result *result = otpi_calloc(1, sizeof *result);
    sti_desk *desk = otpi_calloc(1, sizeof *desk);
    st_choices *list = st_choices_new();
    bool ready = sti_bench_open(&bench, desk, list) && result && desk && list;
    if (ready) {
        sti_child_watch_faults(desk);
        run_all(plan, report, &bench, result);
    } else {
        otpi_text_cstr(error, "out of memory");
    }
    sti_bench_close(&bench);
    st_choices_free(list);
    otpi_free(desk);
    otpi_free(result);
    return ready;
}
