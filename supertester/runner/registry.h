/* SPDX-License-Identifier: MIT */
/*
 * The tests and suite fixtures of this program, as the linker collected them.
 */
#ifndef SUPERTESTER_RUNNER_REGISTRY_H
#define SUPERTESTER_RUNNER_REGISTRY_H

#include <supertester/test.h>

#include "base/text.h"

typedef struct sti_registry {
    const st_test **tests; /* by file and line; a test with cases is one for each */
    const st_test **by_name;
    size_t count;
    const st_suite **suites;
    size_t suite_count;
} sti_registry;

/* false: error says which cases can't be used; when it is empty there was no memory. */
OTP_MUST_CHECK bool sti_registry_load(sti_registry *registry, otpi_text *error);
void sti_registry_free(sti_registry *registry);

/* Names are used once, and suites with a fixture have tests. */
OTP_MUST_CHECK bool sti_registry_check(const sti_registry *registry, otpi_text *error);

/* Two tests of one name, or NULL. */
const st_test *sti_registry_twin(const sti_registry *registry, const st_test **other);
/* By "suite.name"; NULL when there is none. */
const st_test *sti_registry_find(const sti_registry *registry, const char *name);
/* The fixture of a suite, or of the run (name NULL); NULL when it has none. */
const st_suite *sti_registry_suite(const sti_registry *registry, const char *name);

/* How many tests a filter (filter.h) matches. */
size_t sti_filter_count(const sti_registry *registry, const char *filter);
/* "; did you mean counter or counter.adds?" when names like it exist, else nothing. */
void sti_registry_suggest(const sti_registry *registry, const char *wrong, otpi_text *out);
void sti_registry_suggest_tag(const sti_registry *registry, const char *wrong, otpi_text *out);

/* "suite.name". */
void sti_test_name(const st_test *test, char *out, size_t size);

#endif
