/* SPDX-License-Identifier: MIT */
/*
 * logger: reports and messages of a system, by level, to a sink and to handlers.
 *
 *     otp_log(OTP_LOG_WARNING, "order %d has no address: %s", id, otp_show(order));
 *     otp_logger_set_process_metadata(otp_term_of("#{request => 17}"));
 *     otp_err e = otp_logger_add_handler(system, "json", &(otp_log_handler){
 *         .level = OTP_LOG_INFO, .format = OTP_LOG_JSON, .put = to_file, .context = &file});
 *
 * The default sink writes lines to standard error in parallel worlds, from level warning on, and
 * drops all in simulated ones: 12:00:00.123 [error] <0.5.0> the text with the time of day in UTC.
 */
#ifndef OTP_LOGGER_H
#define OTP_LOGGER_H

#include <otp/process.h>

typedef enum otp_log_level {
    OTP_LOG_NONE,
    OTP_LOG_ERROR,
    OTP_LOG_WARNING,
    OTP_LOG_NOTICE,
    OTP_LOG_INFO,
    OTP_LOG_DEBUG
} otp_log_level;

typedef struct otp_log_entry {
    otp_log_level level;
    otp_pid pid;      /* who said it */
    uint64_t time_ms; /* of the world's clock */
    const char *text; /* one line or several, without final newline; lives until the sink returns */
    otp_term report;  /* structured: crash and supervisor reports; OTP_NONE for plain text */
    uint64_t wall_ms; /* since 1970, UTC; in a simulated world that is time_ms */
    const char *site; /* "file:line" of otp_log; NULL for the runtime's own reports */
    /* Of the process that said it. */
    const char *module; /* the name of its server, supervisor, task; NULL = none */
    const char *label;  /* of otp_label; NULL = none */
    otp_term name;      /* registered; OTP_NONE = none */
    otp_term node;      /* an atom */
    otp_term metadata;  /* its map; OTP_NONE = none */
} otp_log_entry;

/* ---- Saying something ---- */

/* printf's format; show terms with %s and otp_show. Costs some loads when the level is not asked
 * for. Outside of processes, warnings and errors go to standard error. */
#define otp_log(level, ...) otp_log_at(OTP_SITE, (level), __VA_ARGS__)
OTP_API void otp_log_at(const char *site, otp_log_level level, const char *format, ...)
    OTP_PRINTF(3, 4);
/* A report, a map: its text is the printed map. Not outside of processes. */
#define otp_log_report(level, report) otp_log_report_at(OTP_SITE, (level), (report))
OTP_API void otp_log_report_at(const char *site, otp_log_level level, otp_term report);

/* Facts that go with everything the calling process says from here on, a map. update merges: its
 * values win. get: a copy, or the atom undefined when there is none. */
OTP_API void otp_logger_set_process_metadata(otp_term metadata);
OTP_API void otp_logger_update_process_metadata(otp_term metadata);
OTP_API otp_term otp_logger_get_process_metadata(void);
OTP_API void otp_logger_unset_process_metadata(void);

/* ---- Who gets it ---- */

/* Runs in the process that says something, in several at once in a parallel world. It may not
 * suspend; in a simulated world no other process runs meanwhile. For crash reports it runs in the
 * dying process: if it exits then, that is a panic. */
typedef void otp_log_sink(void *context, const otp_log_entry *entry);
/* Sets the most talkative level that reaches the sink; sink NULL is the default one. From anywhere.
 * context must outlive the system. */
OTP_API void otp_logger_set(otp_system *system, otp_log_level level, otp_log_sink *sink,
                            void *context);
/* A level for one module, in place of every handler's and of the sink's, unless that is none: for
 * processes whose module or label is that text, which must outlive the system; OTP_LOG_NONE
 * silences them. At most 64: OTP_ELIMIT; OTP_ENOMEM. unset: OTP_ENOENT. From anywhere. */
OTP_API OTP_MUST_CHECK otp_err otp_logger_set_module_level(otp_system *system, const char *module,
                                                           otp_log_level level);
OTP_API OTP_MUST_CHECK otp_err otp_logger_unset_module_level(otp_system *system,
                                                             const char *module);

typedef enum otp_log_format {
    OTP_LOG_HUMAN, /* one line: time [level] pid name module "label" text key=value (site) */
    OTP_LOG_JSON,  /* one object a line: time, level, pid, name, module, label, node, site, text,
                      metadata, report; what is not known is left out */
} otp_log_format;

/* Besides the sink. Without a sink of its own, a handler writes lines, which processes only put in
 * its queue: no scheduler waits for the writing. Beyond queue_max they are dropped, and when there
 * is room again a line says how many. In a simulated world a line is written at once. */
typedef struct otp_log_handler {
    otp_log_level level; /* the most talkative one it gets; 0 = warning */
    bool (*filter)(void *context, const otp_log_entry *entry); /* true = take it; as a sink */
    otp_log_sink *sink;                                        /* gets the entries themselves */
    otp_log_format format;                                     /* of the lines */
    /* Writes a line, newline included; beside the schedulers, one call at a time. It may not call
     * the runtime. NULL = standard error. */
    void (*put)(void *context, const char *line, size_t size);
    size_t size_max;  /* bytes of a line, roughly: the rest is cut, and marked "..."; 0 = 8,192 */
    size_t queue_max; /* lines; 0 = 1,000 */
    void *context;    /* must outlive the system */
} otp_log_handler;
/* OTP_EEXIST: the id is taken; OTP_ELIMIT: 16 are there; OTP_EBADARG, OTP_ENOMEM. Removing: what is
 * queued is still written; OTP_ENOENT. From anywhere. When the system has stopped, everything is
 * written. */
OTP_API OTP_MUST_CHECK otp_err otp_logger_add_handler(otp_system *system, const char *id,
                                                      const otp_log_handler *handler);
OTP_API OTP_MUST_CHECK otp_err otp_logger_remove_handler(otp_system *system, const char *id);

/* What a handler would write, without its newline; cut off and counted as otp_print does; 0 when
 * out of memory. In the line for people line breaks of the text show as " | " and control
 * characters as \xHH; in both, what is not UTF-8 as U+FFFD. */
OTP_API size_t otp_log_format_entry(const otp_log_entry *entry, otp_log_format format,
                                    size_t size_max, char *buffer, size_t size);

/* ---- Keeping it in memory ---- */

/* A handler that keeps what is said, for tests and for looking back. */
typedef struct otp_log_capture otp_log_capture;
/* Keeps the first records_max (0 = 10,000) entries of that level; what comes later, or finds no
 * memory, is counted. OTP_ELIMIT, OTP_ENOMEM. From anywhere. */
OTP_API OTP_MUST_CHECK otp_err otp_log_capture_start(otp_system *system, otp_log_level level,
                                                     size_t records_max, otp_log_capture **out);
OTP_API size_t otp_log_capture_count(otp_log_capture *capture);
OTP_API uint64_t otp_log_capture_dropped(otp_log_capture *capture);
/* The i-th entry; false when there is none. What it points to lives until the capture is stopped.
 */
OTP_API bool otp_log_capture_at(otp_log_capture *capture, size_t i, otp_log_entry *out);
/* Nobody may use it any more. Before its system is stopped; from anywhere. NULL is fine. */
OTP_API void otp_log_capture_stop(otp_log_capture *capture);

/*
 * A process that exits with another reason than normal, shutdown and {shutdown, _} is reported as
 * an error: the text for people, the report as a map
 *     #{pid, registered_name, behaviour, name, label, reason, state, message_queue_len, links,
 *       parent, trap_exit}
 * where state is what the behaviour's describe callback tells. It runs after terminate and the
 * defers: what describe looks at must still be there.
 *
 * Differences from OTP
 * - No primary level: the sink and each handler have one. A module level replaces them.
 * - One filter a handler, which says yes or no.
 * - A module is a behaviour's name or a label, not a source file.
 * - Reports carry no report_cb: their text is made where they are.
 * - Five levels: critical, alert and emergency are error.
 * - Every abnormal exit is reported, that of a plain process too, and that by kill.
 */

#endif
