/* SPDX-License-Identifier: MIT */
/*
 * Running a property: its cases are runs of the test, in simulated worlds; what fails is shrunk,
 * its data together with the order of events and the faults.
 */
#ifndef SUPERTESTER_RUNNER_PROPERTY_H
#define SUPERTESTER_RUNNER_PROPERTY_H

#include "supertester/runner/job.h"

/* Is the job run so? Replays of one run, and tests that end their OS process, are not. */
bool sti_property_is(const sti_plan *plan, const sti_job *job);
/* Runs the job to its verdict. */
void sti_property_run(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                      sti_result *result);
/* Shrinks a run that has crashed, each candidate in a child of its own. result says in shrunk
 * whether it crashed again; then the other fields are as after sti_property_run. */
void sti_property_shrink(const sti_plan *plan, const sti_job *job, sti_bench *bench,
                         const st_choices *crashed, sti_result *result);

#endif
