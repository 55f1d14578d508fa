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

typedef struct member {
    otp_term watcher; /* kept */
} member;

/* Tells {born, Id, Pid, up}, and does as it is told: {exit, Reason}. */
static inline otp_result member_init(void *state, otp_term watcher) {
    member *m = state;
    m->watcher = otp_keep(watcher);
    member_tell(watcher, "born", OTP_ATOM(up));
    return otp_ok();
}

/* The same, and traps exits. */
static inline otp_result member_init_trapping(void *state, otp_term watcher) {
    otp_trap_exit(true);
    return member_init(state, watcher);
}

static inline otp_result member_info(void *state, otp_term message) {
    otp_term reason;
    (void)state;
    if (otp_match(message, "{exit, ~t}", &reason)) {
        otp_exit(reason);
    }
    return otp_noreply();
}

/* Tells {dead, Id, Pid, Reason}. */
static inline void member_terminate(void *state, otp_term reason) {
    member_tell(((member *)state)->watcher, "dead", reason);
}

/* Traps exits and does not go. */
static inline void member_stay(void *state, otp_term reason) {
    (void)reason;
    member_tell(((member *)state)->watcher, "asked", reason);
    otp_err err = otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    CHECK(err != OTP_OK);
}

static const otp_gen_server plain_member = {.name = "member",
                                            .state_size = sizeof(member),
                                            .init = member_init,
                                            .handle_info = member_info};
static const otp_gen_server trapping_member = {.name = "trapping",
                                               .state_size = sizeof(member),
                                               .init = member_init_trapping,
                                               .handle_info = member_info,
                                               .terminate = member_terminate};
static const otp_gen_server stubborn_member = {.name = "stubborn",
                                               .state_size = sizeof(member),
                                               .init = member_init_trapping,
                                               .handle_info = member_info,
                                               .terminate = member_stay};

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
        if (otp_is_none(copies[i].args)) {
            bool probes = copies[i].server == &probe_server;
            copies[i].args = probes ? probe_args("ok") : family_self();
        }
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

static inline bool is_told(void *context, otp_term message) {
    (void)context;
    return otp_arity(message) == 4;
}

/* The next thing told is the birth, the death, of that member? Other messages stay. */
static inline otp_pid told(const char *what, const char *id, otp_term *value) {
    otp_term message = OTP_NONE, got_what, got_id;
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_receive_where(is_told, NULL, 20000, &message), OTP_OK);
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
