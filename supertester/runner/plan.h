/* SPDX-License-Identifier: MIT */
/*
 * What this invocation of a test program is to do: jobs (a test in a world) and how they are run.
 */
#ifndef SUPERTESTER_RUNNER_PLAN_H
#define SUPERTESTER_RUNNER_PLAN_H

#include "supertester/runner/execute.h"
#include "supertester/runner/flags.h"
#include "supertester/runner/last.h"
#include "supertester/runner/registry.h"

#include <supertester/choices.h>

typedef struct sti_job {
    const st_test *test;
    otp_mode mode;
    size_t index;    /* in the order of files and lines */
    uint64_t key[2]; /* in the order of this round: of the suite, of the job */
    bool ran, failed;
} sti_job;

typedef struct sti_plan {
    const sti_flags *flags;
    sti_registry registry;
    sti_job *jobs;
    size_t count, shared_count; /* those behind shared_count are exclusive */
    uint64_t round;             /* from 0 */
    sti_last last;
    const st_choices *recorded; /* --replay: the one job repeats this; NULL = none */
    st_choices_about about;     /* of recorded */
    const char *replay_path;
    bool patient; /* a debugger is attached: no time limits */
} sti_plan;

/* false: error says why (nothing matches, no such test, unreadable file, out of memory); *code is
 * the exit code. */
OTP_MUST_CHECK bool sti_plan_make(sti_plan *plan, const sti_flags *flags, int *code,
                                  otpi_text *error);
void sti_plan_free(sti_plan *plan);

/* Puts the jobs in the order of this round; exclusive ones come last. */
void sti_plan_begin_round(sti_plan *plan, uint64_t round);
/* Is the plan one test, chosen by its full name, that can run without a child process? */
bool sti_plan_is_by_name(const sti_plan *plan);
/* Keeps what became of a job, for the next --failed. */
void sti_plan_note(const sti_plan *plan, size_t index, const sti_result *result);
/* Writes down what has failed; false: error says why that was not possible. */
OTP_MUST_CHECK bool sti_plan_save(const sti_plan *plan, otpi_text *error);

/* ---- What a job is like ---- */

uint64_t sti_plan_runs(const sti_plan *plan, const sti_job *job);
/* Are orders of events explored, and how? */
bool sti_plan_explores(const sti_plan *plan, const sti_job *job, st_strategy *strategy);
/* Which calls of the kind are made to fail: as the flags say, or the test when they say nothing. */
sti_fail_order sti_plan_failing(const sti_plan *plan, const sti_job *job, sti_site_kind kind);
/* Is any call made to fail? */
bool sti_plan_sweeps(const sti_plan *plan, const sti_job *job);
/* Of one run, multiplied for slow builds and by --timeout-scale. */
int64_t sti_plan_timeout_ms(const sti_plan *plan, const sti_job *job);
/* Of the setup or teardown of a suite. */
int64_t sti_plan_fixture_ms(const sti_plan *plan);
/* The seed that the runs of this test are derived from. */
uint64_t sti_plan_base_seed(const sti_plan *plan, const sti_job *job);
/* How run number run (from 0) goes; the chooser is left to be set. */
sti_setting sti_plan_setting(const sti_plan *plan, const sti_job *job, uint64_t run);
/* What the file of its choices says. */
st_choices_about sti_plan_about(const sti_plan *plan, const sti_job *job, uint64_t run);

#endif
