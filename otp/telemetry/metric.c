/* SPDX-License-Identifier: MIT */
/*
 * A metric's definition: checked, completed, and brought into the form in which it counts.
 */
#include "telemetry/metrics.h"

#include "port/memory.h"
#include "term/atom.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_SERIES_MAX = 1000, DEFAULT_BOUNDS = 20 };

const char *otpi_metric_type_name(otp_metric_type type) {
    static const char *const names[] = {"counter", "sum", "last_value", "distribution", "summary"};
    return names[type];
}

/* ---- Units ---- */

typedef struct unit {
    bool time;
    double size; /* in seconds or bytes */
} unit;

static const unit units[] = {
    [OTP_UNIT_NANOSECOND] = {true, 1e-9},  [OTP_UNIT_MICROSECOND] = {true, 1e-6},
    [OTP_UNIT_MILLISECOND] = {true, 1e-3}, [OTP_UNIT_SECOND] = {true, 1},
    [OTP_UNIT_BYTE] = {false, 1},          [OTP_UNIT_KILOBYTE] = {false, 1e3},
    [OTP_UNIT_MEGABYTE] = {false, 1e6},    [OTP_UNIT_GIGABYTE] = {false, 1e9},
};

static bool units_fit(otp_unit from, otp_unit to) {
    if (from == OTP_UNIT_NONE || to == OTP_UNIT_NONE) {
        return from == to;
    }
    return (unsigned)from <= OTP_UNIT_GIGABYTE && (unsigned)to <= OTP_UNIT_GIGABYTE &&
           units[from].time == units[to].time;
}

static double unit_factor(const otp_metric *spec) {
    return spec->unit == OTP_UNIT_NONE ? 1 : units[spec->from].size / units[spec->unit].size;
}

/* ---- Bounds ---- */

static double bound_of(const otp_metric *spec, size_t i) {
    if (spec->buckets != NULL) {
        return spec->buckets[i];
    }
    double first = spec->unit == OTP_UNIT_SECOND ? 1e-5 : 1;
    double start = spec->bucket_start != 0 ? spec->bucket_start : first;
    double factor = spec->bucket_factor != 0 ? spec->bucket_factor : 2;
    return start * pow(factor, (double)i);
}

static otp_err bounds_init(otpi_metric *metric) {
    const otp_metric *spec = &metric->spec;
    if (spec->type != OTP_DISTRIBUTION) {
        return OTP_OK;
    }
    size_t n = spec->bucket_count != 0 || spec->buckets != NULL ? spec->bucket_count
                                                                : (size_t)DEFAULT_BOUNDS;
    if (n == 0 || n > OTPI_BOUNDS_MAX) {
        return OTP_EBADARG;
    }
    metric->bounds = otpi_arena_alloc(&metric->set->texts, n * sizeof(double));
    if (metric->bounds == NULL) {
        return OTP_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        metric->bounds[i] = bound_of(spec, i);
        bool ascends = i == 0 || metric->bounds[i] > metric->bounds[i - 1];
        if (!isfinite(metric->bounds[i]) || !ascends) {
            return OTP_EBADARG;
        }
    }
    metric->bound_count = n;
    return OTP_OK;
}

static size_t cell_words(const otpi_metric *metric) {
    static const size_t words[] = {
        [OTP_COUNTER] = 1, [OTP_SUM] = 1, [OTP_LAST_VALUE] = 2, [OTP_SUMMARY] = 4};
    bool buckets = metric->spec.type == OTP_DISTRIBUTION;
    return buckets ? 2 + metric->bound_count : words[metric->spec.type];
}

/* ---- Texts ---- */

/* A copy of the text in the set's arena; the text is ended. */
static otp_err text_keep(otp_metrics *set, otpi_text *text, const char **out) {
    *out = text->failed ? NULL : otpi_arena_copy(&set->texts, text->data, text->length);
    otpi_text_fini(text);
    return *out != NULL ? OTP_OK : OTP_ENOMEM;
}

static otp_err name_init(otpi_metric *metric, otp_term event) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_metric_name(&text, &metric->spec, event);
    return text_keep(metric->set, &text, &metric->name);
}

static otp_err help_init(otpi_metric *metric) {
    static const char *const made[] = {"Number of events %s", "Sum over events %s",
                                       "Newest value of events %s", "Distribution over events %s",
                                       "Summary of events %s"};
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    if (metric->spec.description != NULL) {
        otpi_help_escape(&text, metric->spec.description);
    } else {
        const char *before = made[metric->spec.type];
        otpi_text_bytes(&text, before, strlen(before) - strlen("%s"));
        otpi_help_escape(&text, metric->spec.event);
    }
    return text_keep(metric->set, &text, &metric->help);
}

/* ---- Tags ---- */

/* The exposition format gives these a meaning. */
static bool label_reserved(const otpi_metric *metric, const char *label) {
    return (metric->spec.type == OTP_DISTRIBUTION && strcmp(label, "le") == 0) ||
           (metric->spec.type == OTP_SUMMARY && strcmp(label, "quantile") == 0);
}

static bool label_taken(const otpi_metric *metric, const char *label) {
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        if (strcmp(metric->labels[i], label) == 0) {
            return true;
        }
    }
    return false;
}

static otp_err tag_add(otpi_metric *metric, otp_term tag) {
    if (!otp_is_atom(tag) || metric->tag_count == OTPI_TAGS_MAX) {
        return OTP_EBADARG;
    }
    otpi_text text;
    const char *label;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_label_name(&text, otp_atom_text(tag));
    otp_err err = text_keep(metric->set, &text, &label);
    if (err == OTP_OK && (label_reserved(metric, label) || label_taken(metric, label))) {
        err = OTP_EBADARG;
    }
    if (err == OTP_OK) {
        metric->tags[metric->tag_count] = tag;
        metric->labels[metric->tag_count++] = label;
    }
    return err;
}

static otp_err parse_error(otp_err err) {
    return err == OTP_ENOMEM ? err : OTP_EBADARG;
}

static otp_err tags_init(otpi_metric *metric) {
    otp_term list;
    if (metric->spec.tags == NULL) {
        return OTP_OK;
    }
    otp_err err = otp_parse(metric->spec.tags, &list, NULL);
    if (err != OTP_OK || otp_length(list) == SIZE_MAX) {
        return parse_error(err);
    }
    OTP_LIST_FOREACH (tag, list) {
        err = tag_add(metric, tag);
        if (err != OTP_OK) {
            return err;
        }
    }
    return OTP_OK;
}

/* ---- The whole ---- */

static bool fits_together(const otp_metric *spec) {
    bool measured = (spec->measurement != NULL) != (spec->measure != NULL);
    return (unsigned)spec->type <= OTP_SUMMARY && spec->event != NULL &&
           (measured || spec->type == OTP_COUNTER) && units_fit(spec->from, spec->unit) &&
           (!spec->falls || spec->type == OTP_SUM);
}

static otp_err measurement_init(otpi_metric *metric) {
    const char *key = metric->spec.measurement;
    if (key == NULL || metric->spec.type == OTP_COUNTER) {
        return OTP_OK;
    }
    otp_err err = otpi_atom_make(key, strlen(key), &metric->measurement);
    return err == OTP_OK ? OTP_OK : parse_error(err);
}

otp_err otpi_metric_init(otpi_metric *metric, otp_metrics *set, const otp_metric *spec) {
    otp_term event;
    otpi_event_name name;
    *metric = (otpi_metric){.set = set, .spec = *spec};
    if (!fits_together(spec)) {
        return OTP_EBADARG;
    }
    metric->series_max = spec->series_max ? spec->series_max : (size_t)DEFAULT_SERIES_MAX;
    metric->factor = unit_factor(spec);
    otp_err err = otp_parse(spec->event, &event, NULL);
    if (err != OTP_OK || !otpi_event_name_of(event, &name)) {
        return parse_error(err);
    }
    err = bounds_init(metric);
    metric->cell_words = cell_words(metric);
    err = err ? err : measurement_init(metric);
    err = err ? err : name_init(metric, event);
    err = err ? err : help_init(metric);
    return err ? err : tags_init(metric);
}
