/* SPDX-License-Identifier: MIT */
/*
 * Reports of supervisors: OTP's supervisor and progress reports (stdlib, supervisor(3), SASL User's
 * Guide, "Error Logging"). A report that cannot be built for want of memory is left out: saying
 * why a child died may not kill its supervisor.
 */
#include "telemetry/report.h"

#include "process/extra.h"
#include "telemetry/audience.h"
#include "telemetry/log.h"
#include "term/atom.h"
#include "term/build.h"

/* The registered name, or the pid. */
static otp_term own_name(const otpi_process *self) {
    bool named = self->extra != NULL && !otp_is_none(self->extra->name);
    return named ? self->extra->name : otp_from_pid(self->pid);
}

static otp_err context_atom(const char *context, otp_term *out) {
    size_t length = __builtin_strlen(context);
    return otpi_atom_make(context, length, out);
}

void otpi_report_supervisor(const char *context, otp_term reason, otp_term offender) {
    static otp_event_site event = OTP_EVENT("[otp, supervisor, report]");
    otpi_process *self = otpi_self();
    bool logged = otpi_log_wants(self->system, OTP_LOG_ERROR);
    bool heard = otpi_event_heard(self->system, &event);
    otp_term why;
    if ((!logged && !heard) || context_atom(context, &why) != OTP_OK) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    otp_term pairs[] = {OTP_ATOM(supervisor), own_name(self), OTP_ATOM(context),  why,
                        OTP_ATOM(reason),     reason,         OTP_ATOM(offender), offender};
    otp_term report = otpi_make_map(4, pairs);
    if (logged && !otp_is_none(report)) {
        const char *text =
            otpi_scope_format("supervisor %s: %s: %s\n    child: %s", otp_show(own_name(self)),
                              context, otp_show(reason), otp_show(offender));
        otpi_log_report(OTP_LOG_ERROR, text, report);
    }
    if (heard && !otp_is_none(report)) {
        otpi_event_run(self->system, otpi_event_number(&event), OTP_NONE, report);
    }
    otp_scope_end(scope);
}

void otpi_report_progress(otp_term child) {
    static otp_event_site event = OTP_EVENT("[otp, supervisor, progress]");
    otpi_process *self = otpi_self();
    bool logged = otpi_log_wants(self->system, OTP_LOG_INFO);
    bool heard = otpi_event_heard(self->system, &event);
    if (!logged && !heard) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    otp_term pairs[] = {OTP_ATOM(supervisor), own_name(self), OTP_ATOM(started), child};
    otp_term report = otpi_make_map(2, pairs);
    if (logged && !otp_is_none(report)) {
        const char *text = otpi_scope_format("supervisor %s: started %s", otp_show(own_name(self)),
                                             otp_show(child));
        otpi_log_report(OTP_LOG_INFO, text, report);
    }
    if (heard && !otp_is_none(report)) {
        otpi_event_run(self->system, otpi_event_number(&event), OTP_NONE, report);
    }
    otp_scope_end(scope);
}
