/* SPDX-License-Identifier: MIT */
/*
 * What the checks share: options with their defaults, the budget, the result.
 */
#ifndef SUPERTESTER_EXPLORE_CHECK_H
#define SUPERTESTER_EXPLORE_CHECK_H

#include "supertester/explore/search.h"

/* opts may be NULL. */
st_history_opts sti_history_opts(const st_history_opts *opts);
sti_budget sti_history_budget(const st_history_opts *opts, uint64_t now_ns);
/* A machine and a result that counts its operations; NULL with *err set. */
sti_machine *sti_history_begin(st_history *history, const st_spec *spec,
                               const st_history_opts *opts, st_history_result *result,
                               otp_err *err);

/* Searches all parts. OTP_ETIMEOUT when the budget is used up; *bad_part is that of a violation. */
OTP_MUST_CHECK otp_err sti_history_parts(sti_search *search, st_history_verdict *verdict,
                                         uint32_t *bad_part);

#endif
