/* SPDX-License-Identifier: MIT */
/*
 * Small actors and idioms that the planted programs share.
 *
 * All are called from inside a process. A call that is not answered ends the caller with a failed
 * assertion: the programs expect no such thing.
 */
#ifndef TESTS_PLANTED_PARTS_H
#define TESTS_PLANTED_PARTS_H

#include "tests/planted/planted.h"

/* ---- Processes ---- */

/* Returns so many milliseconds later: by default when all has happened that needs no time; in the
 * scenario's process, whose time never competes, always. */
void pass(int64_t ms);
/* Lets others run so many times. */
void work(int turns);
/* In the scenario's process: returns when nothing else can happen any more. Its messages stay. */
void settle(void);

/* Says "done" to the scenario; there, waits until as many have said so. */
void done(void);
void await_done(int64_t count);

/* A process with a number for its argument. */
otp_pid start(otp_process_fn *fn, int64_t number);
/* That number. */
int64_t number(otp_term arg);

/* ---- Messages ---- */

/* {name, n} and {name, a, b}: the shapes of most messages. */
#define PAIR(name, n)      otp_tuple(OTP_ATOM(name), otp_int(n))
#define TRIPLE(name, a, b) otp_tuple(OTP_ATOM(name), otp_int(a), otp_int(b))

/* A message that goes its own way: others may overtake it. */
void post(otp_pid to, otp_term message);

/* The next message; none ever comes: the caller waits for ever. */
otp_term next_message(void);

/* ---- Servers ---- */

/* One of that kind, linked to the caller. */
otp_pid serve(const otp_gen_server *server, otp_term args);
/* The reply to a call: a term, a number, a boolean. */
otp_term ask(otp_pid server, otp_term request);
int64_t ask_int(otp_pid server, otp_term request);
bool ask_bool(otp_pid server, otp_term request);

/* ---- A shared variable ---- */

otp_pid cell_start(int64_t value);
int64_t cell_get(otp_pid cell);
void cell_set(otp_pid cell, int64_t value);
/* Adds in one step; the new value. */
int64_t cell_add(otp_pid cell, int64_t n);

/* ---- A lock: who asks first gets it first ---- */

otp_pid lock_start(void);
void lock_take(otp_pid lock);
void lock_give(otp_pid lock);

/* ---- A condition variable: a signal wakes who has waited longest, or nobody ---- */

otp_pid condition_start(void);
/* Waits for a signal. */
void condition_await(otp_pid condition);
/* Gives the lock, waits, takes it again. No signal after the lock is given is missed. */
void condition_wait(otp_pid condition, otp_pid lock);
void condition_signal(otp_pid condition);

/* ---- A channel, as Go's: without room a put waits for its get ---- */

otp_pid channel_start(int64_t room);
void channel_put(otp_pid channel, int64_t value);
/* False when there was no value within the time. */
bool channel_get(otp_pid channel, int64_t timeout_ms, int64_t *value);

#endif
