/* SPDX-License-Identifier: MIT */
/*
 * What the cells of a metric come to, put together and in order; and the same as terms.
 *
 * The list of series is copied under the mutex; cells are read while they are counted. A
 * distribution's count is that of its buckets, so that the two never differ; its sum may already
 * have, or not yet have, an event that is just being counted.
 */
#include "telemetry/metrics.h"

#include "port/memory.h"
#include "term/atom.h"
#include "term/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Putting cells together ---- */

static void cell_add(otpi_reading *reading, const otpi_tally *cell, const otpi_metric *metric) {
    const uint64_t *words = cell->words;
    double first = otpi_word_double(otpi_word_get(&words[0]));
    switch (metric->spec.type) {
    case OTP_COUNTER: reading->count += otpi_word_get(&words[0]); break;
    case OTP_SUM: reading->value += first; break;
    case OTP_LAST_VALUE: {
        /* acquire: pairs with the release in metrics.c; the value is read after its time */
        uint64_t stamp = __atomic_load_n(&words[1], __ATOMIC_ACQUIRE);
        if (stamp > reading->stamp) {
            reading->stamp = stamp;
            reading->value = otpi_word_double(otpi_word_get(&words[0]));
        }
        break;
    }
    case OTP_DISTRIBUTION:
        reading->value += first;
        for (size_t i = 0; i <= metric->bound_count; i++) {
            uint64_t n = otpi_word_get(&words[1 + i]);
            reading->buckets[i] += n;
            reading->count += n;
        }
        break;
    case OTP_SUMMARY:
        reading->value += first;
        reading->count += otpi_word_get(&words[1]);
        reading->min = fmin(reading->min, otpi_word_double(otpi_word_get(&words[2])));
        reading->max = fmax(reading->max, otpi_word_double(otpi_word_get(&words[3])));
        break;
    }
}

static void series_read(otpi_reading *reading, const otpi_series *series) {
    /* acquire: pairs with the release in series.c, as all that follow by next do through it */
    const otpi_tally *cell = __atomic_load_n(&series->cells, __ATOMIC_ACQUIRE);
    for (; cell != NULL; cell = cell->next) {
        cell_add(reading, cell, series->metric);
    }
}

/* ---- All series of a metric ---- */

static int series_compare(const void *a, const void *b) {
    const otpi_series *one = ((const otpi_reading *)a)->series;
    const otpi_series *other = ((const otpi_reading *)b)->series;
    int order = strcmp(one->labels, other->labels);
    return order ? order : otp_compare(one->tags->term, other->tags->term);
}

static void readings_sort(otpi_readings *readings) {
    if (readings->count > 1) {
        qsort(readings->at, readings->count, sizeof *readings->at, series_compare);
    }
}

static void readings_fill(otpi_readings *out, uint64_t *buckets, bool merge) {
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        const otpi_series *series = out->at[i].series;
        bool same =
            merge && kept > 0 && strcmp(out->at[kept - 1].series->labels, series->labels) == 0;
        if (!same) {
            out->at[kept++] =
                (otpi_reading){.series = series,
                               .min = INFINITY,
                               .max = -INFINITY,
                               .buckets = buckets + i * (out->metric->bound_count + 1)};
        }
        series_read(&out->at[kept - 1], series);
    }
    out->count = kept;
}

void otpi_drops_read(otpi_metric *metric, uint64_t *drops) {
    for (size_t reason = 0; reason < OTPI_DROPPED_REASONS; reason++) {
        drops[reason] = otpi_word_get(&metric->drops[reason]);
        for (size_t i = 0; i < OTPI_WORKERS_MAX; i++) {
            /* acquire: pairs with the release in series.c */
            otpi_shard *shard = __atomic_load_n(&metric->set->shards[i], __ATOMIC_ACQUIRE);
            drops[reason] +=
                shard != NULL ? otpi_word_get(&shard->of[metric->index].drops[reason]) : 0;
        }
    }
}

/* The array of readings, with the buckets of all behind it. */
static otp_err series_list(otpi_metric *metric, otpi_readings *out) {
    otp_err err = OTP_OK;
    otpi_mutex_lock(&metric->set->mutex);
    out->count = metric->series_count;
    size_t buckets = (metric->bound_count + 1) * sizeof(uint64_t);
    if (out->count > 0) {
        out->at = otpi_calloc(out->count, sizeof(otpi_reading) + buckets);
        err = out->at != NULL ? OTP_OK : OTP_ENOMEM;
    }
    size_t i = 0;
    for (otpi_series *at = metric->series; at != NULL && err == OTP_OK; at = at->older) {
        out->at[i++].series = at;
    }
    otpi_mutex_unlock(&metric->set->mutex);
    return err;
}

otp_err otpi_readings_take(otpi_metric *metric, bool merge, otpi_readings *out) {
    *out = (otpi_readings){.metric = metric};
    otp_err err = series_list(metric, out);
    if (err == OTP_OK && out->count > 0) {
        uint64_t *buckets = (uint64_t *)(void *)(out->at + out->count);
        readings_sort(out);
        readings_fill(out, buckets, merge);
    }
    return err;
}

void otpi_readings_free(otpi_readings *readings) {
    otpi_free(readings->at);
}

/* ---- As terms: OTP_NONE when out of memory ---- */

/* OTP_ATOM would end the process, which holds readings. */
static otp_term word(const char *text) {
    otp_term atom;
    return otpi_atom_make(text, strlen(text), &atom) == OTP_OK ? atom : OTP_NONE;
}

/* Whole numbers that a double has exactly are integers. */
static otp_term number_term(double value) {
    bool whole = fabs(value) < 9007199254740992.0 && value == floor(value);
    if (!whole && !isfinite(value)) {
        return otpi_am(infinity); /* a sum that has left the range of doubles */
    }
    return whole ? otpi_make_int((int64_t)value) : otpi_make_float(value);
}

static otp_term map_term(size_t n, const otp_term *pairs) {
    for (size_t i = 0; i < 2 * n; i++) {
        if (otp_is_none(pairs[i])) {
            return OTP_NONE;
        }
    }
    return otpi_make_map(n, pairs);
}

static otp_term cons_term(otp_term head, otp_term tail) {
    return otp_is_none(head) || otp_is_none(tail) ? OTP_NONE : otpi_make_list(1, &head, tail);
}

static otp_term pair_term(otp_term a, otp_term b) {
    const otp_term pair[] = {a, b};
    return otp_is_none(a) || otp_is_none(b) ? OTP_NONE : otpi_make_tuple(2, pair);
}

static otp_term tags_term(const otpi_series *series) {
    const otpi_metric *metric = series->metric;
    otp_term pairs[2 * OTPI_TAGS_MAX];
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        pairs[2 * i] = metric->tags[i];
        /* a copy: the set may be stopped while the term lives */
        pairs[2 * i + 1] = otpi_make_copy(otp_element(series->tags->term, i));
    }
    return map_term(metric->tag_count, pairs);
}

static otp_term buckets_term(const otpi_metric *metric, const otpi_reading *reading) {
    otp_term list = otp_nil();
    uint64_t at_most = reading->count;
    for (size_t i = metric->bound_count + 1; i-- > 0;) {
        bool last = i == metric->bound_count;
        otp_term bound = last ? otpi_am(infinity) : number_term(metric->bounds[i]);
        list = cons_term(pair_term(bound, otpi_make_uint(at_most)), list);
        at_most -= reading->buckets[i];
    }
    return list;
}

static otp_term reading_term(const otpi_metric *metric, const otpi_reading *reading) {
    otp_term tags = tags_term(reading->series);
    otp_term count = otpi_make_uint(reading->count);
    otp_term value = metric->spec.type == OTP_COUNTER ? count : number_term(reading->value);
    if (metric->spec.type == OTP_DISTRIBUTION) {
        const otp_term pairs[] = {
            word("tags"), tags,  word("count"),   count,
            word("sum"),  value, word("buckets"), buckets_term(metric, reading)};
        return map_term(4, pairs);
    }
    if (metric->spec.type == OTP_SUMMARY) {
        const otp_term pairs[] = {word("tags"),  tags,
                                  word("count"), count,
                                  word("sum"),   value,
                                  word("min"),   number_term(reading->min),
                                  word("max"),   number_term(reading->max)};
        return map_term(5, pairs);
    }
    const otp_term pairs[] = {word("tags"), tags, word("value"), value};
    return map_term(2, pairs);
}

static otp_term dropped_term(otpi_metric *metric) {
    uint64_t dropped[OTPI_DROPPED_REASONS];
    otpi_drops_read(metric, dropped);
    const otp_term pairs[] = {
        word("series_limit"),    otpi_make_uint(dropped[OTPI_DROPPED_LIMIT]),
        word("bad_measurement"), otpi_make_uint(dropped[OTPI_DROPPED_BAD]),
        word("no_memory"),       otpi_make_uint(dropped[OTPI_DROPPED_MEMORY])};
    return map_term(3, pairs);
}

static otp_term text_term(const char *text) {
    return otpi_make_binary(text, strlen(text));
}

static otp_term metric_term(otpi_metric *metric) {
    otpi_readings readings;
    if (otpi_readings_take(metric, false, &readings) != OTP_OK) {
        return OTP_NONE;
    }
    otp_term series = otp_nil();
    for (size_t i = readings.count; i-- > 0;) {
        series = cons_term(reading_term(metric, &readings.at[i]), series);
    }
    const char *description = metric->spec.description;
    const otp_term pairs[] = {word("name"),        text_term(metric->name),
                              word("type"),        word(otpi_metric_type_name(metric->spec.type)),
                              word("description"), text_term(description ? description : ""),
                              word("series"),      series,
                              word("dropped"),     dropped_term(metric)};
    otpi_readings_free(&readings);
    return map_term(5, pairs);
}

otp_err otp_metrics_read(otp_metrics *metrics, otp_term *out) {
    otp_term list = otp_nil();
    for (size_t i = metrics->count; i-- > 0 && !otp_is_none(list);) {
        list = cons_term(metric_term(&metrics->metrics[i]), list);
    }
    if (otp_is_none(list)) {
        return OTP_ENOMEM;
    }
    *out = list;
    return OTP_OK;
}
