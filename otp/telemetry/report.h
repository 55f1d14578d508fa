/* SPDX-License-Identifier: MIT */
/*
 * Reports: what the runtime itself has to say, as a map for programs and as text for people. Each
 * goes to the logger of the caller's system and, as an event, to telemetry; nothing is built when
 * neither listens. Called in a process; none of them suspends.
 */
#ifndef OTP_TELEMETRY_REPORT_H
#define OTP_TELEMETRY_REPORT_H

#include <otp/logger.h>
#include <otp/telemetry.h>

/* The calling supervisor's report on a child, level error. context: static text, one of OTP's words
 * start_error, child_terminated, shutdown, shutdown_error. offender: the child as a map (pid, id,
 * restart, shutdown, child_type). Event [otp, supervisor, report] with metadata
 * #{supervisor, context, reason, offender}. */
void otpi_report_supervisor(const char *context, otp_term reason, otp_term offender);

/* The calling supervisor has started a child, level info. Event [otp, supervisor, progress] with
 * metadata #{supervisor, started}. */
void otpi_report_progress(otp_term child);

/* Would a report or a text of that level be taken by the logger of the caller's system? A load when
 * it would not. Ask before building something dear. */
bool otpi_log_on(otp_log_level level);

/* A structured entry of the calling process; report is a map or OTP_NONE. The text is copied to no
 * place: it must live until the call returns. */
void otpi_log_report(otp_log_level level, const char *text, otp_term report);

#endif
