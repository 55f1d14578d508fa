/* SPDX-License-Identifier: MIT */
/*
 * Families for tests: supervisors whose children tell the test of their births and deaths. The
 * args of a child are the test's pid; family_start fills them in where a spec has none.
 */
#ifndef OTP_BEHAVIOUR_TEST_FAMILY_H
#define OTP_BEHAVIOUR_TEST_FAMILY_H

#include "behaviour/test_probe.h"

/* A member knows its id: the label its supervisor gave it, as process_info tells. */
static inline otp_term member_id(void) {
    otp_term info, label;
    if (otp_process_info(otp_self(), &info) != OTP_OK) {
        return otp_nil();
    }
    otp_bytes text;
    label = otp_map_get(info, OTP_ATOM(label));
    if (otp_match(label, "~b", &text)) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)text.size, (const char *)text.data);
        return otp_atom(name);
    }
    return label;
}

static inline void member_tell(otp_term watcher, const char *what, otp_term value) {
    otp_pid to;
    if (otp_get_pid(watcher, &to)) {
        otp_send(to, otp_tuple(otp_atom(what), member_id(), otp_from_pid(otp_self()), value));
    }
}

/* Tells {born, Id, Pid, up} and does as it is told: {exit, Reason}. */
static inline void member(otp_term watcher) {
    otp_term reason;
    otp_term kept = otp_keep(watcher);
    member_tell(kept, "born", OTP_ATOM(up));
    if (otp_receive_match(OTP_INFINITY, "{exit, ~t}", &reason) == OTP_OK) {
        otp_exit(reason);
    }
}

/* The same, and traps exits: tells {dead, Id, Pid, Reason} when asked to go, and goes. */
static inline void member_trapping(otp_term watcher) {
    otp_term reason, message;
    otp_term kept = otp_keep(watcher);
    otp_trap_exit(true);
    member_tell(kept, "born", OTP_ATOM(up));
    if (otp_receive(OTP_INFINITY, &message) == OTP_OK &&
        otp_match(message, "{'EXIT', _, ~t}", &reason)) {
        member_tell(kept, "dead", reason);
        otp_exit(reason);
    }
    if (otp_match(message, "{exit, ~t}", &reason)) {
        otp_exit(reason);
    }
}

/* Traps exits and does not go. */
static inline void member_stubborn(otp_term watcher) {
    otp_trap_exit(true);
    member_tell(watcher, "born", OTP_ATOM(up));
    otp_err err = otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    CHECK(err != OTP_OK);
}

/* Tells {args, Pid, Args}; Args is the watcher or {Watcher, _}. */
static inline void member_counting(otp_term args) {
    otp_term kept = otp_keep(args);
    otp_pid to;
    otp_term reason;
    if (otp_get_pid(kept, &to) || otp_match(kept, "{~p, _}", &to)) {
        otp_send(to, otp_tuple(OTP_ATOM(args), otp_from_pid(otp_self()), kept));
    }
    if (otp_receive_match(OTP_INFINITY, "{exit, ~t}", &reason) == OTP_OK) {
        otp_exit(reason);
    }
}

static inline otp_err start_fails(void *context, otp_term args, otp_pid *out) {
    (void)context, (void)args, (void)out;
    return OTP_EIO;
}

static inline otp_term family_self(void) {
    return otp_from_pid(otp_self());
}

static inline otp_err family_spec_start(otp_supervisor_spec spec, otp_term *reason, otp_pid *out) {
    otp_child_spec copies[64];
    CHECK(spec.child_count <= 64);
    for (size_t i = 0; i < spec.child_count; i++) {
        copies[i] = spec.children[i];
        copies[i].args = otp_is_none(copies[i].args)
                             ? copies[i].server ? probe_args("ok") : family_self()
                             : copies[i].args;
    }
    spec.children = copies;
    return otp_supervisor_start_link(&spec, &(otp_start_opts){.reason = reason}, out);
}

static inline otp_err family_try(otp_strategy strategy, const otp_child_spec *children, size_t n,
                                 uint32_t intensity, otp_term *reason, otp_pid *out) {
    return family_spec_start(
        (otp_supervisor_spec){
            .strategy = strategy, .intensity = intensity, .children = children, .child_count = n},
        reason, out);
}

static inline otp_pid family_start(otp_strategy strategy, const otp_child_spec *children, size_t n,
                                   uint32_t intensity) {
    otp_pid pid = OTP_PID_NONE;
    otp_term reason = OTP_NONE;
    otp_err err = family_try(strategy, children, n, intensity, &reason, &pid);
    if (!CHECK_EQ(err, OTP_OK)) {
        printf("# the family did not start: %s\n", otp_show(reason));
    }
    return pid;
}

/* The next thing told is the birth, the death, of that member? */
static inline otp_pid told(const char *what, const char *id, otp_term *value) {
    otp_term message = OTP_NONE, got_what, got_id;
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_receive(20000, &message), OTP_OK);
    bool shape = otp_match(message, "{~a, ~a, ~p, ~t}", &got_what, &got_id, &pid, value);
    if (!shape || !otp_is(got_what, what) || !otp_is(got_id, id)) {
        printf("# expected {%s, %s, _, _}, got %s\n", what, id, otp_show(message));
        CHECK(shape && otp_is(got_what, what) && otp_is(got_id, id));
        *value = OTP_NONE;
    }
    return pid;
}
static inline otp_pid told_born(const char *id) {
    otp_term up;
    return told("born", id, &up);
}
static inline void told_dead(const char *id, const char *reason_text) {
    otp_term reason;
    told("dead", id, &reason);
    if (!otp_is_none(reason)) {
        CHECK_TERM(reason, reason_text);
    }
}
#define CHECK_BORN(id)              told_born(id)
#define CHECK_DEAD(id, reason_text) told_dead((id), (reason_text))

#endif
