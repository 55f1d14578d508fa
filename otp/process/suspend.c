/* SPDX-License-Identifier: MIT */
/*
 * erlang:suspend_process/1 and resume_process/1.
 *
 * Design notes.
 * The suspender keeps a record for each process that it holds, with how often it suspended it. The
 * target knows only by how many processes it is held: it is told when a suspender's count leaves 0
 * and when it comes back to 0. Both are visits that nobody waits for; that of the release is made
 * together with the record, so that resuming and the exit of a suspender need no memory. Signals of
 * a pair keep their order, so a release never overtakes the suspension it ends.
 * The target stops where it looks for signals next: before it handles a message or while it
 * receives. A stackless process then holds no stack.
 */
#include "process/suspend.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/system.h"
#include "process/visit.h"

typedef struct suspension {
    otpi_owned owned; /* by the suspender */
    otp_system *system;
    otp_pid target;
    uint64_t count;
    otpi_visit *release;
} suspension;

/* ---- At the target ---- */

static void prepare_look(void *context, otpi_process *target) {
    otpi_extra *extra = otpi_extra_get(target);
    *(otp_err *)context = extra ? OTP_OK : OTP_ENOMEM;
    if (extra) {
        extra->stays = true; /* what follows needs it, and cannot fail */
    }
}

static void suspend_look(void *context, otpi_process *target) {
    (void)context;
    target->extra->suspenders++;
    target->flags |= OTPI_SUSPENDED;
}

static void release_look(void *context, otpi_process *target) {
    (void)context;
    if (--target->extra->suspenders == 0) {
        target->flags &= (uint16_t)~OTPI_SUSPENDED;
    }
}

static void no_look(void *context, otpi_process *target) {
    (void)context, (void)target;
}

void otpi_suspended_wait(otpi_process *self) {
    while (self->flags & OTPI_SUSPENDED) {
        /* all that has arrived is looked at before it waits: pairwise, take stops at a message */
        if (!otpi_signals_take(self) && (self->flags & OTPI_SUSPENDED)) {
            otpi_process_wait(self, "suspended", UINT64_MAX);
        }
    }
}

/* ---- At the suspender ---- */

/* A visit that nobody waits for; NULL when out of memory. */
static otpi_visit *lone_visit_new(otpi_process *self,
                                  void (*look)(void *context, otpi_process *target)) {
    otpi_visit *visit = otpi_block_alloc(sizeof *visit);
    if (visit) {
        *visit = (otpi_visit){.signal = {.kind = OTPI_SIGNAL_VISIT, .from = self->pid},
                              .visitor = OTP_PID_NONE,
                              .system = self->system,
                              .look = look};
    }
    return visit;
}

static void lone_visit_send(otp_system *system, otpi_visit *visit, otp_pid to) {
    otpi_process *target = otpi_pid_lookup(system, to);
    if (!target || !otpi_signal_push(target, &visit->signal)) {
        otpi_block_free(visit, sizeof *visit);
    }
}

/* The suspender resumes for the last time, or exits. */
static void suspension_end(otpi_owned *owned, otp_pid owner) {
    suspension *s = OTPI_CONTAINER_OF(owned, suspension, owned);
    (void)owner;
    lone_visit_send(s->system, s->release, s->target);
    otpi_block_free(s, sizeof *s);
}

static suspension *suspension_find(otpi_process *self, otp_pid target) {
    if (!self->extra) {
        return NULL;
    }
    OTPI_LIST_EACH (at, &self->extra->owned) {
        otpi_owned *owned = OTPI_CONTAINER_OF(at, otpi_owned, link);
        suspension *s = OTPI_CONTAINER_OF(owned, suspension, owned);
        if (owned->release == suspension_end && s->target.word == target.word) {
            return s;
        }
    }
    return NULL;
}

/* Everything that suspending and resuming need, or nothing. */
static otp_err suspension_begin(otpi_process *self, otp_pid target) {
    otpi_visit *begin = lone_visit_new(self, suspend_look);
    otpi_visit *release = lone_visit_new(self, release_look);
    suspension *s = otpi_block_alloc(sizeof *s);
    if (begin && release && s) {
        *s = (suspension){.owned = {.kind = "suspension", .release = suspension_end},
                          .system = self->system,
                          .target = target,
                          .count = 1,
                          .release = release};
    }
    if (!begin || !release || !s || otpi_own(self, &s->owned) != OTP_OK) {
        otpi_block_free(begin, sizeof *begin);
        otpi_block_free(release, sizeof *release);
        otpi_block_free(s, sizeof *s);
        return OTP_ENOMEM;
    }
    lone_visit_send(self->system, begin, target);
    return OTP_OK;
}

otp_err otp_suspend_process(otp_pid pid) {
    otpi_process *self = otpi_self();
    otpi_visible("suspend", pid.word);
    otpi_access(OTP_WRITE, pid.word, OTP_KEY_ALL);
    if (pid.word == self->pid.word || otpi_pid_node(pid) != self->system->slot) {
        return OTP_EBADARG;
    }
    suspension *s = suspension_find(self, pid);
    if (s) {
        s->count++;
        return otpi_pid_lookup(self->system, pid) ? OTP_OK : OTP_ENOPROC;
    }
    otp_err prepared = OTP_OK;
    otp_err err = otpi_process_visit(pid, prepare_look, &prepared, OTP_INFINITY);
    err = err ? err : prepared;
    err = err ? err : suspension_begin(self, pid);
    if (err) {
        return err;
    }
    /* when this visit is over, the one that suspends is, too */
    err = otpi_process_visit(pid, no_look, NULL, OTP_INFINITY);
    if (err) {
        (void)!otp_resume_process(pid);
    }
    return err;
}

otp_err otp_resume_process(otp_pid pid) {
    otpi_process *self = otpi_self();
    otpi_visible("resume", pid.word);
    otpi_access(OTP_WRITE, pid.word, OTP_KEY_ALL);
    suspension *s = suspension_find(self, pid);
    if (!s) {
        return OTP_EBADARG;
    }
    if (--s->count == 0) {
        otpi_disown(&s->owned);
        suspension_end(&s->owned, self->pid);
    }
    return OTP_OK;
}
