/* SPDX-License-Identifier: MIT */
/*
 * Metrics inside: sets, metrics, series, cells.
 *
 * Design notes.
 * A series (a metric and the values of its tags) is known once, in the set's registry, under the
 * set's mutex. Where it is counted is a cell: a few words that one scheduler writes and everybody
 * may read. Each scheduler has a shard, which finds its cells by the hash of metric and tags and is
 * touched by nobody else, so that counting shares no cache line. Series and cells are only added
 * while the set lives. When a metric has all the series it may have, a shard that misses one takes
 * over all of them at once: from then on a miss is an overflow, known without the mutex.
 */
#ifndef OTP_TELEMETRY_METRICS_H
#define OTP_TELEMETRY_METRICS_H

#include <otp/metrics.h>

#include "base/arena.h"
#include "base/map64.h"
#include "base/text.h"
#include "port/thread.h"
#include "process/process.h"
#include "telemetry/event.h"
#include "world/state.h"

enum {
    OTPI_TAGS_MAX = 8,
    OTPI_BOUNDS_MAX = 1000,
    OTPI_LABEL_MAX = 256, /* bytes of a label's value */
};

typedef enum otpi_dropped {
    OTPI_DROPPED_LIMIT,
    OTPI_DROPPED_BAD,
    OTPI_DROPPED_MEMORY,
    OTPI_DROPPED_REASONS
} otpi_dropped;

typedef struct otpi_metric otpi_metric;
typedef struct otpi_series otpi_series;

/* A series as one scheduler counts it. words, atomic, written by that scheduler only:
 *     counter       count
 *     sum           sum
 *     last_value    value, when it was set (0 = never)
 *     summary       sum, count, smallest, largest
 *     distribution  sum, then a count for each bound and one for what lies above */
typedef struct otpi_tally {
    otpi_series *series;
    struct otpi_tally *twin; /* the same hash, in the shard */
    struct otpi_tally *next; /* of the series; atomic */
    uint64_t words[];
} otpi_tally;

struct otpi_series {
    otpi_metric *metric;
    uint64_t hash;
    otpi_series *twin;  /* the same hash, in the registry */
    otpi_series *older; /* of the metric */
    otpi_tally *cells;  /* atomic: newest first */
    otpi_pack *tags;    /* a tuple of the values */
    char *labels;       /* 'country="se",...' */
};

struct otpi_metric {
    otp_metric spec;
    otp_metrics *set;
    uint32_t index;
    const char *name;
    const char *help;
    uint32_t tag_count;
    otp_term tags[OTPI_TAGS_MAX];
    const char *labels[OTPI_TAGS_MAX];
    otp_term measurement; /* OTP_NONE when there is none */
    double factor;        /* of the unit conversion */
    double *bounds;
    size_t bound_count;
    size_t cell_words;
    otpi_metric *next; /* with the same event */
    size_t series_count, series_max;
    bool full;                            /* atomic: has series_max of them */
    otpi_series *series;                  /* newest first */
    uint64_t drops[OTPI_DROPPED_REASONS]; /* atomic: on schedulers that have no shard */
};

/* The metrics of one event: the context of a telemetry handler. */
typedef struct otpi_metric_group {
    otp_metrics *set;
    otp_term event; /* the pattern */
    otpi_metric *metrics;
    char *id;
    bool attached;
} otpi_metric_group;

/* What a scheduler counts in. */
typedef struct otpi_shard {
    _Alignas(64) otpi_map64 cells; /* by hash */
    otpi_arena arena;
    struct {
        bool complete;                        /* has all series there may be */
        uint64_t drops[OTPI_DROPPED_REASONS]; /* atomic */
    } of[];                                   /* by metric */
} otpi_shard;

struct otp_metrics {
    otp_system *system;
    struct otp_metrics *next; /* of the system */
    otpi_retired retired;
    otpi_arena texts; /* names, bounds, groups: not touched after the start */
    size_t count, group_count;
    otpi_metric *metrics;
    otpi_metric_group *groups;
    otpi_mutex mutex;    /* of registry, arena, and the metrics' lists of series */
    otpi_map64 registry; /* by hash */
    otpi_arena arena;
    otpi_shard *shards[OTPI_WORKERS_MAX]; /* atomic; made by their schedulers */
};

static inline uint64_t otpi_word_get(const uint64_t *word) {
    /* relaxed: a number by itself */
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline uint64_t otpi_word_of_double(double value) {
    uint64_t word;
    __builtin_memcpy(&word, &value, sizeof word);
    return word;
}
static inline double otpi_word_double(uint64_t word) {
    double value;
    __builtin_memcpy(&value, &word, sizeof value);
    return value;
}

/* ---- Definition (metric.c) ---- */

/* Fills metric from its spec; texts come from the set's arena. OTP_EBADARG, OTP_ENOMEM. */
otp_err otpi_metric_init(otpi_metric *metric, otp_metrics *set, const otp_metric *spec);
/* "counter", ... */
const char *otpi_metric_type_name(otp_metric_type type);

/* ---- Names and labels (metric_name.c) ---- */

/* The name by which Prometheus knows the metric. */
void otpi_metric_name(otpi_text *text, const otp_metric *spec, otp_term event);
/* The name of a label. */
void otpi_label_name(otpi_text *text, const char *tag);
/* name="value", escaped. */
void otpi_label(otpi_text *text, const char *name, otp_term value);
/* HELP's text, escaped. */
void otpi_help_escape(otpi_text *text, const char *help);

/* ---- Counting (series.c): on a worker ---- */

/* The cell of the series with these tags, or NULL: *dropped says why. */
otpi_tally *otpi_tally_of(otpi_metric *metric, const otp_term *tags, otpi_dropped *dropped);
void otpi_drop_count(otpi_metric *metric, otpi_dropped reason);
void otpi_shards_free(otp_metrics *set);
/* Releases what the registered series hold. */
void otpi_series_free(otp_metrics *set);

/* A telemetry handler: context is a group. */
void otpi_metrics_hear(void *context, otp_term event, otp_term measurements, otp_term metadata);

/* ---- Reading (reading.c): from any thread ---- */

/* What one series, or several of the same labels, came to. */
typedef struct otpi_reading {
    const otpi_series *series; /* the first of them */
    uint64_t count;
    double value; /* sum or last value */
    double min, max;
    uint64_t stamp;
    uint64_t *buckets; /* not cumulated */
} otpi_reading;

typedef struct otpi_readings {
    const otpi_metric *metric;
    size_t count;
    otpi_reading *at;
} otpi_readings;

/* All series of a metric, in the order of their labels. merge: those of equal labels become one.
 * OTP_ENOMEM. */
otp_err otpi_readings_take(otpi_metric *metric, bool merge, otpi_readings *out);
void otpi_readings_free(otpi_readings *readings);
/* Events that were not counted, by reason. */
void otpi_drops_read(otpi_metric *metric, uint64_t *drops);

#endif
