/* SPDX-License-Identifier: MIT */
/*
 * logger: reports and messages of a system, by level, to one sink.
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

/* The default sink writes to standard error in parallel worlds at level warning, and drops in
 * simulated ones. */
typedef void otp_log_sink(void *context, const otp_log_entry *entry);
OTP_API void otp_logger_set(otp_system *system, otp_log_level level, otp_log_sink *sink,
                            void *context);
OTP_API void otp_log(otp_log_level level, const char *format, ...) OTP_PRINTF(2, 3);

#endif
