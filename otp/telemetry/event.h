/* SPDX-License-Identifier: MIT */
/*
 * Event names as small numbers, one table for the OS process: a site keeps the number of its name,
 * so that asking whether somebody listens is an array access. Append-only; numbers are never seen
 * outside, so it does not matter in which order they are given out.
 */
#ifndef OTP_TELEMETRY_EVENT_H
#define OTP_TELEMETRY_EVENT_H

#include <otp/telemetry.h>

enum {
    OTPI_EVENTS_MAX = 4096,
    OTPI_EVENT_ATOMS_MAX = 8,
};

/* A name: a list of atoms. */
typedef struct otpi_event_name {
    uint32_t length;
    otp_term atoms[OTPI_EVENT_ATOMS_MAX];
} otpi_event_name;

/* The three events of a span, below its name. */
typedef enum otpi_span_event {
    OTPI_SPAN_START,
    OTPI_SPAN_STOP,
    OTPI_SPAN_EXCEPTION
} otpi_span_event;

/* Reads a name from a list of atoms; false when it is none or too long. */
bool otpi_event_name_of(otp_term list, otpi_event_name *out);
/* A list of atoms in the current scope; OTP_NONE when out of memory. */
otp_term otpi_event_term(const otpi_event_name *name);

/* The number of a site's event, from 1. A text that is no event name is the exit {badarg, ...};
 * 0 when out of memory. */
uint32_t otpi_event_number(otp_event_site *site);
/* The number of an event of a span. */
uint32_t otpi_event_below(uint32_t number, otpi_span_event which);
const otpi_event_name *otpi_event_at(uint32_t number);

#endif
