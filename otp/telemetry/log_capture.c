/* SPDX-License-Identifier: MIT */
/*
 * Entries kept in memory: a handler whose sink copies them, in the order in which they came.
 */
#include <otp/logger.h>

#include "port/memory.h"
#include "port/thread.h"
#include "process/system.h"
#include "term/build.h"

#include <stdio.h>
#include <string.h>

enum { RECORDS_DEFAULT = 10000 };

/* Copies: texts lie behind, terms in a pack of {Name, Metadata, Report}, nil for none. */
typedef struct record {
    otp_log_entry entry;
    otpi_pack *terms;
    char texts[];
} record;

struct otp_log_capture {
    otp_system *system;
    otpi_retired retired;
    size_t records_max;
    char id[40];
    otpi_mutex mutex; /* of all below */
    record **records;
    size_t count, capacity;
    uint64_t dropped;
};

/* ---- Keeping ---- */

static size_t text_size(const char *text) {
    return text != NULL ? strlen(text) + 1 : 0;
}

static const char *text_copy(char **at, const char *text) {
    size_t size = text_size(text);
    char *copy = *at;
    if (size == 0) {
        return NULL;
    }
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static otp_term nil_for_none(otp_term term) {
    return otp_is_none(term) ? otp_nil() : term;
}

static otp_term none_for_nil(otp_term term) {
    return otp_is_nil(term) ? OTP_NONE : term;
}

static otpi_pack *terms_pack(const otp_log_entry *entry) {
    const otp_term terms[] = {nil_for_none(entry->name), nil_for_none(entry->metadata),
                              nil_for_none(entry->report)};
    otp_scope scope = otpi_scope_mark();
    otp_term tuple = otpi_make_tuple(3, terms);
    otpi_pack *pack = otp_is_none(tuple) ? NULL : otpi_pack_new(tuple);
    otpi_scope_rollback(scope);
    return pack;
}

static record *record_new(const otp_log_entry *entry) {
    size_t texts = text_size(entry->text) + text_size(entry->site) + text_size(entry->module) +
                   text_size(entry->label);
    record *kept = otpi_alloc(sizeof *kept + texts);
    otpi_pack *terms = kept != NULL ? terms_pack(entry) : NULL;
    if (terms == NULL) {
        otpi_free(kept);
        return NULL;
    }
    char *at = kept->texts;
    kept->terms = terms;
    kept->entry = *entry;
    kept->entry.text = text_copy(&at, entry->text);
    kept->entry.site = text_copy(&at, entry->site);
    kept->entry.module = text_copy(&at, entry->module);
    kept->entry.label = text_copy(&at, entry->label);
    kept->entry.name = none_for_nil(otp_element(terms->term, 0));
    kept->entry.metadata = none_for_nil(otp_element(terms->term, 1));
    kept->entry.report = none_for_nil(otp_element(terms->term, 2));
    return kept;
}

static void record_free(record *kept) {
    if (kept != NULL) {
        otpi_pack_release(kept->terms);
        otpi_free(kept);
    }
}

/* Room for one more; under the mutex. */
static bool records_grow(otp_log_capture *capture) {
    if (capture->count < capture->capacity) {
        return true;
    }
    size_t capacity = capture->capacity ? 2 * capture->capacity : 64;
    record **records = otpi_realloc(capture->records, capacity * sizeof *records);
    if (records != NULL) {
        capture->records = records;
        capture->capacity = capacity;
    }
    return records != NULL;
}

static void capture_take(void *context, const otp_log_entry *entry) {
    otp_log_capture *capture = context;
    record *kept = record_new(entry);
    otpi_mutex_lock(&capture->mutex);
    bool room = kept != NULL && capture->count < capture->records_max && records_grow(capture);
    if (room) {
        capture->records[capture->count++] = kept;
    } else {
        capture->dropped++;
    }
    otpi_mutex_unlock(&capture->mutex);
    if (!room) {
        record_free(kept);
    }
}

/* ---- Starting and stopping ---- */

static void capture_free(otp_log_capture *capture) {
    for (size_t i = 0; i < capture->count; i++) {
        record_free(capture->records[i]);
    }
    otpi_free(capture->records);
    otpi_mutex_fini(&capture->mutex);
    otpi_free(capture);
}

otp_err otp_log_capture_start(otp_system *system, otp_log_level level, size_t records_max,
                              otp_log_capture **out) {
    static uint64_t captures; /* atomic: ids are unique; nobody sees them but remove_handler */
    otp_log_capture *capture = otpi_calloc(1, sizeof *capture);
    if (capture == NULL) {
        return OTP_ENOMEM;
    }
    capture->system = system;
    capture->records_max = records_max ? records_max : (size_t)RECORDS_DEFAULT;
    snprintf(capture->id, sizeof capture->id, "otp_log_capture/%llu",
             (unsigned long long)__atomic_add_fetch(&captures, 1, __ATOMIC_RELAXED));
    otpi_mutex_init(&capture->mutex);
    otp_err err = otp_logger_add_handler(
        system, capture->id,
        &(otp_log_handler){.level = level, .sink = capture_take, .context = capture});
    if (err != OTP_OK) {
        capture_free(capture);
        return err;
    }
    *out = capture;
    return OTP_OK;
}

static void capture_release(otpi_retired *retired) {
    capture_free(OTPI_CONTAINER_OF(retired, otp_log_capture, retired));
}

static void retire_on_worker(otp_system *system, void *context) {
    otp_log_capture *capture = context;
    (void)system;
    otpi_retire(&capture->retired, capture_release);
}

void otp_log_capture_stop(otp_log_capture *capture) {
    if (capture != NULL) {
        (void)!otp_logger_remove_handler(capture->system, capture->id); /* it is there */
        otpi_system_do(capture->system, retire_on_worker, capture);
    }
}

/* ---- Looking ---- */

size_t otp_log_capture_count(otp_log_capture *capture) {
    otpi_mutex_lock(&capture->mutex);
    size_t count = capture->count;
    otpi_mutex_unlock(&capture->mutex);
    return count;
}

uint64_t otp_log_capture_dropped(otp_log_capture *capture) {
    otpi_mutex_lock(&capture->mutex);
    uint64_t dropped = capture->dropped;
    otpi_mutex_unlock(&capture->mutex);
    return dropped;
}

bool otp_log_capture_at(otp_log_capture *capture, size_t i, otp_log_entry *out) {
    otpi_mutex_lock(&capture->mutex);
    bool there = i < capture->count;
    if (there) {
        *out = capture->records[i]->entry;
    }
    otpi_mutex_unlock(&capture->mutex);
    return there;
}
