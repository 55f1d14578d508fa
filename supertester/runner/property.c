/* SPDX-License-Identifier: MIT */
/*
 * Running a property; see property.h.
 *
 * A run of the test is a case of the property engine: it has its list, which is the bench's, so
 * that it survives a crash. Checks go to the test's context, as in all tests; the case learns of
 * the first failure, which tells it from others.
 */
#include "supertester/runner/property.h"
#include "supertester/explore/explorer.h"
#include "supertester/property/check.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/record.h"

#include "port/clock.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct property {
    const sti_plan *plan;
    const sti_job *job;
    sti_bench *bench;
    sti_result *result;
    st_check_result found;
    uint64_t executions; /* up to the first failure */
    bool shrinking;      /* a failure was found: runs are not counted any more */
    bool hushed;
    bool crashes; /* a run crashed: candidates run in children */
    sti_explorer explorer;
    bool differs; /* a run and its repetition */
} property;

bool sti_property_is(const sti_plan *plan, const sti_job *job) {
    st_strategy unused;
    bool searched = job->test->kind != ST_IS_TEST || sti_plan_explores(plan, job, &unused);
    return searched && job->mode == OTP_SIMULATED && !plan->recorded &&
           !sti_plan_sweeps(plan, job) && !sti_outcome_ends_child(job->test);
}

/* What failed last time, as far as it can be read. */
static st_choices *load_known(const sti_job *job) {
    char path[1024];
    st_choices_about about;
    st_choices *list = st_choices_new();
    sti_record_path(job, path, sizeof path);
    if (list && st_choices_load(list, path, &about, NULL) != OTP_OK) {
        st_choices_free(list);
        list = NULL;
    }
    return list;
}

/* ---- One case ---- */

/* A process ends the case: an assumption, or a draw too many. */
static void leave(sti_case *c) {
    (void)c;
    sti_end_test(sti_context_now);
}

static void tell_first_failure(const sti_context *context) {
    const sti_failure *first = &context->failure_list[0];
    char site[256] = "", text[1024];
    if (context->failure_count == 0) {
        sti_case_seam_now->fail(NULL, "a failure for which there was no room");
        return;
    }
    const char *all = context->failure_text;
    snprintf(site, sizeof site, "%.*s", (int)first->site.size, all + first->site.at);
    uint32_t from = site[0] ? first->site.size + 2 : 0;
    snprintf(text, sizeof text, "%.*s", (int)(first->all.size - from), all + first->all.at + from);
    sti_case_seam_now->fail(site[0] ? site : NULL, text);
}

static bool run_case(void *ctx) {
    property *p = ctx;
    sti_case *c = sti_case_now;
    const sti_case_seam *seam = sti_case_seam_now;
    const sti_context *context = &p->bench->desk->context;
    uint64_t run = p->shrinking ? 0 : p->executions++;
    sti_case_seam_now = NULL;
    c->leave = leave;
    uint64_t signature = sti_job_execute_as(p->plan, p->job, run, p->bench, c->list);
    c->leave = NULL;
    bool passed =
        c->outcome.ending == STI_CASE_PASSED && !sti_job_failed(p->bench) && !context->skip[0];
    if (passed && !p->shrinking && run % STI_TWIN_EVERY == 0) {
        sti_job_compare_twin(p->plan, p->job, run, p->bench, signature);
        p->differs = sti_job_failed(p->bench);
    }
    sti_case_seam_now = seam;
    if (p->differs || context->skip[0]) {
        sti_case_misused(c, "", ""); /* nothing more to find: it ends here */
    }
    if (c->outcome.ending != STI_CASE_PASSED) {
        sti_case_leave(c, c->outcome.ending);
    }
    if (sti_job_failed(p->bench)) {
        tell_first_failure(context);
    }
    return true;
}

static void run_begins(void *ctx, st_choices *list, uint64_t turn) {
    property *p = ctx;
    sti_explorer_begin(&p->explorer, list, turn);
}

/* ---- Failures ---- */

static void found(void *ctx) {
    property *p = ctx;
    p->shrinking = true;
    p->hushed = sti_job_hush();
}

/* What a failure has to tell beside its checks: what was drawn, and how it was found. */
static void tell_work(const property *p, const st_check_failure *failure, otpi_text *out) {
    if (p->found.shrunk || failure->executions > 0) {
        otpi_text_format(out, "shrunk with %" PRIu64 " runs: ", failure->executions);
        otpi_text_format(out, "%" PRIu64 " choice%s, from %" PRIu64, failure->choices,
                         failure->choices == 1 ? "" : "s", failure->choices_before);
        if (failure->deviations_before > 0) {
            otpi_text_format(out, "; %" PRIu64 " deviation%s from the default order, from %" PRIu64,
                             failure->deviations, failure->deviations == 1 ? "" : "s",
                             failure->deviations_before);
        }
        otpi_text_char(out, '\n');
    }
}

/* For reports that machines read. drawn: so much of the story is what was drawn. */
static void note_first(property *p, const st_check_failure *failure, const char *story,
                       size_t drawn) {
    sti_searched *s = &p->result->searched;
    s->choices_before = failure->choices_before;
    s->choices = failure->choices;
    s->deviations_before = failure->deviations_before;
    s->deviations = failure->deviations;
    s->others_before = failure->others_before;
    s->others = failure->others;
    memcpy(s->token, failure->token, sizeof s->token);
    const char *at = drawn > 0 ? strstr(p->result->details, story) : NULL;
    if (at) {
        s->minimal = (sti_span){(uint32_t)(at - p->result->details), (uint32_t)drawn};
    }
}

static void failed(void *ctx, sti_checking *k, st_check_failure *failure, const sti_tape *tape,
                   uint64_t origin) {
    property *p = ctx;
    otpi_text story;
    otpi_text_init(&story, &otpi_heap_allocator);
    if (k->opts.result->failure_count > 1) {
        sti_tell_again(k, failure, tape, origin, &story);
        sti_details_fail(p->result, "another failure: %s", failure->text);
        otpi_text_fini(&story);
        return;
    }
    sti_job_unhush(p->hushed, false); /* this run's output is the one to be seen */
    otpi_text_cstr(&story, tape->choices > 0 ? "drew:\n" : "");
    sti_tell_again(k, failure, tape, origin, &story);
    size_t drawn = story.length;
    tell_work(p, failure, &story);
    if (p->crashes) {
        p->result->status = STI_CRASHED;
        otpi_spin_init(&p->bench->desk->context.lock); /* the child may have held it */
        sti_job_fail(p->bench, "%s", failure->text);
    }
    sti_context_report(&p->bench->desk->context, story.data, p->result);
    note_first(p, failure, story.data, drawn);
    if (!sti_outcome_may_fail(p->job->test)) {
        sti_record_failure(p->plan, p->job, 0, k->search.list, p->result);
    }
    otpi_text_fini(&story);
    p->hushed = sti_job_hush();
}

/* ---- The verdict ---- */

/* What the engine says that is no failing run: why there is no verdict, or what the runs were like.
 */
static void print(void *ctx, const char *report) {
    property *p = ctx;
    char text[2048];
    bool skipped = p->bench->desk->context.skip[0] != '\0';
    snprintf(text, sizeof text, "%.*s", (int)(strlen(report) - 1),
             report); /* without its line end */
    if (p->shrinking || p->differs || skipped) {
        return;
    }
    if (p->found.verdict <= ST_PROVED) {
        sti_context_note(&p->bench->desk->context, text);
        return;
    }
    sti_context_begin(&p->bench->desk->context, p->job->test, p->job->mode, 0);
    sti_job_fail(p->bench, "%s", text);
}

static void judge(property *p, st_verdict verdict) {
    const sti_context *context = &p->bench->desk->context;
    sti_result *result = p->result;
    result->status = verdict <= ST_PROVED ? STI_PASSED : p->crashes ? STI_CRASHED : STI_FAILED;
    result->runs_done = p->found.runs > 0 ? p->found.runs : 1;
    sti_searched *s = &result->searched;
    s->is = true;
    s->explores = sti_plan_explores(p->plan, p->job, &s->strategy);
    s->verdict = verdict;
    s->shrunk = p->found.shrunk;
    s->discarded = p->found.discarded;
    s->executions_after = p->found.executions_after;
    s->failures = p->found.failure_count;
    if (context->skip[0] && !sti_job_failed(p->bench)) {
        result->status = STI_SKIPPED;
        snprintf(result->skip, sizeof result->skip, "%s", context->skip);
    } else if (verdict != ST_FALSIFIED || p->found.failure_count == 0) {
        sti_context_report(context, "", result);
        if (result->status == STI_FAILED) {
            sti_record_command(p->plan, p->job, result);
        }
    }
}

/* Runs, or what is known to crash. */
static void check(property *p, const st_choices *crashed) {
    const sti_job *job = p->job;
    uint64_t started = otpi_clock_monotonic_ns();
    char name[512];
    sti_test_name(job->test, name, sizeof name);
    st_check_opts opts = {.name = name,
                          .context = p,
                          .runs = p->result->runs_asked,
                          .seed = sti_plan_setting(p->plan, job, 0).seed | 1,
                          .examples = job->test->examples,
                          .contained = crashed != NULL,
                          .contained_ms_max = sti_plan_timeout_ms(p->plan, job),
                          .print = print,
                          .result = &p->found};
    sti_check_hooks hooks = {
        .ctx = p, .list = p->bench->list, .failing = crashed, .found = found, .failed = failed};
    st_strategy strategy;
    if (sti_plan_explores(p->plan, job, &strategy)) {
        sti_explorer_init(&p->explorer, strategy, job->test->depth, opts.seed);
        hooks.run_begins = run_begins;
    }
    st_choices *known = crashed ? NULL : load_known(job);
    hooks.first = known;
    st_verdict verdict = sti_check(run_case, &opts, &hooks);
    st_choices_free(known);
    sti_job_unhush(p->hushed, false);
    judge(p, verdict);
    p->result->duration_ns = otpi_clock_monotonic_ns() - started;
}

void sti_property_run(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                      sti_result *result) {
    st_strategy strategy;
    bool exhaustive = sti_plan_explores(plan, job, &strategy) && strategy == ST_EXHAUSTIVE;
    property *p = exhaustive ? NULL : otpi_calloc(1, sizeof *p);
    if (!p) {
        sti_context_begin(&bench->desk->context, job->test, job->mode, 0);
        sti_job_fail(bench, exhaustive ? ".strategy: ST_EXHAUSTIVE is for st_explore, not for tests"
                                       : "out of memory");
        sti_context_report(&bench->desk->context, "", result);
        result->status = STI_FAILED;
        return;
    }
    *p = (property){.plan = plan, .job = job, .bench = bench, .result = result};
    check(p, NULL);
    otpi_free(p);
}

void sti_property_shrink(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                         const st_choices *crashed, sti_result *result) {
    property *p = otpi_calloc(1, sizeof *p);
    if (p) {
        *p =
            (property){.plan = plan, .job = job, .bench = bench, .result = result, .crashes = true};
        check(p, crashed);
        result->shrunk = p->found.failure_count > 0;
        otpi_free(p);
    }
}
