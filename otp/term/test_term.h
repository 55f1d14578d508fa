/* SPDX-License-Identifier: MIT */
/*
 * What the tests of this room share: random terms, and a sweep of allocation failures.
 */
#ifndef OTP_TERM_TEST_TERM_H
#define OTP_TERM_TEST_TERM_H

#include "base/prng.h"
#include "term/heap.h"

/* What should not have come to pass. */
#define TEST_FAIL(text) unit_check(false, __FILE__, __LINE__, text)

/* A term of every kind, nested at most depth deep. Needs the thread's or another scope. */
otp_term test_term_random(otpi_prng *prng, unsigned depth);
/* A random word: often an edge case of integers or floats. */
int64_t test_int_random(otpi_prng *prng);

/* Runs the body again and again, failing its first allocation, its second, and so on, until it
 * needs no more; each time, blocks in use must be as before. Returns how many allocations it makes.
 */
int test_fail_each(bool (*body)(bool failing), int max);

/* Reads a term; fails the test when that does not work. */
otp_term test_term(const char *text);
/* A term nested that deep: to the left, so that no tail shortens the way. */
otp_term test_term_deep(size_t depth);

#endif
