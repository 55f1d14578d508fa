/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a failure: its choices in a file, the values it drew, the command that repeats
 * it.
 */
#ifndef SUPERTESTER_RUNNER_RECORD_H
#define SUPERTESTER_RUNNER_RECORD_H

#include "supertester/runner/plan.h"

/* Where the choices of a job's failure are saved. */
void sti_record_path(const sti_job *job, char *out, size_t size);
/* Saves the list and notes the command in the result: with --replay when the list could be saved,
 * else with --seed (and a note in the details why not). */
void sti_record_failure(const sti_plan *plan, const sti_job *job, uint64_t run,
                        const st_choices *list, sti_result *result);
/* Notes the command by seed alone: for failures that have no choices of their own. */
void sti_record_command(const sti_plan *plan, const sti_job *job, sti_result *result);
/* "drew:" and the first data drawn by the test, one a line. */
void sti_record_draws(const st_choices *list, otpi_text *out);

/* Appends a line to the details, as far as there is room. */
void sti_details_add(sti_result *result, const char *format, ...) OTP_PRINTF(2, 3);
/* The same; the line and what follows it are a failure that has no place. */
void sti_details_fail(sti_result *result, const char *format, ...) OTP_PRINTF(2, 3);
/* Lists the failure, cut to what the details have room for. */
void sti_details_list(sti_result *result, sti_failure failure);

#endif
