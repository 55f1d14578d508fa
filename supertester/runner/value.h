/* SPDX-License-Identifier: MIT */
/*
 * Sides of a comparison: comparing and showing them; terms as a diff.
 */
#ifndef SUPERTESTER_RUNNER_VALUE_H
#define SUPERTESTER_RUNNER_VALUE_H

#include <supertester/expect.h>

#include "base/text.h"

/* *order < 0, 0, > 0. *equal: for terms =:=, which is narrower than order 0. false when the two
 * can't be compared. */
bool sti_value_compare(st_value a, st_value b, int *order, bool *equal);
void sti_value_show(otpi_text *out, st_value value);
/* "a string", "an integer" */
const char *sti_value_kind(st_value value);

/* At most so many bytes of a term's text. */
void sti_term_show(otpi_text *out, otp_term term);
/* One line for each of the first places where the terms differ: "    at element 2, key name: 1 is
 * not 2". Nothing when they differ at the root only. */
void sti_term_diff(otpi_text *out, otp_term is, otp_term expected);

#endif
