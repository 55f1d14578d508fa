/* SPDX-License-Identifier: MIT */
/*
 * A case as a short text that can be pasted into a command: "1-NAME-SUM-VALUES", where NAME and SUM
 * are hashes of the property's name and of the values (4 hexadecimal digits each), and VALUES are
 * the choices of data as variable-length numbers in base64url. For each other lane that deviates, a
 * dot and its number follow, and for each deviation how many answers before it are the simplest,
 * and its value. 1 is the version of the format.
 */
#ifndef SUPERTESTER_PROPERTY_TOKEN_H
#define SUPERTESTER_PROPERTY_TOKEN_H

#include "supertester/property/tape.h"

#include "base/text.h"

/* Does it look like one? */
bool sti_token_is(const char *text);
void sti_token_write(const sti_tape *tape, const char *name, otpi_text *out);
/* Into the list, to be played. NULL, or in words why it can't be. */
OTP_MUST_CHECK const char *sti_token_read(const char *token, const char *name, st_choices *list);

#endif
