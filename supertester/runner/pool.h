/* SPDX-License-Identifier: MIT */
/*
 * Running the jobs of a plan: in child processes, several at a time, or one after the other in this
 * process. Results are reported in the order of the jobs.
 */
#ifndef SUPERTESTER_RUNNER_POOL_H
#define SUPERTESTER_RUNNER_POOL_H

#include "supertester/runner/plan.h"

/* false: error says what could not be had (memory, processes). */
OTP_MUST_CHECK bool sti_pool_run(const sti_plan *plan, sti_report *report, otpi_text *error);
OTP_MUST_CHECK bool sti_inline_run(const sti_plan *plan, sti_report *report, otpi_text *error);

#endif
