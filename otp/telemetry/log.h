/* SPDX-License-Identifier: MIT */
/*
 * The logger's inside: how an entry looks, and how it reaches the sink and the handlers.
 *
 * Design notes.
 * Handlers and module levels form an immutable configuration, replaced as a whole when one of them
 * changes; the old one is freed after quiescence. A process that logs walks it with switching and
 * suspension forbidden. A handler that writes has a queue: processes put formatted lines at its
 * end, a thread of the blocking pool takes them all and writes them. At most one thread drains a
 * queue at a time; whoever finds none doing so asks for one.
 */
#ifndef OTP_TELEMETRY_LOG_H
#define OTP_TELEMETRY_LOG_H

#include <otp/logger.h>

#include "base/text.h"
#include "port/thread.h"
#include "process/process.h"
#include "world/state.h"

/* ---- Looks (log_format.c, log_json.c) ---- */

enum { OTPI_LOG_SIZE_DEFAULT = 8192 };

/* "error", ...; "none" for what is no level. */
const char *otpi_log_level_name(otp_log_level level);

/* Appends "12:00:00.123 [error] <0.5.0> text" and a newline; wall_ms: since 1970, shown as UTC.
 * Further lines of the text follow as they are. */
void otpi_log_line(otpi_text *text, const otp_log_entry *entry, uint64_t wall_ms);

/* Append one line with its newline, of about size_max bytes at most. */
void otpi_log_human(otpi_text *text, const otp_log_entry *entry, size_t size_max);
void otpi_log_json(otpi_text *text, const otp_log_entry *entry, size_t size_max);
/* "2026-11-28T16:00:00.123Z" */
void otpi_log_time(otpi_text *text, uint64_t wall_ms);
/* The bytes of the longest beginning that is at most max bytes long and ends no character early. */
size_t otpi_log_cut(const char *bytes, size_t size, size_t max);

/* ---- Handlers (log_handler.c) ---- */

enum { OTPI_LOG_HANDLERS_MAX = 16, OTPI_LOG_MODULES_MAX = 64 };

/* A line in a queue. */
typedef struct otpi_log_record {
    struct otpi_log_record *next;
    size_t size;
    char line[];
} otpi_log_record;

/* Queues of a system that are being written. */
typedef struct otpi_log_drains {
    otpi_mutex mutex;
    otpi_condition ended;
    size_t count;
} otpi_log_drains;

typedef struct otpi_log_handler {
    otpi_retired retired;
    otp_log_handler spec;
    otp_world *world;
    otpi_log_drains *drains;
    bool removed;   /* atomic: takes nothing more, even while it is still in a configuration */
    uint32_t refs;  /* atomic: the configurations that have it (as one), and a drain under way */
    otpi_spin lock; /* of what follows */
    otpi_log_record *first, **end;
    size_t queued; /* lines, those that are just being written included */
    uint64_t dropped;
    bool draining;
    otpi_job job;
    char id[];
} otpi_log_handler;

typedef struct otpi_log_module {
    const char *name;
    otp_log_level level;
} otpi_log_module;

typedef struct otpi_log_config {
    otpi_retired retired;
    size_t handler_count, module_count;
    otpi_log_handler *handlers[OTPI_LOG_HANDLERS_MAX];
    otpi_log_module modules[OTPI_LOG_MODULES_MAX];
} otpi_log_config;

/* NULL when out of memory. drains: of the system. */
otpi_log_handler *otpi_log_handler_new(otp_system *system, otpi_log_drains *drains, const char *id,
                                       const otp_log_handler *spec);
/* Hands it an entry whose level it wants. */
void otpi_log_handler_take(otpi_log_handler *handler, const otp_log_entry *entry);
/* Sees to it that what is queued gets written, by another thread or, when there is none, here. */
void otpi_log_handler_flush(otpi_log_handler *handler);
/* It is in no configuration any more, and no process looks at it. */
void otpi_log_handler_release(otpi_log_handler *handler);
/* Waits until no queue is being written; not on a worker of a parallel world. */
void otpi_log_drains_wait(otpi_log_drains *drains);

/* ---- Entries (logger.c) ---- */

/* Might somebody in the system take an entry of that level? A load when nobody does. */
bool otpi_log_wants(otp_system *system, otp_log_level level);
/* Hands an entry to those who want it. text lives until it returns. */
void otpi_log_enter(otp_system *system, otp_log_level level, otp_pid pid, const char *text,
                    otp_term report);
/* The same with a place in the program, or NULL. */
void otpi_log_enter_at(otp_system *system, const char *site, otp_log_level level, otp_pid pid,
                       const char *text, otp_term report);

/* Printed text in the current scope; "(out of memory)" when there is none. Never NULL, never an
 * exit. */
const char *otpi_scope_format(const char *format, ...) OTP_PRINTF(1, 2);

#endif
