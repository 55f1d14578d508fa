/* SPDX-License-Identifier: MIT */
/*
 * Variables of a script: atoms made of one capital letter and digits ('P', 'R2'). Their values are
 * in an environment, a map term of the calling process.
 */
#ifndef TESTS_CONFORMANCE_BINDING_H
#define TESTS_CONFORMANCE_BINDING_H

#include <otp/term.h>

/* The term with each variable that has a value replaced by it. */
otp_term binding_fill(otp_term env, otp_term term);
/* Matches as Erlang: a variable with a value must be equal, one without gets it; '_' is anything;
 * a map in a pattern asks for its keys. *env is as it was when it does not match. */
bool binding_match(otp_term *env, otp_term pattern, otp_term value);

#endif
