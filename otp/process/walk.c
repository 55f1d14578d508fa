/* SPDX-License-Identifier: MIT */
/*
 * Walking a system that stands still: what a snapshot is made of.
 */
#include "process/facts.h"
#include "process/system.h"

typedef struct walk {
    otp_system *system;
    otp_walk_fn *visit;
    void *context;
} walk;

static void process_visit(void *context, otpi_process *process) {
    const walk *w = context;
    if (process->flags & OTPI_PORT) {
        return; /* the room of ports tells about them */
    }
    otp_scope scope = otp_scope_begin();
    otp_term facts =
        otp_map_put(otpi_process_facts(process), OTP_ATOM(pid), otp_from_pid(process->pid));
    w->visit(w->context, "process", facts);
    otp_scope_end(scope);
}

static void name_visit(void *context, otp_term name, otp_pid pid) {
    const walk *w = context;
    otp_scope scope = otp_scope_begin();
    w->visit(w->context, "name", otp_tuple(name, otp_from_pid(pid)));
    otp_scope_end(scope);
}

static void walk_still(void *context) {
    walk *w = context;
    otpi_system_each(w->system, process_visit, w);
    otpi_names_each(w->system, name_visit, w);
    otpi_parts_walk(w->system, w->visit, w->context);
}

otp_err otp_system_walk(otp_system *system, int64_t timeout_ms, otp_walk_fn *visit, void *context) {
    if (!system || !visit || timeout_ms < OTP_INFINITY) {
        return OTP_EBADARG;
    }
    if (otp_in_process()) {
        return OTP_EMODE;
    }
    walk w = {system, visit, context};
    uint64_t deadline = timeout_ms == OTP_INFINITY
                            ? OTPI_NEVER
                            : otpi_clock_deadline_ns((uint64_t)timeout_ms * 1000000);
    return otpi_world_quiesce(system->world, deadline, walk_still, &w) ? OTP_OK : OTP_ETIMEOUT;
}
