/* SPDX-License-Identifier: MIT */
/*
 * A gen_statem for tests that does what its events say, and tells a watcher what it was called
 * with.
 *
 * An event {do, Id, Result, Actions} is obeyed. Result: keep, repeat, save (keeps whom to answer),
 * {next, S}, {stop, R}, {stop_reply, R}, bad, start, {exit, R}. Actions, a list of: postpone,
 * {insert, Type, Content}, {reply, T} (to this call, else to the saved one), {set, Timeout, Time,
 * Content}, bad. Timeout: event, state or {g, Name}; Time: ms, cancel, update, infinity or {abs, ms
 * from now}. A state {S, Result, Actions} is obeyed at its enter calls, Result being {repeat, N}
 * for N repetitions. The watcher gets {ev, S, Type, Id | Content} and {terminate, S, R}.
 */
#ifndef OTP_BEHAVIOUR_TEST_MACHINE_H
#define OTP_BEHAVIOUR_TEST_MACHINE_H

#include "behaviour/test_probe.h"

enum { MACHINE_ACTIONS_MAX = 16, MACHINE_STEPS_MAX = 400 };

typedef struct machine {
    otp_pid watcher;
    otp_from saved;
    int64_t number;
    int64_t repeated;
    int64_t steps; /* after MACHINE_STEPS_MAX it only keeps its state: every run ends */
} machine;

static inline otp_term machine_state_name(otp_term state) {
    return otp_arity(state) ? otp_element(state, 0) : state;
}

static inline otp_term machine_type(const otp_statem_event *event) {
    static const char *const names[] = {"none",          "call",    "cast",     "info", "timeout",
                                        "state_timeout", "generic", "internal", "enter"};
    return event->type == OTP_EVENT_GENERIC_TIMEOUT ? otp_tuple(OTP_ATOM(timeout), event->name)
                                                    : otp_atom(names[event->type]);
}

static inline otp_statem_event machine_event(otp_term type, otp_term content) {
    otp_statem_event event = {.content = content};
    static const char *const names[] = {"none",          "call",    "cast",     "info", "timeout",
                                        "state_timeout", "generic", "internal", "enter"};
    for (int i = 1; i <= OTP_EVENT_ENTER; i++) {
        if (otp_is(type, names[i])) {
            event.type = (otp_statem_event_type)i;
        }
    }
    return event;
}

static inline int64_t machine_time(otp_term time, bool *absolute) {
    int64_t ms = OTP_INFINITY;
    if (otp_match(time, "{abs, ~i}", &ms)) {
        *absolute = true;
        return (int64_t)otp_now_ms() + ms;
    }
    return otp_get_int(time, &ms)   ? ms
           : otp_is(time, "cancel") ? OTP_CANCEL
           : otp_is(time, "update") ? OTP_UPDATE
                                    : OTP_INFINITY;
}

static inline otp_action machine_set(otp_term timeout, otp_term time, otp_term content) {
    bool absolute = false;
    otp_term name;
    int64_t ms = machine_time(time, &absolute);
    otp_action action = otp_match(timeout, "{g, ~t}", &name)
                            ? otp_generic_timeout(name, ms, content)
                        : otp_is(timeout, "state") ? otp_state_timeout(ms, content)
                                                   : otp_event_timeout(ms, content);
    return absolute ? otp_absolute(action) : action;
}

static inline otp_action machine_action(const machine *m, const otp_statem_event *event,
                                        otp_term action) {
    otp_term a, b, c;
    if (otp_is(action, "postpone")) {
        return otp_postpone();
    }
    if (otp_match(action, "{insert, ~t, ~t}", &a, &b)) {
        return otp_next_event(machine_event(a, b));
    }
    if (otp_match(action, "{reply, ~t}", &a)) {
        return otp_reply_to(event->type == OTP_EVENT_CALL ? event->from : m->saved, a);
    }
    if (otp_match(action, "{set, ~t, ~t, ~t}", &a, &b, &c)) {
        return machine_set(a, b, c);
    }
    return (otp_action){.kind = (otp_action_kind)99};
}

static inline otp_state_result machine_result(machine *m, const otp_statem_event *event,
                                              otp_term result) {
    otp_term what;
    int64_t n;
    if (otp_is(result, "repeat")) {
        return otp_repeat_state();
    }
    if (otp_match(result, "{repeat, ~i}", &n)) {
        return m->repeated++ < n ? otp_repeat_state_and_data() : otp_keep_state_and_data();
    }
    if (otp_is(result, "save")) {
        m->saved = event->from;
    } else if (otp_match(result, "{next, ~t}", &what)) {
        return otp_next_state(what);
    } else if (otp_match(result, "{stop, ~t}", &what)) {
        return otp_statem_stop(what);
    } else if (otp_match(result, "{stop_reply, ~t}", &what)) {
        return otp_statem_stop_and_reply(what);
    } else if (otp_match(result, "{exit, ~t}", &what)) {
        otp_exit(what);
    } else if (otp_is(result, "bad")) {
        return (otp_state_result){.kind = (otp_state_result_kind)77};
    } else if (otp_is(result, "start")) {
        return otp_start_state(OTP_ATOM(a));
    }
    return otp_keep_state();
}

static inline otp_state_result machine_obey(machine *m, const otp_statem_event *event,
                                            otp_term result, otp_term actions) {
    otp_action wanted[MACHINE_ACTIONS_MAX];
    size_t n = 0;
    OTP_LIST_FOREACH (action, actions) {
        wanted[n++] = machine_action(m, event, action);
    }
    otp_state_result obeyed = machine_result(m, event, result);
    return n ? otp_and_all(obeyed, n, wanted) : obeyed;
}

static inline void machine_tell(const machine *m, const char *what, otp_term state, otp_term a,
                                otp_term b) {
    otp_send(m->watcher, otp_tuple(otp_atom(what), machine_state_name(state), a, b));
}

static inline otp_state_result machine_handle(void *data, otp_term state,
                                              const otp_statem_event *event) {
    machine *m = data;
    otp_term id = event->content, result = OTP_NONE, actions = OTP_NONE;
    bool obeys = otp_match(event->content, "{do, ~t, ~t, ~l}", &id, &result, &actions);
    if (event->type == OTP_EVENT_ENTER) {
        id = machine_state_name(event->content);
        obeys = otp_match(state, "{_, ~t, ~l}", &result, &actions);
    }
    machine_tell(m, "ev", state, machine_type(event), id);
    if (!obeys || ++m->steps > MACHINE_STEPS_MAX) {
        return otp_keep_state();
    }
    otp_state_result obeyed = machine_obey(m, event, result, actions);
    if (event->type == OTP_EVENT_ENTER && obeyed.kind != OTP_STATE_REPEAT) {
        m->repeated = 0;
    }
    return obeyed;
}

/* args: {Watcher, {ok, State, Actions} | {stop, R} | ignore | bad}. */
static inline otp_state_result machine_init(void *data, otp_term args) {
    machine *m = data;
    otp_term what, state, actions;
    if (!otp_match(args, "{~p, ~t}", &m->watcher, &what)) {
        return otp_statem_stop(OTP_ATOM(badarg));
    }
    if (otp_match(what, "{ok, ~t, ~l}", &state, &actions)) {
        otp_statem_event none = {.type = OTP_EVENT_INTERNAL};
        otp_state_result more = machine_obey(m, &none, OTP_ATOM(keep), actions);
        otp_state_result started = otp_start_state(state);
        return more.action_count ? otp_and_all(started, more.action_count, more.actions) : started;
    }
    if (otp_match(what, "{stop, ~t}", &state)) {
        return otp_statem_stop(state);
    }
    return otp_is(what, "ignore") ? otp_statem_ignore() : otp_keep_state();
}

static inline void machine_terminate(void *data, otp_term state, otp_term reason) {
    const machine *m = data;
    otp_send(m->watcher, otp_tuple(OTP_ATOM(terminate), machine_state_name(state), reason));
}

static inline otp_term machine_describe(const void *data) {
    return otp_int(((const machine *)data)->number);
}

static inline bool machine_undescribe(void *data, otp_term described) {
    return otp_get_int(described, &((machine *)data)->number);
}

#define MACHINE(text, ...)                                                                         \
    {                                                                                              \
        .name = text, .data_size = sizeof(machine), .init = machine_init,                          \
        .terminate = machine_terminate, .describe = machine_describe,                              \
        .undescribe = machine_undescribe, __VA_ARGS__                                              \
    }

/* Any term is a state. */
static const otp_gen_statem plain_machine =
    MACHINE("plain machine", .handle_event = machine_handle);
static const otp_gen_statem entering_machine =
    MACHINE("entering machine", .handle_event = machine_handle, .state_enter = true);

/* The states are a, b and c. */
static inline otp_state_result machine_a(void *data, const otp_statem_event *event) {
    return machine_handle(data, OTP_ATOM(a), event);
}
static inline otp_state_result machine_b(void *data, const otp_statem_event *event) {
    return machine_handle(data, OTP_ATOM(b), event);
}
static inline otp_state_result machine_c(void *data, const otp_statem_event *event) {
    return machine_handle(data, OTP_ATOM(c), event);
}
static const otp_state machine_states[] = {{"a", machine_a}, {"b", machine_b}, {"c", machine_c}};
static const otp_gen_statem table_machine =
    MACHINE("table machine", .states = machine_states, .state_count = 3, .state_enter = true);

/* {Self, Init}. */
static inline otp_term machine_args(const char *init) {
    return otp_tuple(otp_from_pid(otp_self()), otp_term_of(init));
}

static inline otp_pid machine_start(const otp_gen_statem *module, const char *init) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_statem_start(module, machine_args(init), NULL, &pid), OTP_OK);
    return pid;
}

/* {do, Id, Result, Actions}: text is "Id, Result, Actions". */
static inline otp_term machine_do(const char *text) {
    char whole[512];
    (void)snprintf(whole, sizeof whole, "{do, %s}", text);
    return otp_term_of(whole);
}

/* The next that it tells is an event with this State, Type, What? */
static inline bool machine_told(const char *text) {
    otp_term told = OTP_NONE;
    char whole[256];
    (void)snprintf(whole, sizeof whole, "{ev, %s}", text);
    CHECK_EQ(otp_receive(20000, &told), OTP_OK);
    return term_is(told, whole);
}
#define CHECK_EVENT(text) CHECK(machine_told(text))

#endif
