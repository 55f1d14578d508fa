/* SPDX-License-Identifier: MIT */
/*
 * The seam between processes and the distribution: what goes to other nodes, and what comes from
 * them.
 *
 * A link or monitor with another node lives on one connection, known by its number (unique in the
 * world, never 0), and ends with that connection, whatever has been set up since.
 */
#ifndef OTP_PROCESS_REMOTE_H
#define OTP_PROCESS_REMOTE_H

#include "process/signal.h"

/* Outgoing. Called in the sending process (from = its pid); system: its node. None may suspend;
 * without a connection each tries to set one up, and on failure behaves as OTP: sends vanish, links
 * and monitors get noconnection through otpi_arrive_link_exit / otpi_arrive_down. dest: pid, {Name,
 * Node} or reference. */
typedef struct otpi_remote_ops {
    void (*send)(otp_system *system, otp_pid from, otp_term dest, otp_term message);
    void (*exit_signal)(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
    /* link and monitor return the number of the connection; 0: there is none, the process has been
     * told. */
    uint64_t (*link)(otp_system *system, otp_pid from, otp_pid to);
    /* False when that connection is gone, and with it the link. */
    bool (*unlink)(otp_system *system, uint64_t connection, otp_pid from, otp_pid to, uint64_t id);
    void (*unlink_ack)(otp_system *system, otp_pid from, otp_pid to, uint64_t id);
    void (*link_exit)(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
    uint64_t (*monitor)(otp_system *system, otp_pid from, otp_term dest, otp_ref ref);
    void (*demonitor)(otp_system *system, otp_pid from, otp_term dest, otp_ref ref);
    /* target: as it was monitored (pid or {Name, Node}) */
    void (*down)(otp_system *system, otp_term target, otp_pid from, otp_pid watcher, otp_ref ref,
                 otp_term reason);
    otp_term (*nodes)(otp_system *system);
    /* The connection to that node, set up if need be; 0 = none can be had. */
    uint64_t (*connected)(otp_system *system, otp_term node);
    void (*system_fini)(otp_system *system);
    void (*system_crash)(otp_system *system); /* connections are gone, nothing more is sent */
    void (*world_stop)(otp_world *world);     /* every system is about to stop: nobody is told */
    void (*world_fini)(otp_world *world);     /* frees what is kept per world */
} otpi_remote_ops;

/* The distribution's table; one that knows no other node until it is set. system may be NULL. */
const otpi_remote_ops *otpi_remote(otp_system *system);

/* Incoming. Called by the distribution on a worker of the receiving node's world, between two
 * steps. Terms are copied. OTP_ENOPROC when the receiver is gone (already answered for link, unlink
 * and monitor), OTP_ENOMEM; of a message OTP_EFULL when the receiver's mailbox is. */
otp_err otpi_arrive_message(otp_system *system, otp_pid from, otp_term dest, otp_term message);
otp_err otpi_arrive_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
otp_err otpi_arrive_link(otp_system *system, uint64_t connection, otp_pid from, otp_pid to);
otp_err otpi_arrive_unlink(otp_system *system, uint64_t connection, otp_pid from, otp_pid to,
                           uint64_t id);
otp_err otpi_arrive_unlink_ack(otp_system *system, otp_pid from, otp_pid to, uint64_t id);
otp_err otpi_arrive_link_exit(otp_system *system, uint64_t connection, otp_pid from, otp_pid to,
                              otp_term reason);
otp_err otpi_arrive_monitor(otp_system *system, uint64_t connection, otp_pid watcher, otp_term dest,
                            otp_ref ref);
otp_err otpi_arrive_demonitor(otp_system *system, otp_pid watcher, otp_term dest, otp_ref ref);
otp_err otpi_arrive_down(otp_system *system, otp_pid from, otp_pid watcher, otp_ref ref,
                         otp_term reason);
/* The connection to the node is gone: exits with noconnection, 'DOWN' noconnection, {nodedown,
 * Node} for those who asked. A process that can't be told for lack of memory is killed. */
void otpi_arrive_node_lost(otp_system *system, uint64_t connection, otp_term node);

/* A connection to the node is up: {nodeup, Node} for those who asked. */
void otpi_arrive_node_up(otp_system *system, otp_term node);
/* {What, Node} to all that watch the nodes of the system. */
void otpi_nodes_tell(otp_system *system, otp_term what, otp_term node);

/* Signals of kind NODE_LOST and REMOTE. */
bool otpi_node_lost_arrives(otpi_process *self, otpi_signal *signal);
bool otpi_remote_arrives(otpi_process *self, otpi_signal *signal);
void otpi_remote_bury(otpi_process *self, otpi_signal *signal);

#endif
