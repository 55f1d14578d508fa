/* SPDX-License-Identifier: MIT */
/*
 * A job: one test in one world, run as often as asked, and judged.
 */
#ifndef SUPERTESTER_RUNNER_JOB_H
#define SUPERTESTER_RUNNER_JOB_H

#include "supertester/runner/fixture.h"
#include "supertester/runner/leak.h"
#include "supertester/runner/plan.h"

/* Where a child that runs jobs shows the parent what it does; in shared memory. */
typedef struct sti_desk {
    _Atomic uint32_t job;            /* 1 + index of the job that runs; 0 = none */
    _Atomic uint64_t run;            /* its run, from 0 */
    _Atomic uint64_t run_started_ns; /* on the monotonic clock */
    _Atomic bool dump_asked;   /* the parent's time limit struck: say where the test is, and end */
    _Atomic bool retired;      /* the child takes no more jobs: its memory has leaked */
    _Atomic uint32_t reserved; /* 1 + index of the job it has taken and not begun; 0 = none */
    _Atomic int fault;         /* the signal that its reporter of faults saw */
    const char *_Atomic in_suite; /* "the setup", "the teardown" of a suite runs; NULL = none */
    sti_context context;
} sti_desk;

/* What runs jobs: a child process, or this one with --no-fork. */
typedef struct sti_bench {
    sti_desk *desk;
    st_choices *list;  /* records the run; survives a crash */
    st_choices *again; /* records repetitions */
    sti_stage stage;
    sti_fixture suite;      /* of the job that ran last */
    sti_strike_plan strike; /* of the runs that follow */
} sti_bench;

/* false when out of memory. desk and list are the caller's. */
OTP_MUST_CHECK bool sti_bench_open(sti_bench *bench, sti_desk *desk, st_choices *list);
void sti_bench_close(sti_bench *bench);

/* Runs a job to its verdict; result is filled in. Failures are saved with the command that repeats
 * them. resumed: the child that ran it died in a sweep; the sweep goes on where the result says. */
void sti_job_run(const sti_plan *plan, size_t index, sti_bench *bench, sti_result *result,
                 bool resumed);
/* A run of the job, a property, has crashed: makes it simpler, in its suite; see property.h. */
void sti_job_shrink(const sti_plan *plan, size_t index, sti_bench *bench, const st_choices *crashed,
                    sti_result *result);
/* After the job whose result this is: tears down its suite, unless the next job is of the same.
 * next: its index; STI_JOB_NONE = this was the last. */
void sti_job_leave(const sti_plan *plan, size_t index, size_t next, sti_bench *bench,
                   sti_result *result);
#define STI_JOB_NONE SIZE_MAX

/* Before the job runs: what the result says if nothing else is said. */
void sti_job_prepare(const sti_plan *plan, size_t index, sti_result *result);
/* One run, with the strike of the bench. Its failures are in the context of the bench's desk. */
uint64_t sti_job_execute(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench);
/* The same with a list of which the source has been set. */
uint64_t sti_job_execute_as(const sti_plan *plan, const sti_job *job, uint64_t run,
                            sti_bench *bench, st_choices *list);
bool sti_job_failed(const sti_bench *bench);
/* What is printed from here on is a repetition of what was printed before, or one run of a sweep's
 * many: false when it is put aside already, or can't be. */
OTP_MUST_CHECK bool sti_job_hush(void);
/* keep: it is shown after all. hushed: what sti_job_hush returned. */
void sti_job_unhush(bool hushed, bool keep);
/* A failure found between runs. */
void sti_job_fail(sti_bench *bench, const char *format, ...) OTP_PRINTF(2, 3);
/* Of so many runs one is done twice and compared. */
enum { STI_TWIN_EVERY = 64 };
/* After a run that passed and is in the bench's list: fails it when its repetition fails, or goes
 * another way. */
void sti_job_compare_twin(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench,
                          uint64_t signature);
/* After a run that passed: fails it when the process holds more than before, and again when it is
 * repeated. duration_ns: of the run. */
void sti_job_check_leak(const sti_plan *plan, const sti_job *job, uint64_t run, sti_bench *bench,
                        sti_counts before, uint64_t duration_ns);

/* After a run: fails it when the leak sanitizer finds something. What has leaked stays leaked, so
 * that the child takes no more jobs. */
void sti_job_check_sanitizer(sti_bench *bench);

#endif
