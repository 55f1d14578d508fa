/* SPDX-License-Identifier: MIT */
#include "process/signal.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/link.h"
#include "process/monitor.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/timer.h"
#include "process/visit.h"
#include "term/atom.h"
#include "world/simulator.h"

/* ---- Pushing ---- */

/* first ... last are linked newest first: last is the oldest of them. */
static bool inbox_push(otpi_process *to, otpi_signal *newest, otpi_signal *oldest) {
    /* acquire: pairs with the release that made it idle; what the process did before is visible */
    otpi_signal *head = __atomic_load_n(&to->inbox, __ATOMIC_ACQUIRE);
    do {
        if (head == OTPI_INBOX_CLOSED) {
            return false;
        }
        oldest->next = head == OTPI_INBOX_IDLE ? NULL : head;
        /* acq_rel: publishes the signal; pairs with the exchange in otpi_signals_take */
    } while (!__atomic_compare_exchange_n(&to->inbox, &head, newest, true, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    if (head == OTPI_INBOX_IDLE) {
        otpi_ready(to->system->world, &to->runnable);
    }
    return true;
}

bool otpi_signal_push(otpi_process *to, otpi_signal *signal) {
    return inbox_push(to, signal, signal);
}

bool otpi_signal_push_two(otpi_process *to, otpi_signal *first, otpi_signal *second) {
    second->next = first;
    return inbox_push(to, second, first);
}

/* ---- Messages ---- */

/* A message's size is kept in 32 bits. */
static inline void *message_block(size_t size) {
    return OTPI_LIKELY(size <= UINT32_MAX) ? otpi_block_alloc(size) : NULL;
}

otpi_signal *otpi_message_new(otp_pid from, otp_term term) {
    size_t size = sizeof(otpi_message) + otpi_term_words(term) * sizeof(uint64_t);
    otpi_message *message = message_block(size);
    if (OTPI_UNLIKELY(!message)) {
        return NULL;
    }
    message->signal =
        (otpi_signal){.kind = OTPI_SIGNAL_MESSAGE, .size = (uint32_t)size, .from = from};
    message->offheap = NULL;
    uint64_t *at = message->data;
    message->signal.term = otpi_term_copy(term, &at, &message->offheap);
    return &message->signal;
}

otpi_signal *otpi_exit_new(otp_pid from, otp_term reason) {
    /* room for {'EXIT', From, Reason} before the reason */
    size_t size = sizeof(otpi_message) + (4 + otpi_term_words(reason)) * sizeof(uint64_t);
    otpi_message *message = message_block(size);
    if (!message) {
        return NULL;
    }
    message->signal = (otpi_signal){.kind = OTPI_SIGNAL_EXIT, .size = (uint32_t)size, .from = from};
    message->offheap = NULL;
    uint64_t *at = message->data + 4;
    message->signal.term = otpi_term_copy(reason, &at, &message->offheap);
    return &message->signal;
}

otpi_signal *otpi_alias_message_new(otp_pid from, otp_ref alias, otp_term term,
                                    otpi_monitor *answered) {
    size_t size = sizeof(otpi_alias_message) + otpi_term_words(term) * sizeof(uint64_t);
    otpi_alias_message *message = message_block(size);
    if (OTPI_UNLIKELY(!message)) {
        return NULL;
    }
    message->signal =
        (otpi_signal){.kind = OTPI_SIGNAL_ALIAS, .size = (uint32_t)size, .from = from};
    message->offheap = NULL;
    message->alias = alias;
    message->answered = answered;
    uint64_t *at = message->data;
    message->signal.term = otpi_term_copy(term, &at, &message->offheap);
    return &message->signal;
}

void otpi_signal_free(otpi_signal *signal) {
    switch ((otpi_signal_kind)signal->kind) {
    case OTPI_SIGNAL_LINK_EXIT: otpi_link_free((otpi_link *)signal); return;
    case OTPI_SIGNAL_DOWN: otpi_monitor_release((otpi_monitor *)signal, 1); return;
    case OTPI_SIGNAL_TIMER: otpi_user_timer_free((otpi_user_timer *)signal); return;
    default: break;
    }
    otpi_message *message = (otpi_message *)signal;
    if (message->offheap) {
        otpi_offheap_release(message->offheap);
    }
    otpi_block_free(message, signal->size);
}

void otpi_messages_release(void *held) {
    otpi_signal *signal = held;
    while (signal) {
        otpi_signal *next = signal->next;
        otpi_signal_free(signal);
        signal = next;
    }
}

/* ---- The mailbox ---- */

void otpi_mailbox_append(otpi_process *self, otpi_signal *message) {
    message->next = NULL;
    *self->mailbox_end = message;
    self->mailbox_end = &message->next;
    self->mailbox_length++;
}

otpi_signal *otpi_mailbox_unlink(otpi_process *self, otpi_signal **at) {
    otpi_signal *message = *at;
    otpi_extra *extra = self->extra;
    if (extra) {
        if (extra->mark_at && extra->mark_at != at) {
            extra->mark_at = NULL; /* the place it points at may be going */
        }
        if (message->counted) {
            __atomic_fetch_sub(&extra->queued, 1, __ATOMIC_RELAXED);
        }
    }
    *at = message->next;
    if (self->mailbox_end == &message->next) {
        self->mailbox_end = at;
    }
    self->mailbox_length--;
    message->next = NULL;
    return message;
}

/* ---- Taking ---- */

static otpi_signal *reverse(otpi_signal *newest) {
    otpi_signal *oldest = NULL;
    while (newest) {
        otpi_signal *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* The message passes the interceptor of its receiver; false when it was dropped. */
static bool intercept_in(otpi_process *self, otpi_signal **message) {
    otp_term term = (*message)->term;
    otp_interceptor *interceptor = &self->extra->interceptor;
    otp_verdict verdict = interceptor->see(interceptor->context, OTP_IN, (*message)->from, &term);
    if (verdict == OTP_PASS) {
        return true;
    }
    otpi_signal *replaced = NULL;
    if (verdict == OTP_REPLACE) {
        replaced = otpi_message_new((*message)->from, term);
    }
    otpi_signal_free(*message);
    *message = replaced;
    return replaced != NULL;
}

static bool message_arrives(otpi_process *self, otpi_signal *message) {
    if (OTPI_UNLIKELY(self->flags & OTPI_INTERCEPTED) && message->kind == OTPI_SIGNAL_MESSAGE &&
        !intercept_in(self, &message)) {
        return false;
    }
    otpi_mailbox_append(self, message);
    return true;
}

/* exit/2: true when it became a message. */
static bool exit_arrives(otpi_process *self, otpi_signal *signal) {
    otp_term reason = signal->term;
    if (self->flags & OTPI_TRAP_EXIT) {
        uint64_t *words = ((otpi_message *)signal)->data;
        signal->kind = OTPI_SIGNAL_MESSAGE;
        signal->term = otpi_exit_message_build(words, signal->from, reason);
        return message_arrives(self, signal);
    }
    if (reason.word == OTPI_AM_normal && signal->from.word != self->pid.word) {
        otpi_signal_free(signal);
        return false;
    }
    otpi_process_die_of_signal(self, signal, reason);
}

/* Acts on one signal; true as otpi_signals_take. */
static bool signal_act(otpi_process *self, otpi_signal *signal) {
    switch ((otpi_signal_kind)signal->kind) {
    case OTPI_SIGNAL_MESSAGE:
    case OTPI_SIGNAL_START: return message_arrives(self, signal);
    case OTPI_SIGNAL_TIMER: return otpi_user_timer_arrives(self, (otpi_user_timer *)signal);
    case OTPI_SIGNAL_ALIAS:
        return otpi_alias_arrives(self, (otpi_alias_message *)signal) &&
               message_arrives(self, signal);
    case OTPI_SIGNAL_EXIT: return exit_arrives(self, signal);
    case OTPI_SIGNAL_LINK: otpi_link_arrives(self, (otpi_link *)signal); return false;
    case OTPI_SIGNAL_UNLINK: otpi_unlink_arrives(self, (otpi_link *)signal); return false;
    case OTPI_SIGNAL_LINK_EXIT: return otpi_link_exit_arrives(self, (otpi_link *)signal);
    case OTPI_SIGNAL_MONITOR: otpi_monitor_arrives(self, (otpi_monitor *)signal); return false;
    case OTPI_SIGNAL_DEMONITOR: otpi_demonitor_arrives(self, signal); return false;
    case OTPI_SIGNAL_DOWN: return otpi_down_arrives(self, (otpi_monitor *)signal);
    case OTPI_SIGNAL_VISIT: otpi_visit_arrives(self, (otpi_visit *)signal); return false;
    case OTPI_SIGNAL_VISITED: return otpi_visited_arrives(self, (otpi_visit *)signal);
    case OTPI_SIGNAL_NODE_LOST: return otpi_node_lost_arrives(self, signal);
    case OTPI_SIGNAL_REMOTE: return otpi_remote_arrives(self, signal);
    }
    return false;
}

/* What a signals_act on this thread has yet to act on. */
static _Thread_local otpi_signal *taking;

/* A copy of the queue, oldest first, or NULL. */
static otpi_signal *inbox_take(otpi_process *self) {
    otpi_signal *head = __atomic_load_n(&self->inbox, __ATOMIC_RELAXED);
    if ((uintptr_t)head <= (uintptr_t)OTPI_INBOX_CLOSED) {
        return NULL;
    }
    /* acquire: pairs with the pushes; running processes leave NULL, so that pushing wakes nobody */
    return reverse(__atomic_exchange_n(&self->inbox, NULL, __ATOMIC_ACQUIRE));
}

static bool signals_act(otpi_process *self, otpi_signal *oldest) {
    bool changed = false;
    while (oldest) {
        otpi_signal *next = oldest->next;
        taking = next; /* found again by otpi_signals_close when signal_act exits the process */
        changed |= signal_act(self, oldest);
        oldest = next;
    }
    taking = NULL;
    return changed;
}

/* ---- Pairwise delivery: which sender's next signal is seen first is a choice ---- */

enum { SENDERS_MAX = 64 };

/* From a node, not from one of its processes: overtakes nothing and is not overtaken. */
static bool is_barrier(const otpi_signal *signal) {
    return signal->kind == OTPI_SIGNAL_NODE_LOST ||
           (signal->kind == OTPI_SIGNAL_REMOTE && signal->from.word == OTP_PID_NONE.word);
}

/* The first signal of each sender, as far as they fit. */
static uint32_t heads_of_senders(otpi_extra *extra, otp_event *events, otpi_signal ***heads) {
    uint32_t n = 0;
    for (otpi_signal **at = &extra->arrived; *at && n < SENDERS_MAX; at = &(*at)->next) {
        bool barrier = is_barrier(*at);
        if (barrier && n > 0) {
            break;
        }
        bool seen = false;
        for (uint32_t i = 0; i < n && !seen; i++) {
            seen = (*heads[i])->from.word == (*at)->from.word;
        }
        if (!seen) {
            events[n] =
                (otp_event){OTP_CHOICE_SENDER, otpi_pid_index((*at)->from), (*at)->kind, "sender"};
            heads[n++] = at;
        }
        if (barrier) {
            break;
        }
    }
    return n;
}

static otpi_signal *arrived_pick(otpi_process *self, otpi_extra *extra) {
    otp_event events[SENDERS_MAX];
    otpi_signal **heads[SENDERS_MAX];
    uint32_t n = heads_of_senders(extra, events, heads);
    if (n == 0) {
        return NULL;
    }
    otpi_simulator *simulator = self->system->world->simulator;
    otpi_signal **at = heads[otpi_simulator_choose(simulator, OTP_CHOICE_SENDER, events, n)];
    otpi_signal *picked = *at;
    *at = picked->next;
    if (extra->arrived_end == &picked->next) {
        extra->arrived_end = at;
    }
    picked->next = NULL;
    return picked;
}

static bool take_pairwise(otpi_process *self) {
    otpi_extra *extra = otpi_extra_need(self, OTPI_SITE);
    otpi_signal *oldest = inbox_take(self);
    while (oldest) {
        otpi_signal *next = oldest->next;
        oldest->next = NULL;
        *extra->arrived_end = oldest;
        extra->arrived_end = &oldest->next;
        oldest = next;
    }
    bool changed = false;
    otpi_signal *picked;
    while (!changed && (picked = arrived_pick(self, extra))) {
        changed = signals_act(self, picked);
    }
    return changed;
}

/* A queue of nothing but messages, as most are, goes to the mailbox in one piece. */
static bool take_messages(otpi_process *self, otpi_signal *newest) {
    otpi_signal *oldest = NULL;
    otpi_signal *last = newest;
    unsigned kinds = 0;
    uint32_t count = 0;
    for (otpi_signal *next; newest; newest = next) {
        next = newest->next;
        newest->next = oldest;
        oldest = newest;
        kinds |= newest->kind;
        count++;
    }
    if (OTPI_UNLIKELY(kinds != OTPI_SIGNAL_MESSAGE || (self->flags & OTPI_INTERCEPTED))) {
        return signals_act(self, oldest);
    }
    *self->mailbox_end = oldest;
    self->mailbox_end = &last->next;
    self->mailbox_length += count;
    return true;
}

bool otpi_signals_take(otpi_process *self) {
    /* seq_cst with the store in otpi_process_kill: an idle process was woken, a busy one looks here
     */
    if (OTPI_UNLIKELY(__atomic_load_n(&self->killed, __ATOMIC_SEQ_CST))) {
        otpi_process_die(self, (otp_term){OTPI_AM_killed});
    }
    if (OTPI_UNLIKELY(self->system->pairwise)) {
        return take_pairwise(self);
    }
    otpi_signal *head = __atomic_load_n(&self->inbox, __ATOMIC_RELAXED);
    if ((uintptr_t)head <= (uintptr_t)OTPI_INBOX_CLOSED) {
        return false;
    }
    return take_messages(self, __atomic_exchange_n(&self->inbox, NULL, __ATOMIC_ACQUIRE));
}

/* ---- Burying ---- */

static void signal_bury(otpi_process *self, otpi_signal *signal) {
    switch ((otpi_signal_kind)signal->kind) {
    case OTPI_SIGNAL_ALIAS: otpi_alias_bury((otpi_alias_message *)signal); return;
    case OTPI_SIGNAL_LINK: otpi_link_arrives(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_UNLINK: otpi_unlink_arrives(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_LINK_EXIT: otpi_link_exit_bury(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_MONITOR: otpi_monitor_arrives(self, (otpi_monitor *)signal); return;
    case OTPI_SIGNAL_DEMONITOR: otpi_demonitor_arrives(self, signal); return;
    case OTPI_SIGNAL_DOWN: otpi_down_bury(self, (otpi_monitor *)signal); return;
    case OTPI_SIGNAL_VISIT: otpi_visit_bury((otpi_visit *)signal); return;
    case OTPI_SIGNAL_VISITED: otpi_visited_bury((otpi_visit *)signal); return;
    case OTPI_SIGNAL_REMOTE: otpi_remote_bury(self, signal); return;
    default: otpi_signal_free(signal);
    }
}

static void signals_bury(otpi_process *self, otpi_signal *oldest) {
    while (oldest) {
        otpi_signal *next = oldest->next;
        signal_bury(self, oldest);
        oldest = next;
    }
}

void otpi_signals_close(otpi_process *self) {
    otpi_signal *rest = taking;
    taking = NULL;
    signals_bury(self, rest);
    if (self->extra && self->extra->arrived) {
        signals_bury(self, self->extra->arrived);
        self->extra->arrived = NULL;
    }
    /* acq_rel: pairs with the pushes; from here on they fail */
    otpi_signal *head = __atomic_exchange_n(&self->inbox, OTPI_INBOX_CLOSED, __ATOMIC_ACQ_REL);
    if ((uintptr_t)head > (uintptr_t)OTPI_INBOX_CLOSED) {
        signals_bury(self, reverse(head));
    }
}
