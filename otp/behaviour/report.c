/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor tells: reports to the log (SASL's supervisor and progress reports), and events
 * for those who trace restarts.
 */
#include "behaviour/supervisor.h"

#include <otp/telemetry.h>

#include "behaviour/wire.h"
#include "process/process.h"
#include "telemetry/report.h"

static otp_event_site child_started = OTP_EVENT("[otp, supervisor, child_started]");
static otp_event_site child_restarted = OTP_EVENT("[otp, supervisor, restart]");
static otp_event_site child_terminated = OTP_EVENT("[otp, supervisor, child_terminated]");
static otp_event_site shut_down = OTP_EVENT("[otp, supervisor, shutdown]");

static otp_term pid_or_undefined(otp_pid pid) {
    return pid.word ? otp_from_pid(pid) : otpi_am(undefined);
}

/* extract_child/1 of supervisor.erl, as a map. */
static otp_term offender(const otpi_child *child) {
    return otp_map(otpi_am(pid), pid_or_undefined(child->pid),               //
                   otpi_am(id), child->id,                                   //
                   otpi_am(restart), otpi_spec_restart_word(child->spec),    //
                   otpi_am(significant), otp_bool(child->spec->significant), //
                   otpi_am(shutdown), otpi_spec_shutdown_word(child->spec),  //
                   OTP_ATOM(child_type), otpi_spec_type_word(child->spec));
}

/* #{supervisor, name} and more pairs. */
static void tell(otp_event_site *event, const otpi_supervisor *sup, otp_term metadata) {
    metadata = otp_map_put(metadata, otpi_am(supervisor), otp_from_pid(otp_self()));
    metadata = otp_map_put(metadata, otpi_am(name), otp_string(otpi_supervisor_name(sup)));
    otp_term children = otp_map(OTP_ATOM(children), otp_uint(sup->count));
    otp_telemetry_execute(event, children, metadata);
}

void otpi_supervisor_report(const otpi_supervisor *sup, const char *context, otp_term reason,
                            const otpi_child *child) {
    (void)sup;
    otpi_report_supervisor(context, reason, offender(child));
}

void otpi_supervisor_report_gone(const otpi_supervisor *sup, otp_term reason, otp_term id,
                                 otp_pid pid) {
    if (otp_event_on(&child_terminated)) {
        tell(&child_terminated, sup,
             otp_map(otpi_am(id), id, otpi_am(pid), otp_from_pid(pid), otpi_am(reason), reason));
    }
    const uint64_t *words = otpi_wire_tuple(reason, 2);
    if (reason.word != OTPI_AM_normal && reason.word != OTPI_AM_shutdown &&
        !(words && words[0] == OTPI_AM_shutdown)) {
        otpi_report_supervisor("shutdown_error", reason,
                               otp_map(otpi_am(pid), otp_from_pid(pid), otpi_am(id), id));
    }
}

void otpi_supervisor_tell_started(const otpi_supervisor *sup, const otpi_child *child,
                                  otp_pid before) {
    otp_event_site *event = before.word ? &child_restarted : &child_started;
    if (otp_event_on(event)) {
        tell(event, sup,
             otp_map(otpi_am(id), child->id, otpi_am(pid), otp_from_pid(child->pid),
                     OTP_ATOM(old_pid), pid_or_undefined(before)));
    }
    if (otpi_log_on(OTP_LOG_INFO)) {
        otpi_report_progress(offender(child));
    }
}

void otpi_supervisor_tell_terminated(const otpi_supervisor *sup, const otpi_child *child,
                                     otp_term reason) {
    if (otp_event_on(&child_terminated)) {
        tell(&child_terminated, sup,
             otp_map(otpi_am(id), child->id, otpi_am(pid), otp_from_pid(child->pid),
                     otpi_am(reason), reason));
    }
}

void otpi_supervisor_tell_shutdown(const otpi_supervisor *sup, otp_term why) {
    if (otp_event_on(&shut_down)) {
        tell(&shut_down, sup, otp_map(otpi_am(reason), why));
    }
}
