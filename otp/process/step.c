/* SPDX-License-Identifier: MIT */
/*
 * Steps: what a worker does with a process, and how a process waits.
 */
#include "port/probe.h"
#include "process/extra.h"
#include "process/life.h"
#include "process/suspend.h"
#include "process/system.h"
#include "process/wait.h"
#include "term/atom.h"

enum {
    STEP_MESSAGES_MAX = 64, /* handled before others get their turn (parallel) */
    STEP_REDUCTIONS_MAX = 2000,
};

/* ---- Scopes ---- */

otp_term otpi_message_hold(otpi_signal *message) {
    otpi_scope *scope = otpi_scope_now;
    message->next = scope->held;
    scope->held = message;
    return message->term;
}

void otpi_scope_turn(otpi_process *self) {
    if (!self->behaviour->message && otpi_scope_now->nested == 0) {
        otpi_scope_reset(otpi_scope_now);
    }
}

/* ---- One step ---- */

/* The start signal came first, but through the name or another node others may have come before it
 * is taken, and in pairwise delivery they may be seen before it. */
static otpi_signal *start_take(otpi_process *self) {
    for (;;) {
        otpi_signals_take(self);
        for (otpi_signal **at = &self->mailbox; *at; at = &(*at)->next) {
            if ((*at)->kind == OTPI_SIGNAL_START) {
                return otpi_mailbox_unlink(self, at);
            }
        }
    }
}

static void process_start(otpi_process *self) {
    otpi_access(OTP_SPAWN, self->pid.word, self->runnable.serial);
    otpi_signal *start = start_take(self);
    self->flags |= OTPI_STARTED;
    otp_term args = otpi_message_hold(start);
    self->behaviour->start(self->state, args);
    if (!self->behaviour->message) {
        otpi_process_die(self, (otp_term){OTPI_AM_normal});
    }
    otpi_scope_reset(otpi_scope_now);
}

static void message_leave(otpi_process *self, otpi_signal *message) {
    otpi_extra *extra = otpi_extra_need(self, OTPI_SITE);
    message->next = NULL;
    *extra->left_end = message;
    extra->left_end = &message->next;
}

void otpi_mailbox_rescan(otpi_process *self) {
    otpi_extra *extra = self->extra;
    if (!extra || !extra->left) {
        return;
    }
    for (otpi_signal *at = extra->left; at; at = at->next) {
        self->mailbox_length++;
    }
    *extra->left_end = self->mailbox;
    if (!self->mailbox) {
        self->mailbox_end = extra->left_end;
    }
    self->mailbox = extra->left;
    extra->left = NULL;
    extra->left_end = &extra->left;
    extra->mark_at = NULL;
}

/* The scope ends. Mostly there is one message to free, and nothing else. */
static inline void message_end(otpi_scope *scope, otpi_signal *message) {
    bool alone = scope->held == message && !message->next && message->kind == OTPI_SIGNAL_MESSAGE &&
                 !scope->chunks && !scope->offheap && scope->nested == 0 && !scope->fences;
    if (OTPI_LIKELY(alone)) {
        scope->held = NULL;
        otpi_signal_free(message);
        otpi_scope_poison(scope->first, scope->at);
        scope->at = scope->first;
    } else {
        otpi_scope_reset(scope);
    }
}

static inline otpi_signal *mailbox_pop(otpi_process *self) {
    otpi_signal *message = self->mailbox;
    if (OTPI_UNLIKELY(otpi_extra_own(self) != NULL)) {
        return otpi_mailbox_unlink(self, &self->mailbox);
    }
    self->mailbox = message->next;
    __builtin_prefetch(self->mailbox); /* of a long mailbox: on its way while this one is handled */
    if (!self->mailbox) {
        self->mailbox_end = &self->mailbox;
    }
    self->mailbox_length--;
    return message;
}

static void message_handle(otpi_process *self, otpi_signal *message) {
    otpi_scope *scope = otpi_scope_now;
    otp_term term = otpi_message_hold(message);
    otpi_probe_receive(self->pid.word, term.word);
    otpi_extra *extra = otpi_extra_own(self);
    if (extra) {
        extra->handled = message;
    }
    self->reductions++;
    if (self->behaviour->message(self->state, term) == OTPI_LEFT) {
        OTPI_ASSERT("step-002", scope->held == message); /* what is left has not been used */
        scope->held = NULL;
        message_leave(self, message);
    }
    extra = otpi_extra_own(self);
    if (extra) {
        extra->handled = NULL;
    }
    message_end(otpi_scope_now, message);
}

/* In pairwise delivery what has arrived waits elsewhere than in the inbox. */
static inline bool has_signal(otpi_process *self) {
    return otpi_signals_new(self) || OTPI_UNLIKELY(self->system->pairwise);
}

static inline bool has_message(otpi_process *self) {
    if (OTPI_UNLIKELY(self->flags & OTPI_SUSPENDED)) {
        otpi_signals_take(self); /* it may be resumed */
    }
    return (self->mailbox || (has_signal(self) && otpi_signals_take(self) && self->mailbox)) &&
           OTPI_LIKELY(!(self->flags & OTPI_SUSPENDED));
}

otpi_step otpi_process_step(otpi_runnable *runnable) {
    otpi_process *self = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    bool simulated = self->system->world->simulator != NULL;
    bool was_started = self->flags & OTPI_STARTED;
    if (!was_started) {
        process_start(self);
    }
    unsigned handled = 0;
    uint32_t reductions = self->reductions;
    while (!(simulated && (handled || !was_started))) {
        if (OTPI_UNLIKELY(__atomic_load_n(&self->killed, __ATOMIC_RELAXED))) {
            otpi_process_die(self, (otp_term){OTPI_AM_killed});
        }
        if (!has_message(self)) {
            otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
            return OTPI_STEP_IDLE;
        }
        message_handle(self, mailbox_pop(self));
        if (++handled >= STEP_MESSAGES_MAX || self->reductions - reductions > STEP_REDUCTIONS_MAX) {
            return OTPI_STEP_AGAIN;
        }
    }
    return self->mailbox ? OTPI_STEP_AGAIN : OTPI_STEP_IDLE;
}

bool otpi_process_settle(otpi_runnable *runnable) {
    otpi_process *self = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    if (self->extra && self->extra->arrived) {
        return false;
    }
    return otpi_inbox_idle(self);
}

/* An exiting process (in a cleanup, in a report of its exit) goes on: it is leaving already. */
void otpi_process_resumed(otpi_runnable *runnable) {
    otpi_process *self = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    if (self->killed && !(self->flags & OTPI_EXITING)) {
        otpi_process_die(self, (otp_term){OTPI_AM_killed});
    }
}

/* ---- In a simulated world: nobody else is about, so that nothing has to be atomic ---- */

/* Started, idle but for this message, and with nothing that could make it more than a message. */
static inline bool has_lone_message(otpi_process *self) {
    otpi_signal *message = otpi_signal_unseen(self->inbox);
    return message && !message->next && message->kind == OTPI_SIGNAL_MESSAGE && !self->mailbox &&
           !otpi_extra_own(self) && !self->killed && !self->system->pairwise &&
           (self->flags & (OTPI_STARTED | OTPI_INTERCEPTED | OTPI_SUSPENDED)) == OTPI_STARTED;
}

otpi_step otpi_process_step_simulated(otpi_runnable *runnable) {
    otpi_process *self = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    if (OTPI_UNLIKELY(!has_lone_message(self))) {
        otpi_step step = otpi_process_step(runnable);
        return step == OTPI_STEP_IDLE && !otpi_process_settle(runnable) ? OTPI_STEP_AGAIN : step;
    }
    otpi_signal *message = self->inbox;
    otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
    self->inbox = NULL;
    message_handle(self, message);
    if (OTPI_UNLIKELY(self->inbox || self->mailbox || self->killed)) {
        return OTPI_STEP_AGAIN;
    }
    self->inbox = OTPI_INBOX_IDLE;
    return OTPI_STEP_IDLE;
}

void otpi_process_describe(otpi_runnable *runnable, otp_event *event) {
    otpi_process *self = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    event->object = self->mailbox_length;
    if (!runnable->stack) {
        event->label = self->flags & OTPI_STARTED ? "handle" : "start";
    }
}

/* ---- Waiting ---- */

void otpi_process_nudge(otpi_process *target) {
    otpi_signal *idle = OTPI_INBOX_IDLE;
    if (__atomic_compare_exchange_n(&target->inbox, &idle, NULL, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED)) {
        otpi_ready(target->system->world, &target->runnable);
    }
}

/* Runs on the process's own worker while it waits: a cancelled alarm is over. */
void otpi_wait_over(otpi_alarm *alarm) {
    otpi_process *process = OTPI_CONTAINER_OF(alarm, otpi_wait_alarm, alarm)->process;
    __atomic_store_n(&process->timed_out, 1, __ATOMIC_SEQ_CST);
    otpi_process_nudge(process);
}

const char *otpi_waits_in(const otpi_runnable *runnable, bool self) {
    return runnable->stack && !self ? runnable->stack->label : NULL;
}

uint64_t otpi_deadline_of(otpi_process *self, int64_t timeout_ms, const char *site) {
    if (timeout_ms == OTP_INFINITY) {
        return UINT64_MAX;
    }
    if (timeout_ms < 0) {
        otpi_badarg(site, "a timeout is 0 or more milliseconds, or OTP_INFINITY");
    }
    uint64_t now = otpi_world_now_ms(self->system->world);
    bool parallel = !self->system->world->simulator;
    /* the clock's milliseconds are cut off: one more, so that no timeout comes early */
    return now + (uint64_t)timeout_ms + (parallel && timeout_ms > 0);
}

OTPI_NOINLINE void otpi_park_refused(void) {
    otp_exit(otp_tuple(OTP_ATOM(system_limit), OTP_ATOM(parked_stacks)));
}

bool otpi_process_wait(otpi_process *self, const char *label, uint64_t deadline_ms) {
    return otpi_wait_here(self, label, deadline_ms);
}

void otp_yield(void) {
    otpi_process *self = otpi_self();
    if (!otpi_suspend_prepare("yield")) {
        return;
    }
    otpi_ready_last(self->system->world, &self->runnable);
    otpi_suspend();
    otpi_signals_take(self);
    otpi_suspended_wait(self);
}
