/* SPDX-License-Identifier: MIT */
/*
 * telemetry: events with measurements and metadata, and who listens. Handlers belong to a system,
 * run in the process that executes the event, and must not suspend; one that exits its process is
 * detached and reported.
 */
#ifndef OTP_TELEMETRY_H
#define OTP_TELEMETRY_H

#include <otp/process.h>

typedef void otp_telemetry_fn(void *context, otp_term event, otp_term measurements,
                              otp_term metadata);

/* events: a list of event names, each a list of atoms: "[[otp, process, exit]]"; a prefix ending in
 * '_' as last atom matches all below it. OTP_EEXIST when the id is taken in this system. */
OTP_API OTP_MUST_CHECK otp_err otp_telemetry_attach(const char *id, otp_term events,
                                                    otp_telemetry_fn *fn, void *context);
OTP_API OTP_MUST_CHECK otp_err otp_telemetry_detach(const char *id); /* OTP_ENOENT */
/* From outside of the system's processes: before they run, or from another system. */
OTP_API OTP_MUST_CHECK otp_err otp_system_telemetry_attach(otp_system *system, const char *id,
                                                           otp_term events, otp_telemetry_fn *fn,
                                                           void *context);

/* Who listens to events that begin with the prefix (a list of atoms; the empty list for all), in
 * order of attachment: [#{id, event}], an entry for each pattern. */
OTP_API otp_term otp_telemetry_handlers(otp_term prefix);

/* An event of the program: its name parsed once. static otp_event_site order_paid =
 * OTP_EVENT("[shop, order, paid]"); */
typedef struct otp_event_site {
    const char *name;
    uint64_t word; /* set by first use */
} otp_event_site;
#define OTP_EVENT(text)                                                                            \
    { text, 0 }
/* True when somebody in the caller's system listens: build measurements only then. Costs two loads.
 */
OTP_API bool otp_event_on(otp_event_site *event);
OTP_API void otp_telemetry_execute(otp_event_site *event, otp_term measurements, otp_term metadata);
/* Runs fn(argument) between Event ++ [start] and Event ++ [stop] (with duration_ns), or [exception]
 * when the process exits in it. */
OTP_API void otp_telemetry_span(otp_event_site *event, otp_term metadata,
                                void (*fn)(void *argument), void *argument);

#endif
