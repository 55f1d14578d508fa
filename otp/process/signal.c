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
#include "process/wakeup.h"
#include "process/words.h"
#include "term/atom.h"
#include "world/simulator.h"

/* ---- Pushing ---- */

/* What is more than a message acts on its receiver whatever that does. A message that may be
 * dropped on the way leaves a step in which there is nothing to do: that is seen, too. */
static inline void access_push(const otpi_process *to, const otpi_signal *signal) {
    bool plain = signal->kind == OTPI_SIGNAL_MESSAGE && !(to->flags & OTPI_INTERCEPTED);
    otpi_access(OTP_SEND, to->pid.word, plain ? OTP_KEY_MESSAGES : OTP_KEY_ALL);
}

/* In a simulated world nobody else is about. */
static inline bool inbox_push_simulated(otpi_process *to, otpi_signal *newest,
                                        otpi_signal *oldest) {
    otpi_signal *head = to->inbox;
    access_push(to, newest);
    if (OTPI_UNLIKELY(head == OTPI_INBOX_CLOSED)) {
        return false;
    }
    oldest->next = head == OTPI_INBOX_IDLE ? NULL : head;
    to->inbox = newest;
    if (head == OTPI_INBOX_IDLE) {
        otpi_simulator_ready(to->system->world->simulator, &to->runnable);
    }
    return true;
}

/* first ... last are linked newest first: last is the oldest of them. */
static bool inbox_push(otpi_process *to, otpi_signal *newest, otpi_signal *oldest) {
    if (to->system->world->simulator) {
        return inbox_push_simulated(to, newest, oldest);
    }
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

/* A message through an alias, with a copy of the term behind the first words of its data. */
static otpi_alias_message *alias_message_new(otp_pid from, otp_ref alias, otp_term term,
                                             otpi_monitor *answered, size_t words) {
    size_t size = sizeof(otpi_alias_message) + (words + otpi_term_words(term)) * sizeof(uint64_t);
    otpi_alias_message *message = message_block(size);
    if (OTPI_UNLIKELY(!message)) {
        return NULL;
    }
    message->signal =
        (otpi_signal){.kind = OTPI_SIGNAL_ALIAS, .size = (uint32_t)size, .from = from};
    message->offheap = NULL;
    message->alias = alias;
    message->answered = answered;
    uint64_t *at = message->data + words;
    message->signal.term = otpi_term_copy(term, &at, &message->offheap);
    return message;
}

otpi_signal *otpi_alias_message_new(otp_pid from, otp_ref alias, otp_term term,
                                    otpi_monitor *answered) {
    otpi_alias_message *message = alias_message_new(from, alias, term, answered, 0);
    return message ? &message->signal : NULL;
}

/* {[alias | Ref], Reply} */
static inline otp_term answer_frame(uint64_t *words, otp_ref alias, otp_term reply) {
    return otpi_words_tuple2(words, otpi_words_tag(words + 3, alias), reply);
}

otpi_signal *otpi_answer_new(otp_pid from, otp_ref alias, otp_term reply, otpi_monitor *answered) {
    otpi_alias_message *message =
        alias_message_new(from, alias, reply, answered, OTPI_ANSWER_WORDS);
    if (OTPI_UNLIKELY(!message)) {
        return NULL;
    }
    message->signal.term = answer_frame(message->data, alias, message->signal.term);
    return &message->signal;
}

bool otpi_answer_fill(otpi_monitor *monitor, otp_pid from, otp_term reply) {
    if (!(monitor->nature & OTPI_MONITOR_CALL) || otpi_term_words(reply) > OTPI_ANSWER_ROOM) {
        return false;
    }
    otpi_request *request = (otpi_request *)monitor;
    uint64_t *at = request->data + OTPI_ANSWER_WORDS;
    request->offheap = NULL;
    reply = otpi_term_copy(reply, &at, &request->offheap);
    monitor->signal.kind = OTPI_SIGNAL_ANSWER;
    monitor->signal.from = from;
    monitor->signal.term = answer_frame(request->data, monitor->ref, reply);
    return true;
}

void otpi_answer_unfill(otpi_monitor *monitor) {
    otpi_offheap_release(((otpi_request *)monitor)->offheap);
    monitor->signal.kind = OTPI_SIGNAL_MONITOR;
}

/* The inbox leads to it: its shared parts go now, its block when the inbox moves on. */
static void message_leave_block(otpi_message *message) {
    message->offheap = NULL;
    message->signal.mark = OTPI_MARK_FREED;
    otpi_scope_poison(message->data, (uint64_t *)((char *)message + message->signal.size));
}

static void message_free(otpi_message *message) {
    if (message->offheap) {
        otpi_offheap_release(message->offheap);
    }
    if (message->signal.mark) {
        message_leave_block(message);
    } else {
        otpi_block_free(message, message->signal.size);
    }
}

/* The record of a call that is over. */
static void answer_free(otpi_request *request) {
    if (request->offheap) {
        otpi_offheap_release(request->offheap);
    }
    otpi_signal *signal = &request->monitor.signal;
    if (signal->mark) {
        request->offheap = NULL;
        signal->mark = OTPI_MARK_FREED;
        otpi_scope_poison(request->data, (uint64_t *)(request + 1));
    } else {
        otpi_monitor_release(&request->monitor, 1);
    }
}

/* What its reader had freed while the inbox led to it. */
static inline void freed_release(otpi_signal *signal) {
    if (signal->kind == OTPI_SIGNAL_ANSWER) {
        otpi_monitor_release((otpi_monitor *)signal, 1);
    } else {
        otpi_block_free(signal, signal->size);
    }
}

void otpi_signal_free(otpi_signal *signal) {
    switch ((otpi_signal_kind)signal->kind) {
    case OTPI_SIGNAL_LINK_EXIT: otpi_link_free((otpi_link *)signal); return;
    case OTPI_SIGNAL_DOWN: otpi_monitor_release((otpi_monitor *)signal, 1); return;
    case OTPI_SIGNAL_TIMER: otpi_timer_shot_free(signal); return;
    case OTPI_SIGNAL_WAKEUP: otpi_wakeup_handled((otpi_wakeup *)signal); return;
    case OTPI_SIGNAL_ANSWER: answer_free((otpi_request *)signal); return;
    default: message_free((otpi_message *)signal);
    }
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

bool otpi_mailbox_reserve(otpi_process *target, otpi_signal *message, bool always) {
    otpi_extra *extra = target->extra;
    uint64_t before = __atomic_fetch_add(&extra->queued, 1, __ATOMIC_RELAXED);
    if (before >= extra->mailbox_max && !always) {
        __atomic_fetch_sub(&extra->queued, 1, __ATOMIC_RELAXED);
        return false;
    }
    message->counted = 1;
    return true;
}

void otpi_mailbox_release(otpi_process *self, otpi_signal *message) {
    if (message->counted) {
        otpi_access(OTP_WRITE, self->pid.word, OTP_KEY_MESSAGES);
        message->counted = 0;
        __atomic_fetch_sub(&self->extra->queued, 1, __ATOMIC_RELAXED);
    }
}

otpi_signal *otpi_mailbox_unlink(otpi_process *self, otpi_signal **at) {
    otpi_signal *message = *at;
    otpi_extra *extra = self->extra;
    if (extra) {
        if (extra->mark_at && extra->mark_at != at) {
            extra->mark_at = NULL; /* the place it points at may be going */
        }
        otpi_mailbox_release(self, message);
    }
    *at = message->next;
    __builtin_prefetch(*at); /* of a long mailbox: on its way while this one is handled */
    if (self->mailbox_end == &message->next) {
        self->mailbox_end = at;
    }
    self->mailbox_length--;
    message->next = NULL;
    return message;
}

/* ---- Taking ---- */

/* The inbox leads to another signal now. */
static inline void mark_remove(otpi_signal *marked) {
    bool freed = marked->mark == OTPI_MARK_FREED;
    marked->mark = OTPI_MARK_NONE;
    if (freed) {
        freed_release(marked);
    }
}

/* What was taken, oldest first. */
typedef struct taken {
    otpi_signal *oldest, *newest;
    unsigned kinds; /* all of theirs, by bitwise or */
    uint32_t count;
} taken;

/* Turns the signals from the newest down to the marked one, or the last, which is marked no more.
 */
static inline taken turn(otpi_signal *newest) {
    taken t = {.newest = newest};
    otpi_signal *at = newest;
    while (at && !at->mark) {
        otpi_signal *next = at->next;
        at->next = t.oldest;
        t.oldest = at;
        t.kinds |= at->kind;
        t.count++;
        at = next;
    }
    if (at) {
        mark_remove(at);
    }
    return t;
}

/* The message passes the interceptor of its receiver; false when it was dropped. */
static bool intercept_in(otpi_process *self, otpi_signal **message) {
    otp_term term = (*message)->term;
    otp_interceptor *interceptor = &self->extra->interceptor;
    otpi_locks_held++; /* no switch: the signals behind this one are in hand */
    otp_verdict verdict = interceptor->see(interceptor->context, OTP_IN, (*message)->from, &term);
    otpi_locks_held--;
    if (verdict == OTP_PASS) {
        return true;
    }
    otpi_signal *replaced = NULL;
    if (verdict == OTP_REPLACE) {
        replaced = otpi_message_new((*message)->from, term);
    }
    if (replaced) {
        replaced->counted = (*message)->counted;
    } else {
        otpi_mailbox_release(self, *message);
    }
    otpi_signal_free(*message);
    *message = replaced;
    return replaced != NULL;
}

static bool message_arrives(otpi_process *self, otpi_signal *message) {
    bool inner = message->kind == OTPI_SIGNAL_START || message->kind == OTPI_SIGNAL_WAKEUP;
    if (OTPI_UNLIKELY(self->flags & OTPI_INTERCEPTED) && !inner && !intercept_in(self, &message)) {
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
    case OTPI_SIGNAL_WAKEUP:
    case OTPI_SIGNAL_START: return message_arrives(self, signal);
    case OTPI_SIGNAL_TIMER: otpi_mailbox_append(self, signal); return true;
    case OTPI_SIGNAL_ALIAS:
        return otpi_alias_arrives(self, (otpi_alias_message *)signal) &&
               message_arrives(self, signal);
    case OTPI_SIGNAL_ANSWER:
        return otpi_answer_arrives(self, (otpi_monitor *)signal) && message_arrives(self, signal);
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

/* What the signals_act that runs on this thread has yet to act on. */
static _Thread_local otpi_signal *taking;

/* Kinds whose signal comes once and is freed by its receiver: it may be marked. */
static inline bool is_markable(const otpi_signal *signal) {
    return signal->kind <= OTPI_SIGNAL_START || signal->kind == OTPI_SIGNAL_ANSWER;
}

/* Takes what is new; nothing: oldest is NULL. */
static inline taken inbox_take(otpi_process *self) {
    /* acquire: pairs with the pushes */
    otpi_signal *head = __atomic_load_n(&self->inbox, __ATOMIC_ACQUIRE);
    if (!otpi_signal_unseen(head)) {
        return (taken){0};
    }
    if (OTPI_LIKELY(is_markable(head))) {
        taken t = turn(head);
        head->mark = OTPI_MARK_TAKEN;
        return t;
    }
    /* running processes leave NULL, so that pushing wakes nobody */
    return turn(__atomic_exchange_n(&self->inbox, NULL, __ATOMIC_ACQUIRE));
}

bool otpi_inbox_idle(otpi_process *self) {
    /* acquire: its mark was written by who pushed it */
    otpi_signal *head = __atomic_load_n(&self->inbox, __ATOMIC_ACQUIRE);
    uint8_t mark = head ? head->mark : OTPI_MARK_NONE;
    if (head && !mark) {
        return false;
    }
    if (self->runnable.stack) {
        otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES); /* it waits: there is none */
    }
    if (head) {
        head->mark = OTPI_MARK_NONE; /* before others may run the process, and free it */
    }
    otpi_signal *expected = head;
    /* seq_cst: publishes the process's state to whoever wakes it, and orders the look at killed
     * behind it */
    if (OTPI_UNLIKELY(!__atomic_compare_exchange_n(&self->inbox, &expected, OTPI_INBOX_IDLE, false,
                                                   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))) {
        if (head) {
            head->mark = mark;
        }
        return false;
    }
    if (mark == OTPI_MARK_FREED) {
        freed_release(head);
    }
    if (OTPI_LIKELY(!__atomic_load_n(&self->killed, __ATOMIC_SEQ_CST))) {
        return true;
    }
    otpi_signal *idle = OTPI_INBOX_IDLE;
    return !__atomic_compare_exchange_n(&self->inbox, &idle, NULL, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED);
}

/* Acts on the signals in order; true as otpi_signals_take. */
static bool signals_act(otpi_process *self, otpi_signal *oldest) {
    bool changed = false;
    bool plain = !(self->flags & OTPI_INTERCEPTED);
    for (otpi_signal *next; oldest; oldest = next) {
        next = oldest->next;
        __builtin_prefetch(next, 1);
        /* what calls are made of: nothing of it can exit the process */
        if (oldest->kind == OTPI_SIGNAL_MONITOR) {
            otpi_monitor_arrives(self, (otpi_monitor *)oldest);
        } else if (OTPI_LIKELY(oldest->kind == OTPI_SIGNAL_MESSAGE && plain)) {
            otpi_mailbox_append(self, oldest);
            changed = true;
        } else if (OTPI_LIKELY(oldest->kind == OTPI_SIGNAL_ANSWER && plain)) {
            if (OTPI_LIKELY(otpi_answer_arrives(self, (otpi_monitor *)oldest))) {
                otpi_mailbox_append(self, oldest);
                changed = true;
            }
        } else {
            taking = next; /* found by otpi_signals_rest when signal_act exits the process */
            changed |= signal_act(self, oldest);
        }
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
            uint8_t kind = (*at)->kind == OTPI_SIGNAL_ANSWER ? OTPI_SIGNAL_ALIAS : (*at)->kind;
            events[n] = (otp_event){OTP_CHOICE_SENDER, otpi_pid_index((*at)->from), kind, "sender"};
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
    taken t = inbox_take(self);
    if (t.oldest) {
        *extra->arrived_end = t.oldest;
        extra->arrived_end = &t.newest->next;
    }
    bool changed = false;
    otpi_signal *picked;
    while (!changed && (picked = arrived_pick(self, extra))) {
        changed = signals_act(self, picked);
    }
    return changed;
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
    otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
    taken t = inbox_take(self);
    if (!t.oldest) {
        return false;
    }
    if (OTPI_UNLIKELY(t.kinds != OTPI_SIGNAL_MESSAGE || (self->flags & OTPI_INTERCEPTED))) {
        return signals_act(self, t.oldest);
    }
    /* nothing but messages, as mostly: they go to the mailbox in one piece */
    *self->mailbox_end = t.oldest;
    self->mailbox_end = &t.newest->next;
    self->mailbox_length += t.count;
    return true;
}

/* ---- Burying ---- */

static void signal_bury(otpi_process *self, otpi_signal *signal) {
    switch ((otpi_signal_kind)signal->kind) {
    case OTPI_SIGNAL_ALIAS: otpi_alias_bury((otpi_alias_message *)signal); return;
    case OTPI_SIGNAL_ANSWER: otpi_answer_bury((otpi_monitor *)signal); return;
    case OTPI_SIGNAL_LINK: otpi_link_bury(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_UNLINK: otpi_unlink_arrives(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_LINK_EXIT: otpi_link_exit_bury(self, (otpi_link *)signal); return;
    case OTPI_SIGNAL_MONITOR:
        signal->late = (self->flags & OTPI_LEAVING) != 0;
        otpi_monitor_arrives(self, (otpi_monitor *)signal);
        return;
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

otpi_signal *otpi_signals_rest(void) {
    otpi_signal *rest = taking;
    taking = NULL;
    return rest;
}

static void arrived_bury(otpi_process *self, otpi_signal *rest) {
    signals_bury(self, rest);
    if (self->extra && self->extra->arrived) {
        signals_bury(self, self->extra->arrived);
        self->extra->arrived = NULL;
        self->extra->arrived_end = &self->extra->arrived;
    }
}

void otpi_signals_bury(otpi_process *self, otpi_signal *rest) {
    arrived_bury(self, rest);
    signals_bury(self, inbox_take(self).oldest);
    self->flags |= OTPI_LEAVING;
}

void otpi_signals_close(otpi_process *self, otpi_signal *rest) {
    arrived_bury(self, rest);
    /* acq_rel: pairs with the pushes; from here on they fail */
    otpi_signal *head = __atomic_exchange_n(&self->inbox, OTPI_INBOX_CLOSED, __ATOMIC_ACQ_REL);
    if ((uintptr_t)head > (uintptr_t)OTPI_INBOX_CLOSED) {
        signals_bury(self, turn(head).oldest);
    }
}
