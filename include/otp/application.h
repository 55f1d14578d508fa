/* SPDX-License-Identifier: MIT */
/*
 * application: what a system is made of: trees of processes that start in order, each with its
 * environment, and stop in the reverse order. Semantics: Erlang/OTP, kernel, application(3).
 *
 *     static const otp_application *const needs[] = {&store_application};
 *     const otp_application shop_application = {.name = "shop", .needs = needs, .needs_count = 1,
 *         .supervisor = &shop_supervisor, .env = "[{port, 8080}, {title, <<\"Shop\">>}]"};
 *     otp_err e = otp_application_ensure_all_started(&shop_application, OTP_APPLICATION_PERMANENT,
 *                                                    NULL, NULL);
 *     ...
 *     e = otp_application_stop_all();
 *
 * Each system has a process named application_controller, started when it is first needed, and for
 * each application that runs a process of its own, the application master: it starts the top
 * supervisor, is its parent, and ends it. All functions are called from inside a process.
 */
#ifndef OTP_APPLICATION_H
#define OTP_APPLICATION_H

#include <otp/supervisor.h>

/* What the end of an application means to the others. Temporary: nothing. Permanent: every other
 * application is stopped and the system ends. Transient: the same, unless the reason is normal. To
 * stop an application with otp_application_stop is no end in this sense. */
typedef enum otp_application_type {
    OTP_APPLICATION_TEMPORARY,
    OTP_APPLICATION_TRANSIENT,
    OTP_APPLICATION_PERMANENT
} otp_application_type;

/* Must be static, with all it points to. With neither start nor supervisor it is a library: it has
 * an environment and can be needed, but no processes. */
typedef struct otp_application {
    const char *name;                           /* an atom's text; required */
    const char *description, *version;          /* NULL = "" */
    const struct otp_application *const *needs; /* those that must run before it */
    size_t needs_count;
    const char *env; /* a list of {Key, Value} in Erlang syntax, keys are atoms; NULL = [] */
    const otp_supervisor_spec *supervisor; /* the top supervisor, or: */
    /* Starts the top supervisor, linked to the caller, and returns its pid. An error is the reason
     * why the application does not start; *reason says more. */
    otp_err (*start)(void *state, otp_pid *top, otp_term *reason);
    size_t state_size;              /* of the state, zeroed, that these are given */
    void (*prep_stop)(void *state); /* before the top supervisor is ended; may be NULL */
    void (*stop)(void *state);      /* after it has ended, for whatever reason; may be NULL */
} otp_application;

/* ---- Starting and stopping ---- */

/* Reads the environment, so that it can be changed before the start. OTP_EALREADY: it is loaded;
 * OTP_EBADARG, with *reason: no name, or {bad_environment, What}. reason may be NULL here and
 * below. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_load(const otp_application *app,
                                                                    otp_term *reason);
/* Forgets it with its environment. OTP_EBUSY: it runs; OTP_ENOENT: it is not loaded. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_unload(otp_term name);
/* Loads it if need be and starts it; returns when it runs. OTP_EALREADY: it does already.
 * OTP_EINIT, with *reason: {not_started, Name} when one that it needs does not run, else why its
 * start failed, which for a permanent or transient one ends the system. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_start(const otp_application *app,
                                                                     otp_application_type type,
                                                                     otp_term *reason);
/* The same after all that it needs, and what those need; those that run are left as they are.
 * *started (may be NULL) lists the names of those that were started, in that order. When one fails
 * those are stopped again, and *reason is {Name, Reason}. OTP_EBADARG: they need each other in a
 * circle. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_ensure_all_started(
    const otp_application *app, otp_application_type type, otp_term *started, otp_term *reason);
/* Stops it, by name (an atom): prep_stop, the top supervisor is told to shut down and waited for as
 * long as it takes, stop. It stays loaded. Those that need it are not looked at. OTP_ENOENT: it
 * does not run. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_stop(otp_term name);
/* Stops all that run, last started first: the end of a program, as init:stop/0. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_stop_all(void);

/* ---- Looking ---- */

/* [{Name, Description, Version}], the texts as binaries: those that run, last started first; those
 * that are loaded, by name. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_which_applications(otp_term *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_loaded_applications(otp_term *out);

/* ---- Environment ---- */

/* The value of a key. Reads a table, asks no process and never suspends. OTP_ENOENT: no such key,
 * or the application is not loaded. get_all_env: a list of {Key, Value}, by key. */
OTP_API OTP_MUST_CHECK otp_err otp_application_get_env(otp_term name, otp_term key,
                                                       otp_term *value);
OTP_API OTP_MUST_CHECK otp_err otp_application_get_all_env(otp_term name, otp_term *out);
/* Sets a key, an atom, also of an application that is not loaded; its load writes over that. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_set_env(otp_term name, otp_term key,
                                                                       otp_term value);
/* Removes it; OTP_OK also when it is not there. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_application_unset_env(otp_term name,
                                                                         otp_term key);

/*
 * Differences from OTP
 * - An application is a C struct that names those it needs by pointer: there are no .app files, no
 *   search path and no modules list. There are no optional applications, no start phases, no
 *   distributed applications with takeover and failover, no config_change.
 * - There are no group leaders, as there is no I/O protocol: a master is the parent of its tree,
 * and no more. get_application is missing for that reason.
 * - The end of the system, where OTP halts the node: every process of it is killed and none begins.
 *   The otp_run that waits for its main process returns; who started the system stops it.
 * - A controller that is killed takes its applications with it, in no order.
 */

#endif
