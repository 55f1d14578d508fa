/* SPDX-License-Identifier: MIT */
/*
 * Tests that expect another end than returning from their body: an exit reason, the end of their OS
 * process, a failure.
 */
#ifndef SUPERTESTER_RUNNER_OUTCOME_H
#define SUPERTESTER_RUNNER_OUTCOME_H

#include "supertester/runner/context.h"

#include "base/text.h"
#include "port/child.h"

/* The test's options contradict each other, or can't be: false, and error says how. */
OTP_MUST_CHECK bool sti_outcome_check(const st_test *test, otpi_text *error);

/* Is a failure of the test what it expects? Then nothing is recorded of it. */
bool sti_outcome_may_fail(const st_test *test);
/* Does the test expect that its OS process ends? It needs a child, and is run once. */
bool sti_outcome_ends_child(const st_test *test);
/* Did the child end as the test expects? fault: the signal its reporter of faults saw, or 0. (A
 * sanitizer turns a signal into an exit code.) */
bool sti_outcome_is_expected(const st_test *test, const otpi_child_exit *end, int fault);
/* "SIGSEGV", "the exit code 3": the end of the OS process that the test expects. */
void sti_outcome_show_end(const st_test *test, otpi_text *out);

/* Fails unless the exit reason, printed, matches what the test expects. Outside of processes. */
void sti_outcome_judge_reason(sti_context *context, const char *reason);
/* When all is said: a test that must fail passes if it has, and if it says why. */
void sti_outcome_judge_failure(sti_result *result);

#endif
