/* SPDX-License-Identifier: MIT */
/*
 * The table of event names. Its memory is static: names are part of the program, as its texts are.
 */
#include "telemetry/event.h"

#include "port/thread.h"
#include "process/process.h"
#include "term/build.h"

typedef struct event {
    otpi_event_name name;
    uint32_t below[3]; /* atomic: numbers of start, stop, exception; 0 = not yet asked for */
} event;

static event events[OTPI_EVENTS_MAX]; /* the number is the index; 0 is unused */
static uint32_t event_count = 1;      /* under the mutex */
static otpi_mutex adding = OTPI_MUTEX_INIT;

bool otpi_event_name_of(otp_term list, otpi_event_name *out) {
    size_t length = otp_length(list);
    if (length == 0 || length > OTPI_EVENT_ATOMS_MAX) {
        return false;
    }
    out->length = (uint32_t)length;
    size_t i = 0;
    OTP_LIST_FOREACH (atom, list) {
        if (!otp_is_atom(atom)) {
            return false;
        }
        out->atoms[i++] = atom;
    }
    return true;
}

otp_term otpi_event_term(const otpi_event_name *name) {
    return otpi_make_list(name->length, name->atoms, otp_nil());
}

static bool same_name(const otpi_event_name *a, const otpi_event_name *b) {
    bool same = a->length == b->length;
    for (uint32_t i = 0; same && i < a->length; i++) {
        same = a->atoms[i].word == b->atoms[i].word;
    }
    return same;
}

/* The number of a name, which is added when it is new. */
static uint32_t number_of(const otpi_event_name *name) {
    otpi_mutex_lock(&adding);
    uint32_t number = 1;
    while (number < event_count && !same_name(&events[number].name, name)) {
        number++;
    }
    if (number == event_count) {
        OTPI_ASSERT("telemetry-001", number < OTPI_EVENTS_MAX); /* too many event names */
        events[number].name = *name;
        event_count++;
    }
    otpi_mutex_unlock(&adding);
    return number;
}

static OTPI_NOINLINE uint32_t number_of_site(otp_event_site *site) {
    otpi_event_name name;
    otp_term list;
    otp_err err = otp_parse(site->name, &list, NULL);
    if (err == OTP_ENOMEM) {
        return 0;
    }
    if (err != OTP_OK || !otpi_event_name_of(list, &name)) {
        otpi_badarg("OTP_EVENT", site->name);
    }
    uint32_t number = number_of(&name);
    /* release: pairs with the acquire in otpi_event_number, the name is behind it */
    __atomic_store_n(&site->word, number, __ATOMIC_RELEASE);
    return number;
}

uint32_t otpi_event_number(otp_event_site *site) {
    uint64_t number = __atomic_load_n(&site->word, __ATOMIC_ACQUIRE);
    return OTPI_LIKELY(number != 0) ? (uint32_t)number : number_of_site(site);
}

uint32_t otpi_event_below(uint32_t number, otpi_span_event which) {
    uint32_t *cached = &events[number].below[which];
    /* acquire: pairs with the release below */
    uint32_t below = __atomic_load_n(cached, __ATOMIC_ACQUIRE);
    if (below != 0) {
        return below;
    }
    otpi_event_name name = events[number].name;
    OTPI_ASSERT("telemetry-002", name.length < OTPI_EVENT_ATOMS_MAX); /* a span's name too long */
    name.atoms[name.length++] = which == OTPI_SPAN_START  ? OTP_ATOM(start)
                                : which == OTPI_SPAN_STOP ? OTP_ATOM(stop)
                                                          : OTP_ATOM(exception);
    below = number_of(&name);
    __atomic_store_n(cached, below, __ATOMIC_RELEASE);
    return below;
}

const otpi_event_name *otpi_event_at(uint32_t number) {
    return &events[number].name;
}
