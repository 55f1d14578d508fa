/* SPDX-License-Identifier: MIT */
/*
 * A todo service: a supervised store that writes to SQLite, desks that take requests, and clients
 * that repeat a request until it is acknowledged.
 *
 *     todo_root (one_for_one)
 *       todo_store            gen_server: owns the database, commits what came meanwhile at once
 *       todo_desks (one_for_one)
 *         todo_desk_0 ... 15  gen_server: checks a request and hands it to the store
 *
 * The promise: a todo that was acknowledged is in the database, once, whatever is killed, cut or
 * switched off. The client chooses the id and repeats with the same id; the store inserts an id at
 * most once and answers after the commit.
 */
#ifndef TODO_APP_TODO_H
#define TODO_APP_TODO_H

#include <otp/supervisor.h>

enum {
    TODO_DESKS = 16,
    TODO_ID_MAX = 32,
    TODO_TITLE_MAX = 128,
    TODO_BATCH_MAX = 64,
    TODO_TIMEOUT_MS = 10000
};

/* Mistakes put in on purpose: the proof must find them. */
typedef enum todo_planted {
    TODO_SOUND,
    TODO_EARLY_ACK, /* acknowledges at once, writes behind */
    TODO_DOUBLE,    /* a repeated request adds a second todo */
} todo_planted;

typedef struct todo_opts {
    const char *path;       /* of the database */
    uint32_t restarts_max;  /* of one child within 5 seconds; 0 = 10 */
    unsigned commit_ms_max; /* simulated worlds: a commit takes a drawn 0..n ms */
    todo_planted planted;
} todo_opts;

/* What the supervisors need; the caller's, must outlive the service. */
typedef struct todo_app {
    todo_opts opts;
    char desk_names[TODO_DESKS][16];
    otp_child_spec desks[TODO_DESKS], children[2];
    otp_supervisor_spec desk_supervisor, root;
} todo_app;

/* From a process; opts->path must outlive the service. sqlite3_vfs "otp" must be registered. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err todo_start_link(todo_app *app, const todo_opts *opts,
                                                       otp_pid *out);

extern const otp_gen_server todo_store_server; /* context: a todo_opts */
extern const otp_gen_server todo_desk_server;

/* ---- Clients: node is OTP_NONE for a service on the same node ---- */

/* One attempt: OTP_OK when the todo is acknowledged, otherwise nobody knows. attempt: picks the
 * desk. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err todo_add_once(otp_term node, const char *id,
                                                     const char *title, unsigned attempt,
                                                     int64_t timeout_ms);
/* Repeats until acknowledged, pausing a little longer each time. How many attempts it took. */
OTP_MAY_SUSPEND unsigned todo_add(otp_term node, const char *id, const char *title);
/* Between the failed attempt (from 0) and the next: a little longer each time. */
OTP_MAY_SUSPEND void todo_pause(unsigned attempt);
/* The desk of an attempt, 0 .. TODO_DESKS - 1. */
unsigned todo_desk_of(const char *id, unsigned attempt);
/* OTP_OK and the title (cut off at size), OTP_ENOENT, or why it could not be asked. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err todo_find(otp_term node, const char *id, char *title,
                                                 size_t size);

#endif
