/* SPDX-License-Identifier: MIT */
/*
 * Events, actions and results of a state machine as the terms of OTP: for sys and exit reasons.
 */
#include "behaviour/from.h"
#include "behaviour/statem.h"

static otp_term type_term(const otp_statem_event *event) {
    switch (event->type) {
    case OTP_EVENT_CALL: return otpi_wire_pair(OTP_ATOM(call), otpi_from_term(&event->from));
    case OTP_EVENT_CAST: return OTP_ATOM(cast);
    case OTP_EVENT_INFO: return otpi_am(info);
    case OTP_EVENT_TIMEOUT: return otpi_am(timeout);
    case OTP_EVENT_STATE_TIMEOUT: return OTP_ATOM(state_timeout);
    case OTP_EVENT_GENERIC_TIMEOUT: return otpi_wire_pair(otpi_am(timeout), event->name);
    case OTP_EVENT_INTERNAL: return OTP_ATOM(internal);
    case OTP_EVENT_ENTER: return OTP_ATOM(enter);
    }
    return otp_int((int64_t)event->type);
}

/* What a C struct left out is undefined. */
static otp_term said(otp_term term) {
    return otp_is_none(term) ? otpi_am(undefined) : term;
}

otp_term otpi_statem_event_term(const otp_statem_event *event) {
    return otpi_wire_pair(type_term(event), said(event->content));
}

/* {Type, Time, Content, Options}, {Type, cancel} or {Type, update, Content}. */
static otp_term timeout_term(const otp_action *action) {
    otp_term type = type_term(&action->event);
    otp_term content = said(action->event.content);
    switch (action->time_ms) {
    case OTP_CANCEL: return otpi_wire_pair(type, OTP_ATOM(cancel));
    case OTP_UPDATE: return otp_tuple(type, OTP_ATOM(update), content);
    case OTP_INFINITY: return otp_tuple(type, otpi_am(infinity), content);
    default: break;
    }
    otp_term absolute = otpi_wire_pair(OTP_ATOM(abs), otpi_am(true));
    otp_term options = action->absolute ? otp_list(absolute) : otp_nil();
    return otp_tuple(type, otp_int(action->time_ms), content, options);
}

otp_term otpi_statem_action_term(const otp_action *action) {
    switch (action->kind) {
    case OTP_ACTION_POSTPONE: return OTP_ATOM(postpone);
    case OTP_ACTION_NEXT_EVENT:
        return otp_tuple(OTP_ATOM(next_event), type_term(&action->event),
                         said(action->event.content));
    case OTP_ACTION_REPLY:
        return otp_tuple(otpi_am(reply), otpi_from_term(&action->event.from),
                         said(action->event.content));
    case OTP_ACTION_TIMEOUT: return timeout_term(action);
    }
    return otp_int((int64_t)action->kind);
}

otp_term otpi_statem_result_word(otp_state_result_kind kind) {
    switch (kind) {
    case OTP_STATE_START: return otpi_am(ok);
    case OTP_STATE_NEXT: return OTP_ATOM(next_state);
    case OTP_STATE_KEEP: return OTP_ATOM(keep_state);
    case OTP_STATE_REPEAT: return OTP_ATOM(repeat_state);
    case OTP_STATE_STOP: return otpi_am(stop);
    case OTP_STATE_STOP_AND_REPLY: return OTP_ATOM(stop_and_reply);
    case OTP_STATE_IGNORE: return otpi_am(ignore);
    }
    return otp_int((int64_t)kind);
}

otp_term otpi_statem_list_term(const otpi_statem_list *list) {
    otp_term newest_first = otp_nil();
    otp_term terms = otp_nil();
    for (const otpi_statem_record *at = list->first; at; at = at->next) {
        newest_first = otp_cons(otpi_statem_event_term(&at->event), newest_first);
    }
    OTP_LIST_FOREACH (term, newest_first) {
        terms = otp_cons(term, terms);
    }
    return terms;
}
