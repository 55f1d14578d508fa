/* SPDX-License-Identifier: MIT */
/* Lesson 4: a door lock as a state machine. Its states are locked and open; the right buttons open
 * it for ten seconds, and who wants to walk in early waits at the door. */
#ifndef EXAMPLES_LOCK_H
#define EXAMPLES_LOCK_H

#include <otp/otp.h>

enum { LOCK_OPEN_MS = 10000, LOCK_FORGETS_MS = 3000 };

/* Started with its code, a list: [1, 2, 3]. Casts: {button, Digit}. Calls: walk_in, answered with
 * welcome as soon as the door is open. */
extern const otp_gen_statem lock_machine;

#endif
