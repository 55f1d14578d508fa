/* SPDX-License-Identifier: MIT */
/*
 * Transitions: an event meets its state, and what the result and its actions ask for is done, in
 * the order of gen_statem(3), "transition_option()".
 */
#include "behaviour/from.h"
#include "behaviour/statem.h"
#include "behaviour/sys_debug.h"

#include <string.h>

enum { EVENTS_BETWEEN_TURNS = 64 }; /* as a step of the runtime: see process/step.c */

/* What an action asks for at the end of the transition; lives in the scope. */
typedef struct deferred {
    struct deferred *next;
    const otp_action *action;
} deferred;

typedef struct deferred_list {
    deferred *first, *last;
} deferred_list;

typedef struct transition {
    otpi_server *server;
    otpi_statem *machine;
    const otp_statem_event *event; /* NULL: the start */
    otp_term before;               /* the state that met the event */
    bool entering;                 /* the result is a state enter call's */
    bool postpones;
    deferred_list inserted, timeouts;
} transition;

/* ---- States ---- */

static otp_state_fn *state_function(const otp_gen_statem *module, otp_term state) {
    for (size_t i = 0; i < module->state_count; i++) {
        if (otp_is(state, module->states[i].name)) {
            return module->states[i].handle;
        }
    }
    return NULL;
}

bool otpi_statem_valid(const otp_gen_statem *module) {
    if (!module || !module->name || !module->init ||
        (module->state_count > 0) == (module->handle_event != NULL) ||
        (module->state_count > 0 && !module->states)) {
        return false;
    }
    for (size_t i = 0; i < module->state_count; i++) {
        if (!module->states[i].name || !module->states[i].handle) {
            return false;
        }
    }
    return true;
}

bool otpi_statem_has_state(const otpi_server *server, otp_term state) {
    const otp_gen_statem *module = otpi_statem_module(server);
    return !otp_is_none(state) && (module->handle_event || state_function(module, state));
}

bool otpi_statem_set_state(otpi_server *server, otp_term state) {
    otpi_statem *machine = otpi_statem_of(server);
    if (!otpi_statem_has_state(server, state)) {
        return false;
    }
    machine->state = otp_keep(state);
    machine->handle = state_function(otpi_statem_module(server), state);
    return true;
}

void otpi_statem_stop(otpi_server *server, otp_term reason) {
    const otp_gen_statem *module = otpi_statem_module(server);
    otp_term state = otpi_statem_of(server)->state;
    if (otpi_sys_debugged(server)) {
        otpi_sys_debug_see(server, otp_tuple(otpi_am(terminate), reason, state));
    }
    if (module->terminate) {
        module->terminate(otpi_statem_data(server), state, reason);
    }
    otp_exit(reason);
}

/* Events that follow from events let others have their turn, and a kill arrive. */
static otp_state_result state_call(otpi_server *server, const otp_statem_event *event) {
    otpi_statem *machine = otpi_statem_of(server);
    void *data = otpi_statem_data(server);
    if (++machine->handled % EVENTS_BETWEEN_TURNS == 0) {
        otp_yield();
    }
    return machine->handle ? machine->handle(data, event)
                           : otpi_statem_module(server)->handle_event(data, machine->state, event);
}

/* ---- Actions ---- */

otp_state_result otp_and_all(otp_state_result result, size_t n, const otp_action *actions) {
    _Static_assert(sizeof(otp_action) % sizeof(uint64_t) == 0, "actions lie in words of the scope");
    size_t count = result.action_count + n;
    uint64_t *words = otpi_scope_words(count * (sizeof(otp_action) / sizeof(uint64_t)));
    if (!words) {
        otpi_enomem(OTPI_SITE);
    }
    otp_action *all = (otp_action *)(void *)words;
    if (result.action_count) {
        memcpy(all, result.actions, result.action_count * sizeof *all);
    }
    if (n) {
        memcpy(all + result.action_count, actions, n * sizeof *all);
    }
    result.actions = all;
    result.action_count = count;
    return result;
}

static void defer(deferred_list *list, const otp_action *action) {
    uint64_t *words = otpi_scope_words(sizeof(deferred) / sizeof(uint64_t));
    deferred *d = (deferred *)(void *)words;
    *d = (deferred){.action = action};
    if (list->last) {
        list->last->next = d;
    } else {
        list->first = d;
    }
    list->last = d;
}

static OTP_NORETURN void bad_action(const transition *t, const otp_action *action) {
    otp_term what = otpi_statem_action_term(action);
    otpi_statem_stop(t->server,
                     otp_tuple(t->entering ? OTP_ATOM(bad_state_enter_action_from_state_function)
                                           : OTP_ATOM(bad_action_from_state_function),
                               what));
}

static bool is_event(otp_statem_event_type type) {
    return type >= OTP_EVENT_CALL && type <= OTP_EVENT_INTERNAL;
}

static bool is_timeout(const otp_action *action) {
    otp_statem_event_type type = action->event.type;
    return type >= OTP_EVENT_TIMEOUT && type <= OTP_EVENT_GENERIC_TIMEOUT &&
           action->time_ms >= OTP_UPDATE;
}

static void transition_insert(transition *t, const otp_action *action) {
    otpi_server *server = t->server;
    server->messages_in++;
    defer(&t->inserted, action);
    if (otpi_sys_debugged(server)) {
        otp_term event = otpi_statem_event_term(&action->event);
        otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(in), event, t->machine->state));
    }
}

static void transition_reply(transition *t, const otp_action *action) {
    otpi_server *server = t->server;
    const otp_from *from = &action->event.from;
    server->messages_out++;
    if (otpi_sys_debugged(server)) { /* before: an answer uses its tag up */
        otp_term to = otpi_from_term(from);
        otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(out), action->event.content, to));
    }
    otp_answer(*from, action->event.content);
}

static bool is_reply(const otp_action *action) {
    return action->kind == OTP_ACTION_REPLY && action->event.from.flags != OTPI_FROM_NOBODY &&
           !otp_is_none(action->event.content);
}

static void transition_act(transition *t, const otp_action *action) {
    if (is_reply(action)) {
        transition_reply(t, action);
    } else if (action->kind == OTP_ACTION_TIMEOUT && is_timeout(action)) {
        defer(&t->timeouts, action);
    } else if (action->kind == OTP_ACTION_POSTPONE && !t->entering) {
        t->postpones = t->event != NULL; /* at the start there is nothing to postpone */
    } else if (action->kind == OTP_ACTION_NEXT_EVENT && is_event(action->event.type) &&
               !t->entering) {
        transition_insert(t, action);
    } else {
        bad_action(t, action);
    }
}

/* ---- Results ---- */

static OTP_NORETURN void bad_return(const transition *t, otp_state_result_kind kind) {
    otp_term what = otpi_statem_result_word(kind);
    otpi_statem_stop(t->server,
                     otp_tuple(t->entering ? OTP_ATOM(bad_state_enter_return_from_state_function)
                                           : OTP_ATOM(bad_return_from_state_function),
                               what));
}

static OTP_NORETURN void transition_stop(transition *t, const otp_state_result *result) {
    for (size_t i = 0; i < result->action_count; i++) {
        const otp_action *action = &result->actions[i];
        if (!is_reply(action)) {
            otp_term what = otpi_statem_action_term(action);
            otp_term reason = otp_tuple(OTP_ATOM(bad_reply_action_from_state_function), what);
            otpi_statem_stop(t->server, reason);
        }
        transition_reply(t, action);
    }
    otpi_statem_stop(t->server, result->reason);
}

/* True when the state has changed. */
static bool transition_next(transition *t, otp_term state) {
    if (!otp_is_none(state) && otp_equal(state, t->machine->state)) {
        return false;
    }
    if (t->entering) {
        bad_return(t, OTP_STATE_NEXT);
    }
    if (!otpi_statem_set_state(t->server, state)) {
        otp_term what = otp_is_none(state) ? otpi_am(undefined) : state;
        otpi_statem_stop(t->server, otp_tuple(OTP_ATOM(bad_state), what));
    }
    return true;
}

/* True when a state enter call is to follow. */
static bool transition_obey(transition *t, const otp_state_result *result) {
    bool enters = result->kind == OTP_STATE_REPEAT;
    switch (result->kind) {
    case OTP_STATE_NEXT: enters = transition_next(t, result->state); break;
    case OTP_STATE_KEEP:
    case OTP_STATE_REPEAT: break;
    case OTP_STATE_STOP_AND_REPLY: transition_stop(t, result);
    case OTP_STATE_STOP:
        if (result->action_count == 0) {
            transition_stop(t, result);
        }
        bad_return(t, result->kind);
    case OTP_STATE_START:
    case OTP_STATE_IGNORE:
    default: bad_return(t, result->kind);
    }
    for (size_t i = 0; i < result->action_count; i++) {
        transition_act(t, &result->actions[i]);
    }
    return enters;
}

/* As in OTP, the state before is the one that met the event, also when an enter call repeats. */
static void transition_enter(transition *t) {
    bool again = otpi_statem_module(t->server)->state_enter;
    t->entering = true;
    while (again) {
        if (otpi_sys_debugged(t->server)) {
            otpi_sys_debug_see(t->server, otp_tuple(OTP_ATOM(enter), t->machine->state));
        }
        otp_statem_event enter = {.type = OTP_EVENT_ENTER, .content = t->before};
        otp_state_result result = state_call(t->server, &enter);
        again = transition_obey(t, &result);
    }
}

/* ---- The end of a transition ---- */

static void transition_tell(const transition *t) {
    if (t->event && otpi_sys_debugged(t->server)) {
        otp_term event = otpi_statem_event_term(t->event);
        otpi_sys_debug_see(t->server,
                           otp_tuple(t->postpones ? OTP_ATOM(postpone) : OTP_ATOM(consume), event,
                                     t->before, t->machine->state));
    }
}

static void transition_postpone(const transition *t) {
    otpi_statem *machine = t->machine;
    otpi_statem_record *record = machine->current;
    record = record ? record : otpi_statem_record_new(t->event);
    machine->current = NULL;
    otpi_statem_add(&machine->postponed, record);
}

static void transition_insert_all(const transition *t) {
    otpi_statem_record **at = &t->machine->waiting.first;
    for (const deferred *d = t->inserted.first; d; d = d->next) {
        otpi_statem_record *record = otpi_statem_record_new(&d->action->event);
        at = otpi_statem_insert(&t->machine->waiting, at, record);
    }
}

static bool is_last_of_its_kind(const deferred *d) {
    for (const deferred *later = d->next; later; later = later->next) {
        if (otpi_statem_same_timeout(&later->action->event, &d->action->event)) {
            return false;
        }
    }
    return true;
}

static void transition_end(transition *t) {
    otpi_statem *machine = t->machine;
    bool changed = !otp_equal(t->before, machine->state);
    transition_tell(t);
    if (t->postpones) {
        transition_postpone(t);
    }
    if (changed) {
        otpi_statem_put_before(&machine->waiting, &machine->postponed);
        otpi_statem_timeout_cancel(t->server, OTP_EVENT_STATE_TIMEOUT);
    }
    otpi_statem_timeout_cancel(t->server, OTP_EVENT_TIMEOUT);
    transition_insert_all(t);
    for (const deferred *d = t->timeouts.first; d; d = d->next) {
        if (is_last_of_its_kind(d)) {
            otpi_statem_timeout_set(t->server, d->action);
        }
    }
    if (changed) {
        otp_drop(t->before);
    }
    if (machine->current) {
        otpi_statem_record_end(machine->current);
        machine->current = NULL;
    }
}

/* ---- Whole transitions ---- */

void otpi_statem_begin(otpi_server *server, const otp_state_result *result) {
    otpi_statem *machine = otpi_statem_of(server);
    transition t = {.server = server, .machine = machine, .before = machine->state};
    for (size_t i = 0; i < result->action_count; i++) {
        transition_act(&t, &result->actions[i]);
    }
    transition_enter(&t);
    transition_end(&t);
}

void otpi_statem_transit(otpi_server *server, const otp_statem_event *event) {
    otpi_statem *machine = otpi_statem_of(server);
    transition t = {.server = server, .machine = machine, .event = event, .before = machine->state};
    otp_state_result result = state_call(server, event);
    if (transition_obey(&t, &result)) {
        transition_enter(&t);
    }
    transition_end(&t);
}
