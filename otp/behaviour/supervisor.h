/* SPDX-License-Identifier: MIT */
/*
 * The state of a supervisor, and its parts: child.c starts children and knows them, dynamic.c knows
 * those of simple_one_for_one, shutdown.c ends them, toll.c counts those of them that ended badly,
 * restart.c decides what follows a death, report.c tells of it, supervisor.c is the server.
 *
 * Design notes.
 * A supervisor is a gen_server. Its children are found by id or, when they exit, by pid, each in
 * constant time; their list is in start order. What is known of a pid:
 *     a child     it runs
 *     an id       it was terminated but found dead already: its 'EXIT' is still to be reported
 *     nothing     not ours, or done with: its 'EXIT' is passed over
 * so the mailbox is never searched, and a storm of deaths costs time linear in their number.
 * Of dynamic children (simple_one_for_one) there may be a million: all are of one spec, and most
 * have its arguments, so that a child is no more than its pid in a set. Who is started with
 * arguments of its own is in a map with them, and who waits for its next restart in another, under
 * its last pid. Functions that take a child are given one made for them.
 */
#ifndef OTP_BEHAVIOUR_SUPERVISOR_H
#define OTP_BEHAVIOUR_SUPERVISOR_H

#include "base/list.h"
#include "base/map64.h"
#include "base/set64.h"
#include "behaviour/spec.h"
#include "behaviour/window.h"

typedef enum otpi_sup_child_state {
    OTPI_SUP_CHILD_DOWN,       /* undefined */
    OTPI_SUP_CHILD_RUNNING,    /* pid is it */
    OTPI_SUP_CHILD_RESTARTING, /* a restart failed; a message to try again is under way */
} otpi_sup_child_state;

typedef struct otpi_sup_child {
    otpi_list link; /* in start order */
    otp_pid pid;    /* running, or of its last life */
    otp_term id;    /* an atom; undefined with simple_one_for_one */
    otp_term args;  /* kept */
    const otp_child_spec *spec;
    otpi_sup_child_state state;
    otp_child_spec own; /* what spec points at, unless it is the template */
} otpi_sup_child;

/* The dynamic children. */
typedef struct otpi_sup_dynamic {
    otpi_set64 plain;   /* pids of those that run and have the template's arguments */
    otpi_map64 with;    /* of those that run and have their own: pid -> arguments, kept */
    otpi_map64 waiting; /* of those that wait for their next restart: last pid -> arguments */
} otpi_sup_dynamic;

typedef struct otpi_supervisor {
    otp_supervisor_spec *spec; /* owned; its children are only read by init and as template */
    bool simple;
    otpi_list children; /* not the dynamic ones */
    otpi_sup_dynamic dynamic;
    size_t count;
    otpi_map64 ids;  /* id -> child; not with simple_one_for_one */
    otpi_map64 pids; /* pid -> child that is not dynamic, or the id of one that is to be reported */
    otpi_window window;
    otp_term template_args; /* kept */
    bool ending;            /* all dynamic children are being ended */
    struct otpi_sup_toll *toll;
} otpi_supervisor;
typedef struct otpi_sup_toll otpi_sup_toll;

static inline otpi_sup_child *otpi_sup_child_of_link(otpi_list *link) {
    return OTPI_LIST_ENTRY(link, otpi_sup_child, link);
}
const char *otpi_supervisor_name(const otpi_supervisor *sup);

/* ---- child.c ---- */

/* A new child at the end, not started. NULL when out of memory. */
otpi_sup_child *otpi_sup_child_add(otpi_supervisor *sup, const otp_child_spec *spec, otp_term args);
/* Forgets the child; it does not run. */
void otpi_sup_child_remove(otpi_supervisor *sup, otpi_sup_child *child);
/* NULL when there is none of that id. */
otpi_sup_child *otpi_sup_child_by_id(const otpi_supervisor *sup, otp_term id);
/* The running child of that pid; a dynamic one is made in *room. NULL when there is none. */
otpi_sup_child *otpi_sup_child_by_pid(const otpi_supervisor *sup, otp_pid pid,
                                      otpi_sup_child *room);
/* Such a pid will be looked for soon. */
void otpi_sup_child_prefetch(const otpi_supervisor *sup, otp_pid pid);
/* The child is known by its pid; false when out of memory. */
OTP_MUST_CHECK bool otpi_sup_child_know(otpi_supervisor *sup, otpi_sup_child *child);
void otpi_sup_child_forget(otpi_supervisor *sup, const otpi_sup_child *child);
/* It was found dead: its 'EXIT' is to be reported. */
void otpi_sup_child_expect(otpi_supervisor *sup, const otpi_sup_child *child);
/* The id of a child whose 'EXIT' was to be reported; OTP_NONE when there is none of that pid. */
otp_term otpi_sup_expected(otpi_supervisor *sup, otp_pid pid);
/* The child no longer runs. Temporary and dynamic ones are removed, others stay as undefined. */
void otpi_sup_child_gone(otpi_supervisor *sup, otpi_sup_child *child);

/* Starts it. OTP_OK: running; OTP_EIGNORE: undefined; else *reason says why. */
OTP_MAY_SUSPEND otp_err otpi_sup_child_start(otpi_supervisor *sup, otpi_sup_child *child,
                                             otp_term *reason);

/* ---- dynamic.c ---- */

void otpi_sup_dynamic_init(otpi_sup_dynamic *dynamic);
void otpi_sup_dynamic_fini(otpi_sup_dynamic *dynamic);
/* A child to be started, with the template's arguments or a copy of those (OTP_NONE = none). */
otpi_sup_child otpi_sup_dynamic_new(otpi_supervisor *sup, otp_term args);
/* Drops what the child has of its own: it is no child any more. */
void otpi_sup_dynamic_drop(otpi_supervisor *sup, const otpi_sup_child *child);
/* The running child of that pid; false when there is none. */
bool otpi_sup_dynamic_find(const otpi_supervisor *sup, otp_pid pid, otpi_sup_child *child);
bool otpi_sup_dynamic_know(otpi_supervisor *sup, const otpi_sup_child *child);
void otpi_sup_dynamic_forget(otpi_supervisor *sup, const otpi_sup_child *child);
/* The child waits for its next restart; false when out of memory. */
OTP_MUST_CHECK bool otpi_sup_dynamic_wait(otpi_supervisor *sup, const otpi_sup_child *child);
/* It waits no more; false when it did not. */
bool otpi_sup_dynamic_wake(otpi_supervisor *sup, otp_pid pid, otpi_sup_child *child);
/* Each running pid: *cursor starts at {0}; false after the last. */
typedef struct otpi_sup_cursor {
    size_t plain, with, waiting;
} otpi_sup_cursor;
bool otpi_sup_dynamic_running(const otpi_supervisor *sup, otpi_sup_cursor *cursor, otp_pid *pid);
/* Each child, those that wait too. */
bool otpi_sup_dynamic_next(const otpi_supervisor *sup, otpi_sup_cursor *cursor,
                           otpi_sup_child *child);

/* ---- shutdown.c ---- */

/* Ends a child as its spec says, and waits until it is gone; its state is undefined then. */
OTP_MAY_SUSPEND void otpi_sup_child_terminate(otpi_supervisor *sup, otpi_sup_child *child);
/* All from a child on (NULL = the first), last one first. Temporary ones are removed. */
OTP_MAY_SUSPEND void otpi_sup_children_terminate(otpi_supervisor *sup, otpi_sup_child *from);
/* All, at the end of the supervisor. */
OTP_MAY_SUSPEND void otpi_supervisor_shutdown(otpi_supervisor *sup);

/* ---- toll.c ---- */

/* A dynamic child has not ended as asked while all are being ended. */
void otpi_sup_toll_add(otpi_supervisor *sup, otp_term reason);
/* Reports what was counted, once for each reason, and forgets it. */
void otpi_sup_toll_report(otpi_supervisor *sup);
void otpi_sup_toll_free(otpi_supervisor *sup);

/* ---- restart.c ---- */

/* A linked process has exited; false: the supervisor shall stop with reason shutdown. */
OTP_MAY_SUSPEND bool otpi_supervisor_exited(otpi_supervisor *sup, otp_pid pid, otp_term reason);
/* A child whose restart failed is due again; false as above. */
OTP_MAY_SUSPEND bool otpi_supervisor_try_again(otpi_supervisor *sup, otp_term what);
/* Starts all from a child on (NULL = the first). The one that failed, with *reason, or NULL. */
OTP_MAY_SUSPEND otpi_sup_child *otpi_sup_children_start(otpi_supervisor *sup, otpi_sup_child *from,
                                                        bool restart, otp_term *reason);

/* ---- report.c ---- */

/* normal, shutdown or {shutdown, _}: no restart of a transient child, and no report. */
bool otpi_supervisor_in_order(otp_term reason);

/* Reports go to the log, and to telemetry as [otp, supervisor, report]. context is OTP's word:
 * start_error, child_terminated, shutdown_error, shutdown. */
void otpi_supervisor_report(const char *context, otp_term reason, const otpi_sup_child *child);
/* A child that was found dead when it was to be terminated, and may be forgotten already: tells
 * that it exited, and reports it as shutdown_error unless it went in order. */
void otpi_supervisor_report_gone(otpi_supervisor *sup, otp_term reason, otp_term id, otp_pid pid);
/* So many dynamic children did not end as asked: shutdown_error, with nb_children in the offender
 * for the pid. */
void otpi_supervisor_report_children(const otpi_supervisor *sup, otp_term reason, size_t children);
/* Events [otp, supervisor, child_started], or [otp, supervisor, restart] when there was a life
 * before; [.., child_terminated]; [.., shutdown], with the child that was the last straw. */
void otpi_supervisor_tell_started(const otpi_supervisor *sup, const otpi_sup_child *child,
                                  otp_pid before);
void otpi_supervisor_tell_terminated(const otpi_supervisor *sup, const otpi_sup_child *child,
                                     otp_term reason);
void otpi_supervisor_tell_shutdown(const otpi_supervisor *sup, otp_term id, otp_pid pid,
                                   otp_term why);

#endif
