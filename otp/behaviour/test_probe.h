/* SPDX-License-Identifier: MIT */
/*
 * A gen_server for tests that does what it is told and tells a watcher what happened.
 *
 * init(Action) and, in calls, casts and infos, {do, Action}: ok, ignore, noreply, trap, hang, bad,
 * {reply, T}, {stop, R}, {stop_reply, R, T}, {exit, R}, {then, N}, {within, Ms}, {name_of, ...}.
 * The watcher gets {info, Pid, M}, {continue, Pid, N}, {terminate, Pid, R}.
 */
#ifndef OTP_BEHAVIOUR_TEST_PROBE_H
#define OTP_BEHAVIOUR_TEST_PROBE_H

#include "behaviour/test_both_worlds.h"

typedef struct probe {
    otp_pid watcher;
    int64_t number;
    otp_from waiting;
} probe;

static inline void probe_tell(const probe *p, const char *what, otp_term value) {
    otp_send(p->watcher, otp_tuple(otp_atom(what), otp_from_pid(otp_self()), value));
}

static inline otp_result probe_obey(probe *p, otp_term action, otp_result base) {
    otp_term reason, value;
    int64_t ms;
    if (otp_is(action, "trap")) {
        otp_trap_exit(true);
    } else if (otp_is(action, "hang")) {
        otp_err err = otp_receive_match(OTP_INFINITY, "{never_sent, _}");
        CHECK(err == OTP_ETIMEOUT);
    } else if (otp_is(action, "ignore")) {
        return otp_ignore();
    } else if (otp_is(action, "noreply")) {
        return otp_noreply();
    } else if (otp_is(action, "bad")) {
        return (otp_result){.kind = (otp_result_kind)77};
    } else if (otp_match(action, "{reply, ~t}", &value)) {
        return otp_reply(value);
    } else if (otp_match(action, "{stop, ~t}", &reason)) {
        return otp_stop(reason);
    } else if (otp_match(action, "{stop_reply, ~t, ~t}", &reason, &value)) {
        return otp_stop_reply(reason, value);
    } else if (otp_match(action, "{exit, ~t}", &reason)) {
        otp_exit(reason);
    } else if (otp_match(action, "{then, ~t}", &value)) {
        return otp_then(base, value);
    } else if (otp_match(action, "{within, ~i}", &ms)) {
        return otp_within(base, ms);
    }
    (void)p;
    return base;
}

/* args: {Watcher, Action}. */
static inline otp_result probe_init(void *state, otp_term args) {
    probe *p = state;
    otp_term action;
    if (!otp_match(args, "{~p, ~t}", &p->watcher, &action)) {
        return otp_stop(OTP_ATOM(badarg));
    }
    return probe_obey(p, action, otp_ok());
}

static inline otp_result probe_call(void *state, otp_term request, otp_from from) {
    probe *p = state;
    otp_term what;
    int64_t n;
    if (otp_match(request, "{add, ~i}", &n)) {
        p->number += n;
        return otp_reply(otp_int(p->number));
    }
    if (otp_match(request, "{echo, ~t}", &what)) {
        return otp_reply(what);
    }
    if (otp_is(request, "wait")) {
        p->waiting = from;
        return otp_noreply();
    }
    if (otp_match(request, "{do, ~t}", &what)) {
        return probe_obey(p, what, otp_reply(OTP_ATOM(done)));
    }
    return otp_reply(otp_int(p->number));
}

static inline otp_result probe_cast(void *state, otp_term request) {
    probe *p = state;
    otp_term what;
    int64_t n;
    if (otp_match(request, "{answer, ~t}", &what)) {
        otp_answer(p->waiting, what);
    } else if (otp_match(request, "{add, ~i}", &n)) {
        p->number += n;
    } else if (otp_match(request, "{do, ~t}", &what)) {
        return probe_obey(p, what, otp_noreply());
    }
    return otp_noreply();
}

static inline otp_result probe_info(void *state, otp_term message) {
    probe *p = state;
    otp_term what;
    if (otp_match(message, "{do, ~t}", &what)) {
        return probe_obey(p, what, otp_noreply());
    }
    probe_tell(p, "info", message);
    return otp_noreply();
}

static inline otp_result probe_continue(void *state, otp_term next) {
    probe *p = state;
    int64_t n;
    probe_tell(p, "continue", next);
    if (otp_get_int(next, &n) && n > 0) {
        return otp_then(otp_noreply(), otp_int(n - 1));
    }
    return otp_is(next, "stop") ? otp_stop(OTP_ATOM(continued)) : otp_noreply();
}

static inline void probe_terminate(void *state, otp_term reason) {
    probe_tell(state, "terminate", reason);
}

static inline otp_term probe_describe(const void *state) {
    return otp_tuple(OTP_ATOM(probe), otp_int(((const probe *)state)->number));
}

static inline bool probe_undescribe(void *state, otp_term described) {
    return otp_match(described, "{probe, ~i}", &((probe *)state)->number);
}

static const otp_gen_server probe_server = {.name = "probe",
                                            .state_size = sizeof(probe),
                                            .init = probe_init,
                                            .handle_call = probe_call,
                                            .handle_cast = probe_cast,
                                            .handle_info = probe_info,
                                            .handle_continue = probe_continue,
                                            .terminate = probe_terminate,
                                            .describe = probe_describe,
                                            .undescribe = probe_undescribe};

/* {Self, Action}: what a probe of the calling process is started with. */
static inline otp_term probe_args(const char *action) {
    return otp_tuple(otp_from_pid(otp_self()), otp_term_of(action));
}

/* A running probe without link; the caller watches. */
static inline otp_pid probe_start(const char *action) {
    otp_pid pid = OTP_PID_NONE;
    CHECK(otp_start(&probe_server, probe_args(action), NULL, &pid) == OTP_OK);
    return pid;
}

/* Waits until pid is gone, for whatever reason. */
static inline void wait_exit(otp_pid pid) {
    otp_term down;
    CHECK_EQ(otp_receive_ref(otp_monitor(pid), 20000, &down), OTP_OK);
}

/* The reason in the 'DOWN' of a monitor, waited for. */
static inline otp_term down_reason(otp_ref ref) {
    otp_term down = OTP_NONE;
    CHECK_EQ(otp_receive_ref(ref, 20000, &down), OTP_OK);
    return otp_element(down, 4);
}

/* Is the term what the text says? Reports both when not. */
static inline bool term_is(otp_term term, const char *text) {
    otp_term expected = otp_term_of(text);
    if (otp_equal(term, expected)) {
        return true;
    }
    printf("# got %s, expected %s\n", otp_show(term), text);
    return false;
}
#define CHECK_TERM(term, text) CHECK(term_is((term), (text)))

/* Does what follows end the process for that reason? */
#define CHECK_EXIT(pid, text, ...)                                                                 \
    __extension__({                                                                                \
        otp_ref exit_ref_ = otp_monitor(pid);                                                      \
        __VA_ARGS__;                                                                               \
        CHECK_TERM(down_reason(exit_ref_), (text));                                                \
    })

/* The next message of a probe matches? */
#define CHECK_TOLD(text, ...) CHECK_EQ(otp_receive_match(20000, text, ##__VA_ARGS__), OTP_OK)
/* Nothing has come, nor does while everybody else works. */
#define CHECK_SILENCE() CHECK_EQ(otp_receive_match(20, "_"), OTP_ETIMEOUT)

#endif
