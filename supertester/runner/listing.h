/* SPDX-License-Identifier: MIT */
/*
 * Lists of the tests instead of a run: for people, as JSON lines, and as GoogleTest's programs list
 * theirs (text, XML, JSON), which IDEs and CMake's gtest_discover_tests read.
 */
#ifndef SUPERTESTER_RUNNER_LISTING_H
#define SUPERTESTER_RUNNER_LISTING_H

#include "supertester/runner/plan.h"

/* In the form, and to the place, that the flags say. Returns the exit code; error says what could
 * not be written. */
int sti_list(const sti_plan *plan, otpi_text *error);

/* --gtest_filter: globs of suite.name separated by colons; behind "-" those of tests left out. NULL
 * lets all through. */
bool sti_gtest_wanted(const char *filter, const st_test *test);

#endif
