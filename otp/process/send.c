/* SPDX-License-Identifier: MIT */
/*
 * Sending: to pids, names, aliases and other nodes.
 */
#include "port/probe.h"
#include "process/extra.h"
#include "process/life.h"
#include "process/monitor.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- One message to one local process ---- */

static otp_err push(otpi_process *target, otpi_signal *message) {
    if (!otpi_signal_push(target, message)) {
        otpi_signal_free(message);
        return OTP_ENOPROC;
    }
    return OTP_OK;
}

static otp_err deliver(otpi_process *target, otpi_signal *message) {
    if (OTPI_UNLIKELY(!message)) {
        return OTP_ENOMEM;
    }
    if (OTPI_UNLIKELY(target->bounded) && !otpi_mailbox_reserve(target, message, false)) {
        otpi_signal_free(message);
        return target->extra->on_full == OTP_FULL_BLOCK ? OTP_EBUSY : OTP_EFULL;
    }
    return push(target, message);
}

/* What a system-wide interceptor makes of a message; false when it is dropped. */
static bool intercept_out(otpi_process *self, const otp_interceptor *interceptor, otp_pid to,
                          otp_term *message) {
    otp_term before = *message;
    otpi_locks_held++; /* sending neither suspends nor switches */
    otp_verdict verdict = interceptor->see(interceptor->context, OTP_OUT, to, message);
    otpi_locks_held--;
    if (verdict == OTP_PASS) {
        *message = before;
    }
    (void)self;
    return verdict != OTP_DROP;
}

/* Both interceptors that may see an outgoing message. */
static bool intercepted(otpi_process *self, otp_pid to, otp_term *message) {
    const otp_interceptor *all = &self->system->interceptor;
    if (all->see && !intercept_out(self, all, to, message)) {
        return false;
    }
    return !(self->flags & OTPI_INTERCEPTED) ||
           intercept_out(self, &self->extra->interceptor, to, message);
}

static inline bool is_intercepted(const otpi_process *self) {
    return self->system->interceptor.see || (self->flags & OTPI_INTERCEPTED);
}

static inline bool may_pass(otpi_process *self, otp_pid to, otp_term *message) {
    return OTPI_LIKELY(!is_intercepted(self)) || intercepted(self, to, message);
}

static otp_err send_pid(otpi_process *self, otp_pid to, otp_term message) {
    if (!may_pass(self, to, &message)) {
        return OTP_OK;
    }
    if (OTPI_UNLIKELY(otpi_pid_node(to) != self->system->slot)) {
        otpi_remote(self->system)->send(self->system, self->pid, otp_from_pid(to), message);
        return OTP_OK;
    }
    otpi_access(OTP_SEND, to.word, OTP_KEY_MESSAGES);
    otpi_process *target = otpi_pid_lookup(self->system, to);
    return target ? deliver(target, otpi_message_new(self->pid, message)) : OTP_ENOPROC;
}

/* ---- Other destinations ---- */

typedef otpi_signal *alias_signal_new(otp_pid from, otp_ref alias, otp_term term,
                                      otpi_monitor *answered);

/* To an alias of this node, as the signal that is made of the term; answered: the caller's monitor
 * that it hands back, or NULL. */
static otp_err send_alias_as(otpi_process *self, otpi_process *target, otp_ref alias, otp_term term,
                             otpi_monitor *answered, alias_signal_new *make) {
    otpi_signal *signal = make(self->pid, alias, term, answered);
    /* and it is not counted where mailboxes are bounded: the caller has asked for it */
    otp_err err = answered && signal ? push(target, signal) : deliver(target, signal);
    if (OTPI_UNLIKELY(err != OTP_OK) && answered) {
        otpi_monitor_put_back(self, answered);
    }
    return err;
}

/* The owner of the alias, NULL when it is gone; *answered: see monitor.h. */
static inline otpi_process *alias_target(otpi_process *self, otp_ref alias,
                                         otpi_monitor **answered) {
    otp_pid owner = otpi_ref_owner(self->system, alias);
    otpi_access(OTP_SEND, owner.word, OTP_KEY_ALL);
    otpi_process *target = otpi_pid_lookup(self->system, owner);
    *answered = target ? otpi_monitor_take_answered(self, owner, alias) : NULL;
    return target;
}

static otp_err send_alias_local(otpi_process *self, otp_ref alias, otp_term message) {
    otpi_monitor *answered;
    otpi_process *target = alias_target(self, alias, &answered);
    return target ? send_alias_as(self, target, alias, message, answered, otpi_alias_message_new)
                  : OTP_ENOPROC;
}

static otp_err answer_local(otpi_process *self, otp_ref alias, otp_term reply) {
    otpi_monitor *answered;
    otpi_process *target = alias_target(self, alias, &answered);
    if (OTPI_UNLIKELY(!target)) {
        return OTP_ENOPROC;
    }
    if (OTPI_UNLIKELY(!answered || !otpi_answer_fill(answered, self->pid, reply))) {
        return send_alias_as(self, target, alias, reply, answered, otpi_answer_new);
    }
    if (OTPI_UNLIKELY(!otpi_signal_push(target, &answered->signal))) {
        otpi_answer_unfill(answered);
        otpi_monitor_put_back(self, answered);
        return OTP_ENOPROC;
    }
    return OTP_OK;
}

static inline bool is_local_alias(const otpi_process *self, otp_ref alias) {
    return (uint32_t)(alias.word[0] & 0xfff) == self->system->slot;
}

static otp_err send_alias(otpi_process *self, otp_ref alias, otp_term message) {
    bool local = is_local_alias(self, alias);
    otp_pid owner = local ? otpi_ref_owner(self->system, alias) : OTP_PID_NONE;
    if (!may_pass(self, owner, &message)) {
        return OTP_OK;
    }
    if (local) {
        return send_alias_local(self, alias, message);
    }
    otpi_remote(self->system)->send(self->system, self->pid, otp_from_ref(alias), message);
    return OTP_OK;
}

bool otpi_answer_send(otp_ref alias, otp_term reply, otp_err *err) {
    otpi_process *self = otpi_self();
    if (OTPI_UNLIKELY(!is_local_alias(self, alias) || is_intercepted(self))) {
        return false;
    }
    self->reductions++;
    otpi_probe_send(self->pid.word, otpi_ref_owner(self->system, alias).word);
    *err = answer_local(self, alias, reply);
    return true;
}

static otp_err send_name(otpi_process *self, otp_term name, otp_term message) {
    otp_pid to = otpi_name_lookup(self->system, name);
    return to.word ? send_pid(self, to, message) : OTP_ENOENT;
}

static otp_err send_other(otpi_process *self, otp_term dest, otp_term message) {
    if (otp_is_atom(dest)) {
        return send_name(self, dest, message);
    }
    const otp_term *named = otpi_words_tuple(dest, 2);
    if (named && otp_is_atom(named[0]) && otp_is_atom(named[1])) {
        if (named[1].word == self->system->name.word) {
            otp_err err = send_name(self, named[0], message);
            return err == OTP_ENOENT ? OTP_ENOPROC : err; /* as remote ones: no error */
        }
        otpi_remote(self->system)->send(self->system, self->pid, dest, message);
        return OTP_OK;
    }
    otp_ref alias;
    if (otp_get_ref(dest, &alias)) {
        return send_alias(self, alias, message);
    }
    return OTP_EBADARG;
}

static otp_err send_any(otpi_process *self, otp_term dest, otp_term message) {
    self->reductions++;
    return otpi_is_id((otp_pid){dest.word}) ? send_pid(self, (otp_pid){dest.word}, message)
                                            : send_other(self, dest, message);
}

otp_err otp_try_send_term(otp_term dest, otp_term message) {
    otpi_process *self = otpi_self();
    otpi_probe_send(self->pid.word, dest.word);
    otp_err err = send_any(self, dest, message);
    return err == OTP_ENOENT ? OTP_ENOPROC : err == OTP_EBUSY ? OTP_EFULL : err;
}

void otp_send_term(otp_term dest, otp_term message) {
    otpi_process *self = otpi_self();
    otpi_probe_send(self->pid.word, dest.word);
    otp_err err = send_any(self, dest, message);
    if (OTPI_LIKELY(err == OTP_OK)) {
        return;
    }
    if (err == OTP_ENOENT) {
        otpi_badarg("otp_send", "no process is registered under that name");
    }
    if (err == OTP_EBADARG) {
        otpi_badarg("otp_send", "a destination is a pid, a port, a name, {Name, Node} or an alias");
    }
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    }
}

/* A full mailbox is looked at again whenever its owner may have read from it: after a turn of the
 * others, with pauses that double from 1 ms. */
otp_err otp_send_wait(otp_term dest, otp_term message, int64_t timeout_ms) {
    otpi_process *self = otpi_self();
    uint64_t deadline = otpi_deadline_of(self, timeout_ms, "otp_send_wait");
    otpi_probe_send(self->pid.word, dest.word);
    for (uint64_t pause = 1;; pause = pause < 64 ? pause * 2 : pause) {
        otp_err err = send_any(self, dest, message);
        uint64_t now = otpi_world_now_ms(self->system->world);
        if (err != OTP_EBUSY || now >= deadline) {
            return err == OTP_EBUSY ? OTP_ETIMEOUT : err == OTP_ENOENT ? OTP_ENOPROC : err;
        }
        uint64_t next = now + pause < deadline ? now + pause : deadline;
        otpi_process_wait(self, "send to a full mailbox", next);
        otpi_signals_take(self);
    }
}

/* ---- Exit signals ---- */

static void exit_local(otpi_process *self, otp_pid to, otp_term reason) {
    otpi_process *target = otpi_pid_lookup(self->system, to);
    if (!target) {
        return;
    }
    otpi_signal *signal = otpi_exit_new(self->pid, reason);
    if (!signal) {
        otpi_enomem(OTPI_SITE);
    }
    if (!otpi_signal_push(target, signal)) {
        otpi_signal_free(signal);
    } else if (target == self) {
        otpi_signals_take(self);
    }
}

void otp_exit_signal(otp_pid to, otp_term reason) {
    otpi_process *self = otpi_self();
    if (reason.word == OTPI_AM_kill && otpi_pid_node(to) == self->system->slot) {
        otp_kill(to);
        return;
    }
    otpi_visible("exit signal", to.word);
    otpi_access(OTP_WRITE, to.word, OTP_KEY_ALL);
    if (otpi_pid_node(to) == self->system->slot) {
        exit_local(self, to, reason);
    } else {
        otpi_remote(self->system)->exit_signal(self->system, self->pid, to, reason);
    }
}

bool otp_is_alive(otp_pid pid) {
    otpi_process *self = otpi_self();
    otpi_visible("is alive", pid.word);
    otpi_access(OTP_READ, pid.word, OTP_KEY_LIFE);
    const otpi_process *process = otpi_pid_lookup(self->system, pid);
    /* who is to be killed is dead to whoever knows: the killer, for one */
    return process && !__atomic_load_n(&process->killed, __ATOMIC_SEQ_CST);
}

/* ---- Misuse and assertions ---- */

void otpi_badarg(const char *site, const char *what) {
    OTPI_ASSERT("process-002",
                otp_in_process()); /* misuse outside of a process: see the message above */
    otp_exit(otp_tuple(otpi_am(badarg), otp_tuple(otp_string(site), otp_string(what))));
}

void otpi_enomem(const char *site) {
    OTPI_ASSERT("process-003", otp_in_process());
    /* built without allocating, if even that fails: the atom alone */
    uint64_t words[3];
    otp_term where = otp_atom(site);
    otp_exit(
        otpi_words_tuple2(words, otpi_am(enomem), otp_is_none(where) ? otpi_am(undefined) : where));
}

void otp_assert_failed(const char *site, const char *text) {
    otp_exit(otp_tuple(OTP_ATOM(assertion_failed), otp_tuple(otp_string(site), otp_string(text))));
}

/* ---- otp_lock ---- */

void otp_lock_take(otp_lock *lock) {
    otpi_locks_held++;
    otpi_spin_lock((otpi_spin *)lock);
}

void otp_lock_give(otp_lock *lock) {
    otpi_spin_unlock((otpi_spin *)lock);
    otpi_locks_held--;
}
