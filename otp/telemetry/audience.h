/* SPDX-License-Identifier: MIT */
/*
 * Who listens in a system.
 *
 * The handlers of a system form an immutable array, replaced as a whole when one is attached or
 * detached; the old array and a detached handler are freed after quiescence. Handlers run with
 * switching and suspension forbidden (as under an otp_lock), so an array outlives those who walk
 * it.
 */
#ifndef OTP_TELEMETRY_AUDIENCE_H
#define OTP_TELEMETRY_AUDIENCE_H

#include "port/thread.h"
#include "process/process.h"
#include "telemetry/event.h"

typedef struct otpi_pattern {
    otpi_event_name name;
    bool prefix; /* all that is longer and begins so */
} otpi_pattern;

typedef struct otpi_handler {
    otpi_retired retired;
    bool detached; /* atomic: not called any more, even while it is still in an array */
    otp_telemetry_fn *fn;
    void *context;
    char *id; /* behind the patterns */
    size_t pattern_count;
    otpi_pattern patterns[];
} otpi_handler;

typedef struct otpi_audience {
    otpi_retired retired;
    uint8_t heard[OTPI_EVENTS_MAX]; /* atomic: what is known of each event number, otpi_heard */
    size_t count;
    otpi_handler *handlers[]; /* in order of attachment */
} otpi_audience;

enum otpi_heard { OTPI_HEARD_UNKNOWN, OTPI_HEARD_NOT, OTPI_HEARD };

/* The part of a system that this room has. */
typedef struct otpi_telemetry {
    otpi_audience *audience; /* atomic; NULL = no handlers */
    otpi_mutex mutex;        /* of changing it */
} otpi_telemetry;

/* Handlers attached in all systems of the OS process: nothing else is looked at while it is 0.
 * atomic */
extern uint32_t otpi_handlers_attached;

static inline bool otpi_anybody_listens(void) {
    /* relaxed: who attaches a handler says so to others by its own means */
    return __atomic_load_n(&otpi_handlers_attached, __ATOMIC_RELAXED) != 0;
}

/* The handlers of the event, or NULL when nobody listens to it. Call it on a worker only. */
const otpi_audience *otpi_audience_of(otp_system *system, uint32_t number);
bool otpi_handler_hears(const otpi_handler *handler, const otpi_event_name *name);
/* All handlers, NULL when there are none. On a worker only. */
const otpi_audience *otpi_audience_all(otp_system *system);
/* #{id, events}; OTP_NONE when out of memory. */
otp_term otpi_handler_describe(const otpi_handler *handler);
/* The pattern as it was attached, '_' included; OTP_NONE when out of memory. */
otp_term otpi_pattern_term(const otpi_pattern *pattern);
/* Detaches by id, on a worker; OTP_ENOENT. */
otp_err otpi_telemetry_detach(otp_system *system, const char *id);
/* Detaches one handler; false when it was not attached. */
bool otpi_handler_detach(otp_system *system, const otpi_handler *handler);

/* ---- Events of the runtime ---- */

/* From here on births and deaths are reported. Called by a constructor. */
void otpi_crash_reports_open(void);
void otpi_hog_reports_open(void);

/* Does anybody in the system listen? Not outside of workers. */
bool otpi_event_heard(otp_system *system, otp_event_site *event);
/* Runs the handlers of the event, in order. Terms of the event live in the caller's scope; what
 * handlers build does not outlive the call. OTP_NONE stands for the empty map. */
void otpi_event_run(otp_system *system, uint32_t number, otp_term measurements, otp_term metadata);

#endif
