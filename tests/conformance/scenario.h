/* SPDX-License-Identifier: MIT */
/*
 * A scenario: a file with one term, a map (see README.md). Its terms live in the scope of the
 * thread that loads it, until scenario_unload; processes of all runs read them.
 */
#ifndef TESTS_CONFORMANCE_SCENARIO_H
#define TESTS_CONFORMANCE_SCENARIO_H

#include <otp/otp.h>

typedef struct scenario {
    otp_term scripts;     /* #{Name => [Step]} */
    otp_term servers;     /* #{Name => #{Callback => ...}} */
    otp_term supervisors; /* #{Name => #{Key => ...}} */
    otp_timers timers;
    otp_scope scope;
} scenario;

/* False, with the reason in why, when the file is none. */
bool scenario_load(const char *path, scenario *out, char *why, size_t why_size);
void scenario_unload(scenario *s);

#endif
