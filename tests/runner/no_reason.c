/* SPDX-License-Identifier: MIT */
/* A program that no test of is run: one allows leaks without saying why. */
#include <supertester/supertester.h>

ST_TEST(no_reason, for_a_leak, .leaks = ST_LEAKS_ALLOWED) {
}
