/* SPDX-License-Identifier: MIT */
/*
 * From a test with cases to one test for each: a copy whose name is "name/case".
 */
#ifndef SUPERTESTER_RUNNER_CASES_H
#define SUPERTESTER_RUNNER_CASES_H

#include <supertester/test.h>

#include "base/text.h"

enum { STI_CASES_MAX = 10000 };

bool sti_cases_has(const st_test *test);
/* How many; 0 after a function that does not come to an end within STI_CASES_MAX. */
size_t sti_cases_count(const st_test *test);
/* Case number index as a test, for sti_cases_free. false: error says why it can't be used; when it
 * is empty there was no memory. */
OTP_MUST_CHECK bool sti_cases_make(const st_test *test, size_t index, const st_test **out,
                                   otpi_text *error);
void sti_cases_free(const st_test *test);

#endif
