/* SPDX-License-Identifier: MIT */
/*
 * A handler of log entries: its filter, its sink, or its queue of lines and who writes them. See
 * log.h.
 */
#include "telemetry/log.h"

#include "port/memory.h"
#include "port/output.h"

#include <string.h>

enum { QUEUE_DEFAULT = 1000 };

otpi_log_handler *otpi_log_handler_new(otp_system *system, otpi_log_drains *drains, const char *id,
                                       const otp_log_handler *spec) {
    size_t id_size = strlen(id) + 1;
    otpi_log_handler *handler = otpi_calloc(1, sizeof *handler + id_size);
    if (handler != NULL) {
        handler->spec = *spec;
        handler->spec.level = spec->level ? spec->level : OTP_LOG_WARNING;
        handler->spec.size_max = spec->size_max ? spec->size_max : OTPI_LOG_SIZE_DEFAULT;
        handler->spec.queue_max = spec->queue_max ? spec->queue_max : QUEUE_DEFAULT;
        handler->world = otp_system_world(system);
        handler->drains = drains;
        handler->refs = 1;
        otpi_spin_init(&handler->lock);
        handler->end = &handler->first;
        memcpy(handler->id, id, id_size);
    }
    return handler;
}

static void handler_free(otpi_log_handler *handler) {
    while (handler->first != NULL) {
        otpi_log_record *record = handler->first;
        handler->first = record->next;
        otpi_free(record);
    }
    otpi_free(handler);
}

void otpi_log_handler_release(otpi_log_handler *handler) {
    /* acquire and release: what the others did with it is done before it is freed */
    if (__atomic_sub_fetch(&handler->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        handler_free(handler);
    }
}

/* ---- Writing: one thread at a time ---- */

static void line_write(const otpi_log_handler *handler, const char *line, size_t size) {
    if (handler->spec.put != NULL) {
        handler->spec.put(handler->spec.context, line, size);
    } else {
        (void)!otpi_output_write(OTPI_OUTPUT_STDERR, line, size);
    }
}

static void line_format(const otpi_log_handler *handler, otpi_text *text,
                        const otp_log_entry *entry) {
    if (handler->spec.format == OTP_LOG_JSON) {
        otpi_log_json(text, entry, handler->spec.size_max);
    } else {
        otpi_log_human(text, entry, handler->spec.size_max);
    }
}

static void dropped_write(const otpi_log_handler *handler, uint64_t dropped) {
    char said[200];
    char line[1000];
    otpi_text words;
    otpi_text text;
    otpi_text_init_fixed(&words, said, sizeof said);
    otpi_text_format(&words, "log handler \"%.100s\" has dropped %llu entries", handler->id,
                     (unsigned long long)dropped);
    bool simulated = otp_world_mode(handler->world) == OTP_SIMULATED;
    uint64_t wall_ms = simulated ? otp_now_ms() : otpi_clock_wall_ns() / 1000000;
    otpi_text_init_fixed(&text, line, sizeof line);
    line_format(handler, &text,
                &(otp_log_entry){.level = OTP_LOG_WARNING, .wall_ms = wall_ms, .text = said});
    line_write(handler, text.data, text.length);
}

static void records_write(otpi_log_handler *handler, otpi_log_record *record) {
    while (record != NULL) {
        otpi_log_record *next = record->next;
        line_write(handler, record->line, record->size);
        otpi_free(record);
        otpi_spin_lock(&handler->lock);
        handler->queued--;
        otpi_spin_unlock(&handler->lock);
        record = next;
    }
}

/* Writes all there is, until the queue is found empty. */
static void queue_drain(otpi_log_handler *handler) {
    bool more = true;
    while (more) {
        otpi_spin_lock(&handler->lock);
        otpi_log_record *records = handler->first;
        uint64_t dropped = handler->dropped;
        handler->first = NULL;
        handler->end = &handler->first;
        handler->dropped = 0;
        more = records != NULL || dropped != 0;
        handler->draining = more;
        otpi_spin_unlock(&handler->lock);
        records_write(handler, records);
        if (dropped != 0) {
            dropped_write(handler, dropped);
        }
    }
}

/* ---- Who writes ---- */

static void drain_begins(otpi_log_handler *handler) {
    __atomic_add_fetch(&handler->refs, 1, __ATOMIC_RELAXED);
    otpi_mutex_lock(&handler->drains->mutex);
    handler->drains->count++;
    otpi_mutex_unlock(&handler->drains->mutex);
}

/* The system may be gone as soon as the mutex is given back. */
static void drain_ended(otpi_log_handler *handler) {
    otpi_log_drains *drains = handler->drains;
    otpi_log_handler_release(handler);
    otpi_mutex_lock(&drains->mutex);
    drains->count--;
    otpi_condition_broadcast(&drains->ended);
    otpi_mutex_unlock(&drains->mutex);
}

static void drain_run(otpi_job *job) {
    otpi_log_handler *handler = OTPI_CONTAINER_OF(job, otpi_log_handler, job);
    queue_drain(handler);
    drain_ended(handler);
}

/* The caller has set draining. False when there is no thread. */
static bool drain_start(otpi_log_handler *handler) {
    drain_begins(handler);
    handler->job.run = drain_run;
    bool started = otpi_blocking_submit(handler->world->blocking, &handler->job);
    if (!started) {
        drain_ended(handler);
    }
    return started;
}

void otpi_log_drains_wait(otpi_log_drains *drains) {
    otpi_mutex_lock(&drains->mutex);
    while (drains->count != 0) {
        otpi_condition_wait(&drains->ended, &drains->mutex, OTPI_NEVER);
    }
    otpi_mutex_unlock(&drains->mutex);
}

/* True when the caller is to see to the writing. */
static bool drain_claim(otpi_log_handler *handler) {
    otpi_spin_lock(&handler->lock);
    bool claimed = !handler->draining && (handler->first != NULL || handler->dropped != 0);
    handler->draining |= claimed;
    otpi_spin_unlock(&handler->lock);
    return claimed;
}

void otpi_log_handler_flush(otpi_log_handler *handler) {
    if (drain_claim(handler)) {
        queue_drain(handler);
    }
}

/* ---- Taking entries: in the process that logs ---- */

/* At once in a simulated world. Without a thread to write them, lines wait for the next try. */
static void drain_ask(otpi_log_handler *handler) {
    if (otp_world_mode(handler->world) == OTP_SIMULATED) {
        otpi_log_handler_flush(handler);
    } else if (drain_claim(handler) && !drain_start(handler)) {
        otpi_spin_lock(&handler->lock);
        handler->draining = false;
        otpi_spin_unlock(&handler->lock);
    }
}

/* record NULL: there was no memory for it. */
static void queue_put(otpi_log_handler *handler, otpi_log_record *record) {
    otpi_spin_lock(&handler->lock);
    bool room = record != NULL && handler->queued < handler->spec.queue_max;
    if (room) {
        *handler->end = record;
        handler->end = &record->next;
        handler->queued++;
    } else {
        handler->dropped++;
    }
    otpi_spin_unlock(&handler->lock);
    if (!room) {
        otpi_free(record);
    }
    drain_ask(handler);
}

static otpi_log_record *record_new(const otpi_text *line) {
    otpi_log_record *record = line->failed ? NULL : otpi_alloc(sizeof *record + line->length);
    if (record != NULL) {
        record->next = NULL;
        record->size = line->length;
        memcpy(record->line, line->data, line->length);
    }
    return record;
}

static void line_take(otpi_log_handler *handler, const otp_log_entry *entry) {
    otpi_text line;
    otpi_text_init(&line, &otpi_heap_allocator);
    line_format(handler, &line, entry);
    queue_put(handler, record_new(&line));
    otpi_text_fini(&line);
}

void otpi_log_handler_take(otpi_log_handler *handler, const otp_log_entry *entry) {
    const otp_log_handler *spec = &handler->spec;
    /* relaxed: who removes it frees nothing before quiescence */
    if (__atomic_load_n(&handler->removed, __ATOMIC_RELAXED)) {
        return;
    }
    if (spec->filter != NULL && !spec->filter(spec->context, entry)) {
        return;
    }
    if (spec->sink != NULL) {
        spec->sink(spec->context, entry);
    } else {
        line_take(handler, entry);
    }
}
