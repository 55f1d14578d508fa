/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor tells: reports to the log (SASL's supervisor and progress reports), and events
 * for those who trace restarts. What cannot be built for want of memory is left out: telling may
 * not kill a supervisor.
 */
#include "behaviour/supervisor.h"

#include <otp/telemetry.h>

#include <string.h>

#include "behaviour/wire.h"
#include "process/process.h"
#include "telemetry/report.h"
#include "term/build.h"

static otp_event_site reported = OTP_EVENT("[otp, supervisor, report]");
static otp_event_site progress = OTP_EVENT("[otp, supervisor, progress]");
static otp_event_site child_started = OTP_EVENT("[otp, supervisor, child_started]");
static otp_event_site child_restarted = OTP_EVENT("[otp, supervisor, restart]");
static otp_event_site child_terminated = OTP_EVENT("[otp, supervisor, child_terminated]");
static otp_event_site shut_down = OTP_EVENT("[otp, supervisor, shutdown]");

/* extract_child/1 of supervisor.erl, as a map. */
static otp_term offender_of(const otpi_sup_child *child) {
    const otp_term pairs[] = {otpi_am(pid),         otpi_pid_or_undefined(child->pid),
                              otpi_am(id),          child->id,
                              otpi_am(restart),     otpi_spec_restart_word(child->spec),
                              otpi_am(significant), otp_bool(child->spec->significant),
                              otpi_am(shutdown),    otpi_spec_shutdown_word(child->spec),
                              OTP_ATOM(child_type), otpi_spec_type_word(child->spec)};
    return otpi_make_map(6, pairs);
}

/* An event with metadata #{supervisor, name, id, pid, Word => What}. */
static void tell(otp_event_site *event, const otpi_supervisor *sup, otp_term id, otp_pid pid,
                 otp_term word, otp_term what) {
    if (!otp_event_on(event)) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    const char *name = otpi_supervisor_name(sup);
    const otp_term counts[] = {OTP_ATOM(children), otp_int((int64_t)sup->count)};
    const otp_term facts[] = {otpi_am(supervisor),
                              otp_from_pid(otp_self()),
                              otpi_am(name),
                              otpi_make_binary(name, strlen(name)),
                              otpi_am(id),
                              id,
                              otpi_am(pid),
                              otpi_pid_or_undefined(pid),
                              word,
                              what};
    otp_term measurements = otpi_make_map(1, counts);
    otp_term metadata = otpi_make_facts(5, facts);
    if (!otp_is_none(measurements) && !otp_is_none(metadata)) {
        otp_telemetry_execute(event, measurements, metadata);
    }
    otp_scope_end(scope);
}

static bool report_wanted(void) {
    return otpi_log_on(OTP_LOG_ERROR) || otp_event_on(&reported);
}

void otpi_supervisor_report(const char *context, otp_term reason, const otpi_sup_child *child) {
    if (!report_wanted()) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    otp_term offender = offender_of(child);
    if (!otp_is_none(offender)) {
        otpi_report_supervisor(context, reason, offender);
    }
    otp_scope_end(scope);
}

void otpi_supervisor_report_children(const otpi_supervisor *sup, otp_term reason, size_t children) {
    const otp_child_spec *spec = sup->spec->children;
    if (!report_wanted()) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    const otp_term pairs[] = {OTP_ATOM(nb_children), otp_uint(children),
                              otpi_am(id),           otpi_am(undefined),
                              otpi_am(restart),      otpi_spec_restart_word(spec),
                              otpi_am(significant),  otp_bool(spec->significant),
                              otpi_am(shutdown),     otpi_spec_shutdown_word(spec),
                              OTP_ATOM(child_type),  otpi_spec_type_word(spec)};
    otp_term offender = otpi_make_map(6, pairs);
    if (!otp_is_none(offender)) {
        otpi_report_supervisor("shutdown_error", reason, offender);
    }
    otp_scope_end(scope);
}

bool otpi_supervisor_in_order(otp_term reason) {
    const uint64_t *words = otpi_wire_tuple(reason, 2);
    return reason.word == OTPI_AM_normal || reason.word == OTPI_AM_shutdown ||
           (words && words[0] == OTPI_AM_shutdown);
}

void otpi_supervisor_report_gone(otpi_supervisor *sup, otp_term reason, otp_term id, otp_pid pid) {
    tell(&child_terminated, sup, id, pid, otpi_am(reason), reason);
    if (otpi_supervisor_in_order(reason) || !report_wanted()) {
        return;
    }
    if (sup->ending) {
        otpi_sup_toll_add(sup, reason);
        return;
    }
    otp_scope scope = otp_scope_begin();
    const otp_term pairs[] = {otpi_am(pid), otp_from_pid(pid), otpi_am(id), id};
    otp_term offender = otpi_make_map(2, pairs);
    if (!otp_is_none(offender)) {
        otpi_report_supervisor("shutdown_error", reason, offender);
    }
    otp_scope_end(scope);
}

void otpi_supervisor_tell_started(const otpi_supervisor *sup, const otpi_sup_child *child,
                                  otp_pid before) {
    tell(before.word ? &child_restarted : &child_started, sup, child->id, child->pid,
         OTP_ATOM(old_pid), otpi_pid_or_undefined(before));
    if (!otpi_log_on(OTP_LOG_INFO) && !otp_event_on(&progress)) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    otp_term started = offender_of(child);
    if (!otp_is_none(started)) {
        otpi_report_progress(started);
    }
    otp_scope_end(scope);
}

void otpi_supervisor_tell_terminated(const otpi_supervisor *sup, const otpi_sup_child *child,
                                     otp_term reason) {
    tell(&child_terminated, sup, child->id, child->pid, otpi_am(reason), reason);
}

void otpi_supervisor_tell_shutdown(const otpi_supervisor *sup, otp_term id, otp_pid pid,
                                   otp_term why) {
    tell(&shut_down, sup, id, pid, otpi_am(reason), why);
}
