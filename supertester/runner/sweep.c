/* SPDX-License-Identifier: MIT */
/*
 * Sweeping over the calls of a test that may fail. All runs have the choices of the job's first
 * one. The sites are counted in a run of its own, after a first one has filled the caches; each run
 * then begins as that one did, and its n-th call fails.
 */
#include "supertester/runner/sweep.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/record.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

enum { FAILURES_MAX = 10 }; /* of one sweep; then it ends */

static const sti_site_kind kinds[] = {STI_ALLOCATIONS, STI_IO_CALLS};

/* ---- What is left ---- */

static bool is_left(sti_fail_order order, const sti_swept *swept) {
    switch (order.how) {
    case STI_FAIL_NONE: return false;
    case STI_FAIL_SWEEP:
        return !swept->counted || (swept->done < swept->sites && swept->failed < FAILURES_MAX);
    default: return swept->done == 0;
    }
}

bool sti_sweep_goes_on(const sti_plan *plan, const sti_job *job, const sti_result *result) {
    bool began = false, left = false;
    for (size_t i = 0; i < STI_SITE_KINDS; i++) {
        const sti_swept *swept = &result->swept[kinds[i]];
        began |= swept->counted;
        left |= is_left(sti_plan_failing(plan, job, kinds[i]), swept);
    }
    return began && left;
}

/* ---- Failures ---- */

/* What the run has said, indented. */
static void add_run(const sti_context *context, const st_choices *list, sti_result *result) {
    otpi_text lines, draws;
    otpi_text_init(&lines, &otpi_heap_allocator);
    otpi_text_init(&draws, &otpi_heap_allocator);
    sti_record_draws(list, &draws);
    sti_context_compose(context, draws.data, &lines);
    const char *line = lines.data, *end = lines.data + lines.length;
    while (line < end) {
        size_t size = strcspn(line, "\n");
        sti_details_add(result, "    %.*s", (int)size, line);
        line += size + 1;
    }
    otpi_text_fini(&draws);
    otpi_text_fini(&lines);
}

void sti_sweep_failed(const sti_plan *plan, const sti_job *job, const sti_context *context,
                      const st_choices *list, sti_status status, sti_result *result) {
    const sti_injection *injection = &context->injection;
    sti_swept *swept = &result->swept[injection->plan.kind];
    char memory[1200];
    otpi_text head;
    otpi_text_init_fixed(&head, memory, sizeof memory);
    sti_injection_show(&head, injection, swept->sites);
    if (result->struck == 0) {
        result->details[0] = '\0'; /* what the run with nothing failing has said */
        result->failure_count = 0;
    }
    sti_details_add(result, "fails with %s", head.data);
    add_run(context, list, result);
    swept->failed++;
    result->status =
        result->status == STI_CRASHED || result->status == STI_HUNG ? result->status : status;
    if (result->struck == 0) {
        result->struck = injection->plan.at;
        result->struck_kind = injection->plan.kind;
        if (!sti_outcome_may_fail(job->test)) {
            sti_record_failure(plan, job, 0, list, result);
        }
    }
}

/* ---- Runs ---- */

/* Counts the sites of a run that finds its caches filled. In a child that takes over the count is
 * known, but not the caches. */
static void count_sites(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                        sti_site_kind kind, sti_result *result) {
    const sti_injection *injection = &bench->desk->context.injection;
    sti_swept *swept = &result->swept[kind];
    bench->strike = (sti_strike_plan){.counts = true, .kind = kind};
    if (swept->counted) {
        sti_job_execute(plan, job, 0, bench);
    }
    sti_job_execute(plan, job, 0, bench);
    if (!swept->counted) {
        swept->sites = injection->seen;
        swept->counted = true;
    }
}

/* The run in which call number at fails. */
static void strike(const sti_plan *plan, const sti_job *job, sti_bench *bench, sti_strike_plan what,
                   sti_result *result) {
    sti_context *context = &bench->desk->context;
    sti_swept *swept = &result->swept[what.kind];
    bench->strike = what;
    sti_stage_clear(&bench->stage);
    sti_counts before = sti_counts_take();
    uint64_t started = otpi_clock_monotonic_ns();
    sti_job_execute(plan, job, 0, bench);
    sti_injection injection = context->injection; /* a second look begins another */
    swept->missed += injection.struck == 0;
    if (!sti_job_failed(bench)) {
        sti_job_check_leak(plan, job, 0, bench, before, otpi_clock_monotonic_ns() - started);
    }
    sti_job_check_sanitizer(bench);
    if (sti_job_failed(bench)) {
        sti_sweep_failed(plan, job, context, bench->list, STI_FAILED, result);
    }
}

/* A test that asks for a sweep wants one. */
static void judge_count(const sti_job *job, sti_bench *bench, sti_site_kind kind,
                        sti_result *result) {
    bool asks = (kind == STI_ALLOCATIONS ? job->test->fail_alloc : job->test->fail_io) == ST_SWEEP;
    if (sti_job_failed(bench)) {
        sti_details_add(result, "it passed first, and failed when its %s were counted:",
                        sti_site_word(kind, 2));
        add_run(&bench->desk->context, bench->list, result);
    } else if (asks && result->swept[kind].sites == 0) {
        sti_details_add(result, "the sweep proves nothing: the test makes no %s",
                        sti_site_word(kind, 1));
    } else {
        return;
    }
    result->status = STI_FAILED;
    result->swept[kind].done = result->swept[kind].sites;
}

static void run_kind(const sti_plan *plan, const sti_job *job, sti_bench *bench, sti_site_kind kind,
                     sti_result *result) {
    sti_fail_order order = sti_plan_failing(plan, job, kind);
    sti_swept *swept = &result->swept[kind];
    if (!is_left(order, swept)) {
        return;
    }
    bool first = !swept->counted;
    swept->only = order.at;
    count_sites(plan, job, bench, kind, result);
    if (first) {
        judge_count(job, bench, kind, result);
    }
    while (is_left(order, swept) && !bench->desk->retired) {
        swept->done++; /* before the run: if it ends this process, the next one goes on behind it */
        strike(plan, job, bench,
               (sti_strike_plan){.counts = true,
                                 .kind = kind,
                                 .at = order.at > 0 ? order.at : swept->done,
                                 .from_then_on = order.how == STI_FAIL_FROM},
               result);
    }
}

void sti_sweep_run(const sti_plan *plan, const sti_job *job, sti_bench *bench, sti_result *result) {
    uint64_t started = otpi_clock_monotonic_ns();
    bench->strike = (sti_strike_plan){0};
    for (size_t i = 0; i < STI_SITE_KINDS && !bench->desk->retired; i++) {
        run_kind(plan, job, bench, kinds[i], result);
    }
    bench->strike = (sti_strike_plan){0};
    result->duration_ns += otpi_clock_monotonic_ns() - started;
}
