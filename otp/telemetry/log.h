/* SPDX-License-Identifier: MIT */
/*
 * The logger's inside: how a line looks, and how reports reach the sink.
 */
#ifndef OTP_TELEMETRY_LOG_H
#define OTP_TELEMETRY_LOG_H

#include <otp/logger.h>

#include "base/text.h"

/* "error", ...; "none" for what is no level. */
const char *otpi_log_level_name(otp_log_level level);

/* Appends "12:00:00.123 [error] <0.5.0> text" and a newline; wall_ms: since 1970, shown as UTC.
 * Further lines of the text follow as they are. */
void otpi_log_line(otpi_text *text, const otp_log_entry *entry, uint64_t wall_ms);

/* Would the system's sink take an entry of that level? A load when it would not. */
bool otpi_log_wants(otp_system *system, otp_log_level level);
/* Hands an entry to the system's sink. text lives until it returns. */
void otpi_log_enter(otp_system *system, otp_log_level level, otp_pid pid, const char *text,
                    otp_term report);

/* Printed text in the current scope; "(out of memory)" when there is none. Never NULL, never an
 * exit. */
const char *otpi_scope_format(const char *format, ...) OTP_PRINTF(1, 2);

#endif
