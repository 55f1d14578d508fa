/* SPDX-License-Identifier: MIT */
/*
 * Running the fixtures of suites and of the run.
 */
#ifndef SUPERTESTER_RUNNER_FIXTURE_H
#define SUPERTESTER_RUNNER_FIXTURE_H

#include "supertester/runner/execute.h"

enum { STI_FIXTURE_SAID_SIZE = 2048 };

/* A fixture that is set up, or was tried to be. */
typedef struct sti_fixture {
    const st_suite *suite; /* NULL = none */
    void *data;
    bool failed;
    char said[STI_FIXTURE_SAID_SIZE]; /* its failures, in lines */
    char skip[STI_SKIP_SIZE];         /* what it gave to st_skip */
} sti_fixture;

/* suite may be NULL: nothing to set up. The context is used meanwhile, and is another's afterwards.
 */
void sti_fixture_open(sti_fixture *fixture, const st_suite *suite, sti_stage *stage,
                      sti_context *context);
/* The teardown; false when it failed: fixture->said tells how. In either case it is over. */
bool sti_fixture_close(sti_fixture *fixture, sti_stage *stage, sti_context *context);

#endif
