/* SPDX-License-Identifier: MIT */
/*
 * What a child process does: takes jobs, runs them, marks its output; and tells where it is when it
 * dies of a signal.
 */
#include "supertester/runner/child.h"
#include "supertester/property/vessel.h"
#include "supertester/runner/dump.h"
#include "supertester/runner/output.h"

#include "port/clock.h"
#include "port/divert.h"
#include "port/fault.h"
#include "port/output.h"
#include "process/extra.h"
#include "process/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static sti_desk *watched;

/* ---- Fatal signals ---- */

static void write_text(const otpi_text *text) {
    otpi_io_err ignored = otpi_output_write(OTPI_OUTPUT_STDERR, text->data, text->length);
    (void)ignored; /* nobody is left to tell */
}

static void describe_process(otpi_text *out) {
    otpi_process *process = otpi_self_or_null();
    if (!process) {
        otpi_text_cstr(out, " outside of processes");
        return;
    }
    char pid[40];
    otp_print(otp_from_pid(process->pid), pid, sizeof pid);
    otpi_text_format(out, " in process %s", pid);
    if (process->extra && process->extra->label) {
        otpi_text_format(out, " \"%s\"", process->extra->label);
    }
    if (process->behaviour->name) {
        otpi_text_format(out, " (%s %s)", process->behaviour->kind,
                         process->behaviour->name(process->state));
    }
}

static void describe_signal(otpi_text *out, int signo, void *address) {
    if (watched && watched->dump_asked) {
        otpi_text_cstr(out, "stopped while it was");
    } else if (signo == SIGSEGV || signo == SIGBUS) {
        otpi_text_format(out, "%s at address 0x%llx", otpi_fault_signal_name(signo),
                         (unsigned long long)(uintptr_t)address);
    } else {
        otpi_text_cstr(out, otpi_fault_signal_name(signo));
    }
}

/* Runs on the signal's own stack. The lines after the first are best effort: what they look at may
 * be what is broken, and a fault in here ends the process. */
static void report_fault(int signo, void *address, void *ucontext) {
    char memory[4096];
    otpi_text text;
    (void)ucontext;
    if (watched) {
        watched->fault = signo;
    }
    sti_vessel_struck(signo);
    otpi_divert_end(true); /* what the run has printed before it */
    otpi_text_init_fixed(&text, memory, sizeof memory);
    describe_signal(&text, signo, address);
    write_text(&text);
    otpi_text_clear(&text);
    describe_process(&text);
    otpi_text_cstr(&text, "\nbacktrace:\n");
    write_text(&text);
    otpi_backtrace_write(OTPI_OUTPUT_STDERR);
    if (watched && watched->dump_asked && watched->context.system) {
        otpi_text_clear(&text);
        sti_dump_processes(watched->context.system, &text);
        write_text(&text);
    }
}

void sti_child_watch_faults(sti_desk *desk) {
    watched = desk;
    otpi_fault_install(report_fault);
}

/* ---- Jobs ---- */

static void mark(const sti_orders *orders, char what, uint32_t index) {
    char memory[48];
    otpi_text line;
    fflush(stdout);
    otpi_text_init_fixed(&line, memory, sizeof memory);
    sti_output_mark(&line, what, index, orders->secret);
    otpi_io_err ignored = otpi_output_write(OTPI_OUTPUT_STDOUT, line.data, line.length);
    (void)ignored; /* a parent that is gone reads no marks */
}

static void begin_job(const sti_orders *orders, uint32_t index) {
    /* The mark comes last: it makes the parent look at the other two. */
    orders->desk->context.test = NULL; /* of a job before this one */
    orders->desk->run_started_ns = otpi_clock_monotonic_ns();
    orders->desk->job = index + 1;
    orders->desk->reserved = 0;
    mark(orders, 'b', index);
}

static void end_job(const sti_orders *orders, uint32_t index) {
    orders->desk->job = 0;
    mark(orders, 'e', index);
}

/* The next job, which is this child's from now on; STI_JOB_NONE when there is none for it. */
static size_t take_next(const sti_orders *orders) {
    sti_queue *queue = orders->queue;
    if (orders->desk->reserved > 0) { /* left by the child that died before this one */
        return orders->desk->reserved - 1;
    }
    if (queue->stopped || orders->desk->retired) {
        return STI_JOB_NONE;
    }
    uint32_t index = atomic_fetch_add(&queue->next, 1);
    if (index >= queue->end) {
        return STI_JOB_NONE;
    }
    orders->desk->reserved = index + 1;
    return index;
}

/* All was stopped before the job began: what is set up is torn down, within the job's limits. */
static void tear_down(const sti_orders *orders, sti_bench *bench, size_t index) {
    sti_desk *desk = orders->desk;
    desk->run_started_ns = otpi_clock_monotonic_ns();
    desk->in_suite = "the teardown";
    desk->job = (uint32_t)index + 1;
    sti_fixture_close(&bench->suite, &bench->stage, &desk->context);
    desk->job = 0;
}

/* The next job is known before one is marked as ended: a suite is torn down on the account of its
 * last test here. */
static int run_queue(const sti_orders *orders, sti_bench *bench) {
    size_t index = take_next(orders);
    while (index != STI_JOB_NONE && !orders->queue->stopped) {
        sti_result *result = &orders->results[index];
        begin_job(orders, (uint32_t)index);
        sti_job_run(orders->plan, index, bench, result, false);
        size_t next = take_next(orders);
        sti_job_leave(orders->plan, index, next, bench, result);
        end_job(orders, (uint32_t)index);
        index = next;
    }
    if (index != STI_JOB_NONE) {
        tear_down(orders, bench, index);
    }
    return STI_EXIT_OK;
}

/* One job, exactly as the command in its report would run it; or the rest of its sweep. */
static int run_only(const sti_orders *orders, sti_bench *bench) {
    sti_plan plan = *orders->plan;
    sti_flags flags = *plan.flags;
    if (orders->struck > 0) {
        bool on = flags.fail[orders->struck_kind].how == STI_FAIL_FROM;
        memset(flags.fail, 0, sizeof flags.fail);
        flags.fail[orders->struck_kind] =
            (sti_fail_order){on ? STI_FAIL_FROM : STI_FAIL_NTH, orders->struck};
        plan.flags = &flags;
    }
    st_choices *recorded = NULL;
    if (orders->replay) {
        recorded = st_choices_new();
        if (!recorded || st_choices_load(recorded, orders->replay, &plan.about, NULL) != OTP_OK) {
            st_choices_free(recorded);
            return STI_EXIT_INTERNAL;
        }
        plan.recorded = recorded;
        plan.replay_path = orders->replay;
    }
    begin_job(orders, orders->only);
    if (orders->shrinks && recorded) {
        sti_job_shrink(orders->plan, orders->only, bench, recorded, orders->results);
    } else {
        sti_job_run(&plan, orders->only, bench, orders->results, orders->resumes);
    }
    sti_job_leave(&plan, orders->only, STI_JOB_NONE, bench, orders->results);
    end_job(orders, orders->only);
    st_choices_free(recorded);
    return STI_EXIT_OK;
}

int sti_child_main(void *argument) {
    const sti_orders *orders = argument;
    sti_bench bench;
    sti_child_watch_faults(orders->desk);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!sti_bench_open(&bench, orders->desk, orders->list)) {
        return STI_EXIT_INTERNAL;
    }
    int code = orders->queue ? run_queue(orders, &bench) : run_only(orders, &bench);
    sti_bench_close(&bench);
    return code;
}
