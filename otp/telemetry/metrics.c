/* SPDX-License-Identifier: MIT */
/*
 * Sets of metrics: started, updated by events, stopped.
 */
#include "telemetry/metrics.h"

#include "port/memory.h"
#include "process/system.h"
#include "telemetry/audience.h"
#include "term/atom.h"
#include "term/big.h"
#include "term/build.h"

#include <math.h>
#include <string.h>

/* ---- Measuring ---- */

static bool measured(const otpi_metric *metric, otp_term measurements, otp_term metadata,
                     double *out) {
    const otp_metric *spec = &metric->spec;
    if (spec->type == OTP_COUNTER) {
        *out = 1;
        return true;
    }
    bool has = spec->measure ? spec->measure(spec->context, measurements, metadata, out)
                             : otpi_get_number(otp_map_get(measurements, metric->measurement), out);
    if (has) {
        *out *= metric->factor;
    }
    return has && isfinite(*out);
}

static void word_add(uint64_t *word, uint64_t n) {
    __atomic_store_n(word, *word + n, __ATOMIC_RELAXED); /* nobody else writes it */
}

static void word_set(uint64_t *word, double value) {
    __atomic_store_n(word, otpi_word_of_double(value), __ATOMIC_RELAXED);
}

static size_t bucket_of(const otpi_metric *metric, double value) {
    size_t low = 0;
    size_t high = metric->bound_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (value <= metric->bounds[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The words of a cell are described in metrics.h. */
static void cell_count(const otpi_metric *metric, otpi_tally *cell, double value) {
    uint64_t *words = cell->words;
    double first = otpi_word_double(words[0]);
    switch (metric->spec.type) {
    case OTP_COUNTER: word_add(&words[0], 1); break;
    case OTP_SUM: word_set(&words[0], first + value); break;
    case OTP_LAST_VALUE:
        word_set(&words[0], value);
        /* release: who sees the time, sees this value or a newer one */
        __atomic_store_n(&words[1], otp_now_ns() + 1, __ATOMIC_RELEASE);
        break;
    case OTP_DISTRIBUTION:
        word_set(&words[0], first + value);
        word_add(&words[1 + bucket_of(metric, value)], 1);
        break;
    case OTP_SUMMARY:
        word_set(&words[0], first + value);
        word_set(&words[2], fmin(otpi_word_double(words[2]), value));
        word_set(&words[3], fmax(otpi_word_double(words[3]), value));
        word_add(&words[1], 1);
        break;
    }
}

static void tags_of(const otpi_metric *metric, otp_term metadata, otp_term *tags) {
    const otp_metric *spec = &metric->spec;
    if (spec->tag_values != NULL && metric->tag_count != 0) {
        metadata = spec->tag_values(spec->context, metadata);
    }
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        otp_term value = otp_map_get(metadata, metric->tags[i]);
        tags[i] = otp_is_none(value) ? otpi_am(undefined) : value;
    }
}

static bool wanted(const otp_metric *spec, otp_term measurements, otp_term metadata) {
    return (spec->keep == NULL || spec->keep(spec->context, measurements, metadata)) &&
           (spec->drop == NULL || !spec->drop(spec->context, measurements, metadata));
}

static void metric_update(otpi_metric *metric, otp_term measurements, otp_term metadata) {
    otp_term tags[OTPI_TAGS_MAX];
    double value;
    otpi_dropped dropped = OTPI_DROPPED_BAD;
    if (!wanted(&metric->spec, measurements, metadata)) {
        return;
    }
    otpi_tally *cell = NULL;
    if (measured(metric, measurements, metadata, &value)) {
        tags_of(metric, metadata, tags);
        cell = otpi_tally_of(metric, tags, &dropped);
    }
    if (cell != NULL) {
        cell_count(metric, cell, value);
    } else {
        otpi_drop_count(metric, dropped);
    }
}

void otpi_metrics_hear(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    const otpi_metric_group *group = context;
    (void)event;
    for (otpi_metric *metric = group->metrics; metric != NULL; metric = metric->next) {
        metric_update(metric, measurements, metadata);
    }
}

/* ---- The sets of a system ---- */

typedef struct sets {
    otpi_mutex mutex;
    otp_metrics *first;
} sets;

static otp_err part_init(otp_system *system, void *data) {
    (void)system;
    otpi_mutex_init(&((sets *)data)->mutex);
    return OTP_OK;
}

static void set_free(otp_metrics *set) {
    otpi_shards_free(set);
    otpi_series_free(set);
    otpi_arena_fini(&set->texts);
    otpi_mutex_fini(&set->mutex);
    otpi_free(set);
}

static void part_fini(otp_system *system, void *data) {
    (void)system;
    sets *all = data;
    while (all->first != NULL) {
        otp_metrics *set = all->first;
        all->first = set->next;
        set_free(set);
    }
    otpi_mutex_fini(&all->mutex);
}

static otpi_part metrics_part = {
    .name = "metrics", .size = sizeof(sets), .init = part_init, .fini = part_fini};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&metrics_part);
}

static void set_enter(otp_metrics *set) {
    sets *all = otpi_part_data(set->system, &metrics_part);
    otpi_mutex_lock(&all->mutex);
    set->next = all->first;
    all->first = set;
    otpi_mutex_unlock(&all->mutex);
}

static void set_leave(otp_metrics *set) {
    sets *all = otpi_part_data(set->system, &metrics_part);
    otpi_mutex_lock(&all->mutex);
    otp_metrics **at = &all->first;
    while (*at != set) {
        at = &(*at)->next;
    }
    *at = set->next;
    otpi_mutex_unlock(&all->mutex);
}

/* ---- Starting ---- */

static otpi_metric_group *group_of(otp_metrics *set, otp_term event) {
    for (size_t i = 0; i < set->group_count; i++) {
        if (otp_equal(set->groups[i].event, event)) {
            return &set->groups[i];
        }
    }
    set->groups[set->group_count] = (otpi_metric_group){.set = set, .event = event};
    return &set->groups[set->group_count++];
}

/* Metrics of one event stand in the order of the set. */
static void group_append(otpi_metric_group *group, otpi_metric *metric) {
    otpi_metric **end = &group->metrics;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = metric;
}

static bool name_taken(const otp_metrics *set, const char *name) {
    bool taken = strcmp(name, "otp_metrics_dropped_total") == 0;
    for (size_t i = 0; !taken && i < set->count; i++) {
        taken = strcmp(set->metrics[i].name, name) == 0;
    }
    return taken;
}

static otp_err metric_add(otp_metrics *set, const otp_metric *spec) {
    otpi_metric *metric = &set->metrics[set->count];
    otp_term event;
    otp_err err = otpi_metric_init(metric, set, spec);
    if (err == OTP_OK && name_taken(set, metric->name)) {
        err = OTP_EEXIST;
    }
    err = err ? err : otp_parse(spec->event, &event, NULL);
    if (err == OTP_OK) {
        metric->index = (uint32_t)set->count++;
        group_append(group_of(set, event), metric);
    }
    return err;
}

static otp_metrics *set_new(otp_system *system, size_t count) {
    otp_metrics *set = otpi_calloc(1, sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    set->system = system;
    otpi_mutex_init(&set->mutex);
    otpi_arena_init(&set->texts, &otpi_heap_allocator, 0);
    otpi_arena_init(&set->arena, &otpi_heap_allocator, 0);
    otpi_map64_init(&set->registry, &otpi_heap_allocator);
    set->metrics = otpi_arena_alloc(&set->texts, count * sizeof *set->metrics);
    set->groups = otpi_arena_alloc(&set->texts, count * sizeof *set->groups);
    if (set->metrics == NULL || set->groups == NULL) {
        set_free(set);
        return NULL;
    }
    return set;
}

static otp_err group_attach(otp_metrics *set, const char *id, size_t i) {
    otpi_metric_group *group = &set->groups[i];
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "%s/%zu", id, i);
    group->id = text.failed ? NULL : otpi_arena_copy(&set->texts, text.data, text.length);
    otpi_text_fini(&text);
    otp_term event = group->event;
    otp_term events = group->id ? otpi_make_list(1, &event, otp_nil()) : OTP_NONE;
    if (otp_is_none(events)) {
        return OTP_ENOMEM;
    }
    otp_err err =
        otp_system_telemetry_attach(set->system, group->id, events, otpi_metrics_hear, group);
    group->attached = err == OTP_OK;
    return err;
}

/* The terms of the events end with the caller's scope. */
static otp_err set_start(otp_metrics *set, const char *id, const otp_metric *metrics,
                         size_t count) {
    otp_err err = OTP_OK;
    for (size_t i = 0; i < count && err == OTP_OK; i++) {
        err = metric_add(set, &metrics[i]);
    }
    for (size_t i = 0; i < set->group_count && err == OTP_OK; i++) {
        err = group_attach(set, id, i);
    }
    return err;
}

otp_err otp_metrics_start(otp_system *system, const char *id, const otp_metric *metrics,
                          size_t count, otp_metrics **out) {
    if (system == NULL || id == NULL || metrics == NULL || count == 0) {
        return OTP_EBADARG;
    }
    otp_metrics *set = set_new(system, count);
    if (set == NULL) {
        return OTP_ENOMEM;
    }
    set_enter(set);
    otp_scope scope = otpi_scope_mark();
    otp_err err = set_start(set, id, metrics, count);
    otpi_scope_rollback(scope);
    if (err != OTP_OK) {
        otp_metrics_stop(set);
        return err;
    }
    *out = set;
    return OTP_OK;
}

/* ---- Stopping ---- */

static void set_release(otpi_retired *retired) {
    set_free(OTPI_CONTAINER_OF(retired, otp_metrics, retired));
}

/* A handler of the set may still be running on another scheduler: it is freed after quiescence. */
static void stop_on_worker(otp_system *system, void *context) {
    otp_metrics *set = context;
    for (size_t i = 0; i < set->group_count; i++) {
        if (set->groups[i].attached) {
            (void)!otpi_telemetry_detach(system, set->groups[i].id);
        }
    }
    set_leave(set);
    otpi_retire(&set->retired, set_release);
}

void otp_metrics_stop(otp_metrics *metrics) {
    if (metrics != NULL) {
        otpi_system_do(metrics->system, stop_on_worker, metrics);
    }
}
