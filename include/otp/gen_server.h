/* SPDX-License-Identifier: MIT */
/*
 * gen_server: a process that answers calls and casts, with its state in a C struct.
 *
 *     typedef struct { int64_t value; } counter;
 *     static otp_result counter_init(void *state, otp_term args) {
 *         counter *c = state;
 *         return otp_get_int(args, &c->value) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
 *     }
 *     static otp_result counter_call(void *state, otp_term request, otp_from from) {
 *         counter *c = state; int64_t n;
 *         (void)from;
 *         if (otp_match(request, "{add, ~i}", &n)) { c->value += n; }
 *         return otp_reply(otp_int(c->value));
 *     }
 *     const otp_gen_server counter_server = {.name = "counter", .state_size = sizeof(counter),
 *                                            .init = counter_init, .handle_call = counter_call};
 *     otp_pid pid; otp_term reply;
 *     otp_err e = otp_start_link(&counter_server, otp_int(0), NULL, &pid);
 *     e = otp_call(pid, otp_tuple(OTP_ATOM(add), otp_int(5)), 5000, &reply);
 *
 * The state lies inside the process's own block, zeroed before init, freed after terminate.
 * Callbacks run on the server's process; the terms they are given and build live until they return:
 * use otp_keep for what the state holds. Messages on the wire have the shapes of OTP 25.
 */
#ifndef OTP_GEN_SERVER_H
#define OTP_GEN_SERVER_H

#include <otp/process.h>

/* Whom to answer: may be stored, and used after the callback has returned. */
typedef struct otp_from {
    otp_pid pid;
    otp_ref ref;
    uint64_t flags;
} otp_from;

typedef enum otp_result_kind {
    OTP_RESULT_OK = 1,
    OTP_RESULT_REPLY,
    OTP_RESULT_NOREPLY,
    OTP_RESULT_STOP,
    OTP_RESULT_STOP_REPLY,
    OTP_RESULT_IGNORE
} otp_result_kind;

typedef struct otp_result {
    otp_result_kind kind;
    bool hibernate; /* allowed, and without effect: an idle server holds no stack and no garbage */
    bool continues; /* handle_continue(next) comes before any other message */
    otp_term reply;
    otp_term reason;    /* of a stop */
    otp_term next;      /* argument of handle_continue */
    int64_t timeout_ms; /* > 0: handle_info(timeout) after that much idle time; 0 or OTP_INFINITY:
                           none */
} otp_result;

/* What each callback may return. init: otp_ok, otp_stop, otp_ignore. handle_call: otp_reply,
 * otp_noreply, otp_stop, otp_stop_reply. The others: otp_noreply, otp_stop. Anything else ends the
 * server with {bad_return_value, {Callback, Result}}. */

static inline otp_result otp_result_of_(otp_result_kind kind, otp_term reply, otp_term reason) {
    otp_result result = OTP_ZEROS;
    result.kind = kind;
    result.reply = reply;
    result.reason = reason;
    return result;
}
static inline otp_result otp_ok(void) {
    return otp_result_of_(OTP_RESULT_OK, OTP_NONE, OTP_NONE);
}
static inline otp_result otp_noreply(void) {
    return otp_result_of_(OTP_RESULT_NOREPLY, OTP_NONE, OTP_NONE);
}
static inline otp_result otp_reply(otp_term reply) {
    return otp_result_of_(OTP_RESULT_REPLY, reply, OTP_NONE);
}
static inline otp_result otp_stop(otp_term reason) {
    return otp_result_of_(OTP_RESULT_STOP, OTP_NONE, reason);
}
static inline otp_result otp_stop_reply(otp_term reason, otp_term reply) {
    return otp_result_of_(OTP_RESULT_STOP_REPLY, reply, reason);
}
static inline otp_result otp_ignore(void) { /* init only */
    return otp_result_of_(OTP_RESULT_IGNORE, OTP_NONE, OTP_NONE);
}
/* otp_then(otp_reply(x), next): handle_continue(next) afterwards, before any other message. */
static inline otp_result otp_then(otp_result result, otp_term next) {
    result.continues = true;
    result.next = next;
    return result;
}
/* otp_within(otp_noreply(), 500): handle_info(timeout) when no message comes for 500 ms. Any
 * message ends it; a system message lets the time run anew. With otp_then, what handle_continue
 * returns says how long to wait. */
static inline otp_result otp_within(otp_result result, int64_t timeout_ms) {
    result.timeout_ms = timeout_ms;
    return result;
}

/* Callbacks may be NULL: without init the server starts with a zeroed state; a missing handle_call
 * exits with {bad_call, Request}, handle_cast with {bad_cast, Request}, handle_continue with
 * {bad_continue, Next}; a missing handle_info logs and drops. They may suspend, except describe. */
typedef struct otp_gen_server {
    const char *name; /* required: static text for reports */
    size_t state_size;
    otp_result (*init)(void *state, otp_term args); /* otp_ok, otp_stop, otp_ignore */
    otp_result (*handle_call)(void *state, otp_term request, otp_from from);
    otp_result (*handle_cast)(void *state, otp_term request);
    otp_result (*handle_info)(void *state, otp_term message);
    otp_result (*handle_continue)(void *state, otp_term next);
    /* Runs before the exit on a stop result, a bad one, otp_stop_server, a message without its
     * callback, and, when exits are trapped, at the parent's exit. Not after init has failed, not
     * on exit signals that are not trapped, not on kill. */
    void (*terminate)(void *state, otp_term reason);
    otp_term (*describe)(
        const void *state); /* the state as a term: sys, snapshots, crash reports */
    bool (*undescribe)(void *state, otp_term described); /* the reverse; false = not such a term */
} otp_gen_server;

typedef struct otp_start_opts {
    otp_term name;      /* an atom: registered before init runs */
    int64_t timeout_ms; /* for init; 0 = OTP_INFINITY */
    void *context;      /* what otp_context() returns; must outlive the process */
    const char *label;  /* static text for reports; default: the server's name */
    size_t mailbox_max;
    otp_on_full on_full;
    otp_term *reason; /* where to put the reason of OTP_EINIT */
} otp_start_opts;

/* Returns when init has. opts may be NULL. OTP_EALREADY: the name is taken, *out is who has it;
 * OTP_EINIT: init stopped or died (reason in opts->reason); OTP_EIGNORE; OTP_ETIMEOUT: init took
 * too long and was killed. When it returns an error the process and its name are gone (OTP 26). A
 * failed start of a linked server sends no exit signal to the caller that gets the error; others
 * that init linked do get it. The caller of otp_start_link is the server's parent; the monitor of
 * otp_start_monitor is in *ref. OTP_EBADARG: no server, or one without name; also OTP_ELIMIT,
 * OTP_ENOMEM. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_start(const otp_gen_server *server,
                                                         otp_term args, const otp_start_opts *opts,
                                                         otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_start_link(const otp_gen_server *server,
                                                              otp_term args,
                                                              const otp_start_opts *opts,
                                                              otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_start_monitor(const otp_gen_server *server,
                                                                 otp_term args,
                                                                 const otp_start_opts *opts,
                                                                 otp_pid *out, otp_ref *ref);

/* Sends a request and waits for the answer. OTP_ETIMEOUT; OTP_EDOWN, with the exit reason in
 * *reply; OTP_ENOPROC; OTP_ENODE; OTP_EFULL. A late answer is dropped. Calling oneself is
 * OTP_EBADARG. The reply (may be NULL) lives in the caller's scope. dest: a pid, a name, or {Name,
 * Node}. */
#define otp_call(dest, request, timeout_ms, reply)                                                 \
    otp_call_term(OTP_DEST(dest), (request), (timeout_ms), (reply))
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_call_term(otp_term dest, otp_term request,
                                                             int64_t timeout_ms, otp_term *reply);
#define otp_cast(dest, request) otp_cast_term(OTP_DEST(dest), (request))
OTP_API void otp_cast_term(otp_term dest, otp_term request); /* never fails visibly, as in OTP */
/* gen_server:reply/2: answers a call for which the callback returned otp_noreply. From the server
 * or any other process of the system, once; a second answer is dropped. */
OTP_API void otp_answer(otp_from from, otp_term reply);
/* gen_server:stop/3: terminate runs; waits for the exit. OTP_EDOWN: it exited for another reason.
 * After OTP_ETIMEOUT it stops as soon as it can. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stop_server(otp_term dest, otp_term reason,
                                                               int64_t timeout_ms);

/*
 * Differences from OTP
 * - otp_exit, a failed OTP_ASSERT and a misuse inside a callback end the server without terminate:
 *   the C state may be half changed, where Erlang would hand over the one of before. Return
 *   otp_stop to have terminate run, and otp_defer what must happen in any case.
 * - A server started with otp_start_link whose init fails sends no exit signal to its starter: the
 *   error is all. (OTP sends one unless init returns {error, _} of OTP 26.)
 * - A missing handle_call, handle_cast or handle_continue has an exit reason of its own; in OTP the
 *   reason is undef.
 * - {bad_return_value, Value}: Value is {Callback, Result}, Result being the kind of otp_result.
 * - otp_call returns what gen_server:call exits with.
 * - A tag that is neither a reference nor an alias (of a client that made up its own) can be
 *   answered by the server itself only, and is kept until it is.
 * - hibernate has no effect. There are no code_change, format_status, enter_loop, multi_call,
 *   send_request; names are local atoms.
 */

#endif
