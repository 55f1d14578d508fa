/* SPDX-License-Identifier: MIT */
/*
 * The state of a supervisor, and its parts: child.c starts children and knows them, shutdown.c ends
 * them, toll.c counts those of them that ended badly, restart.c decides what follows a death,
 * report.c tells of it, supervisor.c is the server.
 *
 * Design notes.
 * A supervisor is a gen_server. Its children are found by id or, when they exit, by pid, each in
 * constant time; their list is in start order. What is known of a pid:
 *     a child     it runs, or (simple_one_for_one) waits for its next restart
 *     an id       it was terminated but found dead already: its 'EXIT' is still to be reported
 *     nothing     not ours, or done with: its 'EXIT' is passed over
 * so the mailbox is never searched, and a storm of deaths costs time linear in their number.
 */
#ifndef OTP_BEHAVIOUR_SUPERVISOR_H
#define OTP_BEHAVIOUR_SUPERVISOR_H

#include "base/list.h"
#include "base/map64.h"
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
    uint32_t size;      /* of the block */
    otp_child_spec own; /* not there with simple_one_for_one */
} otpi_sup_child;

typedef struct otpi_supervisor {
    otp_supervisor_spec *spec; /* owned; its children are only read by init and as template */
    bool simple;
    otpi_list children;
    size_t count, restarting;
    otpi_map64 ids;  /* id -> child; not with simple_one_for_one */
    otpi_map64 pids; /* pid -> child, or the id of one that is to be reported */
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

/* A new child at the end, not started. spec NULL: of the template. NULL when out of memory. */
otpi_sup_child *otpi_sup_child_add(otpi_supervisor *sup, const otp_child_spec *spec, otp_term args);
/* Forgets the child; it does not run. */
void otpi_sup_child_remove(otpi_supervisor *sup, otpi_sup_child *child);
/* NULL when there is none of that id, or no running one of that pid. */
otpi_sup_child *otpi_sup_child_by_id(const otpi_supervisor *sup, otp_term id);
otpi_sup_child *otpi_sup_child_by_pid(const otpi_supervisor *sup, otp_pid pid);
/* What is known of a pid is forgotten: the child, the id to report (child NULL), or neither. */
otpi_sup_child *otpi_sup_child_take_pid(otpi_supervisor *sup, otp_pid pid, otp_term *id);
/* The child no longer runs. Temporary and dynamic ones are removed, others stay as undefined. */
void otpi_sup_child_gone(otpi_supervisor *sup, otpi_sup_child *child);
/* Sets the state, and counts those that are restarting. */
void otpi_sup_child_set_state(otpi_supervisor *sup, otpi_sup_child *child,
                              otpi_sup_child_state state);

/* Starts it. OTP_OK: running; OTP_EIGNORE: undefined; else *reason says why. */
OTP_MAY_SUSPEND otp_err otpi_sup_child_start(otpi_supervisor *sup, otpi_sup_child *child,
                                             otp_term *reason);

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
