/* SPDX-License-Identifier: MIT */
/*
 * Hogs as the process room reports them: a warning of the logger and the event [otp, scheduler,
 * hog]. Runs in a process of its own.
 */
#include "telemetry/audience.h"
#include "telemetry/log.h"
#include "telemetry/report.h"

#include "process/process.h"
#include "process/system.h"
#include "term/atom.h"

static const char *line_of(const char *name, otp_term facts, otp_term key) {
    otp_term value = otp_map_get(facts, key);
    bool none = otp_equal(value, otpi_am(undefined));
    return none ? "" : otpi_scope_format("\n    %s: %s", name, otp_show(value));
}

static const char *hog_text(otp_term cpu_ms, otp_term facts) {
    return otpi_scope_format(
        "%s has computed for %s ms in one step: others of its scheduler wait%s%s%s%s%s",
        otp_show(otp_map_get(facts, OTP_ATOM(pid))), otp_show(cpu_ms),
        line_of("registered name", facts, OTP_ATOM(registered_name)),
        line_of("behaviour", facts, OTP_ATOM(behaviour)), line_of("name", facts, OTP_ATOM(name)),
        line_of("label", facts, OTP_ATOM(label)), line_of("where", facts, OTP_ATOM(where)));
}

static void process_hogged(otp_term cpu_ms, otp_term facts) {
    static otp_event_site event = OTP_EVENT("[otp, scheduler, hog]");
    otp_system *system = otpi_self()->system;
    if (otpi_log_wants(system, OTP_LOG_WARNING)) {
        otpi_log_report(OTP_LOG_WARNING, hog_text(cpu_ms, facts), facts);
    }
    if (otpi_anybody_listens() && otpi_event_heard(system, &event)) {
        otpi_event_run(system, otpi_event_number(&event), otp_map(OTP_ATOM(cpu_ms), cpu_ms), facts);
    }
}

void otpi_hog_reports_open(void) {
    otpi_process_events.hogged = process_hogged;
}
