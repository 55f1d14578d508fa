/* SPDX-License-Identifier: MIT */
/*
 * gen_statem: a state machine whose every event meets the code of its current state. Semantics:
 * Erlang/OTP, stdlib, gen_statem(3), and the Design Principles, "gen_statem Behaviour".
 *
 *     typedef struct { int64_t pushes; } lamp;
 *     static otp_state_result lamp_init(void *data, otp_term args) {
 *         (void)data; (void)args;
 *         return otp_start_state(OTP_ATOM(off));
 *     }
 *     static otp_state_result lamp_off(void *data, const otp_statem_event *event) {
 *         lamp *l = data;
 *         l->pushes++;
 *         return otp_and(otp_next_state(OTP_ATOM(on)), otp_state_timeout(500, OTP_ATOM(save)),
 *                        otp_reply_to(event->from, OTP_ATOM(lit)));
 *     }
 *     static otp_state_result lamp_on(void *data, const otp_statem_event *event) {
 *         (void)data;
 *         if (event->type == OTP_EVENT_STATE_TIMEOUT) { return otp_next_state(OTP_ATOM(off)); }
 *         return otp_and(otp_keep_state(), otp_postpone());
 *     }
 *     static const otp_state lamp_states[] = {{"off", lamp_off}, {"on", lamp_on}};
 *     const otp_gen_statem lamp_machine = {.name = "lamp", .data_size = sizeof(lamp),
 *         .init = lamp_init, .states = lamp_states, .state_count = 2};
 *     otp_pid pid; otp_term reply;
 *     otp_err e = otp_statem_start_link(&lamp_machine, otp_nil(), NULL, &pid);
 *     e = otp_call(pid, OTP_ATOM(push), 5000, &reply);
 *
 * The data lies inside the process's own block, zeroed before init, freed after terminate, and is
 * changed in place. The state is a term that the runtime keeps: an atom of the table with .states,
 * any term with .handle_event. Terms that callbacks are given and build live until they return; the
 * contents of events and timeouts are kept as long as they wait. otp_call, otp_cast, otp_answer and
 * otp_stop_server are those of gen_server.
 */
#ifndef OTP_GEN_STATEM_H
#define OTP_GEN_STATEM_H

#include <otp/gen_server.h>

/* ---- Events ---- */

typedef enum otp_statem_event_type {
    OTP_EVENT_CALL = 1,
    OTP_EVENT_CAST,
    OTP_EVENT_INFO,
    OTP_EVENT_TIMEOUT,         /* no event came for so long */
    OTP_EVENT_STATE_TIMEOUT,   /* the state has lasted so long */
    OTP_EVENT_GENERIC_TIMEOUT, /* {timeout, Name} of OTP: independent of states and events */
    OTP_EVENT_INTERNAL,        /* only by otp_next_event */
    OTP_EVENT_ENTER,           /* a state enter call: no event, see state_enter */
} otp_statem_event_type;

typedef struct otp_statem_event {
    otp_statem_event_type type;
    otp_from from;    /* whom to answer; only of a call */
    otp_term name;    /* only of a generic timeout */
    otp_term content; /* of an enter call: the state before, at the start the state itself */
} otp_statem_event;

static inline otp_statem_event otp_event_of_(otp_statem_event_type type, otp_term name,
                                             otp_term content) {
    otp_statem_event event = OTP_ZEROS;
    event.type = type;
    event.name = name;
    event.content = content;
    return event;
}
static inline otp_statem_event otp_internal(otp_term content) {
    return otp_event_of_(OTP_EVENT_INTERNAL, OTP_NONE, content);
}

/* ---- Actions ---- */

typedef enum otp_action_kind {
    OTP_ACTION_POSTPONE = 1,
    OTP_ACTION_NEXT_EVENT,
    OTP_ACTION_REPLY,
    OTP_ACTION_TIMEOUT,
} otp_action_kind;

typedef struct otp_action {
    otp_action_kind kind;
    bool absolute;          /* of a timeout */
    otp_statem_event event; /* to insert; whom to answer and what; what a timeout brings */
    int64_t time_ms;        /* of a timeout */
} otp_action;

/* Times of a timeout besides milliseconds and OTP_INFINITY, which means no timeout. */
#define OTP_CANCEL ((int64_t)-2) /* the timeout runs no more; the content is not looked at */
#define OTP_UPDATE                                                                                 \
    ((int64_t)-3) /* it brings the new content when its time comes; not running: 0                 \
                   */

static inline otp_action otp_action_of_(otp_action_kind kind) {
    otp_action action = OTP_ZEROS;
    action.kind = kind;
    return action;
}
/* The event is dealt with again after the next change of state, before newer ones. */
static inline otp_action otp_postpone(void) {
    return otp_action_of_(OTP_ACTION_POSTPONE);
}
/* The event is dealt with next, before all that wait. Several keep their order. Of any type but
 * OTP_EVENT_ENTER: *event itself may be given again. */
static inline otp_action otp_next_event(otp_statem_event event) {
    otp_action action = otp_action_of_(OTP_ACTION_NEXT_EVENT);
    action.event = event;
    return action;
}
/* Answers a call, now or later, from this or another event: keep event->from. To from of what is no
 * call it is a bad action. */
static inline otp_action otp_reply_to(otp_from from, otp_term reply) {
    otp_action action = otp_action_of_(OTP_ACTION_REPLY);
    action.event.from = from;
    action.event.content = reply;
    return action;
}
static inline otp_action otp_timeout_of(otp_statem_event event, int64_t time_ms) {
    otp_action action = otp_action_of_(OTP_ACTION_TIMEOUT);
    action.event = event;
    action.time_ms = time_ms;
    return action;
}
/* The three timeouts. Any event cancels the event timeout; a change of state the state timeout; a
 * generic one, of which each name is its own, runs until it is cancelled or set anew. Of those of
 * one kind and name in one transition the last one counts. 0 starts no timer: the event comes after
 * all that wait in the machine, and before any message. */
static inline otp_action otp_event_timeout(int64_t time_ms, otp_term content) {
    return otp_timeout_of(otp_event_of_(OTP_EVENT_TIMEOUT, OTP_NONE, content), time_ms);
}
static inline otp_action otp_state_timeout(int64_t time_ms, otp_term content) {
    return otp_timeout_of(otp_event_of_(OTP_EVENT_STATE_TIMEOUT, OTP_NONE, content), time_ms);
}
static inline otp_action otp_generic_timeout(otp_term name, int64_t time_ms, otp_term content) {
    return otp_timeout_of(otp_event_of_(OTP_EVENT_GENERIC_TIMEOUT, name, content), time_ms);
}
/* {abs, true}: the time is one of otp_now_ms. One that has passed is a timer of 0 ms: its event
 * comes after the messages that are there. */
static inline otp_action otp_absolute(otp_action timeout) {
    timeout.absolute = true;
    return timeout;
}

/* ---- Results ---- */

typedef enum otp_state_result_kind {
    OTP_STATE_START = 1,
    OTP_STATE_NEXT,
    OTP_STATE_KEEP,
    OTP_STATE_REPEAT,
    OTP_STATE_STOP,
    OTP_STATE_STOP_AND_REPLY,
    OTP_STATE_IGNORE
} otp_state_result_kind;

typedef struct otp_state_result {
    otp_state_result_kind kind;
    bool hibernate; /* allowed, and without effect, as in otp_result */
    otp_term state; /* of start and next */
    otp_term reason;
    const otp_action *actions; /* in the scope of the callback */
    size_t action_count;
} otp_state_result;

/* What each callback may return. init: otp_start_state, otp_statem_stop, otp_statem_ignore. For
 * events: the others. A state enter call may not leave the state, postpone or insert events:
 * otp_keep_state, otp_repeat_state, otp_statem_stop, otp_statem_stop_and_reply, and otp_next_state
 * of the same state. Anything else ends the machine, through terminate, with
 * {bad_return_from_init, What} (without terminate), {bad_return_from_state_function, What},
 * {bad_action_from_state_function, Action}, {bad_state_enter_return_from_state_function, What},
 * {bad_state_enter_action_from_state_function, Action},
 * {bad_reply_action_from_state_function, Action}. */

static inline otp_state_result otp_state_result_of_(otp_state_result_kind kind, otp_term state,
                                                    otp_term reason) {
    otp_state_result result = OTP_ZEROS;
    result.kind = kind;
    result.state = state;
    result.reason = reason;
    return result;
}
static inline otp_state_result otp_start_state(otp_term state) { /* {ok, State, Data} of init */
    return otp_state_result_of_(OTP_STATE_START, state, OTP_NONE);
}
/* To the same state it is otp_keep_state. */
static inline otp_state_result otp_next_state(otp_term state) {
    return otp_state_result_of_(OTP_STATE_NEXT, state, OTP_NONE);
}
static inline otp_state_result otp_keep_state(void) {
    return otp_state_result_of_(OTP_STATE_KEEP, OTP_NONE, OTP_NONE);
}
/* otp_keep_state and a new state enter call: what is postponed or runs stays. */
static inline otp_state_result otp_repeat_state(void) {
    return otp_state_result_of_(OTP_STATE_REPEAT, OTP_NONE, OTP_NONE);
}
/* OTP's words: data is changed in place, so that these are the two above. */
static inline otp_state_result otp_keep_state_and_data(void) {
    return otp_keep_state();
}
static inline otp_state_result otp_repeat_state_and_data(void) {
    return otp_repeat_state();
}
/* Takes no actions. */
static inline otp_state_result otp_statem_stop(otp_term reason) {
    return otp_state_result_of_(OTP_STATE_STOP, OTP_NONE, reason);
}
/* The replies, given by otp_and, are sent before terminate. */
static inline otp_state_result otp_statem_stop_and_reply(otp_term reason) {
    return otp_state_result_of_(OTP_STATE_STOP_AND_REPLY, OTP_NONE, reason);
}
static inline otp_state_result otp_statem_ignore(void) { /* init only */
    return otp_state_result_of_(OTP_STATE_IGNORE, OTP_NONE, OTP_NONE);
}
/* otp_and(otp_next_state(s), action, ...): with these actions, after those it has. They are copied
 * into the current scope. */
OTP_API otp_state_result otp_and_all(otp_state_result result, size_t n, const otp_action *actions);
#ifdef __cplusplus
template <typename... Actions>
inline otp_state_result otp_and(otp_state_result result, otp_action first, Actions... rest) {
    const otp_action actions[] = {first, rest...};
    return otp_and_all(result, 1 + sizeof...(rest), actions);
}
#else
#define otp_and(result, ...)                                                                       \
    otp_and_all((result), sizeof((otp_action[]){__VA_ARGS__}) / sizeof(otp_action),                \
                (const otp_action[]){__VA_ARGS__})
#endif

/*
 * One transition, in order. The actions are read and replies sent; when the state has changed (or
 * is repeated), the state enter call, whose actions follow; the event is postponed, if asked; when
 * the state has changed, the postponed ones come back before all that wait, oldest first, and the
 * state timeout is cancelled; the event timeout is cancelled; inserted events go before all others;
 * timeouts are set. Then the next of the waiting events, else of the timeouts of 0, else the next
 * message. System messages and the parent's exit are seen between messages only.
 */

/* ---- Machines ---- */

typedef otp_state_result otp_state_fn(void *data, const otp_statem_event *event);

typedef struct otp_state {
    const char *name;
    otp_state_fn *handle;
} otp_state;

/* Exactly one of states and handle_event: the callback mode. They may suspend, except describe. */
typedef struct otp_gen_statem {
    const char *name; /* required: static text for reports */
    size_t data_size;
    otp_state_result (*init)(void *data, otp_term args); /* required: it tells the first state */
    const otp_state *states; /* another one ends the machine with {bad_state, State} */
    size_t state_count;
    otp_state_result (*handle_event)(void *data, otp_term state, const otp_statem_event *event);
    bool state_enter; /* at the start and at each change, the state is called with OTP_EVENT_ENTER
                         before any event */
    /* When it runs, and when not: as of otp_gen_server. Also when the first state enter call does
     * not go well. */
    void (*terminate)(void *data, otp_term state, otp_term reason);
    otp_term (*describe)(const void *data); /* sys, snapshots, crash reports: {State, Described} */
    bool (*undescribe)(void *data, otp_term described); /* the reverse; false = not such a term */
} otp_gen_statem;

/* As otp_start and its kin: what init returns decides; the first state enter call comes after.
 * OTP_EBADARG: also a machine without name or init, or without exactly one callback mode. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_statem_start(const otp_gen_statem *machine,
                                                                otp_term args,
                                                                const otp_start_opts *opts,
                                                                otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_statem_start_link(const otp_gen_statem *machine,
                                                                     otp_term args,
                                                                     const otp_start_opts *opts,
                                                                     otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err
otp_statem_start_monitor(const otp_gen_statem *machine, otp_term args, const otp_start_opts *opts,
                         otp_pid *out, otp_ref *ref);

/*
 * Differences from OTP
 * - Data is a C struct, changed in place: also by a callback that then exits. See the first lines
 *   of otp/gen_server.h's differences: they hold here too.
 * - In a bad return, What is the kind of the result. A missing state is {bad_state, State}; in OTP
 *   it is undef. The states are data, not found by name: no change_callback_module, push and pop;
 *   the callback mode is fixed.
 * - A state timeout, event timeout or generic one is named by its kind and name; a time to cancel
 *   or update is OTP_CANCEL and OTP_UPDATE. The clock of absolute times is otp_now_ms.
 * - After each 64 events without a message in between, other processes get their turn: until then
 *   a kill waits, as it does for any callback that does not suspend.
 * - hibernate has no effect. There are no code_change, format_status, enter_loop, send_request;
 *   names are local atoms.
 */

#endif
