/* SPDX-License-Identifier: MIT */
/*
 * The logger: a level and a sink per system.
 */
#include "telemetry/log.h"

#include "port/clock.h"
#include "port/output.h"
#include "port/thread.h"
#include "port/memory.h"
#include "process/process.h"
#include "telemetry/report.h"

#include <stdio.h>

enum { NEAR_TEXT = 1024 }; /* bytes of a text that needs no memory */

/* The part of a system that the logger has. */
typedef struct logger {
    uint32_t level; /* atomic: otp_log_level, asked before anything is built */
    otpi_spin lock; /* of the two below */
    otp_log_sink *sink;
    void *context;
} logger;

static void default_sink(void *context, const otp_log_entry *entry);

static void logger_init(logger *log, otp_system *system, otp_log_level level, otp_log_sink *sink,
                        void *context) {
    bool silent = sink == NULL && otp_world_mode(otp_system_world(system)) == OTP_SIMULATED;
    otpi_spin_lock(&log->lock);
    log->sink = sink ? sink : default_sink;
    log->context = context;
    otpi_spin_unlock(&log->lock);
    /* relaxed: an entry around the change goes either way */
    __atomic_store_n(&log->level, silent ? OTP_LOG_NONE : level, __ATOMIC_RELAXED);
}

static otp_err part_init(otp_system *system, void *data) {
    logger *log = data;
    otpi_spin_init(&log->lock);
    logger_init(log, system, OTP_LOG_WARNING, NULL, NULL);
    return OTP_OK;
}

static otpi_part logger_part = {.name = "logger", .size = sizeof(logger), .init = part_init};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&logger_part);
}

static logger *logger_of(otp_system *system) {
    return otpi_part_data(system, &logger_part);
}

void otp_logger_set(otp_system *system, otp_log_level level, otp_log_sink *sink, void *context) {
    logger_init(logger_of(system), system, level, sink, context);
}

/* ---- How a line looks ---- */

const char *otpi_log_level_name(otp_log_level level) {
    static const char *const names[] = {"none", "error", "warning", "notice", "info", "debug"};
    return (unsigned)level < sizeof names / sizeof names[0] ? names[level] : "none";
}

void otpi_log_line(otpi_text *text, const otp_log_entry *entry, uint64_t wall_ms) {
    char who[64] = "-";
    if (entry->pid.word != 0) {
        otp_print(otp_from_pid(entry->pid), who, sizeof who);
    }
    unsigned ms = (unsigned)(wall_ms % 1000);
    unsigned s = (unsigned)(wall_ms / 1000 % 86400);
    otpi_text_format(text, "%02u:%02u:%02u.%03u [%s] %s ", s / 3600, s / 60 % 60, s % 60, ms,
                     otpi_log_level_name(entry->level), who);
    otpi_text_cstr(text, entry->text);
    otpi_text_char(text, '\n');
}

/* One write for each entry, so that those of several threads do not mix. */
static void default_sink(void *context, const otp_log_entry *entry) {
    (void)context;
    char near[NEAR_TEXT];
    otpi_text line;
    otpi_text_init_fixed(&line, near, sizeof near);
    uint64_t wall_ms = otpi_clock_wall_ns() / 1000000;
    otpi_log_line(&line, entry, wall_ms);
    if (!line.failed) {
        (void)!otpi_output_write(OTPI_OUTPUT_STDERR, line.data, line.length);
        return;
    }
    otpi_text whole;
    otpi_text_init(&whole, &otpi_heap_allocator);
    otpi_log_line(&whole, entry, wall_ms);
    otpi_text *best = whole.failed ? &line : &whole;
    (void)!otpi_output_write(OTPI_OUTPUT_STDERR, best->data, best->length);
    otpi_text_fini(&whole);
}

/* ---- Text ---- */

/* The text in near, or in the current scope when it is longer; cut off without memory for that. */
static const char *format_va(char *near, size_t size, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(near, size, format, arguments);
    const char *text = length < 0 ? "(bad format)" : near;
    if (length > 0 && (size_t)length >= size) {
        size_t room = (size_t)length / sizeof(uint64_t) + 1;
        char *far = (char *)otpi_scope_try(room);
        if (far != NULL) {
            vsnprintf(far, room * sizeof(uint64_t), format, again);
            text = far;
        }
    }
    va_end(again);
    return text;
}

const char *otpi_scope_format(const char *format, ...) {
    char none[1];
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_va(none, sizeof none, format, arguments);
    va_end(arguments);
    return text == none ? "(out of memory)" : text;
}

/* ---- Entries ---- */

bool otpi_log_wants(otp_system *system, otp_log_level level) {
    return level != OTP_LOG_NONE &&
           level <= __atomic_load_n(&logger_of(system)->level, __ATOMIC_RELAXED);
}

void otpi_log_enter(otp_system *system, otp_log_level level, otp_pid pid, const char *text,
                    otp_term report) {
    logger *log = logger_of(system);
    otpi_spin_lock(&log->lock);
    otp_log_sink *sink = log->sink;
    void *context = log->context;
    otpi_spin_unlock(&log->lock);
    const otp_log_entry entry = {level, pid, otp_now_ms(), text, report};
    otpi_locks_held++; /* a sink neither suspends nor switches */
    sink(context, &entry);
    otpi_locks_held--;
}

bool otpi_log_on(otp_log_level level) {
    otp_system *system = otp_system_here();
    return system != NULL && otpi_log_wants(system, level);
}

void otpi_log_report(otp_log_level level, const char *text, otp_term report) {
    otpi_process *self = otpi_self();
    if (otpi_log_wants(self->system, level)) {
        otpi_log_enter(self->system, level, self->pid, text, report);
    }
}

/* Of no process: to standard error, as the default sink would in a parallel world. */
static void log_outside(otp_log_level level, const char *text) {
    const otp_log_entry entry = {.level = level, .text = text};
    default_sink(NULL, &entry);
}

void otp_log(otp_log_level level, const char *format, ...) {
    otpi_process *self = otpi_self_or_null();
    bool wanted = self ? otpi_log_wants(self->system, level)
                       : level != OTP_LOG_NONE && level <= OTP_LOG_WARNING;
    if (!wanted) {
        return;
    }
    char near[NEAR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_va(near, sizeof near, format, arguments);
    va_end(arguments);
    if (self != NULL) {
        otpi_log_enter(self->system, level, self->pid, text, OTP_NONE);
    } else {
        log_outside(level, text);
    }
}
