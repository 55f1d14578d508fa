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

typedef struct otp_from { /* whom to answer: may be stored, and used after the callback has returned
                           */
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
    bool hibernate;
    bool continues; /* handle_continue(next) comes before any other message */
    otp_term reply;
    otp_term reason;    /* of a stop */
    otp_term next;      /* argument of handle_continue */
    int64_t timeout_ms; /* > 0 or OTP_INFINITY: {timeout} after idle time, as handle_info(timeout);
                           0 = none */
} otp_result;

static inline otp_result otp_ok(void) {
    return (otp_result){.kind = OTP_RESULT_OK};
}
static inline otp_result otp_noreply(void) {
    return (otp_result){.kind = OTP_RESULT_NOREPLY};
}
static inline otp_result otp_reply(otp_term reply) {
    return (otp_result){.kind = OTP_RESULT_REPLY, .reply = reply};
}
static inline otp_result otp_stop(otp_term reason) {
    return (otp_result){.kind = OTP_RESULT_STOP, .reason = reason};
}
static inline otp_result otp_stop_reply(otp_term reason, otp_term reply) {
    return (otp_result){.kind = OTP_RESULT_STOP_REPLY, .reply = reply, .reason = reason};
}
static inline otp_result otp_ignore(void) { /* init only */
    return (otp_result){.kind = OTP_RESULT_IGNORE};
}
/* otp_then(otp_reply(x), next): handle_continue(next) afterwards. */
static inline otp_result otp_then(otp_result result, otp_term next) {
    result.continues = true;
    result.next = next;
    return result;
}
/* otp_within(otp_noreply(), 500): handle_info(timeout) when no message comes for 500 ms. */
static inline otp_result otp_within(otp_result result, int64_t timeout_ms) {
    result.timeout_ms = timeout_ms;
    return result;
}

/* Callbacks may be NULL unless told: a missing handle_call exits with {bad_call, Request}, a
 * missing handle_cast with {bad_cast, Request}, a missing handle_info logs and drops. */
typedef struct otp_gen_server {
    const char *name; /* required: static text for reports */
    size_t state_size;
    otp_result (*init)(void *state, otp_term args); /* otp_ok, otp_stop, otp_ignore */
    otp_result (*handle_call)(void *state, otp_term request, otp_from from);
    otp_result (*handle_cast)(void *state, otp_term request);
    otp_result (*handle_info)(void *state, otp_term message);
    otp_result (*handle_continue)(void *state, otp_term next);
    /* Runs on otp_stop, a stop result, and, when exits are trapped, at the parent's exit. Not on
     * kill. */
    void (*terminate)(void *state, otp_term reason);
    otp_term (*describe)(
        const void *state); /* the state as a term: sys, snapshots, crash reports */
    bool (*undescribe)(void *state, otp_term described); /* the reverse; false = not such a term */
} otp_gen_server;

typedef struct otp_start_opts {
    otp_term name;      /* an atom */
    int64_t timeout_ms; /* for init; 0 = OTP_INFINITY */
    void *context;
    const char *label;
    size_t mailbox_max;
    otp_on_full on_full;
    otp_term *reason; /* where to put the reason of OTP_EINIT */
} otp_start_opts;

/* Returns when init has. opts may be NULL. OTP_EALREADY: the name is taken, *out is who has it;
 * OTP_EINIT: init stopped or died (reason in opts->reason); OTP_EIGNORE; OTP_ETIMEOUT: init took
 * too long and was killed. A failed start of a linked server sends no exit signal to a caller that
 * gets the error (OTP 26). */
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
 * *reply; OTP_ENOPROC; OTP_ENODE. A late answer is dropped. Calling oneself is OTP_EBADARG. The
 * reply lives in the caller's scope. */
#define otp_call(dest, request, timeout_ms, reply)                                                 \
    otp_call_term(OTP_DEST(dest), (request), (timeout_ms), (reply))
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_call_term(otp_term dest, otp_term request,
                                                             int64_t timeout_ms, otp_term *reply);
#define otp_cast(dest, request) otp_cast_term(OTP_DEST(dest), (request))
OTP_API void otp_cast_term(otp_term dest, otp_term request); /* never fails visibly, as in OTP */
/* gen_server:reply/2: answers a call for which the callback returned otp_noreply. */
OTP_API void otp_answer(otp_from from, otp_term reply);
/* gen_server:stop/3: terminate runs; waits for the exit. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stop_server(otp_term dest, otp_term reason,
                                                               int64_t timeout_ms);

#endif
