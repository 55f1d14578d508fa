/* SPDX-License-Identifier: MIT */
/*
 * Executing events.
 */
#include "telemetry/audience.h"

#include <otp/logger.h>

#include "term/build.h"

#include <string.h>

/* ---- Running handlers ---- */

typedef struct run {
    otp_system *system;
    const otpi_handler *handler; /* the one that runs */
    const otpi_event_name *event;
} run;

/* A handler has exited its process: this is a cleanup of it. */
static void handler_failed(void *argument) {
    static otp_event_site failure = OTP_EVENT("[telemetry, handler, failure]");
    const run *now = argument;
    otp_term event = otpi_event_term(now->event);
    otp_term id = otpi_make_binary(now->handler->id, strlen(now->handler->id));
    otpi_handler_detach(now->system, now->handler);
    otp_log(OTP_LOG_ERROR,
            "telemetry handler \"%s\" exited its process at event %s; it has been detached",
            now->handler->id, otp_is_none(event) ? "(out of memory)" : otp_show(event));
    if (!otp_is_none(event) && !otp_is_none(id) && otpi_event_heard(now->system, &failure)) {
        otp_term pairs[] = {OTP_ATOM(event_name), event, OTP_ATOM(handler_id), id};
        otpi_event_run(now->system, otpi_event_number(&failure), OTP_NONE, otpi_make_map(2, pairs));
    }
}

static void handlers_run(run *now, const otpi_audience *audience, otp_term event,
                         otp_term measurements, otp_term metadata) {
    otpi_locks_held++; /* no suspension and no switch: the audience stays */
    for (size_t i = 0; i < audience->count; i++) {
        now->handler = audience->handlers[i];
        if (otpi_handler_hears(now->handler, now->event)) {
            now->handler->fn(now->handler->context, event, measurements, metadata);
        }
    }
    otpi_locks_held--;
}

static otp_term map_or_empty(otp_term map) {
    return otp_is_none(map) ? otpi_make_map(0, NULL) : map;
}

/* A process that is already exiting has run its cleanups, and may not exit again: it goes without.
 */
static bool may_exit(const otpi_process *self) {
    return self != NULL && !(self->flags & OTPI_EXITING);
}

void otpi_event_run(otp_system *system, uint32_t number, otp_term measurements, otp_term metadata) {
    const otpi_audience *audience = otpi_audience_of(system, number);
    if (audience == NULL) {
        return;
    }
    run now = {.system = system, .event = otpi_event_at(number)};
    bool guarded = may_exit(otpi_self_or_null());
    otp_scope scope;
    if (guarded) {
        otp_defer(handler_failed, &now);
        scope = otp_scope_begin();
    }
    otp_term event = otpi_event_term(now.event);
    measurements = map_or_empty(measurements);
    metadata = map_or_empty(metadata);
    if (!otp_is_none(event) && !otp_is_none(measurements) && !otp_is_none(metadata)) {
        handlers_run(&now, audience, event, measurements, metadata);
    }
    if (guarded) {
        otp_scope_end(scope);
        otp_undefer(&now, false);
    }
}

/* ---- The public side ---- */

bool otpi_event_heard(otp_system *system, otp_event_site *event) {
    return otpi_anybody_listens() && otpi_worker_here() != NULL &&
           otpi_audience_of(system, otpi_event_number(event)) != NULL;
}

static OTPI_NOINLINE bool event_on_here(otp_event_site *event) {
    otp_system *system = otp_system_here();
    return system != NULL && otpi_audience_of(system, otpi_event_number(event)) != NULL;
}

bool otp_event_on(otp_event_site *event) {
    return OTPI_UNLIKELY(otpi_anybody_listens()) && event_on_here(event);
}

void otp_telemetry_execute(otp_event_site *event, otp_term measurements, otp_term metadata) {
    otp_system *system = otpi_anybody_listens() ? otp_system_here() : NULL;
    if (system != NULL) {
        otpi_event_run(system, otpi_event_number(event), measurements, metadata);
    }
}

/* The events of one handler that lie at or below the prefix, in front of list. */
static otp_term handler_list(const otpi_handler *handler, otp_term prefix, otp_term list) {
    for (size_t i = handler->pattern_count; i-- > 0;) {
        otp_term event = otpi_made(otpi_pattern_term(&handler->patterns[i]), OTPI_SITE);
        otp_term rest = event;
        otp_term asked = prefix;
        while (!otp_is_nil(asked) && otp_equal(otp_head(asked), otp_head(rest))) {
            asked = otp_tail(asked);
            rest = otp_tail(rest);
        }
        if (otp_is_nil(asked)) {
            otp_term entry = otp_map(OTP_ATOM(id), otp_string(handler->id), OTP_ATOM(event), event);
            list = otp_cons(entry, list);
        }
    }
    return list;
}

otp_term otp_telemetry_handlers(otp_term prefix) {
    if (otp_length(prefix) == SIZE_MAX) {
        otpi_badarg("otp_telemetry_handlers", "the prefix is no list");
    }
    const otpi_audience *audience = otpi_audience_all(otpi_self()->system);
    otp_term list = otp_nil();
    for (size_t i = audience ? audience->count : 0; i-- > 0;) {
        list = handler_list(audience->handlers[i], prefix, list);
    }
    return list;
}
