/* SPDX-License-Identifier: MIT */
/*
 * The runs of a job in which a call is made to fail: every site in turn, or the one that was asked
 * for. How far the sweep has come is in the job's result, in shared memory: when a run ends its
 * child, the parent completes that run's record and has the sweep go on in another one.
 */
#ifndef SUPERTESTER_RUNNER_SWEEP_H
#define SUPERTESTER_RUNNER_SWEEP_H

#include "supertester/runner/job.h"

/* Runs what is left, as far as this child can. */
void sti_sweep_run(const sti_plan *plan, const sti_job *job, sti_bench *bench, sti_result *result);
/* Has it begun, in this child or another? */
bool sti_sweep_began(const sti_result *result);
/* Is something left for another child? */
bool sti_sweep_goes_on(const sti_plan *plan, const sti_job *job, const sti_result *result);

/* Notes in the result that the run of the context, in which a call was made to fail, has failed;
 * the first one is saved. */
void sti_sweep_failed(const sti_plan *plan, const sti_job *job, const sti_context *context,
                      const st_choices *list, sti_status status, sti_result *result);

#endif
