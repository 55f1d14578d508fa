/* SPDX-License-Identifier: MIT */
/*
 * Spans: a computation between two events. Telemetry for Erlang and Elixir, telemetry:span/3.
 */
#include "telemetry/audience.h"

typedef struct span {
    otp_system *system;
    uint32_t number;
    otp_term metadata; /* kept: the computation may end the scope it came in */
    uint64_t began_ns;
} span;

static bool span_heard(const span *s) {
    for (int which = OTPI_SPAN_START; which <= OTPI_SPAN_EXCEPTION; which++) {
        if (otpi_audience_of(s->system, otpi_event_below(s->number, (otpi_span_event)which))) {
            return true;
        }
    }
    return false;
}

static void span_event(const span *s, otpi_span_event which, const char *measure, uint64_t value) {
    uint32_t number = otpi_event_below(s->number, which);
    if (otpi_audience_of(s->system, number) != NULL) {
        otp_term measurements = otp_map(otp_atom(measure), otp_uint(value));
        otpi_event_run(s->system, number, measurements, s->metadata);
    }
}

static void span_exception(void *argument) {
    const span *s = argument;
    span_event(s, OTPI_SPAN_EXCEPTION, "duration_ns", otp_now_ns() - s->began_ns);
}

static void span_run(span *s, otp_term metadata, void (*fn)(void *argument), void *argument) {
    otp_term context[] = {OTP_ATOM(telemetry_span_context), otp_from_ref(otp_make_ref())};
    if (otp_is_none(metadata)) {
        metadata = otp_map_of(1, context);
    } else if (otp_kind_of(metadata) == OTP_KIND_MAP) {
        metadata = otp_map_put(metadata, context[0], context[1]);
    }
    s->metadata = otp_keep(metadata);
    s->began_ns = otp_now_ns();
    otp_defer(span_exception, s);
    span_event(s, OTPI_SPAN_START, "monotonic_time_ns", s->began_ns);
    fn(argument);
    otp_undefer(s, false);
    span_event(s, OTPI_SPAN_STOP, "duration_ns", otp_now_ns() - s->began_ns);
    otp_drop(s->metadata);
}

void otp_telemetry_span(otp_event_site *event, otp_term metadata, void (*fn)(void *argument),
                        void *argument) {
    span s = {.system = otpi_anybody_listens() ? otp_system_here() : NULL};
    if (s.system != NULL) {
        s.number = otpi_event_number(event);
    }
    if (s.number != 0 && span_heard(&s)) {
        span_run(&s, metadata, fn, argument);
    } else {
        fn(argument);
    }
}
