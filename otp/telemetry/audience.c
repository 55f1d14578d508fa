/* SPDX-License-Identifier: MIT */
/*
 * Attaching and detaching handlers.
 */
#include "telemetry/audience.h"

#include "port/memory.h"
#include "process/system.h"
#include "term/build.h"

#include <string.h>

uint32_t otpi_handlers_attached;

static otp_err part_init(otp_system *system, void *data) {
    (void)system;
    otpi_mutex_init(&((otpi_telemetry *)data)->mutex);
    return OTP_OK;
}

static void part_fini(otp_system *system, void *data) {
    (void)system;
    otpi_telemetry *telemetry = data;
    otpi_audience *audience = telemetry->audience;
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        if (!__atomic_load_n(&audience->handlers[i]->detached, __ATOMIC_RELAXED)) {
            __atomic_sub_fetch(&otpi_handlers_attached, 1, __ATOMIC_RELAXED);
        }
        otpi_free(audience->handlers[i]);
    }
    otpi_free(audience);
    otpi_mutex_fini(&telemetry->mutex);
}

/* Each handler; the system is quiet. */
static void part_walk(otp_system *system, void *data,
                      void (*visit)(void *context, const char *kind, otp_term what),
                      void *context) {
    (void)system;
    const otpi_audience *audience = ((otpi_telemetry *)data)->audience;
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        visit(context, "telemetry_handler", otpi_handler_describe(audience->handlers[i]));
    }
}

static otpi_part telemetry_part = {.name = "telemetry",
                                   .size = sizeof(otpi_telemetry),
                                   .init = part_init,
                                   .fini = part_fini,
                                   .walk = part_walk};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&telemetry_part);
    otpi_crash_reports_open();
    otpi_hog_reports_open();
}

static otpi_telemetry *telemetry_of(otp_system *system) {
    return otpi_part_data(system, &telemetry_part);
}

/* ---- Patterns ---- */

static bool name_begins(const otpi_event_name *name, const otpi_event_name *prefix) {
    for (uint32_t i = 0; i < prefix->length; i++) {
        if (i >= name->length || name->atoms[i].word != prefix->atoms[i].word) {
            return false;
        }
    }
    return true;
}

static bool pattern_fits(const otpi_pattern *pattern, const otpi_event_name *name) {
    return name_begins(name, &pattern->name) &&
           (name->length > pattern->name.length) == pattern->prefix;
}

bool otpi_handler_hears(const otpi_handler *handler, const otpi_event_name *name) {
    /* relaxed: it is enough that a detached handler is soon not called any more */
    bool hears = false;
    if (!__atomic_load_n(&handler->detached, __ATOMIC_RELAXED)) {
        for (size_t i = 0; !hears && i < handler->pattern_count; i++) {
            hears = pattern_fits(&handler->patterns[i], name);
        }
    }
    return hears;
}

/* [a, b, '_'] is the prefix [a, b]; '_' alone is all events. */
static bool pattern_of(otp_term list, otpi_pattern *out) {
    if (!otpi_event_name_of(list, &out->name)) {
        return false;
    }
    otp_term any = OTP_ATOM(_);
    for (uint32_t i = 0; i + 1 < out->name.length; i++) {
        if (out->name.atoms[i].word == any.word) {
            return false;
        }
    }
    out->prefix = out->name.atoms[out->name.length - 1].word == any.word;
    out->name.length -= out->prefix;
    return true;
}

/* ---- Handlers ---- */

static otp_err handler_new(const char *id, otp_term events, otp_telemetry_fn *fn, void *context,
                           otpi_handler **out) {
    size_t n = otp_length(events);
    if (id == NULL || fn == NULL || n == 0 || n > OTPI_EVENTS_MAX) {
        return OTP_EBADARG;
    }
    size_t id_size = strlen(id) + 1;
    otpi_handler *handler = otpi_alloc(sizeof *handler + n * sizeof(otpi_pattern) + id_size);
    if (handler == NULL) {
        return OTP_ENOMEM;
    }
    *handler = (otpi_handler){.fn = fn, .context = context, .pattern_count = n};
    handler->id = (char *)&handler->patterns[n];
    memcpy(handler->id, id, id_size);
    size_t i = 0;
    OTP_LIST_FOREACH (event, events) {
        if (!pattern_of(event, &handler->patterns[i++])) {
            otpi_free(handler);
            return OTP_EBADARG;
        }
    }
    *out = handler;
    return OTP_OK;
}

static void handler_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_handler, retired));
}

static void audience_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_audience, retired));
}

static bool is_detached(const otpi_handler *handler) {
    return __atomic_load_n(&handler->detached, __ATOMIC_RELAXED);
}

/* ---- Changing the audience: under the mutex, on a worker ---- */

static const otpi_handler *handler_of_id(const otpi_audience *audience, const char *id) {
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        const otpi_handler *handler = audience->handlers[i];
        if (!is_detached(handler) && strcmp(handler->id, id) == 0) {
            return handler;
        }
    }
    return NULL;
}

static void audience_replace(otpi_telemetry *telemetry, otpi_audience *audience) {
    otpi_audience *old = telemetry->audience;
    /* release: pairs with the acquire in otpi_audience_of */
    __atomic_store_n(&telemetry->audience, audience, __ATOMIC_RELEASE);
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->count; i++) {
        if (is_detached(old->handlers[i])) {
            otpi_retire(&old->handlers[i]->retired, handler_release);
        }
    }
    otpi_retire(&old->retired, audience_release);
}

static size_t attached_count(const otpi_audience *audience) {
    size_t n = 0;
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        n += !is_detached(audience->handlers[i]);
    }
    return n;
}

/* The handlers that are attached, and one more (or NULL). */
static otp_err audience_remake(otpi_telemetry *telemetry, otpi_handler *more) {
    const otpi_audience *old = telemetry->audience;
    size_t count = attached_count(old) + (more != NULL);
    if (count == 0) {
        audience_replace(telemetry, NULL);
        return OTP_OK;
    }
    otpi_audience *audience = otpi_calloc(1, sizeof *audience + count * sizeof(void *));
    if (audience == NULL) {
        return OTP_ENOMEM;
    }
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        if (!is_detached(old->handlers[i])) {
            audience->handlers[audience->count++] = old->handlers[i];
        }
    }
    if (more != NULL) {
        audience->handlers[audience->count++] = more;
    }
    audience_replace(telemetry, audience);
    return OTP_OK;
}

static otp_err attach(otp_system *system, otpi_handler *handler) {
    otpi_telemetry *telemetry = telemetry_of(system);
    otpi_mutex_lock(&telemetry->mutex);
    otp_err err = handler_of_id(telemetry->audience, handler->id) != NULL
                      ? OTP_EEXIST
                      : audience_remake(telemetry, handler);
    otpi_mutex_unlock(&telemetry->mutex);
    if (err == OTP_OK) {
        __atomic_add_fetch(&otpi_handlers_attached, 1, __ATOMIC_RELAXED);
    }
    return err;
}

/* Without memory for a new array it stays in the old one, marked, until the next change. */
static void handler_remove(otpi_telemetry *telemetry, const otpi_handler *handler) {
    __atomic_store_n(&((otpi_handler *)(uintptr_t)handler)->detached, true, __ATOMIC_RELAXED);
    (void)!audience_remake(telemetry, NULL);
    __atomic_sub_fetch(&otpi_handlers_attached, 1, __ATOMIC_RELAXED);
}

bool otpi_handler_detach(otp_system *system, const otpi_handler *handler) {
    otpi_telemetry *telemetry = telemetry_of(system);
    otpi_mutex_lock(&telemetry->mutex);
    bool attached = !is_detached(handler);
    if (attached) {
        handler_remove(telemetry, handler);
    }
    otpi_mutex_unlock(&telemetry->mutex);
    return attached;
}

otp_err otpi_telemetry_detach(otp_system *system, const char *id) {
    otpi_telemetry *telemetry = telemetry_of(system);
    otpi_mutex_lock(&telemetry->mutex);
    const otpi_handler *handler = handler_of_id(telemetry->audience, id);
    if (handler != NULL) {
        handler_remove(telemetry, handler);
    }
    otpi_mutex_unlock(&telemetry->mutex);
    return handler ? OTP_OK : OTP_ENOENT;
}

otp_err otp_telemetry_detach(const char *id) {
    return otpi_telemetry_detach(otpi_self()->system, id);
}

/* ---- Attaching ---- */

typedef struct attaching {
    otpi_handler *handler;
    otp_err err;
} attaching;

static void attach_on_worker(otp_system *system, void *context) {
    attaching *job = context;
    job->err = attach(system, job->handler);
}

otp_err otp_system_telemetry_attach(otp_system *system, const char *id, otp_term events,
                                    otp_telemetry_fn *fn, void *context) {
    attaching job = {0};
    job.err = handler_new(id, events, fn, context, &job.handler);
    if (job.err != OTP_OK) {
        return job.err;
    }
    otpi_system_do(system, attach_on_worker, &job);
    if (job.err != OTP_OK) {
        otpi_free(job.handler);
    }
    return job.err;
}

otp_err otp_telemetry_attach(const char *id, otp_term events, otp_telemetry_fn *fn, void *context) {
    return otp_system_telemetry_attach(otpi_self()->system, id, events, fn, context);
}

/* ---- Asking ---- */

otp_term otpi_pattern_term(const otpi_pattern *pattern) {
    otpi_event_name name = pattern->name;
    if (pattern->prefix) {
        name.atoms[name.length++] = OTP_ATOM(_);
    }
    return otpi_event_term(&name);
}

otp_term otpi_handler_describe(const otpi_handler *handler) {
    otp_term events = otp_nil();
    for (size_t i = handler->pattern_count; i-- > 0;) {
        otp_term pattern = otpi_pattern_term(&handler->patterns[i]);
        events = otp_is_none(pattern) ? pattern : otpi_make_list(1, &pattern, events);
        if (otp_is_none(events)) {
            return OTP_NONE;
        }
    }
    otp_term id = otpi_make_binary(handler->id, strlen(handler->id));
    otp_term pairs[] = {OTP_ATOM(id), id, OTP_ATOM(events), events};
    return otp_is_none(id) ? OTP_NONE : otpi_make_map(2, pairs);
}

const otpi_audience *otpi_audience_all(otp_system *system) {
    return __atomic_load_n(&telemetry_of(system)->audience, __ATOMIC_ACQUIRE);
}

static enum otpi_heard audience_hears(const otpi_audience *audience, const otpi_event_name *name) {
    for (size_t i = 0; i < audience->count; i++) {
        if (otpi_handler_hears(audience->handlers[i], name)) {
            return OTPI_HEARD;
        }
    }
    return OTPI_HEARD_NOT;
}

const otpi_audience *otpi_audience_of(otp_system *system, uint32_t number) {
    /* acquire: pairs with the release in audience_replace */
    otpi_audience *audience = __atomic_load_n(&telemetry_of(system)->audience, __ATOMIC_ACQUIRE);
    if (audience == NULL || number == 0) {
        return NULL;
    }
    /* relaxed: whoever finds it out writes the same value */
    uint8_t heard = __atomic_load_n(&audience->heard[number], __ATOMIC_RELAXED);
    if (OTPI_UNLIKELY(heard == OTPI_HEARD_UNKNOWN)) {
        heard = (uint8_t)audience_hears(audience, otpi_event_at(number));
        __atomic_store_n(&audience->heard[number], heard, __ATOMIC_RELAXED);
    }
    return heard == OTPI_HEARD ? audience : NULL;
}
