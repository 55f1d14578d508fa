/* SPDX-License-Identifier: MIT */
/*
 * What the generators of scenarios share: options with their defaults, refusals, operations. A
 * refusal fails the test and ends it; it returns only outside of processes and cases, and the
 * generator then returns OTP_NONE.
 */
#ifndef SUPERTESTER_SCENARIO_OPTIONS_H
#define SUPERTESTER_SCENARIO_OPTIONS_H

#include <supertester/scenario.h>

enum { STI_OPERATIONS_MAX = 64, STI_WEIGHT_MAX = 1000000, STI_LENGTH_MAX = 10000 };

/* Fails the test and ends it; false where that is not possible. */
bool sti_refuse(const char *site, const char *format, ...) OTP_PRINTF(2, 3);

/* Puts the default in the place of {0, 0}, and refuses what is not in least..most. */
OTP_MUST_CHECK bool sti_range_fits(st_range *range, st_range otherwise, st_range bounds,
                                   const char *name, const char *site);

/* Puts the default in the place of none, and refuses what is no list of atoms out of known, at
 * least one of them. known NULL: of any terms. */
OTP_MUST_CHECK bool sti_list_fits(otp_term *list, otp_term otherwise, const char *const *known,
                                  const char *name, const char *site);
/* One element of a proper list with elements. */
otp_term sti_list_pick(otp_term list, const char *label);
otp_term sti_list_reversed(otp_term list);

/* A term is about to be drawn; now it was. In between no draw is told. */
void sti_scenario_begin(const char *label);
otp_term sti_scenario_end(otp_term drawn, const char *label);

/* ---- operations.c ---- */

/* Their number; 0 when they were refused. */
size_t sti_operations_count(const st_operation_choice *operations, const char *site);
/* The atom that it is or begins with; OTP_NONE when it is no atom and no such tuple. */
otp_term sti_operation_type(otp_term operation);
/* The operation itself, drawn when it has to be. */
otp_term sti_operation_make(const st_operation_choice *operation, const char *site);
/* A list of operations, in bounds that fit. */
otp_term sti_operations_draw(const st_operation_choice *operations, size_t count, st_range length,
                             const char *site);

#endif
