/* SPDX-License-Identifier: MIT */
/*
 * metrics: numbers made of telemetry events, and their text for Prometheus; as telemetry_metrics
 * and telemetry_poller of Erlang and Elixir.
 *
 *     static const otp_metric shop[] = {
 *         {.type = OTP_COUNTER, .event = "[shop, order, paid]", .tags = "[country]"},
 *         {.type = OTP_DISTRIBUTION, .event = "[web, request, stop]", .measurement = "duration_ns",
 *          .from = OTP_UNIT_NANOSECOND, .unit = OTP_UNIT_SECOND},
 *     };
 *     otp_metrics *metrics;
 *     otp_err e = otp_metrics_start(system, "shop", shop, 2, &metrics);
 *     ...
 *     e = otp_metrics_write(metrics, to_socket, &socket);
 *
 * A metric has a series for each combination of its tags' values. A series is updated in the
 * process that executes the event, in memory of the scheduler it runs on: the first update of a
 * series on a scheduler allocates, the others take no lock and no memory. A metric never ends a
 * process for want of memory; what it could not count, it counts as dropped.
 */
#ifndef OTP_METRICS_H
#define OTP_METRICS_H

#include <otp/telemetry.h>

/* ---- What is measured ---- */

typedef enum otp_metric_type {
    OTP_COUNTER,      /* how many events; no measurement is looked at */
    OTP_SUM,          /* the sum of the measurements */
    OTP_LAST_VALUE,   /* the newest measurement */
    OTP_DISTRIBUTION, /* how many measurements lie at or below each bound, and their sum */
    OTP_SUMMARY,      /* count, sum, smallest and largest */
} otp_metric_type;

/* Of times and of sizes in decimal steps: one kind cannot be converted to the other. */
typedef enum otp_unit {
    OTP_UNIT_NONE,
    OTP_UNIT_NANOSECOND,
    OTP_UNIT_MICROSECOND,
    OTP_UNIT_MILLISECOND,
    OTP_UNIT_SECOND,
    OTP_UNIT_BYTE,
    OTP_UNIT_KILOBYTE,
    OTP_UNIT_MEGABYTE,
    OTP_UNIT_GIGABYTE,
} otp_unit;

/* A metric. Functions run in the process that executes the event, as a telemetry handler does, and
 * get context; metadata and measurements are the event's. */
typedef struct otp_metric {
    otp_metric_type type;
    const char *event;       /* "[shop, order, paid]"; '_' as last atom as with attach */
    const char *measurement; /* an atom: the key in the measurements */
    /* Instead of it: false when the event has none. */
    bool (*measure)(void *context, otp_term measurements, otp_term metadata, double *out);
    const char *tags; /* "[method, path]": at most 8 atoms, keys of the metadata; NULL = none */
    /* The map in which the tags are looked up, instead of the metadata. */
    otp_term (*tag_values)(void *context, otp_term metadata);
    bool (*keep)(void *context, otp_term measurements, otp_term metadata); /* only such events */
    bool (*drop)(void *context, otp_term measurements, otp_term metadata); /* none of these */
    void *context;
    otp_unit from, unit; /* what is measured, and in what it is told; both or none */
    bool falls;          /* a sum that may go down: Prometheus is told that it is a gauge */
    /* Distribution: its bounds, ascending; or bucket_count of them, from bucket_start, each
     * bucket_factor times the one before. 0 = 20, 1 (told in seconds: 0.00001), 2. At most 1,000.
     */
    const double *buckets;
    size_t bucket_count;
    double bucket_start, bucket_factor;
    const char *name;        /* NULL = event, measurement and unit, joined by '_' */
    const char *description; /* NULL = one made of type and event */
    size_t series_max;       /* 0 = 1,000: events that need one more are dropped and counted */
} otp_metric;

/* ---- Sets ---- */

/* The metrics of a system that are started and read together. */
typedef struct otp_metrics otp_metrics;

/* Begins to count. The array is copied, what it points to must outlive the set. id names the
 * telemetry handlers ("shop/0", ...). OTP_EBADARG: what cannot be read or does not fit together;
 * OTP_EEXIST: the id is taken, or two metrics come to the same name; OTP_ENOMEM. From anywhere. */
OTP_API OTP_MUST_CHECK otp_err otp_metrics_start(otp_system *system, const char *id,
                                                 const otp_metric *metrics, size_t count,
                                                 otp_metrics **out);
/* Ends the set, which nobody may use any more; a set that is not stopped ends with its system. NULL
 * is fine. From anywhere. */
OTP_API void otp_metrics_stop(otp_metrics *metrics);

/* ---- Reading: from any thread, while others count ---- */

/* In the caller's scope, a map for each metric in the order of the set:
 *     #{name, type, description, series => [#{tags => #{Tag => Value}, Facts}],
 *       dropped => #{series_limit, bad_measurement, no_memory}}
 * with the facts value (counter, sum, last_value); count, sum, min, max (summary); count, sum,
 * buckets => [{Bound | infinity, Count}] (distribution: each count includes the ones before).
 * Whole numbers are integers. Series are in the order of their labels in the text. */
OTP_API OTP_MUST_CHECK otp_err otp_metrics_read(otp_metrics *metrics, otp_term *out);

/* The text exposition format of Prometheus, version 0.0.4, UTF-8. Metrics are in the order of the
 * set, series in that of their labels. Names are made fit: other characters become '_', a counter
 * ends in _total, others do not end in _total, _count, _sum, _bucket. A label is the text of an
 * atom or binary, else the printed term; what is not UTF-8, and NUL, becomes U+FFFD, and above
 * 256 bytes it is cut and ends in "...". Series whose labels are the same text are told as one.
 * What was dropped is otp_metrics_dropped_total, when there is some. */

/* Gets the text in several parts; false ends the writing. It may neither suspend nor exit. */
typedef bool otp_metrics_writer(void *context, const char *text, size_t size);
/* OTP_ENOMEM; OTP_EIO when the writer returned false. */
OTP_API OTP_MUST_CHECK otp_err otp_metrics_write(otp_metrics *metrics, otp_metrics_writer *writer,
                                                 void *context);
/* Into the buffer, with a NUL. *length is that of the whole text; OTP_ESIZE when it did not fit:
 * the buffer has its beginning then. */
OTP_API OTP_MUST_CHECK otp_err otp_metrics_text(otp_metrics *metrics, char *buffer, size_t size,
                                                size_t *length);

/* ---- The runtime's own numbers ---- */

/* Executes, in the calling process, events that tell how the system is:
 *     [otp, system, processes]  #{count, limit}
 *     [otp, system, scheduler]  #{runnable}: processes that wait to run, of the world
 *     [otp, system, memory]     #{heap, blocks}: bytes of the OS process from the C library, and
 *                               of those in blocks of messages and processes
 *     [otp, system, atoms]      #{count, limit}: of the OS process
 *     [otp, system, tables]     #{count, limit}
 * Not in a simulated world: scheduler and memory, which differ from run to run. */
OTP_API void otp_system_measure(void);
/* [otp, system, process] #{message_queue_len, memory, reductions} with #{name}, for a registered
 * name of this system; OTP_ENOPROC when there is none. The process itself is asked. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_process_measure(otp_term name);

typedef struct otp_poller_opts {
    int64_t period_ms; /* 0 = 5,000 */
    otp_term name;     /* registered; OTP_NONE = none */
    otp_term watched;  /* a list of names for otp_process_measure; those not registered are left
                          out. OTP_NONE = none */
    bool quiet;        /* without otp_system_measure */
    void (*measure)(void *context); /* more, in the poller; may suspend, and end it. NULL = none */
    void *context;
} otp_poller_opts;
/* A process, linked to the caller, that measures at once and then each period. opts may be NULL.
 * Errors as otp_spawn_opt; OTP_EBADARG. It ends as any process: otp_exit_signal(pid, shutdown). In
 * a simulated world its timer always comes, so that a run does not end as OTP_RUN_DEADLOCK. */
OTP_API OTP_MUST_CHECK otp_err otp_poller_start_link(const otp_poller_opts *opts, otp_pid *out);

/* Metrics of what otp_system_measure tells, ready to start. */
OTP_DATA const otp_metric otp_system_metrics[];
OTP_DATA const size_t otp_system_metrics_count;

/*
 * Differences from telemetry_metrics and telemetry_poller
 * - A metric names event and measurement apart, not as one dotted name; a function that measures
 *   gives a double. Values are doubles, as Prometheus has them: exact to 2^53.
 * - The set is its own reporter. Series are limited.
 * - A tag that the metadata does not have is the atom undefined.
 * - A measurement that is missing or no number is dropped and counted, not logged.
 * - A summary has no percentiles: take a distribution.
 * - Sizes have no terabyte; prefixes are decimal, as there.
 * - The poller's events are under [otp, system], not [vm].
 * - promtool also wants base units in names: give .unit as seconds or bytes.
 */

#endif
