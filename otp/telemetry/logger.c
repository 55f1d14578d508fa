/* SPDX-License-Identifier: MIT */
/*
 * The logger: who gets the entries of a system, and how they come about.
 */
#include "telemetry/log.h"

#include "port/memory.h"
#include "port/output.h"
#include "process/extra.h"
#include "process/system.h"
#include "telemetry/report.h"

#include <stdio.h>
#include <string.h>

enum { NEAR_TEXT = 1024 }; /* bytes of a text that needs no memory */

/* The part of a system that the logger has. */
typedef struct logger {
    uint32_t most;           /* atomic: the most talkative otp_log_level anybody wants */
    uint32_t level;          /* atomic: the sink's */
    otpi_log_config *config; /* atomic; NULL = no handlers, no module levels */
    otpi_spin lock;          /* of the two below */
    otp_log_sink *sink;
    void *context;
    otpi_mutex mutex; /* of changing levels and configuration */
    otpi_log_drains drains;
} logger;

static void default_sink(void *context, const otp_log_entry *entry);

static otpi_part logger_part;

static logger *logger_of(otp_system *system) {
    return otpi_part_data(system, &logger_part);
}

/* ---- Levels ---- */

static uint32_t more_talkative(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static bool is_removed(const otpi_log_handler *handler) {
    return __atomic_load_n(&handler->removed, __ATOMIC_RELAXED);
}

/* Under the mutex, after each change. */
static void most_find(logger *log) {
    const otpi_log_config *config = log->config;
    uint32_t most = log->level;
    for (size_t i = 0; config != NULL && i < config->handler_count; i++) {
        const otpi_log_handler *handler = config->handlers[i];
        most = more_talkative(most, is_removed(handler) ? 0 : handler->spec.level);
    }
    for (size_t i = 0; config != NULL && i < config->module_count; i++) {
        most = more_talkative(most, config->modules[i].level);
    }
    /* relaxed: an entry around the change goes either way */
    __atomic_store_n(&log->most, most, __ATOMIC_RELAXED);
}

void otp_logger_set(otp_system *system, otp_log_level level, otp_log_sink *sink, void *context) {
    logger *log = logger_of(system);
    bool silent = sink == NULL && otp_world_mode(otp_system_world(system)) == OTP_SIMULATED;
    otpi_mutex_lock(&log->mutex);
    otpi_spin_lock(&log->lock);
    log->sink = sink ? sink : default_sink;
    log->context = context;
    otpi_spin_unlock(&log->lock);
    __atomic_store_n(&log->level, silent ? OTP_LOG_NONE : level, __ATOMIC_RELAXED);
    most_find(log);
    otpi_mutex_unlock(&log->mutex);
}

static otp_err part_init(otp_system *system, void *data) {
    logger *log = data;
    otpi_spin_init(&log->lock);
    otpi_mutex_init(&log->mutex);
    otpi_mutex_init(&log->drains.mutex);
    otpi_condition_init(&log->drains.ended);
    otp_logger_set(system, OTP_LOG_WARNING, NULL, NULL);
    return OTP_OK;
}

/* What is queued is written first. */
static void part_fini(otp_system *system, void *data) {
    logger *log = data;
    otpi_log_config *config = log->config;
    (void)system;
    for (size_t i = 0; config != NULL && i < config->handler_count; i++) {
        otpi_log_handler_flush(config->handlers[i]);
    }
    otpi_log_drains_wait(&log->drains);
    for (size_t i = 0; config != NULL && i < config->handler_count; i++) {
        otpi_log_handler_release(config->handlers[i]);
    }
    otpi_free(config);
    otpi_condition_fini(&log->drains.ended);
    otpi_mutex_fini(&log->drains.mutex);
    otpi_mutex_fini(&log->mutex);
}

static otpi_part logger_part = {
    .name = "logger", .size = sizeof(logger), .init = part_init, .fini = part_fini};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&logger_part);
}

/* ---- Changing the configuration: on a worker, under the mutex ---- */

typedef struct change {
    const char *id;
    const otp_log_handler *spec; /* of a handler to add */
    otp_log_level level;         /* of a module to set */
    /* Applied to the new configuration, which may be thrown away again. */
    otp_err (*apply)(logger *log, otp_system *system, otpi_log_config *config,
                     const struct change *job);
    otp_err err;
} change;

static void config_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_log_config, retired));
}

static void handler_release(otpi_retired *retired) {
    otpi_log_handler_release(OTPI_CONTAINER_OF(retired, otpi_log_handler, retired));
}

static otpi_log_config *config_copy(const otpi_log_config *old) {
    otpi_log_config *config = otpi_calloc(1, sizeof *config);
    if (config != NULL && old != NULL) {
        *config = *old;
        config->handler_count = 0;
        for (size_t i = 0; i < old->handler_count; i++) {
            if (!is_removed(old->handlers[i])) {
                config->handlers[config->handler_count++] = old->handlers[i];
            }
        }
    }
    return config;
}

static void config_replace(logger *log, otpi_log_config *config) {
    otpi_log_config *old = log->config;
    /* release: pairs with the acquire in entry_hand_out */
    __atomic_store_n(&log->config, config, __ATOMIC_RELEASE);
    most_find(log);
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->handler_count; i++) {
        if (is_removed(old->handlers[i])) {
            otpi_retire(&old->handlers[i]->retired, handler_release);
        }
    }
    otpi_retire(&old->retired, config_release);
}

static otp_err config_apply(logger *log, otp_system *system, const change *job) {
    otpi_log_config *config = config_copy(log->config);
    if (config == NULL) {
        return OTP_ENOMEM;
    }
    otp_err err = job->apply(log, system, config, job);
    if (err == OTP_OK) {
        config_replace(log, config);
    } else {
        otpi_free(config);
    }
    return err;
}

static void change_on_worker(otp_system *system, void *context) {
    logger *log = logger_of(system);
    change *job = context;
    otpi_mutex_lock(&log->mutex);
    job->err = config_apply(log, system, job);
    otpi_mutex_unlock(&log->mutex);
}

static otp_err config_change(otp_system *system, change job) {
    if (system == NULL || job.id == NULL) {
        return OTP_EBADARG;
    }
    otpi_system_do(system, change_on_worker, &job);
    return job.err;
}

/* ---- Handlers ---- */

static otpi_log_handler *handler_find(const otpi_log_config *config, const char *id) {
    for (size_t i = 0; config != NULL && i < config->handler_count; i++) {
        otpi_log_handler *handler = config->handlers[i];
        if (!is_removed(handler) && strcmp(handler->id, id) == 0) {
            return handler;
        }
    }
    return NULL;
}

static otp_err handler_add(logger *log, otp_system *system, otpi_log_config *config,
                           const change *job) {
    if (handler_find(config, job->id) != NULL) {
        return OTP_EEXIST;
    }
    if (config->handler_count == OTPI_LOG_HANDLERS_MAX) {
        return OTP_ELIMIT;
    }
    otpi_log_handler *handler = otpi_log_handler_new(system, &log->drains, job->id, job->spec);
    config->handlers[config->handler_count++] = handler;
    return handler != NULL ? OTP_OK : OTP_ENOMEM;
}

otp_err otp_logger_add_handler(otp_system *system, const char *id, const otp_log_handler *handler) {
    bool fits = handler != NULL && (unsigned)handler->level <= OTP_LOG_DEBUG &&
                (unsigned)handler->format <= OTP_LOG_JSON &&
                (handler->sink == NULL || handler->put == NULL);
    return fits ? config_change(system, (change){.id = id, .spec = handler, .apply = handler_add})
                : OTP_EBADARG;
}

static otp_err nothing_more(logger *log, otp_system *system, otpi_log_config *config,
                            const change *job) {
    (void)log, (void)system, (void)config, (void)job;
    return OTP_OK;
}

/* Without memory for a new configuration it stays in the old one, marked, until the next change. */
static void remove_on_worker(otp_system *system, void *context) {
    logger *log = logger_of(system);
    change *job = context;
    otpi_mutex_lock(&log->mutex);
    otpi_log_handler *handler = handler_find(log->config, job->id);
    job->err = handler != NULL ? OTP_OK : OTP_ENOENT;
    if (handler != NULL) {
        __atomic_store_n(&handler->removed, true, __ATOMIC_RELAXED);
        most_find(log);
        (void)config_apply(log, system, job);
    }
    otpi_mutex_unlock(&log->mutex);
}

otp_err otp_logger_remove_handler(otp_system *system, const char *id) {
    change job = {.id = id, .apply = nothing_more};
    if (system == NULL || id == NULL) {
        return OTP_EBADARG;
    }
    otpi_system_do(system, remove_on_worker, &job);
    return job.err;
}

/* ---- Levels of modules ---- */

static size_t module_find(const otpi_log_config *config, const char *name) {
    size_t i = 0;
    while (i < config->module_count && strcmp(config->modules[i].name, name) != 0) {
        i++;
    }
    return i;
}

static otp_err module_set(logger *log, otp_system *system, otpi_log_config *config,
                          const change *job) {
    size_t i = module_find(config, job->id);
    (void)log, (void)system;
    if (i == OTPI_LOG_MODULES_MAX) {
        return OTP_ELIMIT;
    }
    config->modules[i] = (otpi_log_module){job->id, job->level};
    config->module_count += i == config->module_count;
    return OTP_OK;
}

static otp_err module_unset(logger *log, otp_system *system, otpi_log_config *config,
                            const change *job) {
    size_t i = module_find(config, job->id);
    (void)log, (void)system;
    if (i == config->module_count) {
        return OTP_ENOENT;
    }
    config->modules[i] = config->modules[--config->module_count];
    return OTP_OK;
}

otp_err otp_logger_set_module_level(otp_system *system, const char *module, otp_log_level level) {
    return (unsigned)level > OTP_LOG_DEBUG
               ? OTP_EBADARG
               : config_change(system, (change){.id = module, .level = level, .apply = module_set});
}

otp_err otp_logger_unset_module_level(otp_system *system, const char *module) {
    return config_change(system, (change){.id = module, .apply = module_unset});
}

/* ---- The default sink ---- */

/* One write for each entry, so that those of several threads do not mix. */
static void default_sink(void *context, const otp_log_entry *entry) {
    (void)context;
    char near[NEAR_TEXT];
    otpi_text line;
    otpi_text_init_fixed(&line, near, sizeof near);
    otpi_log_line(&line, entry, entry->wall_ms);
    if (!line.failed) {
        (void)!otpi_output_write(OTPI_OUTPUT_STDERR, line.data, line.length);
        return;
    }
    otpi_text whole;
    otpi_text_init(&whole, &otpi_heap_allocator);
    otpi_log_line(&whole, entry, entry->wall_ms);
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
           level <= __atomic_load_n(&logger_of(system)->most, __ATOMIC_RELAXED);
}

/* The level of the process's module or label; false when they have none. */
static bool module_level(const otpi_log_config *config, const otp_log_entry *entry,
                         uint32_t *level) {
    for (size_t i = 0; config != NULL && i < config->module_count; i++) {
        const otpi_log_module *module = &config->modules[i];
        if ((entry->module != NULL && strcmp(entry->module, module->name) == 0) ||
            (entry->label != NULL && strcmp(entry->label, module->name) == 0)) {
            *level = module->level;
            return true;
        }
    }
    return false;
}

static void entry_hand_out(logger *log, const otp_log_entry *entry) {
    /* acquire: pairs with the release in config_replace */
    const otpi_log_config *config = __atomic_load_n(&log->config, __ATOMIC_ACQUIRE);
    uint32_t level = 0;
    bool by_module = module_level(config, entry, &level);
    otpi_spin_lock(&log->lock);
    otp_log_sink *sink = log->sink;
    void *context = log->context;
    otpi_spin_unlock(&log->lock);
    uint32_t sink_level = __atomic_load_n(&log->level, __ATOMIC_RELAXED);
    if (sink_level != OTP_LOG_NONE && entry->level <= (by_module ? level : sink_level)) {
        sink(context, entry);
    }
    for (size_t i = 0; config != NULL && i < config->handler_count; i++) {
        if (entry->level <= (by_module ? level : config->handlers[i]->spec.level)) {
            otpi_log_handler_take(config->handlers[i], entry);
        }
    }
}

/* What is known of the process that says it, when it is the calling one. */
static void process_tells(otp_log_entry *entry) {
    const otpi_process *self = otpi_self_or_null();
    if (self == NULL || self->pid.word != entry->pid.word) {
        return;
    }
    const otpi_behaviour *behaviour = self->behaviour;
    entry->module = behaviour->name != NULL ? behaviour->name(self->state) : NULL;
    if (self->extra != NULL) {
        entry->label = self->extra->label;
        entry->name = self->extra->name;
        entry->metadata = self->extra->log_metadata;
    }
}

void otpi_log_enter_at(otp_system *system, const char *site, otp_log_level level, otp_pid pid,
                       const char *text, otp_term report) {
    uint64_t now_ms = otp_now_ms();
    otp_log_entry entry = {
        .level = level,
        .pid = pid,
        .time_ms = now_ms,
        .wall_ms = otpi_simulated() ? now_ms : otpi_clock_wall_ns() / 1000000,
        .text = text,
        .report = report,
        .site = site,
        .node = otp_system_name(system),
    };
    process_tells(&entry);
    otpi_locks_held++; /* sinks neither suspend nor switch; the configuration stays */
    entry_hand_out(logger_of(system), &entry);
    otpi_locks_held--;
}

void otpi_log_enter(otp_system *system, otp_log_level level, otp_pid pid, const char *text,
                    otp_term report) {
    otpi_log_enter_at(system, NULL, level, pid, text, report);
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
    const otp_log_entry entry = {
        .level = level, .text = text, .wall_ms = otpi_clock_wall_ns() / 1000000};
    default_sink(NULL, &entry);
}

void otp_log_at(const char *site, otp_log_level level, const char *format, ...) {
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
        otpi_log_enter_at(self->system, site, level, self->pid, text, OTP_NONE);
    } else {
        log_outside(level, text);
    }
}

void otp_log_report_at(const char *site, otp_log_level level, otp_term report) {
    otpi_process *self = otpi_self();
    if (otp_kind_of(report) != OTP_KIND_MAP) {
        otpi_badarg(site, "a report is a map");
    }
    if (otpi_log_wants(self->system, level)) {
        otpi_log_enter_at(self->system, site, level, self->pid, otp_show(report), report);
    }
}
