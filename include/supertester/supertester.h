/* SPDX-License-Identifier: MIT */
/*
 * libsupertester in reading order: this is the table of contents.
 *
 * A test program is one or more C files with tests, linked with the library, which brings main():
 *
 *     #include <supertester/supertester.h>
 *
 *     ST_TEST(arithmetic, adds) {
 *         ST_EXPECT_EQ(2 + 2, 4);
 *     }
 *
 *     cc test.c $(pkg-config --cflags --libs supertester) -o test && ./test --help
 */
#ifndef SUPERTESTER_SUPERTESTER_H
#define SUPERTESTER_SUPERTESTER_H

#include <supertester/api.h>
#include <supertester/test.h>      /* what a test is, and how it is run */
#include <supertester/cases.h>     /* one test for each row of a table */
#include <supertester/fixture.h>   /* setup and teardown of tests, suites and runs; cleanups */
#include <supertester/expect.h>    /* checks: soft, and hard ones that end the test */
#include <supertester/helpers.h>   /* servers of one's own, waiting, looking inside */
#include <supertester/property.h>  /* properties: tests that draw their data */
#include <supertester/check.h>     /* properties checked from any program, without the runner */
#include <supertester/simulate.h>  /* simulated worlds inside of properties */
#include <supertester/explore.h>   /* the orders in which a scenario can happen */
#include <supertester/model.h>     /* random commands, judged by a model */
#include <supertester/scenario.h>  /* drawn operations, clients, supervisors, protocols, chaos */
#include <supertester/generator.h> /* generators as values */
#include <supertester/sweep.h>     /* sweeps: every allocation and I/O call fails once */
#include <supertester/mock.h>      /* mocks of functions, over the linker's --wrap */
#include <supertester/history.h>   /* histories of concurrent operations: linearizable? */
#include <supertester/choices.h>   /* the recorded list behind every random decision */

#endif
