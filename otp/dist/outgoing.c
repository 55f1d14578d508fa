/* SPDX-License-Identifier: MIT */
/*
 * The process room's table of what goes to other nodes (process/remote.h).
 *
 * Messages, exit signals, links and monitors set a connection up; what ends a link or a monitor
 * does not, because without the connection there is none left. A pid of an older life of this node
 * is a process that is gone.
 */
#include "dist/control.h"
#include "dist/network.h"
#include "dist/node.h"
#include "process/life.h"
#include "process/remote.h"
#include "process/words.h"
#include "term/atom.h"
#include "term/pid.h"

/* Sends it, or closes the connection when there is no memory to send it with. */
static void control_send(otpi_connection *connection, const otpi_control *control) {
    uint64_t words[OTPI_CONTROL_WORDS];
    otp_term payload;
    otp_term tuple = otpi_control_write(control, words, &payload);
    if (connection->carrier->send(connection, tuple, payload) != OTP_OK) {
        connection->carrier->close(connection);
    }
}

/* ---- Where to ---- */

static otp_term node_of_slot(otp_system *system, uint32_t slot) {
    uint32_t creation;
    return otpi_node_of_slot(system->world, slot, &creation);
}

static otp_term node_of_pid(otp_system *system, otp_pid pid) {
    return node_of_slot(system, otpi_pid_address(pid).node);
}

/* Of a pid, {Name, Node} or reference; OTP_NONE when it is not known. */
static otp_term node_of_dest(otp_system *system, otp_term dest) {
    const otp_term *named = otpi_words_tuple(dest, 2);
    otp_ref ref;
    if (named) {
        return named[1];
    }
    if (otp_get_ref(dest, &ref)) {
        return node_of_slot(system, otpi_ref_node(ref));
    }
    return node_of_pid(system, (otp_pid){dest.word});
}

static otpi_connection *connect_to(otp_system *system, otp_term node) {
    return otp_is_none(node) ? NULL : otpi_node_connect(system, node);
}

/* A name travels without its node. */
static otp_term bare(otp_term dest) {
    const otp_term *named = otpi_words_tuple(dest, 2);
    return named ? named[0] : dest;
}

/* Why a process of that node can't be reached. */
static otp_term unreachable(const otp_system *system, otp_term node) {
    return node.word == system->name.word ? otpi_am(noproc) : otpi_am(noconnection);
}

/* A process that can't be told of a loss, for lack of memory, is killed: see otpi_arrive_node_lost.
 */
static void told(otp_system *system, otp_pid process, otp_err err) {
    otpi_process *lost = err == OTP_ENOMEM ? otpi_pid_lookup(system, process) : NULL;
    if (lost) {
        otpi_process_kill(lost);
    }
}

/* ---- Messages and exit signals ---- */

static void remote_send(otp_system *system, otp_pid from, otp_term dest, otp_term message) {
    otpi_connection *connection = connect_to(system, node_of_dest(system, dest));
    if (connection) {
        otpi_control control = {.kind = otpi_is_pid(dest)           ? OTPI_CONTROL_SEND
                                        : otpi_words_tuple(dest, 2) ? OTPI_CONTROL_REG_SEND
                                                                    : OTPI_CONTROL_ALIAS_SEND,
                                .from = otp_from_pid(from),
                                .to = bare(dest),
                                .what = message};
        control_send(connection, &control);
    }
}

static void remote_exit_signal(otp_system *system, otp_pid from, otp_pid to, otp_term reason) {
    otpi_connection *connection = connect_to(system, node_of_pid(system, to));
    if (connection) {
        otpi_control control = {.kind = OTPI_CONTROL_EXIT2,
                                .from = otp_from_pid(from),
                                .to = otp_from_pid(to),
                                .what = reason};
        control_send(connection, &control);
    }
}

/* ---- Links ---- */

static uint64_t remote_link(otp_system *system, otp_pid from, otp_pid to) {
    otp_term node = node_of_pid(system, to);
    otpi_connection *connection = connect_to(system, node);
    if (!connection) {
        told(system, from, otpi_arrive_link_exit(system, 0, to, from, unreachable(system, node)));
        return 0;
    }
    otpi_control control = {
        .kind = OTPI_CONTROL_LINK, .from = otp_from_pid(from), .to = otp_from_pid(to)};
    control_send(connection, &control);
    return connection->number;
}

static void unlink_send(otpi_connection *connection, otpi_control_kind kind, otp_pid from,
                        otp_pid to, uint64_t id) {
    otpi_control control = {
        .kind = kind, .from = otp_from_pid(from), .to = otp_from_pid(to), .id = id};
    control_send(connection, &control);
}

static bool remote_unlink(otp_system *system, uint64_t number, otp_pid from, otp_pid to,
                          uint64_t id) {
    otpi_connection *connection = otpi_node_connection(system, node_of_pid(system, to));
    if (!connection || connection->number != number) {
        return false;
    }
    unlink_send(connection, OTPI_CONTROL_UNLINK, from, to, id);
    return true;
}

static void remote_unlink_ack(otp_system *system, otp_pid from, otp_pid to, uint64_t id) {
    otpi_connection *connection = otpi_node_connection(system, node_of_pid(system, to));
    if (connection) {
        unlink_send(connection, OTPI_CONTROL_UNLINK_ACK, from, to, id);
    }
}

static void remote_link_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason) {
    otpi_connection *connection = otpi_node_connection(system, node_of_pid(system, to));
    if (connection) {
        otpi_control control = {.kind = OTPI_CONTROL_EXIT,
                                .from = otp_from_pid(from),
                                .to = otp_from_pid(to),
                                .what = reason};
        control_send(connection, &control);
    }
}

/* ---- Monitors ---- */

static uint64_t remote_monitor(otp_system *system, otp_pid from, otp_term dest, otp_ref ref) {
    otp_term node = node_of_dest(system, dest);
    otpi_connection *connection = connect_to(system, node);
    if (!connection) {
        otp_pid target = otpi_is_pid(dest) ? (otp_pid){dest.word} : OTP_PID_NONE;
        told(system, from, otpi_arrive_down(system, target, from, ref, unreachable(system, node)));
        return 0;
    }
    otpi_control control = {
        .kind = OTPI_CONTROL_MONITOR, .from = otp_from_pid(from), .to = bare(dest), .ref = ref};
    control_send(connection, &control);
    return connection->number;
}

static void remote_demonitor(otp_system *system, otp_pid from, otp_term dest, otp_ref ref) {
    otpi_connection *connection = otpi_node_connection(system, node_of_dest(system, dest));
    if (connection) {
        otpi_control control = {.kind = OTPI_CONTROL_DEMONITOR,
                                .from = otp_from_pid(from),
                                .to = bare(dest),
                                .ref = ref};
        control_send(connection, &control);
    }
}

static void remote_down(otp_system *system, otp_term target, otp_pid from, otp_pid watcher,
                        otp_ref ref, otp_term reason) {
    (void)from;
    otpi_connection *connection = otpi_node_connection(system, node_of_pid(system, watcher));
    if (connection) {
        otpi_control control = {.kind = OTPI_CONTROL_DOWN,
                                .from = bare(target),
                                .to = otp_from_pid(watcher),
                                .ref = ref,
                                .what = reason};
        control_send(connection, &control);
    }
}

/* ---- Nodes ---- */

static otp_term remote_nodes(otp_system *system) {
    otp_term names = otp_nil();
    const otpi_list *all = &otpi_node_of(system)->connections;
    for (const otpi_list *at = all->prev; at != all; at = at->prev) {
        names = otp_cons(OTPI_LIST_ENTRY(at, const otpi_connection, link)->peer, names);
    }
    return names;
}

static uint64_t remote_connected(otp_system *system, otp_term node) {
    if (node.word == system->name.word) {
        return UINT32_MAX; /* a node does not lose itself */
    }
    const otpi_connection *connection = otpi_node_connect(system, node);
    return connection ? connection->number : 0;
}

static void connections_abandon(otp_system *system, bool abrupt) {
    otpi_node *node = otpi_node_of(system);
    for (otpi_list *at; (at = otpi_list_first(&node->connections));) {
        otpi_connection *connection = OTPI_LIST_ENTRY(at, otpi_connection, link);
        connection->carrier->abandon(connection, abrupt);
        otpi_connection_free(connection);
    }
}

static void fini_work(otp_system *system, void *context) {
    (void)context;
    connections_abandon(system, false);
}

static void crash_work(otp_system *system, void *context) {
    (void)context;
    otpi_node_of(system)->gone = true;
    connections_abandon(system, true);
}

static void remote_system_fini(otp_system *system) {
    if (system->world->simulator) {
        otpi_system_do(system, fini_work, NULL);
    }
}

static void remote_system_crash(otp_system *system) {
    if (system->world->simulator) {
        otpi_system_do(system, crash_work, NULL);
    }
}

static const otpi_remote_ops remote_ops = {
    .send = remote_send,
    .exit_signal = remote_exit_signal,
    .link = remote_link,
    .unlink = remote_unlink,
    .unlink_ack = remote_unlink_ack,
    .link_exit = remote_link_exit,
    .monitor = remote_monitor,
    .demonitor = remote_demonitor,
    .down = remote_down,
    .nodes = remote_nodes,
    .connected = remote_connected,
    .system_fini = remote_system_fini,
    .system_crash = remote_system_crash,
    .world_stop = otpi_network_stop,
    .world_fini = otpi_network_fini,
};

__attribute__((constructor)) static void room_open(void) {
    otpi_process_events.remote = &remote_ops;
}
