/* SPDX-License-Identifier: MIT */
/*
 * What runs when the body of a test has ended: what it deferred, then the teardowns.
 */
#ifndef SUPERTESTER_RUNNER_CLEANUP_H
#define SUPERTESTER_RUNNER_CLEANUP_H

#include "supertester/runner/context.h"

/* Runs what was deferred, last in first out, in the calling process; each is forgotten before it
 * runs, so that what a failing one leaves can be run by another process. */
void sti_cleanup_deferred(sti_context *context);

/* From outside of processes: everything, in processes of the test's system. stuck: the test's own
 * process did not come to its end, and is killed first. */
void sti_cleanup_after(sti_context *context, bool stuck);

#endif
