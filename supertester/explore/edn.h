/* SPDX-License-Identifier: MIT */
/*
 * EDN (https://github.com/edn-format/edn), as far as logs of Jepsen use it, as terms: nil, true,
 * keywords and symbols are atoms, strings binaries, vectors, lists and sets lists, maps maps. Tags
 * are left out, comments and #_ are not read.
 */
#ifndef SUPERTESTER_EXPLORE_EDN_H
#define SUPERTESTER_EXPLORE_EDN_H

#include <otp/term.h>

typedef struct sti_edn {
    const char *at, *end;
    const char *wrong; /* after an error: what was expected; static text */
} sti_edn;

/* Spaces, tabs and commas. */
void sti_edn_skip(sti_edn *edn);
/* One value at edn->at, which moves behind it; built in the current scope. OTP_ESYNTAX, OTP_EDEPTH,
 * OTP_ESIZE (a number of more than 64 bits), OTP_EATOMS, OTP_ENOMEM; at is where it went wrong. */
OTP_MUST_CHECK otp_err sti_edn_read(sti_edn *edn, otp_term *out);

#endif
