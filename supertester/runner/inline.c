/* SPDX-License-Identifier: MIT */
/*
 * Running the jobs in this process, for debuggers. What tests print goes where this process prints.
 */
#include "supertester/runner/child.h"
#include "supertester/runner/pool.h"

#include "port/memory.h"

#include <stdio.h>

static void run_all(const sti_plan *plan, sti_report *report, sti_bench *bench,
                    sti_result *result) {
    for (size_t i = 0; i < plan->count; i++) {
        sti_report_began(report, i + 1, plan->jobs[i].test, plan->jobs[i].mode);
        sti_job_run(plan, i, bench, result);
        fflush(stdout);
        sti_report_result(report, result, "", 0);
        if (plan->flags->fail_fast && report->failed > 0) {
            return;
        }
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
