/* SPDX-License-Identifier: MIT */
#include "process/monitor.h"

#include "process/extra.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- Records ---- */

void otpi_monitor_release(otpi_monitor *monitor, uint32_t references) {
    /* acquire when it may be the last: pairs with the release of the other side */
    uint32_t refs = __atomic_load_n(&monitor->refs, __ATOMIC_ACQUIRE);
    if (refs != references &&
        __atomic_sub_fetch(&monitor->refs, references, __ATOMIC_ACQ_REL) != 0) {
        return;
    }
    otpi_pack_release(monitor->reason);
    otpi_block_free(monitor, monitor->signal.size);
}

static void mine_insert(otpi_process *self, otpi_monitor *monitor) {
    monitor->previous_mine = NULL;
    monitor->next_mine = self->monitors;
    if (self->monitors) {
        self->monitors->previous_mine = monitor;
    }
    self->monitors = monitor;
    monitor->flags |= OTPI_MONITOR_LISTED;
}

static void mine_remove(otpi_process *self, otpi_monitor *monitor) {
    if (monitor->previous_mine) {
        monitor->previous_mine->next_mine = monitor->next_mine;
    } else {
        self->monitors = monitor->next_mine;
    }
    if (monitor->next_mine) {
        monitor->next_mine->previous_mine = monitor->previous_mine;
    }
    monitor->flags &= (uint16_t)~OTPI_MONITOR_LISTED;
}

/* Oldest first, so that answers in order find their caller at the front. The head's previous is the
 * tail. */
static void theirs_insert(otpi_process *self, otpi_monitor *monitor) {
    otpi_monitor *head = self->monitored_by;
    monitor->next_theirs = NULL;
    monitor->watched = true;
    if (head) {
        monitor->previous_theirs = head->previous_theirs;
        head->previous_theirs->next_theirs = monitor;
        head->previous_theirs = monitor;
    } else {
        monitor->previous_theirs = monitor;
        self->monitored_by = monitor;
    }
}

static void theirs_remove(otpi_process *self, otpi_monitor *monitor) {
    otpi_monitor *next = monitor->next_theirs;
    if (self->monitored_by == monitor) {
        self->monitored_by = next;
    } else {
        monitor->previous_theirs->next_theirs = next;
    }
    otpi_monitor *after = next ? next : self->monitored_by;
    if (after) {
        after->previous_theirs = monitor->previous_theirs;
    }
    monitor->watched = false;
}

/* The target as 'DOWN' names it: a pid, or {Name, Node} in the record's own words. */
static otp_term target_keep(otpi_process *self, otpi_monitor *monitor, otp_term target) {
    const otp_term *named = otpi_words_tuple(target, 2);
    if (named) {
        return otpi_words_tuple2(monitor->name, named[0], named[1]);
    }
    if (otp_is_atom(target)) {
        return otpi_words_tuple2(monitor->name, target, self->system->name);
    }
    return target;
}

static OTPI_INLINE otpi_monitor *monitor_make(otpi_process *self, otp_term target, unsigned flags,
                                              otp_ref ref) {
    uint32_t size = flags & OTPI_MONITOR_CALL ? sizeof(otpi_request) : sizeof(otpi_monitor);
    otpi_monitor *monitor = otpi_block_alloc(size);
    if (OTPI_UNLIKELY(!monitor)) {
        return NULL;
    }
    monitor->signal = (otpi_signal){.kind = OTPI_SIGNAL_MONITOR, .size = size, .from = self->pid};
    monitor->refs = 2;
    monitor->flags = (uint16_t)(flags & OTPI_MONITOR_ALIAS);
    monitor->nature =
        (uint8_t)(flags & (OTPI_MONITOR_REMOTE | OTPI_MONITOR_REPLY | OTPI_MONITOR_CALL));
    monitor->watched = false;
    monitor->ref = ref;
    monitor->reason = NULL;
    monitor->target_pid = OTP_PID_NONE;
    monitor->watcher = self->pid;
    monitor->target = target_keep(self, monitor, target);
    mine_insert(self, monitor);
    return monitor;
}

otpi_monitor *otpi_monitor_new(otpi_process *self, otp_term target, unsigned flags) {
    otp_ref ref = flags & OTPI_MONITOR_ALIAS ? otpi_ref_next_of(self) : otpi_ref_next(self->system);
    return monitor_make(self, target, flags, ref);
}

otpi_monitor *otpi_monitor_of_call(otpi_process *self, otp_pid target, otp_ref ref) {
    return monitor_make(self, otp_from_pid(target),
                        OTPI_MONITOR_ALIAS | OTPI_MONITOR_REPLY | OTPI_MONITOR_CALL, ref);
}

otpi_monitor *otpi_monitor_find(otpi_process *self, otp_ref ref) {
    otpi_monitor *monitor = self->monitors;
    while (monitor && !otpi_ref_same(monitor->ref, ref)) {
        monitor = monitor->next_mine;
    }
    return monitor;
}

void otpi_monitor_unmake(otpi_process *self, otpi_monitor *monitor) {
    if (monitor) {
        mine_remove(self, monitor);
        otpi_monitor_release(monitor, 2);
    }
}

/* ---- Monitoring ---- */

void otpi_monitor_send(otpi_process *self, otpi_monitor *monitor, otpi_process *target,
                       otpi_signal *message) {
    monitor->target_pid = target ? target->pid : OTP_PID_NONE;
    if (target && (message ? otpi_signal_push_two(target, &monitor->signal, message)
                           : otpi_signal_push(target, &monitor->signal))) {
        return;
    }
    if (message) {
        otpi_signal_free(message);
    }
    monitor->signal.kind = OTPI_SIGNAL_DOWN;
    monitor->signal.term = (otp_term){OTPI_AM_noproc};
    monitor->refs = 1;
    bool pushed = otpi_signal_push(self, &monitor->signal);
    OTPI_ASSERT("monitor-001", pushed); /* the caller is alive */
}

/* The local process a destination names, NULL when there is none. */
static otpi_process *target_lookup(otpi_process *self, otp_term dest) {
    otp_pid pid = {dest.word};
    const otp_term *named = otpi_words_tuple(dest, 2);
    if (named || otp_is_atom(dest)) {
        pid = otpi_name_lookup(self->system, named ? named[0] : dest);
    }
    return otpi_pid_lookup(self->system, pid);
}

/* Checks a destination; true when it is on another node. */
static bool target_is_remote(otpi_process *self, otp_term dest) {
    if (otpi_is_id((otp_pid){dest.word})) {
        return otpi_pid_node((otp_pid){dest.word}) != self->system->slot;
    }
    const otp_term *named = otpi_words_tuple(dest, 2);
    bool valid = otp_is_atom(dest) || (named && otp_is_atom(named[0]) && otp_is_atom(named[1]));
    if (!valid) {
        otpi_badarg("otp_monitor", "the destination must be a pid, a name or {Name, Node}");
    }
    return named && named[1].word != self->system->name.word;
}

static otp_ref monitor_start(otp_term dest, unsigned flags) {
    otpi_process *self = otpi_self();
    otpi_visible("monitor", dest.word & 15 ? dest.word : 0);
    bool remote = target_is_remote(self, dest);
    otpi_process *local = remote ? NULL : target_lookup(self, dest);
    if (!remote && !local) {
        otpi_access(OTP_READ, dest.word, OTP_KEY_LIFE); /* by name: its lookup says that */
    }
    if (local == self) {
        return otpi_ref_next(self->system); /* nobody would be left to be told */
    }
    otpi_monitor *monitor =
        otpi_monitor_new(self, dest, flags | (remote ? OTPI_MONITOR_REMOTE : 0));
    if (!monitor) {
        otpi_enomem(OTPI_SITE);
    }
    otp_ref ref = monitor->ref;
    if (remote) {
        monitor->refs = 1;
        self->flags |= OTPI_REMOTE_TIES;
        monitor->connection =
            otpi_remote(self->system)->monitor(self->system, self->pid, dest, ref);
    } else {
        otpi_monitor_send(self, monitor, local, NULL);
    }
    return ref;
}

void otpi_receive_mark(otpi_process *self, otp_ref ref) {
    if (!self->mailbox) {
        return; /* a search from the beginning is as short */
    }
    otpi_extra *extra = otpi_extra_get(self);
    if (extra) {
        extra->mark = ref;
        extra->mark_at = self->mailbox_end;
    }
}

otp_ref otp_monitor_term(otp_term dest) {
    otp_ref ref = monitor_start(dest, 0);
    otpi_receive_mark(otpi_self(), ref);
    return ref;
}

otp_ref otp_monitor_alias(otp_term dest, otp_alias_mode mode) {
    otp_ref ref = monitor_start(dest, OTPI_MONITOR_ALIAS |
                                          (mode == OTP_ALIAS_REPLY ? OTPI_MONITOR_REPLY : 0));
    otpi_receive_mark(otpi_self(), ref);
    return ref;
}

/* ---- Giving up ---- */

/* Sends the embedded DEMONITOR with a reference of its own; false when the target is gone. */
static bool demonitor_send(otpi_process *self, otpi_monitor *monitor) {
    otpi_process *target = otpi_pid_lookup(self->system, monitor->target_pid);
    if (!target) {
        otpi_access(OTP_READ, monitor->target_pid.word, OTP_KEY_LIFE);
        return false;
    }
    __atomic_fetch_add(&monitor->refs, 1, __ATOMIC_RELAXED);
    monitor->demonitor = (otpi_signal){.kind = OTPI_SIGNAL_DEMONITOR, .from = self->pid};
    if (otpi_signal_push(target, &monitor->demonitor)) {
        return true;
    }
    otpi_monitor_release(monitor, 1);
    return false;
}

void otpi_monitor_cancel(otpi_process *self, otpi_monitor *monitor) {
    mine_remove(self, monitor);
    if (monitor->nature & OTPI_MONITOR_REMOTE) {
        otpi_remote(self->system)
            ->demonitor(self->system, self->pid, monitor->target, monitor->ref);
        otpi_monitor_release(monitor, 1);
        return;
    }
    monitor->flags |= OTPI_MONITOR_CANCELLED;
    if (demonitor_send(self, monitor)) {
        otpi_monitor_release(monitor, 1);
    } else {
        monitor->flags |= OTPI_MONITOR_WAITING;
    }
}

/* Removes the 'DOWN' of that reference from the mailbox. */
static void down_flush(otpi_process *self, otp_ref ref) {
    for (otpi_signal **at = &self->mailbox; *at; at = &(*at)->next) {
        if ((*at)->kind == OTPI_SIGNAL_DOWN && otpi_ref_same(((otpi_monitor *)*at)->ref, ref)) {
            otpi_signal_free(otpi_mailbox_unlink(self, at));
            return;
        }
    }
}

bool otp_demonitor(otp_ref ref, bool flush) {
    otpi_process *self = otpi_self();
    otpi_visible("demonitor", ref.word[1]);
    otpi_monitor *monitor = otpi_monitor_find(self, ref);
    if (monitor) {
        otpi_monitor_cancel(self, monitor);
    } else if (flush) {
        otpi_signals_take(self);
        otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
        down_flush(self, ref);
    }
    return monitor != NULL;
}

/* ---- At the target ---- */

void otpi_monitor_arrives(otpi_process *self, otpi_monitor *monitor) {
    theirs_insert(self, monitor);
}

void otpi_demonitor_arrives(otpi_process *self, otpi_signal *signal) {
    otpi_monitor *monitor = OTPI_CONTAINER_OF(signal, otpi_monitor, demonitor);
    bool watched = monitor->watched;
    if (watched) {
        theirs_remove(self, monitor);
    }
    otpi_monitor_release(monitor, watched ? 2 : 1);
}

otpi_monitor *otpi_monitor_take_answered(otpi_process *self, otp_pid watcher, otp_ref ref) {
    for (otpi_monitor *at = self->monitored_by; at; at = at->next_theirs) {
        if (otpi_ref_same(at->ref, ref) && at->watcher.word == watcher.word) {
            if ((at->nature & (OTPI_MONITOR_REPLY | OTPI_MONITOR_REMOTE)) != OTPI_MONITOR_REPLY) {
                return NULL; /* of another node, or an alias that outlives its answers */
            }
            theirs_remove(self, at);
            return at;
        }
    }
    return NULL;
}

void otpi_monitor_put_back(otpi_process *self, otpi_monitor *monitor) {
    theirs_insert(self, monitor);
}

bool otpi_monitor_from_remote(otpi_process *self, otp_pid watcher, otp_ref ref, otp_term target,
                              uint64_t connection) {
    otpi_monitor *monitor = otpi_block_alloc(sizeof *monitor);
    if (!monitor) {
        return false;
    }
    *monitor = (otpi_monitor){
        .signal = {.size = sizeof *monitor}, .refs = 1, .watcher = watcher, .ref = ref};
    monitor->nature = OTPI_MONITOR_REMOTE;
    monitor->connection = connection;
    monitor->target = target_keep(self, monitor, target);
    theirs_insert(self, monitor);
    self->flags |= OTPI_REMOTE_TIES;
    return true;
}

void otpi_demonitor_from_remote(otpi_process *self, otp_pid watcher, otp_ref ref) {
    for (otpi_monitor *at = self->monitored_by; at; at = at->next_theirs) {
        if (at->watcher.word == watcher.word && otpi_ref_same(at->ref, ref)) {
            theirs_remove(self, at);
            otpi_monitor_release(at, 1);
            return;
        }
    }
}

void otpi_monitors_lose(otpi_process *self, uint64_t connection) {
    for (otpi_monitor *at = self->monitored_by, *next; at; at = next) {
        next = at->next_theirs;
        if ((at->nature & OTPI_MONITOR_REMOTE) && at->connection == connection) {
            theirs_remove(self, at);
            otpi_monitor_release(at, 1);
        }
    }
}

/* ---- Back at the watcher ---- */

static otp_term down_build(otpi_monitor *monitor, otp_term reason) {
    otp_term ref = otpi_words_ref(monitor->words + 6, monitor->ref);
    otp_term type = {otpi_is_port(monitor->target) ? OTPI_AM_port : OTPI_AM_process};
    return otpi_words_tuple5(monitor->words, (otp_term){OTPI_AM_DOWN}, ref, type, monitor->target,
                             reason);
}

bool otpi_down_arrives(otpi_process *self, otpi_monitor *monitor) {
    if (monitor->flags & OTPI_MONITOR_CANCELLED) {
        otpi_monitor_release(monitor, 1);
        return false;
    }
    mine_remove(self, monitor);
    monitor->signal.term = down_build(monitor, monitor->signal.term);
    otpi_mailbox_append(self, &monitor->signal);
    return true;
}

void otpi_down_bury(otpi_process *self, otpi_monitor *monitor) {
    if (monitor->flags & OTPI_MONITOR_LISTED) {
        mine_remove(self, monitor);
    }
    otpi_monitor_release(monitor, 1);
}

bool otpi_monitor_remote_down(otpi_process *self, otp_ref ref, otp_term reason) {
    otpi_monitor *monitor = otpi_monitor_find(self, ref);
    if (!monitor || !(monitor->nature & OTPI_MONITOR_REMOTE)) {
        return false;
    }
    monitor->reason = otpi_pack_new(reason);
    monitor->signal.kind = OTPI_SIGNAL_DOWN;
    monitor->signal.term =
        monitor->reason ? monitor->reason->term : (otp_term){OTPI_AM_noconnection};
    return otpi_down_arrives(self, monitor);
}

/* ---- Aliases ---- */

otp_ref otp_make_ref(void) {
    otpi_process *self = otpi_self();
    otp_ref ref = otpi_ref_next(self->system);
    otpi_receive_mark(self, ref);
    return ref;
}

otp_ref otp_alias(otp_alias_mode mode) {
    otpi_process *self = otpi_self();
    otpi_extra *extra = otpi_extra_need(self, OTPI_SITE);
    otpi_alias *alias = otpi_block_alloc(sizeof *alias);
    if (!alias) {
        otpi_enomem(OTPI_SITE);
    }
    *alias = (otpi_alias){extra->aliases, otpi_ref_next_of(self), mode};
    extra->aliases = alias;
    otpi_receive_mark(self, alias->ref);
    return alias->ref;
}

static bool alias_end(otpi_process *self, otp_ref ref, bool reply_only, bool *found) {
    *found = false;
    for (otpi_alias **at = self->extra ? &self->extra->aliases : NULL; at && *at;
         at = &(*at)->next) {
        otpi_alias *alias = *at;
        if (!otpi_ref_same(alias->ref, ref)) {
            continue;
        }
        *found = true;
        if (reply_only && alias->mode != OTP_ALIAS_REPLY) {
            return false;
        }
        *at = alias->next;
        otpi_block_free(alias, sizeof *alias);
        return true;
    }
    return false;
}

bool otp_unalias(otp_ref ref) {
    otpi_process *self = otpi_self();
    otpi_monitor *monitor = otpi_monitor_find(self, ref);
    if (monitor && (monitor->flags & OTPI_MONITOR_ALIAS)) {
        monitor->flags &= (uint16_t)~OTPI_MONITOR_ALIAS;
        return true;
    }
    bool found;
    return alias_end(self, ref, false, &found);
}

/* An answer that hands the target's reference back: the monitor is over on both sides. */
static bool answer_arrives(otpi_process *self, otpi_monitor *monitor) {
    bool active = monitor->flags & OTPI_MONITOR_ALIAS;
    if (monitor->flags & OTPI_MONITOR_LISTED) {
        mine_remove(self, monitor);
        otpi_monitor_release(monitor, 2);
        return active;
    }
    otpi_monitor_release(monitor, monitor->flags & OTPI_MONITOR_WAITING ? 2 : 1);
    return false;
}

/* The same where the answer is in the record. Nobody else knows the record, unless a demonitor is
 * under way, which has a reference of its own. */
bool otpi_answer_arrives(otpi_process *self, otpi_monitor *monitor) {
    bool active = false;
    if (OTPI_LIKELY(monitor->flags & OTPI_MONITOR_LISTED)) {
        active = monitor->flags & OTPI_MONITOR_ALIAS;
        mine_remove(self, monitor);
        __atomic_store_n(&monitor->refs, 1, __ATOMIC_RELAXED);
    } else if (monitor->flags & OTPI_MONITOR_WAITING) {
        __atomic_store_n(&monitor->refs, 1, __ATOMIC_RELAXED);
    }
    if (OTPI_UNLIKELY(!active)) {
        otpi_signal_free(&monitor->signal);
    }
    return active;
}

void otpi_answer_bury(otpi_monitor *monitor) {
    if (monitor->flags & OTPI_MONITOR_WAITING) {
        __atomic_store_n(&monitor->refs, 1, __ATOMIC_RELAXED);
    }
    otpi_signal_free(&monitor->signal);
}

static bool alias_is_active(otpi_process *self, otp_ref ref) {
    otpi_monitor *monitor = otpi_monitor_find(self, ref);
    if (monitor) {
        bool active = monitor->flags & OTPI_MONITOR_ALIAS;
        if (active && (monitor->nature & OTPI_MONITOR_REPLY)) {
            otpi_monitor_cancel(self, monitor);
        }
        return active;
    }
    bool found;
    alias_end(self, ref, true, &found);
    return found;
}

bool otpi_alias_arrives(otpi_process *self, otpi_alias_message *message) {
    otpi_monitor *answered = message->answered;
    bool active = answered ? answer_arrives(self, answered) : alias_is_active(self, message->alias);
    if (!active) {
        message->answered = NULL;
        otpi_mailbox_release(self, &message->signal);
        otpi_alias_bury(message);
    }
    return active;
}

void otpi_alias_bury(otpi_alias_message *message) {
    if (message->answered) {
        bool waiting = message->answered->flags & OTPI_MONITOR_WAITING;
        otpi_monitor_release(message->answered, waiting ? 2 : 1);
    }
    otpi_signal_free(&message->signal);
}

/* ---- Exiting ---- */

static void watcher_tell(otpi_process *self, otpi_monitor *monitor, otp_term reason,
                         otpi_pack *pack) {
    if (monitor->nature & OTPI_MONITOR_REMOTE) {
        otpi_remote(self->system)
            ->down(self->system, monitor->target, self->pid, monitor->watcher, monitor->ref,
                   reason);
        otpi_monitor_release(monitor, 1);
        return;
    }
    monitor->signal.kind = OTPI_SIGNAL_DOWN;
    monitor->signal.from = self->pid;
    monitor->signal.term = reason;
    monitor->reason = pack;
    if (pack) {
        otpi_pack_acquire(pack);
    }
    otpi_process *watcher = otpi_pid_lookup(self->system, monitor->watcher);
    if (watcher) {
        otpi_signal_push(watcher, &monitor->signal);
    }
    otpi_monitor_release(monitor, 1);
}

static void mine_give_up(otpi_process *self, otpi_monitor *monitor) {
    if (monitor->nature & OTPI_MONITOR_REMOTE) {
        otpi_monitor_cancel(self, monitor);
        return;
    }
    mine_remove(self, monitor);
    demonitor_send(self, monitor);
    otpi_monitor_release(monitor, 1);
}

void otpi_monitors_exit(otpi_process *self, otp_term reason, otpi_pack *pack) {
    while (self->monitored_by) {
        otpi_monitor *monitor = self->monitored_by;
        theirs_remove(self, monitor);
        bool late = monitor->signal.late;
        watcher_tell(self, monitor, late ? (otp_term){OTPI_AM_noproc} : reason, late ? NULL : pack);
    }
    while (self->monitors) {
        mine_give_up(self, self->monitors);
    }
    while (self->extra && self->extra->aliases) {
        bool found;
        alias_end(self, self->extra->aliases->ref, false, &found);
    }
}
