/* SPDX-License-Identifier: MIT */
/*
 * The tests of this program, as the linker collected them, and filters that pick some.
 */
#ifndef SUPERTESTER_RUNNER_REGISTRY_H
#define SUPERTESTER_RUNNER_REGISTRY_H

#include <supertester/test.h>

#include "base/text.h"

typedef struct sti_registry {
    const st_test **tests; /* by file and line */
    size_t count;
} sti_registry;

/* false when out of memory. */
OTP_MUST_CHECK bool sti_registry_load(sti_registry *registry);
void sti_registry_free(sti_registry *registry);

/* Two tests of one name, or NULL. */
const st_test *sti_registry_twin(const sti_registry *registry, const st_test **other);
/* By "suite.name"; NULL when there is none. */
const st_test *sti_registry_find(const sti_registry *registry, const char *name);

/* A filter is a suite, suite.name, either with * and ?, or tag:WORD. */
bool sti_filter_matches(const char *filter, const st_test *test);
/* Does the glob match the whole of suite.name? */
bool sti_glob_matches(const char *glob, const st_test *test);
/* How many tests it matches. */
size_t sti_filter_count(const sti_registry *registry, const char *filter);
/* "; did you mean counter or counter.adds?" when names like it exist, else nothing. */
void sti_registry_suggest(const sti_registry *registry, const char *wrong, otpi_text *out);

#endif
