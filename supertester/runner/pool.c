/* SPDX-License-Identifier: MIT */
/*
 * The parent's side of running tests in child processes.
 *
 * Design notes.
 * Children take jobs from a shared queue and leave results in shared memory, so a child that dies
 * costs the job it was running, no other; the parent completes that job's result from what the
 * child had written (failures, notes, log, choices) and starts another child for the rest of the
 * queue. One more child, the second look, runs one job at a time: a failure is repeated there from
 * its saved choices, in a fresh process, exactly as its rerun command would do it. A test that is
 * out of time is asked to say where it is (SIGABRT, which its reporter of faults answers), then
 * killed.
 */
#include "supertester/runner/pool.h"
#include "supertester/choices/list.h"
#include "supertester/runner/child.h"
#include "supertester/runner/death.h"
#include "supertester/runner/outcome.h"
#include "supertester/runner/output.h"
#include "supertester/runner/property.h"
#include "supertester/runner/record.h"
#include "supertester/runner/sweep.h"

#include "port/child.h"
#include "port/clock.h"
#include "port/fault.h"
#include "port/memory.h"
#include "port/random.h"
#include "port/shm.h"
#include "port/thread.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    LIST_WORDS = 1 << 23, /* 64 MiB of addresses each, touched as choices are recorded */
    SLACK_MS = 1500,      /* a parallel run is given by the child's own time limit first */
    DUMP_MS = 3000,       /* for saying where it is, before it is killed */
};

typedef enum job_state {
    JOB_OPEN,
    JOB_INTERRUPTED, /* the child that ran its sweep is gone, and something is left */
    JOB_DOUBTED,
    JOB_LOOKED_AT,
    JOB_READY
} job_state;

struct pool;

typedef struct worker {
    struct pool *pool;
    bool second_look; /* repeats failures, and resumes sweeps, instead of taking jobs */
    bool running;
    uint32_t looked_at; /* second look: the job */
    otpi_child child;
    sti_orders orders;
    sti_output stream;
    uint64_t kill_ns; /* after it was asked for a dump */
} worker;

typedef struct pool {
    const sti_plan *plan;
    sti_report *report;
    otpi_text *error;
    size_t worker_count; /* the last one is the second look */
    worker *workers;
    sti_queue *queue;
    sti_result *results; /* by job, and one more: of the second look */
    size_t results_size;
    job_state *states;
    otpi_text *outputs;
    size_t reported, reported_before; /* of this round, in the rounds before */
    bool broken;
} pool;

/* ---- Ends of jobs ---- */

static bool doubtful(const pool *p, uint32_t index) {
    const sti_result *result = &p->results[index];
    bool repeatable =
        (result->saved && result->mode == OTP_SIMULATED) || result->status == STI_CRASHED;
    return sti_failed(result->status) && repeatable && result->status != STI_HUNG &&
           !sti_outcome_may_fail(result->test) && !p->plan->recorded;
}

static void job_ended(pool *p, uint32_t index) {
    bool goes_on = sti_sweep_goes_on(p->plan, &p->plan->jobs[index], &p->results[index]);
    p->states[index] = goes_on ? JOB_INTERRUPTED : doubtful(p, index) ? JOB_DOUBTED : JOB_READY;
}

/* A crash has been made simpler: what is told of it, and repeats it, is that. */
static void tell_anew(sti_result *result, const sti_result *again) {
    memcpy(result->details, again->details, sizeof result->details);
    memcpy(result->failures, again->failures, sizeof result->failures);
    result->failure_count = again->failure_count;
    result->checks = again->checks;
    result->searched = again->searched;
}

/* What became of the repetition. */
static void look_ended(worker *w) {
    pool *p = w->pool;
    sti_result *result = &p->results[w->looked_at];
    const sti_result *again = w->orders.results;
    bool by_choices = w->orders.replay != NULL;
    if (again->shrunk) {
        tell_anew(result, again);
    }
    const char *how = by_choices ? "repeated with its choices in a new process"
                                 : "run again alone in a new process";
    if (sti_failed(again->status)) {
        const char *what = again->status == STI_CRASHED ? "crashes" : "fails";
        sti_details_add(result, "%s, it %s again", how, what);
    } else if (again->status == STI_SKIPPED) {
        sti_details_add(result, "%s, it was skipped: %s", how, again->skip);
    } else if (by_choices) {
        sti_details_add(result,
                        "not reproducible: %s, it passed; something outside of the choices decides "
                        "(static variables of tests before it, clocks, files, threads, addresses)",
                        how);
    } else {
        sti_details_add(result, "%s, it passed", how);
    }
    p->states[w->looked_at] = JOB_READY;
}

/* ---- Ends of children ---- */

static void complete(const worker *w, uint32_t index, sti_result *result) {
    const sti_death death = {.plan = w->pool->plan,
                             .index = index,
                             .exit = &w->child.exit,
                             .desk = w->orders.desk,
                             .list = w->orders.list,
                             .struck = w->orders.struck,
                             .second_look = w->second_look};
    sti_death_complete(&death, result);
}

static void report_stray_end(worker *w) {
    const otpi_child_exit *end = &w->child.exit;
    if (!end->signalled && end->code == STI_EXIT_OK) {
        return;
    }
    otpi_text_clear(w->pool->error);
    otpi_text_format(w->pool->error, "a child process ended outside of any test: %s %d",
                     end->signalled ? otpi_fault_signal_name(end->code) : "exit code", end->code);
    w->pool->broken = true;
}

static void child_ended(worker *w) {
    pool *p = w->pool;
    uint32_t in_flight = w->orders.desk->job;
    w->running = false;
    if (w->orders.resumes && in_flight != 0) {
        complete(w, in_flight - 1, w->orders.results);
        job_ended(p, in_flight - 1);
    } else if (w->orders.resumes) {
        report_stray_end(w);
        job_ended(p, w->looked_at);
    } else if (w->second_look) {
        if (in_flight != 0) {
            complete(w, in_flight - 1, w->orders.results);
        }
        look_ended(w);
    } else if (in_flight != 0) {
        complete(w, in_flight - 1, &p->results[in_flight - 1]);
        job_ended(p, in_flight - 1);
    } else {
        report_stray_end(w);
    }
    otpi_child_close(&w->child);
}

/* ---- The stream ---- */

static void keep_output(void *context, uint32_t job, const char *bytes, size_t size) {
    worker *w = context;
    if ((w->second_look && !w->orders.resumes) || job >= w->pool->plan->count) {
        return; /* it said the same the first time */
    }
    otpi_text *text = &w->pool->outputs[job];
    if (text->length + size <= STI_OUTPUT_MAX) {
        otpi_text_bytes(text, bytes, size);
    } else if (text->length < STI_OUTPUT_MAX) {
        otpi_text_bytes(text, bytes, STI_OUTPUT_MAX - text->length);
        otpi_text_cstr(text, "\n... and more\n");
    }
}

static void job_began(void *context, uint32_t job) {
    worker *w = context;
    pool *p = w->pool;
    if (!w->second_look && job < p->plan->count) {
        sti_report_began(p->report, p->reported_before + job + 1, p->plan->jobs[job].test,
                         p->plan->jobs[job].mode);
    }
}

/* The child writes the result, then the mark. */
static void job_mark(void *context, uint32_t job) {
    worker *w = context;
    pool *p = w->pool;
    if (!w->second_look && job < p->plan->count && p->states[job] == JOB_OPEN) {
        job_ended(p, job);
    }
}

static void drain(worker *w) {
    char bytes[16384];
    size_t got;
    const sti_output_events events = {w, keep_output, job_began, job_mark};
    while (otpi_pipe_read(w->child.out, bytes, sizeof bytes, &got) == OTPI_IO_OK) {
        sti_output_feed(&w->stream, bytes, got, &events);
    }
}

/* ---- Starting children ---- */

static bool start(worker *w) {
    pool *p = w->pool;
    sti_desk *desk = w->orders.desk;
    if (desk->reserved == desk->job) {
        desk->reserved = 0; /* it died while it began that job, which is over now */
    }
    desk->job = 0;
    desk->dump_asked = desk->retired = false;
    desk->fault = 0;
    desk->in_suite = NULL;
    w->kill_ns = OTPI_NEVER;
    w->orders.secret = otpi_entropy64();
    sti_output_init(&w->stream, w->orders.secret);
    fflush(NULL);
    const otpi_child_opts opts = {.in = OTPI_CHILD_NULL,
                                  .out = OTPI_CHILD_PIPE,
                                  .err = OTPI_CHILD_OUTPUT,
                                  .die_with_parent = true};
    otpi_io_err err = otpi_fork(&w->child, &opts, sti_child_main, &w->orders);
    w->running = err == OTPI_IO_OK;
    if (!w->running) {
        otpi_text_format(p->error, "no child process can be started: %s", otpi_io_err_name(err));
        p->broken = true;
    }
    return w->running;
}

/* Orders to repeat a job that failed. */
static void order_look(worker *w, uint32_t index) {
    static char path[1024]; /* the child reads it after the fork */
    pool *p = w->pool;
    const sti_result *result = &p->results[index];
    sti_record_path(&p->plan->jobs[index], path, sizeof path);
    w->orders.replay = result->saved && result->mode == OTP_SIMULATED ? path : NULL;
    w->orders.shrinks = result->status == STI_CRASHED && result->struck == 0 &&
                        sti_property_is(p->plan, &p->plan->jobs[index]);
    w->orders.struck_kind = result->struck_kind;
    w->orders.struck = result->struck;
    w->orders.results = &p->results[p->plan->count];
    *w->orders.results = (sti_result){.status = STI_UNKNOWN};
}

/* Orders to go on with a sweep. */
static void order_rest(worker *w, uint32_t index) {
    w->orders.replay = NULL;
    w->orders.shrinks = false;
    w->orders.struck = 0;
    w->orders.results = &w->pool->results[index];
}

/* Gives the second look the first job that needs it. */
static bool start_look(worker *w) {
    pool *p = w->pool;
    for (uint32_t i = 0; i < p->plan->count; i++) {
        bool interrupted = p->states[i] == JOB_INTERRUPTED;
        if (!interrupted && p->states[i] != JOB_DOUBTED) {
            continue;
        }
        p->states[i] = JOB_LOOKED_AT;
        w->looked_at = w->orders.only = i;
        w->orders.resumes = interrupted;
        if (interrupted) {
            order_rest(w, i);
        } else {
            order_look(w, i);
        }
        return start(w);
    }
    return true;
}

/* Exclusive tests come last: then one child runs at a time. */
static bool alone(const pool *p) {
    return p->queue->end > p->plan->shared_count;
}

static bool may_start(const pool *p, const worker *w) {
    bool others = false;
    for (size_t i = 0; i < p->worker_count; i++) {
        others = others || p->workers[i].running;
    }
    if (w->running || p->queue->stopped || (alone(p) && others)) {
        return false;
    }
    return w->second_look || w->orders.desk->reserved > 0 || p->queue->next < p->queue->end;
}

static bool start_children(pool *p) {
    for (size_t i = 0; i < p->worker_count; i++) {
        worker *w = &p->workers[i];
        if (may_start(p, w) && !(w->second_look ? start_look(w) : start(w))) {
            return false;
        }
    }
    return true;
}

/* ---- Waiting ---- */

/* When something is to be done about the worker, if nothing comes from it before. */
static uint64_t deadline_of(const worker *w) {
    const pool *p = w->pool;
    uint32_t in_flight = w->orders.desk->job;
    bool limited = !p->plan->patient || p->plan->flags->timeout_ms > 0;
    if (!w->running || in_flight == 0 || !limited) {
        return OTPI_NEVER;
    }
    if (w->orders.desk->dump_asked) {
        return w->kill_ns;
    }
    const sti_job *job = &p->plan->jobs[in_flight - 1];
    uint64_t limit =
        (uint64_t)sti_plan_timeout_ms(p->plan, job) + (job->mode == OTP_PARALLEL ? SLACK_MS : 0);
    limit = w->orders.desk->in_suite ? (uint64_t)sti_plan_fixture_ms(p->plan) : limit;
    return w->orders.desk->run_started_ns + limit * 1000000;
}

static void enforce_deadline(worker *w) {
    uint64_t now = otpi_clock_monotonic_ns();
    if (deadline_of(w) > now) {
        return;
    }
    int signo = w->orders.desk->dump_asked ? SIGKILL : SIGABRT;
    w->orders.desk->dump_asked = true;
    w->kill_ns = now + (uint64_t)DUMP_MS * 1000000;
    otpi_io_err ignored = otpi_child_signal(&w->child, signo);
    (void)ignored; /* if it has ended meanwhile, that is seen next */
}

/* Serves whoever has something to say; false when no child runs. */
static bool wait_for_children(pool *p) {
    otpi_poll_item items[2 * 64];
    size_t n = 0;
    uint64_t deadline = OTPI_NEVER;
    for (size_t i = 0; i < p->worker_count; i++) {
        worker *w = &p->workers[i];
        if (w->running) {
            items[n++] = (otpi_poll_item){.fd = w->child.out, .want = OTPI_POLL_READ};
            items[n++] = (otpi_poll_item){.fd = w->child.pidfd, .want = OTPI_POLL_READ};
            uint64_t own = deadline_of(w);
            deadline = own < deadline ? own : deadline;
        }
    }
    if (n == 0) {
        return false;
    }
    otpi_poll(items, n, deadline);
    for (size_t i = 0; i < p->worker_count; i++) {
        worker *w = &p->workers[i];
        if (!w->running) {
            continue;
        }
        drain(w);
        if (otpi_child_wait(&w->child, 0) == OTPI_IO_OK) {
            drain(w);
            child_ended(w);
        } else {
            enforce_deadline(w);
        }
    }
    return true;
}

/* ---- Reporting ---- */

static void report_ready(pool *p) {
    while (p->reported < p->plan->count && p->states[p->reported] == JOB_READY &&
           !(p->plan->flags->fail_fast && p->report->failed > 0)) {
        otpi_text *output = &p->outputs[p->reported];
        const sti_result *result = &p->results[p->reported];
        sti_plan_note(p->plan, p->reported, result);
        sti_report_result(p->report, result, output->data, output->length);
        otpi_text_fini(output);
        otpi_text_init(output, &otpi_heap_allocator);
        p->reported++;
    }
    if (p->plan->flags->fail_fast && p->report->failed > 0) {
        p->queue->stopped = true;
    }
}

/* No child runs and none is to be started, yet jobs are open: their end was not marked, because the
 * test closed its output, or their child was lost between taking the job and beginning it. */
static void report_lost(pool *p) {
    for (uint32_t i = 0; i < p->queue->end && !p->queue->stopped; i++) {
        sti_result *result = &p->results[i];
        if (p->states[i] != JOB_OPEN) {
            continue;
        }
        if (result->status == STI_UNKNOWN) {
            sti_job_prepare(p->plan, i, result);
            result->status = STI_CRASHED;
            sti_details_fail(result, "the child process that took this test was lost");
        }
        job_ended(p, i);
    }
    report_ready(p);
}

/* All that run beside each other have run: now those that run alone. */
static void go_on_alone(pool *p) {
    if (!alone(p) && !p->queue->stopped) {
        p->queue->next = (uint32_t)p->plan->shared_count;
        p->queue->end = (uint32_t)p->plan->count;
    }
}

/* After the first failure nobody waits for tests in flight, but suites that are set up are torn
 * down. */
static void stop_children(pool *p) {
    while (p->plan->registry.suite_count > 0 && wait_for_children(p)) {}
}

/* ---- The pool ---- */

static bool worker_init(pool *p, size_t index) {
    worker *w = &p->workers[index];
    bool second_look = index + 1 == p->worker_count;
    *w = (worker){.pool = p, .second_look = second_look};
    w->orders = (sti_orders){.plan = p->plan,
                             .queue = second_look ? NULL : p->queue,
                             .desk = otpi_shm_map(sizeof(sti_desk)),
                             .list = sti_choices_new_shared(LIST_WORDS),
                             .results = second_look ? p->results + p->plan->count : p->results};
    return w->orders.desk && w->orders.list;
}

static bool pool_init(pool *p) {
    size_t count = p->plan->count;
    p->results_size = (count + 1) * sizeof(sti_result);
    p->workers = otpi_calloc(p->worker_count, sizeof(worker));
    p->states = otpi_calloc(count + 1, sizeof(job_state));
    p->outputs = otpi_calloc(count + 1, sizeof(otpi_text));
    p->queue = otpi_shm_map(sizeof(sti_queue));
    p->results = otpi_shm_map(p->results_size);
    bool complete = p->workers && p->states && p->outputs && p->queue && p->results;
    for (size_t i = 0; complete && i < p->worker_count; i++) {
        complete = worker_init(p, i);
    }
    for (size_t i = 0; p->outputs && i < count; i++) {
        otpi_text_init(&p->outputs[i], &otpi_heap_allocator);
    }
    if (!complete) {
        otpi_text_cstr(p->error, "out of memory");
    }
    return complete;
}

static void pool_fini(pool *p) {
    for (size_t i = 0; p->workers && i < p->worker_count; i++) {
        worker *w = &p->workers[i];
        if (w->running) {
            otpi_child_close(&w->child);
        }
        if (w->orders.desk) {
            otpi_shm_unmap(w->orders.desk, sizeof(sti_desk));
        }
        st_choices_free(w->orders.list);
    }
    for (size_t i = 0; p->outputs && i < p->plan->count; i++) {
        otpi_text_fini(&p->outputs[i]);
    }
    if (p->results) {
        otpi_shm_unmap(p->results, p->results_size);
    }
    if (p->queue) {
        otpi_shm_unmap(p->queue, sizeof(sti_queue));
    }
    otpi_free(p->outputs);
    otpi_free(p->states);
    otpi_free(p->workers);
}

bool sti_pool_run(const sti_plan *plan, sti_report *report, otpi_text *error) {
    pool p = {.plan = plan, .report = report, .error = error, .reported_before = report->number};
    p.worker_count = report->at_a_time + 1;
    if (!pool_init(&p)) {
        pool_fini(&p);
        return false;
    }
    p.queue->end = (uint32_t)plan->shared_count;
    while (p.reported < plan->count && start_children(&p)) {
        if (!wait_for_children(&p)) {
            report_lost(&p);
            go_on_alone(&p);
        }
        report_ready(&p);
        if (p.queue->stopped) {
            stop_children(&p);
            break;
        }
    }
    pool_fini(&p);
    return !p.broken;
}
