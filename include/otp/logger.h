/* SPDX-License-Identifier: MIT */
/*
 * logger: reports and messages of a system, by level, to one sink.
 *
 *     otp_log(OTP_LOG_WARNING, "order %d has no address: %s", id, otp_show(order));
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
} otp_log_entry;

/* Runs in the process that says something, in several at once in a parallel world. It may not
 * suspend; in a simulated world no other process runs meanwhile. For crash reports it runs in the
 * dying process: if it exits then, that is a panic. */
typedef void otp_log_sink(void *context, const otp_log_entry *entry);
/* Sets the most talkative level that reaches the sink; sink NULL is the default one. From anywhere.
 * context must outlive the system. */
OTP_API void otp_logger_set(otp_system *system, otp_log_level level, otp_log_sink *sink,
                            void *context);
/* printf's format; show terms with %s and otp_show. Costs some loads when the level is not asked
 * for. Outside of processes, warnings and errors go to standard error. */
OTP_API void otp_log(otp_log_level level, const char *format, ...) OTP_PRINTF(2, 3);

/*
 * A process that exits with another reason than normal, shutdown and {shutdown, _} is reported as
 * an error: the text for people, the report as a map
 *     #{pid, registered_name, behaviour, name, label, reason, state, message_queue_len, links,
 *       parent, trap_exit}
 * where state is what the behaviour's describe callback tells. It runs after terminate and the
 * defers: what describe looks at must still be there.
 *
 * Differences from OTP
 * - One sink per system, called by the process that logs; no filters, metadata or overload
 * protection.
 * - Five levels: critical, alert and emergency are error.
 * - Every abnormal exit is reported, that of a plain process too, and that by kill.
 */

#endif
