/* SPDX-License-Identifier: MIT */
#include "process/visit.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/system.h"

static void visit_free(otpi_visit *visit) {
    otpi_block_free(visit, sizeof *visit);
}

/* ---- At the target ---- */

static void visit_return(otpi_visit *visit, otpi_visit_state state) {
    uint32_t running = OTPI_VISIT_RUNNING;
    visit->signal.kind = OTPI_SIGNAL_VISITED;
    otpi_process *visitor = otpi_pid_lookup(visit->system, visit->visitor);
    /* acq_rel: the visitor sees what look did; if it gave up meanwhile the record is ours */
    if (!__atomic_compare_exchange_n(&visit->state, &running, state, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE) ||
        !visitor || !otpi_signal_push(visitor, &visit->signal)) {
        visit_free(visit);
    }
}

static bool visit_begin(otpi_visit *visit) {
    uint32_t pending = OTPI_VISIT_PENDING;
    if (__atomic_compare_exchange_n(&visit->state, &pending, OTPI_VISIT_RUNNING, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return true;
    }
    visit_free(visit); /* abandoned */
    return false;
}

void otpi_visit_arrives(otpi_process *self, otpi_visit *visit) {
    if (visit_begin(visit)) {
        visit->look(visit->context, self);
        visit_return(visit, OTPI_VISIT_DONE);
    }
}

void otpi_visit_bury(otpi_visit *visit) {
    if (visit_begin(visit)) {
        visit_return(visit, OTPI_VISIT_NOPROC);
    }
}

/* ---- At the visitor ---- */

bool otpi_visited_arrives(otpi_process *self, otpi_visit *visit) {
    (void)self;
    visit->signal.size = 1; /* seen: the waiting visitor looks for this */
    return true;
}

void otpi_visited_bury(otpi_visit *visit) {
    visit_free(visit);
}

/* A visitor that is killed or runs out of time. What look works on may be on the visitor's stack,
 * so a look that runs (on another worker; it does not suspend) is waited for. */
static void visit_abandon(void *argument) {
    otpi_visit *visit = *(otpi_visit **)argument;
    if (!visit) {
        return;
    }
    uint32_t pending = OTPI_VISIT_PENDING;
    if (__atomic_compare_exchange_n(&visit->state, &pending, OTPI_VISIT_ABANDONED, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return;
    }
    while (__atomic_load_n(&visit->state, __ATOMIC_ACQUIRE) == OTPI_VISIT_RUNNING) {
        otpi_cpu_relax();
    }
    if (visit->signal.size == 1) {
        visit_free(visit);
    } /* else it is in the inbox, or about to be, and is buried there */
}

static otp_err visit_wait(otpi_process *self, otpi_visit *visit, uint64_t deadline) {
    while (visit->signal.size != 1) {
        bool in_time = otpi_process_wait(self, "visit", deadline);
        otpi_signals_take(self);
        if (!in_time && visit->signal.size != 1) {
            return OTP_ETIMEOUT;
        }
    }
    return __atomic_load_n(&visit->state, __ATOMIC_ACQUIRE) == OTPI_VISIT_DONE ? OTP_OK
                                                                               : OTP_ENOPROC;
}

otp_err otpi_process_visit(otp_pid pid, void (*look)(void *context, otpi_process *target),
                           void *context, int64_t timeout_ms) {
    otpi_process *self = otpi_self();
    if (otpi_pid_node(pid) != self->system->slot) {
        return OTP_EMODE;
    }
    if (pid.word == self->pid.word) {
        look(context, self);
        return OTP_OK;
    }
    uint64_t deadline = otpi_deadline_of(self, timeout_ms, "visit");
    otpi_visit *visit = NULL;
    otp_defer(visit_abandon, &visit);
    visit = otpi_block_alloc(sizeof *visit);
    if (!visit) {
        otp_undefer(&visit, false);
        return OTP_ENOMEM;
    }
    *visit = (otpi_visit){.signal = {.kind = OTPI_SIGNAL_VISIT, .from = self->pid},
                          .visitor = self->pid,
                          .system = self->system,
                          .look = look,
                          .context = context};
    otpi_process *target = otpi_pid_lookup(self->system, pid);
    if (!target || !otpi_signal_push(target, &visit->signal)) {
        otp_undefer(&visit, false);
        visit_free(visit);
        return OTP_ENOPROC;
    }
    otp_err err = visit_wait(self, visit, deadline);
    otp_undefer(&visit, err == OTP_ETIMEOUT);
    if (err != OTP_ETIMEOUT) {
        visit_free(visit);
    }
    return err;
}
