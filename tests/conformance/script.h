/* SPDX-License-Identifier: MIT */
/*
 * The interpreter of scripts: processes and callbacks that do one step after the other. What the
 * steps are is said by tables, one a file (process_steps.c, timer_steps.c, ...): another room of
 * the runtime is another table. Their meaning is in README.md.
 */
#ifndef TESTS_CONFORMANCE_SCRIPT_H
#define TESTS_CONFORMANCE_SCRIPT_H

#include "record.h"
#include "scenario.h"

enum { SCRIPT_TIMERS_MAX = 64, SCRIPT_SPECS_MAX = 64 };

/* One run of a scenario: the context of all its processes. */
typedef struct run {
    const scenario *scenario;
    int64_t scale; /* a time of the script in milliseconds */
    record record;
    otp_pid main;
    void (*over)(void *context); /* main has ended: nothing matters any more */
    void *over_context;
    otp_lock lock; /* of the rest */
    uint32_t timer_count, spec_count;
    otp_timer timers[SCRIPT_TIMERS_MAX];
    void *specs[SCRIPT_SPECS_MAX]; /* supervisor specs, freed when the run has ended */
} run;

/* Who does steps: a scripted process or a callback. */
typedef struct actor {
    run *run;
    otp_term env; /* #{Variable => Value} */
} actor;

/* How others can tell that a step happens: not at all; at once, so that a switch before it is
 * enough; or in the course of time, with switches of its own. */
typedef enum step_nature { STEP_PURE, STEP_ATOMIC, STEP_LONG } step_nature;

/* One step, a tuple whose first element is its name; returns its value. */
typedef otp_term step_fn(actor *self, otp_term step);
typedef struct step_entry {
    const char *name;
    step_fn *fn;
    step_nature nature;
} step_entry;
extern const step_entry script_steps[], process_steps[], timer_steps[], server_steps[],
    supervisor_steps[], table_steps[], term_steps[]; /* each ends with a NULL name */

/* Does a list of steps; the value is that of the last one. */
otp_term script_do(actor *self, otp_term steps);
/* The value of a single one. */
otp_term script_step(actor *self, otp_term step);

/* The i-th argument, from 1, with its variables filled in; OTP_NONE when there is none. */
otp_term script_arg(const actor *self, otp_term step, size_t i);
/* The same as it is written. */
otp_term script_raw(otp_term step, size_t i);
/* As an atom, a pid, a time (infinity when absent): else the exit badarg, as in Erlang. */
otp_term script_atom(const actor *self, otp_term step, size_t i);
otp_pid script_pid(const actor *self, otp_term step, size_t i);
int64_t script_time(const actor *self, otp_term step, size_t i);
int64_t script_time_of(const run *r, otp_term time);

/* {ok, Pid} | {error, Reason} | ignore of a start. */
otp_term script_started(otp_err err, otp_pid pid, otp_term reason);

/* The process that a script is: otp_process_fn, with {Script, Env} and the run as its context. */
void script_process(otp_term script_and_env);
/* The environment of what starts without one: 'M' is main, 'A' the argument. */
otp_term script_env(const run *r, otp_term argument);

/* A list in the order of terms. */
otp_term script_sorted(otp_term list);

/* The scenario is wrong: says so and ends the program. */
OTP_NORETURN void script_wrong(const char *what, otp_term term);

/* server_steps.c: the gen_server of a definition; args is {Server, Argument}. */
extern const otp_gen_server script_server;

#endif
