/* SPDX-License-Identifier: MIT */
/*
 * Links, monitors and messages across nodes: what arrives, and what happens without a distribution.
 */
#include "process/remote.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/link.h"
#include "process/monitor.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- Arriving signals that work on the receiver's own lists ---- */

typedef enum remote_kind {
    REMOTE_LINK,
    REMOTE_UNLINK,
    REMOTE_UNLINK_ACK,
    REMOTE_LINK_EXIT,
    REMOTE_MONITOR,
    REMOTE_DEMONITOR,
    REMOTE_DOWN
} remote_kind;

/* Pushes {Kind, Ref, Reason or Target, Connection}, from the peer. The reference of an unlink is
 * its id. */
static otp_err remote_push(otp_system *system, otp_pid to, remote_kind kind, otp_pid peer,
                           const otp_ref *ref, otp_term what, uint64_t connection) {
    otpi_process *target = otpi_pid_lookup(system, to);
    if (!target) {
        return OTP_ENOPROC;
    }
    uint64_t ref_words[4];
    uint64_t words[5];
    otp_ref none = {{0}};
    otp_term ref_term = otpi_words_ref(ref_words, ref ? *ref : none);
    otp_term term =
        otpi_words_tuple4(words, otp_int(kind), ref_term, what, otp_int((int64_t)connection));
    otpi_signal *signal = otpi_message_new(peer, term);
    if (!signal) {
        return OTP_ENOMEM;
    }
    signal->kind = OTPI_SIGNAL_REMOTE;
    if (!otpi_signal_push(target, signal)) {
        signal->kind = OTPI_SIGNAL_MESSAGE;
        otpi_signal_free(signal);
        return OTP_ENOPROC;
    }
    if (kind == REMOTE_LINK || kind == REMOTE_MONITOR) {
        /* before the signal is taken: the connection may be lost meanwhile */
        target->flags |= OTPI_REMOTE_TIES;
    }
    return OTP_OK;
}

typedef struct remote_view {
    remote_kind kind;
    otp_ref ref;
    otp_term what;
    uint64_t connection;
} remote_view;

static remote_view remote_read(const otpi_signal *signal) {
    const otp_term *parts = otpi_words_tuple(signal->term, 4);
    int64_t kind = 0;
    int64_t connection = 0;
    otp_get_int(parts[0], &kind);
    otp_get_int(parts[3], &connection);
    const uint64_t *ref = otpi_ref_words(parts[1]);
    return (remote_view){
        (remote_kind)kind, {{ref[0], ref[1], ref[2]}}, parts[2], (uint64_t)connection};
}

/* Self's half of a link or monitor; without memory for it the peer is told that there is none. */
static void link_accept(otpi_process *self, otp_pid peer, const remote_view *view) {
    if (!otpi_link_remote(self, peer, view->connection)) {
        otpi_remote(self->system)->link_exit(self->system, self->pid, peer, otpi_am(noconnection));
    }
}

static void unlink_accept(otpi_process *self, otp_pid peer, const remote_view *view) {
    otpi_link_remote_drop(self, peer, view->connection);
    otpi_remote(self->system)->unlink_ack(self->system, self->pid, peer, view->ref.word[0]);
}

static void monitor_accept(otpi_process *self, otp_pid peer, const remote_view *view) {
    if (!otpi_monitor_from_remote(self, peer, view->ref, view->what, view->connection)) {
        otpi_remote(self->system)
            ->down(self->system, view->what, self->pid, peer, view->ref, otpi_am(noconnection));
    }
}

static bool remote_act(otpi_process *self, otp_pid peer, const remote_view *view) {
    switch (view->kind) {
    case REMOTE_LINK: link_accept(self, peer, view); return false;
    case REMOTE_UNLINK: unlink_accept(self, peer, view); return false;
    case REMOTE_UNLINK_ACK: otpi_unlink_acknowledged(self, peer, view->ref.word[0]); return false;
    case REMOTE_LINK_EXIT: return otpi_link_remote_exit(self, peer, view->connection, view->what);
    case REMOTE_MONITOR: monitor_accept(self, peer, view); return false;
    case REMOTE_DEMONITOR: otpi_demonitor_from_remote(self, peer, view->ref); return false;
    case REMOTE_DOWN: return otpi_monitor_remote_down(self, view->ref, view->what);
    }
    return false;
}

bool otpi_remote_arrives(otpi_process *self, otpi_signal *signal) {
    remote_view view = remote_read(signal);
    otp_pid peer = signal->from;
    /* held by the scope meanwhile, so that an exit in here does not lose it */
    signal->kind = OTPI_SIGNAL_MESSAGE;
    otpi_message_hold(signal);
    bool changed = remote_act(self, peer, &view);
    OTPI_ASSERT("remote-002", otpi_scope_now->held == signal);
    otpi_scope_now->held = signal->next;
    otpi_signal_free(signal);
    return changed;
}

/* The receiver is exiting: a new link or monitor is answered with noproc. */
void otpi_remote_bury(otpi_process *self, otpi_signal *signal) {
    remote_view view = remote_read(signal);
    if (view.kind == REMOTE_LINK) {
        link_accept(self, signal->from, &view);
    } else if (view.kind == REMOTE_MONITOR) {
        monitor_accept(self, signal->from, &view);
    } else if (view.kind == REMOTE_UNLINK) {
        unlink_accept(self, signal->from, &view);
    } else if (view.kind == REMOTE_DEMONITOR) {
        otpi_demonitor_from_remote(self, signal->from, view.ref);
    }
    signal->kind = OTPI_SIGNAL_MESSAGE;
    otpi_signal_free(signal);
}

/* ---- Arrivals ---- */

static otp_pid dest_pid(otp_system *system, otp_term dest) {
    otp_pid pid;
    if (otp_get_pid(dest, &pid)) {
        return pid;
    }
    const otp_term *named = otpi_words_tuple(dest, 2);
    otp_term name = named ? named[0] : dest;
    return otp_is_atom(name) ? otpi_name_lookup(system, name) : OTP_PID_NONE;
}

static otp_err push_new(otp_system *system, otp_pid to, otpi_signal *signal) {
    otpi_process *target = otpi_pid_lookup(system, to);
    if (!signal) {
        return OTP_ENOMEM;
    }
    if (!target || !otpi_signal_push(target, signal)) {
        otpi_signal_free(signal);
        return OTP_ENOPROC;
    }
    return OTP_OK;
}

/* A message takes a place where mailboxes are bounded. What comes through an alias was asked for,
 * and is not refused. */
static otp_err push_message(otp_system *system, otp_pid to, otpi_signal *message) {
    otpi_process *target = otpi_pid_lookup(system, to);
    if (!message || !target || !target->bounded ||
        otpi_mailbox_reserve(target, message, message->kind == OTPI_SIGNAL_ALIAS)) {
        return push_new(system, to, message);
    }
    __atomic_fetch_add(&target->extra->remote_refused, 1, __ATOMIC_RELAXED);
    otpi_signal_free(message);
    return OTP_EFULL;
}

otp_err otpi_arrive_message(otp_system *system, otp_pid from, otp_term dest, otp_term message) {
    otp_ref alias;
    if (otp_get_ref(dest, &alias)) {
        return push_message(system, otpi_ref_owner(system, alias),
                            otpi_alias_message_new(from, alias, message, NULL));
    }
    return push_message(system, dest_pid(system, dest), otpi_message_new(from, message));
}

otp_err otpi_arrive_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason) {
    otpi_process *target = otpi_pid_lookup(system, to);
    if (target && reason.word == OTPI_AM_kill) {
        otpi_process_kill(target);
        return OTP_OK;
    }
    return push_new(system, to, otpi_exit_new(from, reason));
}

otp_err otpi_arrive_link(otp_system *system, uint64_t connection, otp_pid from, otp_pid to) {
    otp_err err = remote_push(system, to, REMOTE_LINK, from, NULL, otp_nil(), connection);
    if (err != OTP_OK) {
        otpi_remote(system)->link_exit(system, to, from, otpi_am(noproc));
    }
    return err;
}

otp_err otpi_arrive_unlink(otp_system *system, uint64_t connection, otp_pid from, otp_pid to,
                           uint64_t id) {
    otp_ref id_ref = {{id}};
    otp_err err = remote_push(system, to, REMOTE_UNLINK, from, &id_ref, otp_nil(), connection);
    if (err == OTP_ENOPROC) {
        otpi_remote(system)->unlink_ack(system, to, from, id);
    }
    return err;
}

otp_err otpi_arrive_unlink_ack(otp_system *system, otp_pid from, otp_pid to, uint64_t id) {
    otp_ref id_ref = {{id}};
    return remote_push(system, to, REMOTE_UNLINK_ACK, from, &id_ref, otp_nil(), 0);
}

otp_err otpi_arrive_link_exit(otp_system *system, uint64_t connection, otp_pid from, otp_pid to,
                              otp_term reason) {
    return remote_push(system, to, REMOTE_LINK_EXIT, from, NULL, reason, connection);
}

otp_err otpi_arrive_monitor(otp_system *system, uint64_t connection, otp_pid watcher, otp_term dest,
                            otp_ref ref) {
    otp_pid to = dest_pid(system, dest);
    otp_err err = remote_push(system, to, REMOTE_MONITOR, watcher, &ref, dest, connection);
    if (err != OTP_OK) {
        otpi_remote(system)->down(system, dest, to, watcher, ref, otpi_am(noproc));
    }
    return err;
}

otp_err otpi_arrive_demonitor(otp_system *system, otp_pid watcher, otp_term dest, otp_ref ref) {
    return remote_push(system, dest_pid(system, dest), REMOTE_DEMONITOR, watcher, &ref, otp_nil(),
                       0);
}

otp_err otpi_arrive_down(otp_system *system, otp_pid from, otp_pid watcher, otp_ref ref,
                         otp_term reason) {
    return remote_push(system, watcher, REMOTE_DOWN, from, &ref, reason, 0);
}

/* ---- A lost node ---- */

typedef struct lost {
    uint64_t connection;
    otp_term node;
} lost;

static void lost_visit(void *context, otpi_process *process) {
    const lost *l = context;
    if (!(process->flags & OTPI_REMOTE_TIES)) {
        return;
    }
    uint64_t words[3];
    otp_term term = otpi_words_tuple2(words, otp_int((int64_t)l->connection), l->node);
    otpi_signal *signal = otpi_message_new(OTP_PID_NONE, term);
    if (!signal) {
        otpi_process_kill(process);
        return;
    }
    signal->kind = OTPI_SIGNAL_NODE_LOST;
    if (!otpi_signal_push(process, signal)) {
        signal->kind = OTPI_SIGNAL_MESSAGE;
        otpi_signal_free(signal);
    }
}

void otpi_arrive_node_lost(otp_system *system, uint64_t connection, otp_term node) {
    lost l = {connection, node};
    otpi_system_each(system, lost_visit, &l);
    otpi_nodes_tell(system, otpi_am(nodedown), node);
}

static bool monitors_lose(otpi_process *self, uint64_t connection) {
    bool changed = false;
    for (otpi_monitor *at = self->monitors, *next; at; at = next) {
        next = at->next_mine;
        if ((at->nature & OTPI_MONITOR_REMOTE) && at->connection == connection) {
            changed |= otpi_monitor_remote_down(self, at->ref, otpi_am(noconnection));
        }
    }
    otpi_monitors_lose(self, connection);
    return changed;
}

static bool nodedown_tell(otpi_process *self, otp_term node) {
    uint64_t words[3];
    otpi_signal *message =
        otpi_message_new(OTP_PID_NONE, otpi_words_tuple2(words, otpi_am(nodedown), node));
    if (message) {
        otpi_mailbox_append(self, message);
    }
    return message != NULL;
}

/* ---- Node monitors: a kept list of [Node | Connection], one for each that was not told yet ----
 */

static bool is_node_monitor(otp_term entry, otp_term node, uint64_t connection) {
    const otp_term *cell = otpi_words_cell(entry);
    return cell[0].word == node.word && (!connection || cell[1].word == otp_uint(connection).word);
}

/* The list without the first max of that node and connection (0 = any); *removed tells how many
 * those were. */
static otp_term node_monitors_without(otp_term list, otp_term node, uint64_t connection, size_t max,
                                      size_t *removed) {
    otp_term rest = otp_nil();
    *removed = 0;
    OTP_LIST_FOREACH (entry, list) {
        if (*removed < max && is_node_monitor(entry, node, connection)) {
            ++*removed;
        } else {
            rest = otp_cons(entry, rest);
        }
    }
    return rest;
}

static otp_term node_monitors(const otpi_process *self) {
    bool none = !self->extra || otp_is_none(self->extra->node_monitors);
    return none ? otp_nil() : self->extra->node_monitors;
}

static void node_monitors_set(otpi_process *self, otp_term list) {
    otpi_extra *extra = otpi_extra_need(self, OTPI_SITE);
    otp_term before = extra->node_monitors;
    extra->node_monitors = otp_keep(list);
    if (!otp_is_none(before)) {
        otp_drop(before);
    }
}

static bool node_monitors_lose(otpi_process *self, uint64_t connection, otp_term node) {
    size_t told = 0;
    bool changed = false;
    if (!otp_is_nil(node_monitors(self))) {
        otp_term rest =
            node_monitors_without(node_monitors(self), node, connection, SIZE_MAX, &told);
        if (told > 0) {
            node_monitors_set(self, rest);
        }
    }
    while (told-- > 0) {
        changed |= nodedown_tell(self, node);
    }
    return changed;
}

bool otpi_node_lost_arrives(otpi_process *self, otpi_signal *signal) {
    const otp_term *parts = otpi_words_tuple(signal->term, 2);
    int64_t number = 0;
    otp_get_int(parts[0], &number);
    otp_term node = parts[1];
    uint64_t connection = (uint64_t)number;
    signal->kind = OTPI_SIGNAL_MESSAGE;
    otpi_signal_free(signal);
    otpi_unlinks_lose(self, connection);
    bool changed = monitors_lose(self, connection);
    changed |= node_monitors_lose(self, connection, node);
    for (otpi_link *at; (at = otpi_link_find_on(self, connection));) {
        changed |= otpi_link_remote_exit(self, at->peer, connection, otpi_am(noconnection));
    }
    return changed;
}

void otp_monitor_node(otp_term node, bool on) {
    otpi_process *self = otpi_self();
    otpi_extra_need(self, OTPI_SITE);
    if (!otp_is_atom(node)) {
        otpi_badarg("otp_monitor_node", "a node's name is an atom");
    }
    if (!on) {
        size_t removed;
        node_monitors_set(self, node_monitors_without(node_monitors(self), node, 0, 1, &removed));
        return;
    }
    uint64_t connection = otpi_remote(self->system)->connected(self->system, node);
    if (!connection) {
        nodedown_tell(self, node);
        return;
    }
    self->flags |= OTPI_REMOTE_TIES;
    node_monitors_set(self, otp_cons(otp_cons(node, otp_uint(connection)), node_monitors(self)));
}

otp_term otp_nodes(void) {
    otpi_process *self = otpi_self();
    return otpi_remote(self->system)->nodes(self->system);
}

/* ---- No distribution ---- */

static void alone_send(otp_system *system, otp_pid from, otp_term dest, otp_term message) {
    (void)system, (void)from, (void)dest, (void)message;
}
static void alone_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason) {
    (void)system, (void)from, (void)to, (void)reason;
}
static uint64_t alone_link(otp_system *system, otp_pid from, otp_pid to) {
    otp_err err = otpi_arrive_link_exit(system, 0, to, from, otpi_am(noconnection));
    (void)err; /* the caller is alive; without memory it stays linked to nobody */
    return 0;
}
static bool alone_unlink(otp_system *system, uint64_t connection, otp_pid from, otp_pid to,
                         uint64_t id) {
    (void)system, (void)connection, (void)from, (void)to, (void)id;
    return false;
}
static void alone_unlink_ack(otp_system *system, otp_pid from, otp_pid to, uint64_t id) {
    (void)system, (void)from, (void)to, (void)id;
}
static uint64_t alone_monitor(otp_system *system, otp_pid from, otp_term dest, otp_ref ref) {
    (void)dest;
    otp_err err = otpi_arrive_down(system, from, from, ref, otpi_am(noconnection));
    (void)err;
    return 0;
}
static void alone_demonitor(otp_system *system, otp_pid from, otp_term dest, otp_ref ref) {
    (void)system, (void)from, (void)dest, (void)ref;
}
static void alone_down(otp_system *system, otp_term target, otp_pid from, otp_pid watcher,
                       otp_ref ref, otp_term reason) {
    (void)system, (void)target, (void)from, (void)watcher, (void)ref, (void)reason;
}
static otp_term alone_nodes(otp_system *system) {
    (void)system;
    return otp_nil();
}
static uint64_t alone_connected(otp_system *system, otp_term node) {
    return node.word == system->name.word ? UINT32_MAX : 0; /* a node does not lose itself */
}

static const otpi_remote_ops alone = {
    .send = alone_send,
    .exit_signal = alone_exit,
    .link = alone_link,
    .unlink = alone_unlink,
    .unlink_ack = alone_unlink_ack,
    .link_exit = alone_exit,
    .monitor = alone_monitor,
    .demonitor = alone_demonitor,
    .down = alone_down,
    .nodes = alone_nodes,
    .connected = alone_connected,
};

const otpi_remote_ops *otpi_remote(otp_system *system) {
    (void)system;
    return otpi_process_events.remote ? otpi_process_events.remote : &alone;
}
