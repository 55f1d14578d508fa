/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: operations on servers, clients at the same time, supervisors, protocols and chaos, as
 * drawn terms; and what runs and verifies them.
 *
 *     static otp_term add(void *unused) {
 *         return otp_tuple(OTP_ATOM(add), otp_int(st_int(-100, 100)));
 *     }
 *     ST_PROPERTY(counter, is_never_negative) {
 *         static const st_operation_choice all[] = {{.draw = add}, {0}};
 *         otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
 *         otp_term operations = st_operation_sequence(&(st_operation_opts){.operations = all});
 *         st_execute_operation_sequence(c, operations);
 *         st_verify_genserver_invariants(c, value_is_not_negative);
 *     }
 *
 * All are drawn with the draws of property.h: in a process of a property or an exploration, or in a
 * case of st_check. They shrink as these do, lists in length and in their elements. Terms live in
 * the caller's scope, in st_check until the case ends. Options that make no sense fail the test by
 * a hard check, which says what is wrong.
 */
#ifndef SUPERTESTER_SCENARIO_H
#define SUPERTESTER_SCENARIO_H

#include <supertester/helpers.h>
#include <supertester/property.h>

/* What an option of zero means is said behind it; where that is a default, ST_ZERO is the number 0.
 */
#define ST_ZERO INT64_MIN

/* Both included. {0, 0} is the default; where hi is something else lo may be 0. */
typedef struct st_range {
    int64_t lo, hi;
} st_range;

/* ---- Operations ---- */

/* Draws an operation, its parameters included: otp_tuple(OTP_ATOM(add), otp_int(st_int(0, 9))). */
typedef otp_term st_draw_operation(void *context);

/* An operation, or a message: an atom or a tuple, or the function that draws one. */
typedef struct st_operation_choice {
    otp_term term;           /* none: .draw says what it is */
    uint32_t weight;         /* 1; at most 1,000,000 */
    st_draw_operation *draw; /* none: .term says what it is */
    void *context;           /* of .draw */
    const char *type;        /* what .draw draws is this atom or begins with it; any */
} st_operation_choice;

/* At most 64 of them, simplest is the first. (C only. Elsewhere an array that ends with zeros.) */
#define ST_OPERATIONS(...)                                                                         \
    ((const st_operation_choice[]){__VA_ARGS__, {OTP_NONE, 0, NULL, NULL, NULL}})

typedef struct st_operation_opts {
    const st_operation_choice *operations; /* required */
    int64_t min_length;                    /* 1 */
    int64_t max_length;                    /* 50; at most 10,000 */
} st_operation_opts;

/* [Operation, ...]; of the opts. */
#define st_operation_sequence(...)                                                                 \
    st_operation_sequence_at((__VA_ARGS__), ST_DRAWN_("st_operation_sequence"), OTP_SITE)
ST_API otp_term st_operation_sequence_at(const st_operation_opts *opts, const char *label,
                                         const char *site);

/* Runs them one after the other, each as st_run_operation does, which fails the test when there is
 * no answer; the list of the replies. */
#define st_execute_operation_sequence(dest, operations)                                            \
    st_execute_operation_sequence_at(OTP_DEST(dest), (operations), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_term st_execute_operation_sequence_at(otp_term dest, otp_term operations,
                                                                 const char *site);

/* The server's described state is one of which the function says true: a soft check. */
typedef bool st_invariant_fn(otp_term state);
#define st_verify_genserver_invariants(dest, invariant)                                            \
    st_verify_genserver_invariants_at(OTP_DEST(dest), (invariant), #invariant, OTP_SITE)
ST_API OTP_MAY_SUSPEND bool st_verify_genserver_invariants_at(otp_term dest,
                                                              st_invariant_fn *invariant,
                                                              const char *text, const char *site);

/* ---- Several processes ---- */

typedef struct st_concurrent_opts {
    const st_operation_choice *operations; /* required */
    st_range processes;                    /* 2..10; at most 1,000 */
    st_range operations_per_process;       /* 1..20; at most 10,000 */
    bool synchronized_start;               /* each begins at once */
    st_range delay_ms;                     /* of each process before its first operation: none */
} st_concurrent_opts;

/* #{num_processes => N, operations => [[Operation, ...], ...], timing => nil | Timing}, with one
 * list of operations for each process. Timing, when it was asked for, is
 * #{synchronized_start => true | false, delays_ms => [Ms, ...]}, with one delay for each. */
#define st_concurrent_scenario(...)                                                                \
    st_concurrent_scenario_at((__VA_ARGS__), ST_DRAWN_("st_concurrent_scenario"), OTP_SITE)
ST_API otp_term st_concurrent_scenario_at(const st_concurrent_opts *opts, const char *label,
                                          const char *site);

/* Runs each list of operations in a process of its own, all at the same time, and returns when all
 * are through: for each, in the scenario's order, {ok, [Reply, ...]}, or {error, Reason} when an
 * operation got no answer (the server's exit reason, noproc, timeout, nodedown, mailbox_full) or
 * the process was ended; what comes after that is not run. Operations are those of
 * st_run_operation. With a synchronized start none begins before all are there; its delay comes
 * after that. */
#define st_execute_concurrent_scenario(dest, scenario)                                             \
    st_execute_concurrent_scenario_at(OTP_DEST(dest), (scenario), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_term st_execute_concurrent_scenario_at(otp_term dest, otp_term scenario,
                                                                  const char *site);

/* The state after all operations, of a scenario or of a list: step is asked for the state behind
 * each. It is that of one process after the other, so for operations whose order does not matter.
 */
typedef otp_term st_step_fn(otp_term state, otp_term operation);
#define st_calculate_expected_state(scenario, initial, step)                                       \
    st_calculate_expected_state_at((scenario), (initial), (step), OTP_SITE)
ST_API otp_term st_calculate_expected_state_at(otp_term scenario, otp_term initial,
                                               st_step_fn *step, const char *site);

/* ---- Supervisors ---- */

typedef struct st_supervisor_opts {
    otp_term strategies;          /* [one_for_one, one_for_all, rest_for_one] */
    st_range children;            /* 1..5; at most 64 */
    st_range max_restarts;        /* 1..10 */
    st_range max_seconds;         /* 1..10 */
    otp_term child_restart_types; /* [permanent, temporary, transient] */
} st_supervisor_opts;

/* #{strategy => S, num_children => N, max_restarts => N, max_seconds => N, child_specs =>
 * [#{id => child_1, restart => permanent}, ...]}. Simplest are the first of both lists. opts may be
 * NULL. */
#define st_supervisor_config(...)                                                                  \
    st_supervisor_config_at((__VA_ARGS__), ST_DRAWN_("st_supervisor_config"), OTP_SITE)
ST_API otp_term st_supervisor_config_at(const st_supervisor_opts *opts, const char *label,
                                        const char *site);

/* A supervisor as st_setup_isolated_supervisor makes it. Its children run that server, started with
 * their id; NULL: a server that answers each call with the request. */
#define st_start_supervisor_config(config, server)                                                 \
    st_start_supervisor_config_at((config), (server), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_pid st_start_supervisor_config_at(otp_term config,
                                                             const otp_gen_server *server,
                                                             const char *site);

/* The supervisor lives and has, in order, the children of the config and no others: permanent ones
 * run, transient ones run or have ended, temporary ones run or are gone. A soft check that waits
 * until it is so, at most ST_PATIENCE_MS: while children are restarted it is not. What cannot be
 * seen of a supervisor, its strategy and intensity, is not verified. */
#define st_verify_supervisor_state(dest, config)                                                   \
    st_verify_supervisor_state_at(OTP_DEST(dest), (config), OTP_SITE)
ST_API OTP_MAY_SUSPEND bool st_verify_supervisor_state_at(otp_term dest, otp_term config,
                                                          const char *site);

/* ---- Messages of a protocol ---- */

typedef struct st_message_opts {
    const st_operation_choice *messages; /* required; those with .draw have a .type */
    otp_term constraints;                /* [] */
    int64_t max_length;                  /* 20; at most 10,000 */
} st_message_opts;

/* [Message, ...], perhaps empty. A message's type is its atom, or the first element of its tuple.
 * The constraints are a list of
 *     {requires, Type, Earlier}   Type only after an Earlier
 *     {once, Type}                at most one
 *     {terminal, Type}            the last one, if it is there
 *     {excludes, Type, Other}     not both of them
 * Every sequence that is tried while shrinking keeps them, too. Constraints under which a type
 * could never be sent are refused. Terminal types are drawn with an eighth of their weight, so that
 * sequences are not all short. */
#define st_message_sequence(...)                                                                   \
    st_message_sequence_at((__VA_ARGS__), ST_DRAWN_("st_message_sequence"), OTP_SITE)
ST_API otp_term st_message_sequence_at(const st_message_opts *opts, const char *label,
                                       const char *site);

/* ---- Chaos ---- */

typedef struct st_chaos_opts {
    otp_term events;      /* required: a list of the types below */
    otp_term intensity;   /* low | medium | high: medium */
    st_range duration_ms; /* 1000..5000 */
    st_range event_rate;  /* events a second: 1..10; at most 10,000 events together */
    otp_term targets;     /* of crash_process, pids and names: [any] */
    otp_term nodes;       /* of partition_network: [any] */
    otp_term resources;   /* [process_limit, port_limit, ets_tables, memory, atoms] */
} st_chaos_opts;

/* #{duration_ms => Ms, events => [Event, ...], intensity => Intensity}. The events are, in the
 * order in which they are to strike,
 *     {crash_process, Target}
 *     {delay_messages, Ms}             1..10, 1..100 or 1..1000 with the intensity
 *     {drop_messages, Probability}     0.01..0.05, 0.01..0.2 or 0.01..0.5
 *     {partition_network, [Node, ...]} at least one of them
 *     {exhaust_resource, Resource}
 * where any stands for whatever there is when they strike. */
#define st_chaos_scenario(...)                                                                     \
    st_chaos_scenario_at((__VA_ARGS__), ST_DRAWN_("st_chaos_scenario"), OTP_SITE)
ST_API otp_term st_chaos_scenario_at(const st_chaos_opts *opts, const char *label,
                                     const char *site);

#endif
