/* SPDX-License-Identifier: MIT */
/*
 * Filters pick tests by their names, tags by their words.
 */
#ifndef SUPERTESTER_RUNNER_FILTER_H
#define SUPERTESTER_RUNNER_FILTER_H

#include <supertester/test.h>

/* A filter is a suite, suite.name, suite.name/case, each with * and ?, or tag:WORD. suite.name
 * picks all cases of the test. */
bool sti_filter_matches(const char *filter, const st_test *test);
/* Does the glob match the whole of suite.name? */
bool sti_glob_matches(const char *glob, const st_test *test);
/* Is the word one of the test's tags? */
bool sti_filter_has_tag(const st_test *test, const char *tag);

#endif
