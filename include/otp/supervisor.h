/* SPDX-License-Identifier: MIT */
/*
 * supervisor: starts, watches, restarts and stops children. Semantics: Erlang/OTP, stdlib,
 * supervisor(3).
 *
 *     static const otp_child_spec children[] = {
 *         {.id = "store", .server = &store_server, .name = "store", .shutdown_ms = 5000},
 *         {.id = "cache", .server = &cache_server, .restart = OTP_TRANSIENT},
 *     };
 *     otp_pid sup;
 *     otp_err e = otp_supervisor_start_link(&(otp_supervisor_spec){.strategy = OTP_ONE_FOR_ONE,
 *         .intensity = 3, .period_s = 5, .children = children, .child_count = 2}, NULL, &sup);
 */
#ifndef OTP_SUPERVISOR_H
#define OTP_SUPERVISOR_H

#include <otp/gen_statem.h>

typedef enum otp_strategy {
    OTP_ONE_FOR_ONE,
    OTP_ONE_FOR_ALL,
    OTP_REST_FOR_ONE,
    OTP_SIMPLE_ONE_FOR_ONE
} otp_strategy;
typedef enum otp_restart { OTP_PERMANENT, OTP_TRANSIENT, OTP_TEMPORARY } otp_restart;
typedef enum otp_child_type { OTP_WORKER, OTP_SUPERVISOR } otp_child_type;
typedef enum otp_auto_shutdown {
    OTP_AUTO_NEVER,
    OTP_AUTO_ANY_SIGNIFICANT,
    OTP_AUTO_ALL_SIGNIFICANT
} otp_auto_shutdown;

#define OTP_BRUTAL_KILL ((int64_t)-2)

struct otp_supervisor_spec;

/* A child. Exactly one of server, statem, process, supervisor and start says what it is. Copied by
 * the supervisor; what it points to must outlive it. significant needs a restart type that is not
 * permanent, and an auto_shutdown that is not never. */
typedef struct otp_child_spec {
    const char *id;               /* required, unique (ignored with simple_one_for_one) */
    const otp_gen_server *server; /* a gen_server */
    const otp_gen_statem *statem; /* a gen_statem */
    otp_process_fn *process;      /* a plain process: counts as started at once */
    const struct otp_supervisor_spec *supervisor;
    /* Anything else; must link. OTP_EIGNORE = it chose not to run; another error is the reason. */
    otp_err (*start)(void *context, otp_term args, otp_pid *out);
    otp_term args; /* kept by the supervisor; simple_one_for_one: see otp_supervisor_start_child */
    void *context;
    const char *name;    /* registered name; NULL = none */
    otp_restart restart; /* default permanent */
    int64_t shutdown_ms; /* 0 = 5000 for workers, infinity for supervisors; OTP_BRUTAL_KILL;
                            OTP_INFINITY */
    otp_child_type type; /* set by .supervisor */
    bool significant;
} otp_child_spec;

typedef struct otp_supervisor_spec {
    const char *name; /* static text for reports; NULL = "supervisor" */
    otp_strategy strategy;
    uint32_t intensity; /* restarts allowed within period_s; default 0 means 1, as in OTP;
                           OTP_INTENSITY_ZERO for none */
    uint32_t period_s;  /* 0 = 5 */
    otp_auto_shutdown auto_shutdown;
    const otp_child_spec *children; /* with simple_one_for_one: the one template */
    size_t child_count;
} otp_supervisor_spec;

#define OTP_INTENSITY_ZERO UINT32_MAX

/* Returns when all children have started, in order. OTP_EBADARG for a bad spec, with
 * {supervisor_data, What} or {start_spec, {What, Id}} in opts->reason, before anything is started;
 * OTP_EINIT when a child does not start: those before it are ended, last one first, and the reason
 * is {shutdown, {failed_to_start_child, Id, Reason}}. Otherwise as otp_start_link; the caller is
 * the supervisor's parent. The spec is copied with its children; what they point to is not. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_start_link(
    const otp_supervisor_spec *spec, const otp_start_opts *opts, otp_pid *out);

/* In all of these, supervisor is a pid, a name or {Name, Node}, and the call waits as long as the
 * supervisor needs; the errors of otp_call come too. */

/* Adds and starts a child. OTP_EALREADY (running, or its name is taken: *out is who), OTP_EEXIST
 * (present but not running), OTP_EINIT (reason in *reason, may be NULL), OTP_EIGNORE (it chose not
 * to run; the spec is kept unless it is temporary), OTP_EBADARG (the spec, or NULL where one is
 * needed). simple_one_for_one: spec is NULL and extra_args replaces the template's args unless it
 * is OTP_NONE. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err
otp_supervisor_start_child(otp_term supervisor, const otp_child_spec *spec, otp_term extra_args,
                           otp_pid *out, otp_term *reason);
/* By id, or by pid with simple_one_for_one (by id that is OTP_EUNSUPPORTED). OTP_ENOENT when
 * unknown. restart: the child must not run (OTP_EBUSY when it runs or waits for a restart); *out
 * may be NULL; OTP_EIGNORE, OTP_EINIT. delete: the same. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_terminate_child(otp_term supervisor,
                                                                              const char *id);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_terminate_pid(otp_term supervisor,
                                                                            otp_pid pid);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_restart_child(otp_term supervisor,
                                                                            const char *id,
                                                                            otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_delete_child(otp_term supervisor,
                                                                           const char *id);
/* [{Id, Pid | undefined | restarting, worker | supervisor, [Name]}], in start order. Ids are atoms;
 * Name is the server's. With simple_one_for_one ids are undefined, and no order is promised. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_which_children(otp_term supervisor,
                                                                             otp_term *out);

typedef struct otp_child_counts {
    size_t specs, active, supervisors, workers;
} otp_child_counts;
/* How many there are of each kind, as count_children of OTP. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_count_children(otp_term supervisor,
                                                                             otp_child_counts *out);
/* The pid of a child by id; OTP_ENOENT, or OTP_ENOPROC while it is not running. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_supervisor_child(otp_term supervisor,
                                                                    const char *id, otp_pid *out);

/*
 * What a supervisor tells: reports (otp/logger.h) with OTP's contexts start_error,
 * child_terminated, shutdown_error, shutdown, and events (otp/telemetry.h), each with the metadata
 * supervisor, name, id, pid and one more: [otp, supervisor, child_started]     old_pid = undefined
 *     [otp, supervisor, restart]           old_pid: started again by the supervisor
 *     [otp, supervisor, child_terminated]  reason
 *     [otp, supervisor, shutdown]          reason = reached_max_restart_intensity | auto_shutdown
 *
 * Differences from OTP
 * - Ids are C strings, atoms on the wire, at most 255 characters. There is no get_childspec,
 *   no check_childspecs and no code change; which_child is ours.
 * - With simple_one_for_one the extra argument replaces the template's instead of being appended,
 *   and an ignored restart removes the child.
 * - The window of the intensity is in milliseconds; OTP 25 rounds to seconds. A restart exactly one
 *   period ago counts in both.
 * - shutdown_ms = 0 is the default; to ask and kill at once, say 1. There is no modules list.
 * - Specs are checked by the caller of otp_supervisor_start_link, before anything is started.
 * - A child that is found dead when it is to be terminated is reported when its exit signal comes
 *   up in the mailbox, not at once: so a storm of deaths costs time linear in their number.
 * - Dynamic children that did not end as asked when their supervisor ended are reported once for
 *   each reason, with nb_children, as in OTP; beyond 64 reasons one by one.
 */

#endif
