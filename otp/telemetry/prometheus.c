/* SPDX-License-Identifier: MIT */
/*
 * The text exposition format of Prometheus, version 0.0.4: its documentation, "Exposition formats".
 */
#include "telemetry/metrics.h"

#include "port/memory.h"

#include <math.h>
#include <string.h>

/* ---- One metric ---- */

static void head_append(otpi_text *text, const char *name, const char *help, const char *type) {
    otpi_text_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static const char *type_of(const otp_metric *spec) {
    static const char *const types[] = {"counter", "counter", "gauge", "histogram", "summary"};
    return spec->falls ? "gauge" : types[spec->type];
}

/* name + suffix {labels, more}, and a blank. */
static void series_append(otpi_text *text, const char *name, const char *suffix, const char *labels,
                          const char *more) {
    otpi_text_cstr(text, name);
    otpi_text_cstr(text, suffix);
    if (labels[0] != '\0' || more[0] != '\0') {
        otpi_text_char(text, '{');
        otpi_text_cstr(text, labels);
        otpi_text_cstr(text, labels[0] != '\0' && more[0] != '\0' ? "," : "");
        otpi_text_cstr(text, more);
        otpi_text_char(text, '}');
    }
    otpi_text_char(text, ' ');
}

static void number_append(otpi_text *text, double value) {
    if (isfinite(value)) {
        otpi_text_double(text, value);
    } else {
        otpi_text_cstr(text, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    }
    otpi_text_char(text, '\n');
}

static void count_append(otpi_text *text, uint64_t count) {
    otpi_text_format(text, "%llu\n", (unsigned long long)count);
}

static void bound_format(const otpi_metric *metric, size_t i, char *memory, size_t size) {
    otpi_text text;
    otpi_text_init_fixed(&text, memory, size);
    otpi_text_cstr(&text, "le=\"");
    if (i < metric->bound_count) {
        otpi_text_double(&text, metric->bounds[i]);
    } else {
        otpi_text_cstr(&text, "+Inf");
    }
    otpi_text_char(&text, '"');
}

static void buckets_append(otpi_text *text, const otpi_metric *metric,
                           const otpi_reading *reading) {
    uint64_t at_most = 0;
    for (size_t i = 0; i <= metric->bound_count; i++) {
        char bound[64];
        bound_format(metric, i, bound, sizeof bound);
        at_most += reading->buckets[i];
        series_append(text, metric->name, "_bucket", reading->series->labels, bound);
        count_append(text, at_most);
    }
}

static void reading_append(otpi_text *text, const otpi_metric *metric,
                           const otpi_reading *reading) {
    const char *labels = reading->series->labels;
    bool wide = metric->spec.type == OTP_DISTRIBUTION || metric->spec.type == OTP_SUMMARY;
    if (metric->spec.type == OTP_DISTRIBUTION) {
        buckets_append(text, metric, reading);
    }
    series_append(text, metric->name, wide ? "_sum" : "", labels, "");
    if (metric->spec.type == OTP_COUNTER) {
        count_append(text, reading->count);
    } else {
        number_append(text, reading->value);
    }
    if (wide) {
        series_append(text, metric->name, "_count", labels, "");
        count_append(text, reading->count);
    }
}

static otp_err metric_append(otpi_text *text, otpi_metric *metric) {
    otpi_readings readings;
    otp_err err = otpi_readings_take(metric, true, &readings);
    if (err == OTP_OK) {
        head_append(text, metric->name, metric->help, type_of(&metric->spec));
        for (size_t i = 0; i < readings.count; i++) {
            reading_append(text, metric, &readings.at[i]);
        }
        otpi_readings_free(&readings);
    }
    return err;
}

/* ---- What was dropped ---- */

static const char dropped_name[] = "otp_metrics_dropped_total";

static void dropped_append(otpi_text *text, const char *metric, const uint64_t *dropped) {
    static const char *const reasons[] = {"series_limit", "bad_measurement", "no_memory"};
    for (size_t i = 0; i < OTPI_DROPPED_REASONS; i++) {
        if (dropped[i] != 0) {
            if (text->length == 0) {
                head_append(text, dropped_name, "Events that a metric could not count", "counter");
            }
            otpi_text_format(text, "%s{metric=\"%s\",reason=\"%s\"} %llu\n", dropped_name, metric,
                             reasons[i], (unsigned long long)dropped[i]);
        }
    }
}

static void all_dropped_append(otpi_text *text, otp_metrics *metrics) {
    for (size_t i = 0; i < metrics->count; i++) {
        uint64_t dropped[OTPI_DROPPED_REASONS];
        otpi_drops_read(&metrics->metrics[i], dropped);
        dropped_append(text, metrics->metrics[i].name, dropped);
    }
}

/* ---- The whole ---- */

static otp_err part_write(const otpi_text *part, otp_err err, otp_metrics_writer *writer,
                          void *context) {
    if (err != OTP_OK || part->failed) {
        return OTP_ENOMEM;
    }
    bool written = part->length == 0 || writer(context, part->data, part->length);
    return written ? OTP_OK : OTP_EIO;
}

otp_err otp_metrics_write(otp_metrics *metrics, otp_metrics_writer *writer, void *context) {
    otpi_text part;
    otp_err err = OTP_OK;
    otpi_text_init(&part, &otpi_heap_allocator);
    for (size_t i = 0; i < metrics->count && err == OTP_OK; i++) {
        otpi_text_clear(&part);
        err = part_write(&part, metric_append(&part, &metrics->metrics[i]), writer, context);
    }
    if (err == OTP_OK) {
        otpi_text_clear(&part);
        all_dropped_append(&part, metrics);
        err = part_write(&part, OTP_OK, writer, context);
    }
    otpi_text_fini(&part);
    return err;
}

typedef struct copying {
    char *buffer;
    size_t size, length;
} copying;

static bool copy_part(void *context, const char *text, size_t size) {
    copying *copy = context;
    if (copy->length + 1 < copy->size) {
        size_t room = copy->size - copy->length - 1;
        size_t n = size < room ? size : room;
        memcpy(copy->buffer + copy->length, text, n);
        copy->buffer[copy->length + n] = '\0';
    }
    copy->length += size;
    return true;
}

otp_err otp_metrics_text(otp_metrics *metrics, char *buffer, size_t size, size_t *length) {
    copying copy = {.buffer = buffer, .size = size};
    if (size > 0) {
        buffer[0] = '\0';
    }
    otp_err err = otp_metrics_write(metrics, copy_part, &copy);
    *length = copy.length;
    return err == OTP_OK && copy.length >= size ? OTP_ESIZE : err;
}
