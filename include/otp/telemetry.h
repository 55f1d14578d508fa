/* SPDX-License-Identifier: MIT */
/*
 * telemetry: events with measurements and metadata, and who listens; as the library telemetry of
 * Erlang and Elixir.
 *
 *     static otp_event_site paid = OTP_EVENT("[shop, order, paid]");
 *     if (otp_event_on(&paid)) {
 *         otp_telemetry_execute(&paid, otp_map(OTP_ATOM(amount), otp_int(5)), OTP_NONE);
 *     }
 *
 * Handlers belong to a system and run in the process that executes the event, in order of
 * attachment; they may send, look at terms and use tables, but not suspend. In a simulated world no
 * other process runs meanwhile. A handler that exits, ends the process that executes the event;
 * it is detached first, and reported as [telemetry, handler, failure] and to the logger.
 *
 * The runtime's own events, without measurements but for the hog's:
 *     [otp, process, spawn]         #{pid, parent, registered_name, behaviour, label}
 *     [otp, process, exit]          #{pid, parent, registered_name, behaviour, name, label, reason,
 *                                     state, message_queue_len, links, trap_exit}
 *     [otp, supervisor, report]     #{supervisor, context, reason, offender}
 *     [otp, supervisor, progress]   #{supervisor, started}
 *     [otp, scheduler, hog]         #{pid, registered_name, behaviour, name, label, where},
 *                                     measurements #{cpu_ms}; see hog_ms of otp_world_opts
 *     [telemetry, handler, failure] #{event_name, handler_id}
 * A handler of [otp, process, exit] runs in the dying process: if it exits, that is a panic.
 */
#ifndef OTP_TELEMETRY_H
#define OTP_TELEMETRY_H

#include <otp/process.h>

/* The terms live until it returns; so does what it builds. */
typedef void otp_telemetry_fn(void *context, otp_term event, otp_term measurements,
                              otp_term metadata);

/* ---- Listening ---- */

/* events: a list of event names, each a list of at most 8 atoms: "[[otp, process, exit]]"; '_' as
 * last atom stands for all that is longer and begins so, "[['_']]" for all events. OTP_EEXIST when
 * the id is taken in this system, OTP_EBADARG, OTP_ENOMEM. context must outlive the system, or the
 * last event that was under way on any scheduler when the handler was detached. */
OTP_API OTP_MUST_CHECK otp_err otp_telemetry_attach(const char *id, otp_term events,
                                                    otp_telemetry_fn *fn, void *context);
OTP_API OTP_MUST_CHECK otp_err otp_telemetry_detach(const char *id); /* OTP_ENOENT */
/* From outside of the system's processes: before they run, or from another system. */
OTP_API OTP_MUST_CHECK otp_err otp_system_telemetry_attach(otp_system *system, const char *id,
                                                           otp_term events, otp_telemetry_fn *fn,
                                                           void *context);
/* Who listens to events that begin with the prefix (a list of atoms; the empty list for all), in
 * order of attachment: [#{id, event}], an entry for each name or pattern. */
OTP_API otp_term otp_telemetry_handlers(otp_term prefix);

/* ---- Telling ---- */

/* An event of the program: its name parsed once. static otp_event_site order_paid =
 * OTP_EVENT("[shop, order, paid]"); A program has at most 4,095 names of events. */
typedef struct otp_event_site {
    const char *name;
    uint64_t word; /* set by first use */
} otp_event_site;
#define OTP_EVENT(text)                                                                            \
    { text, 0 }
/* True when somebody in the caller's system listens: build measurements only then. Costs a load as
 * long as nobody listens to anything. False outside of processes. */
OTP_API bool otp_event_on(otp_event_site *event);
/* Runs the handlers. OTP_NONE stands for the empty map. Outside of processes nothing happens. */
OTP_API void otp_telemetry_execute(otp_event_site *event, otp_term measurements, otp_term metadata);
/* Runs fn(argument) between Event ++ [start] (with monotonic_time_ns) and Event ++ [stop] (with
 * duration_ns), or [exception] (with duration_ns) when the process exits in it. The metadata of all
 * gets telemetry_span_context, a reference. fn may suspend. */
OTP_API OTP_MAY_SUSPEND void otp_telemetry_span(otp_event_site *event, otp_term metadata,
                                                void (*fn)(void *argument), void *argument);

/*
 * Differences from telemetry for Erlang and Elixir
 * - Handlers belong to a system, not to the node's application telemetry; ids are C strings.
 * - attach takes a list of names (attach_many) and prefixes.
 * - C cannot catch: a handler that fails takes the process with it.
 * - The exception event of a span has no kind, reason and stacktrace: they are in [otp, process,
 * exit]. Metadata cannot be changed between start and stop.
 * - Handlers run in order of attachment; times are in nanoseconds and say so in their names.
 */

#endif
