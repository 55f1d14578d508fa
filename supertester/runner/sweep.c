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

bool sti_sweep_began(const sti_result *result) {
    return result->swept[STI_ALLOCATIONS].counted || result->swept[STI_IO_CALLS].counted;
}

bool sti_sweep_goes_on(const sti_plan *plan, const sti_job *job, const sti_result *result) {
    bool left = false;
    for (size_t i = 0; i < STI_SITE_KINDS; i++) {
        left |= is_left(sti_plan_failing(plan, job, kinds[i]), &result->swept[kinds[i]]);
    }
    return sti_sweep_began(result) && left && !result->sweep_ended;
}

/* ---- Failures ---- */

static size_t lines_in(const char *text, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        n += text[i] == '\n';
    }
    return n;
}

/* Where a part of one line of the run's text comes to be, when the text is set in and begins at. */
static sti_span set_in(const char *text, sti_span span, size_t at) {
    size_t indent = strlen(STI_SWEEP_INDENT) * lines_in(text, span.at);
    bool one_line = span.size > 0 && lines_in(text + span.at, span.size) == 0;
    return one_line ? (sti_span){span.at + (uint32_t)(at + indent), span.size} : (sti_span){0, 0};
}

/* Lists what the run has said, up to its first failure, as a failure of the result. at: where the
 * line about the sweep begins; said: where what the run says begins. */
static void list_run(const sti_context *context, size_t at, size_t said, sti_result *result) {
    const char *text = context->failure_text;
    sti_failure first = context->failure_count > 0 ? context->failure_list[0] : (sti_failure){0};
    size_t size = first.all.size > 0 ? first.all.size : strcspn(result->details + said, "\n");
    size += strlen(STI_SWEEP_INDENT) * lines_in(text, first.all.size);
    sti_details_list(result, (sti_failure){.all = {(uint32_t)at, (uint32_t)(said - at + size)},
                                           .head = (uint32_t)(said - at),
                                           .site = set_in(text, first.site, said),
                                           .left = set_in(text, first.left, said),
                                           .right = set_in(text, first.right, said)});
}

/* What the run has said, set in, behind the line about it that begins at. */
static void add_run(const sti_context *context, const st_choices *list, size_t at,
                    sti_result *result) {
    size_t said = strlen(result->details) + strlen(STI_SWEEP_INDENT);
    otpi_text lines, draws;
    otpi_text_init(&lines, &otpi_heap_allocator);
    otpi_text_init(&draws, &otpi_heap_allocator);
    sti_record_draws(list, &draws);
    sti_context_compose(context, draws.data, &lines);
    const char *line = lines.data, *end = lines.data + lines.length;
    while (line < end) {
        size_t size = strcspn(line, "\n");
        sti_details_add(result, STI_SWEEP_INDENT "%.*s", (int)size, line);
        line += size + 1;
    }
    if (said < strlen(result->details)) {
        list_run(context, at, said, result);
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
    size_t at = strlen(result->details);
    sti_details_add(result, STI_SWEEP_HEAD "%s", head.data);
    add_run(context, list, at, result);
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
    bool hushed = sti_job_hush();
    if (swept->counted) {
        sti_job_execute(plan, job, 0, bench);
    }
    sti_job_execute(plan, job, 0, bench);
    sti_job_unhush(hushed, sti_job_failed(bench) && !swept->counted);
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
    bool hushed = sti_job_hush();
    sti_counts before = sti_counts_take();
    uint64_t started = otpi_clock_monotonic_ns();
    sti_job_execute(plan, job, 0, bench);
    sti_injection injection = context->injection; /* a second look begins another */
    swept->missed += injection.struck == 0;
    if (!sti_job_failed(bench)) {
        sti_job_check_leak(plan, job, 0, bench, before, otpi_clock_monotonic_ns() - started);
    }
    sti_job_check_sanitizer(bench);
    sti_job_unhush(hushed, sti_job_failed(bench));
    if (sti_job_failed(bench)) {
        sti_sweep_failed(plan, job, context, bench->list, STI_FAILED, result);
    }
}

/* A test that asks for a sweep wants one. */
static void judge_count(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                        sti_site_kind kind, sti_result *result) {
    bool asks = (kind == STI_ALLOCATIONS ? job->test->fail_alloc : job->test->fail_io) == ST_SWEEP;
    if (sti_job_failed(bench)) {
        size_t at = strlen(result->details);
        sti_details_add(result, "it passed first, and failed when its %s were counted:",
                        sti_site_word(kind, 2));
        add_run(&bench->desk->context, bench->list, at, result);
    } else if (asks && result->swept[kind].sites == 0) {
        sti_details_fail(result, "sweep: it proves nothing, for the test makes no %s",
                         sti_site_word(kind, 1));
    } else {
        return;
    }
    result->status = STI_FAILED;
    sti_record_command(plan, job, result);
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
        judge_count(plan, job, bench, kind, result);
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
