/* SPDX-License-Identifier: MIT */
/*
 * The seam between processes and the distribution: what goes to other nodes, and what comes from
 * them.
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
    void (*link)(otp_system *system, otp_pid from, otp_pid to);
    void (*unlink)(otp_system *system, otp_pid from, otp_pid to, uint64_t id);
    void (*link_exit)(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
    void (*monitor)(otp_system *system, otp_pid from, otp_term dest, otp_ref ref);
    void (*demonitor)(otp_system *system, otp_pid from, otp_term dest, otp_ref ref);
    /* target: as it was monitored (pid or {Name, Node}) */
    void (*down)(otp_system *system, otp_term target, otp_pid from, otp_pid watcher, otp_ref ref,
                 otp_term reason);
    otp_term (*nodes)(otp_system *system);
    /* Is that node connected (connects if need be)? */
    bool (*connected)(otp_system *system, otp_term node);
    void (*system_fini)(otp_system *system);
    void (*system_crash)(otp_system *system); /* connections are gone, nothing more is sent */
} otpi_remote_ops;

/* The distribution's table; one that knows no other node until it is set. */
const otpi_remote_ops *otpi_remote(otp_system *system);

/* Incoming. Called by the distribution on a worker of the receiving node's world, between two
 * steps. Terms are copied. OTP_ENOPROC when the receiver is gone (already answered for link and
 * monitor), OTP_ENOMEM. */
otp_err otpi_arrive_message(otp_system *system, otp_pid from, otp_term dest, otp_term message);
otp_err otpi_arrive_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
otp_err otpi_arrive_link(otp_system *system, otp_pid from, otp_pid to);
otp_err otpi_arrive_unlink(otp_system *system, otp_pid from, otp_pid to);
otp_err otpi_arrive_link_exit(otp_system *system, otp_pid from, otp_pid to, otp_term reason);
otp_err otpi_arrive_monitor(otp_system *system, otp_pid watcher, otp_term dest, otp_ref ref);
otp_err otpi_arrive_demonitor(otp_system *system, otp_pid watcher, otp_term dest, otp_ref ref);
otp_err otpi_arrive_down(otp_system *system, otp_pid from, otp_pid watcher, otp_ref ref,
                         otp_term reason);
/* The connection to the node in that slot is gone: exits with noconnection, 'DOWN' noconnection,
 * {nodedown, Node} for those who asked. */
void otpi_arrive_node_lost(otp_system *system, uint32_t slot, otp_term node);

/* Signals of kind NODE_LOST and REMOTE. */
bool otpi_node_lost_arrives(otpi_process *self, otpi_signal *signal);
bool otpi_remote_arrives(otpi_process *self, otpi_signal *signal);
void otpi_remote_bury(otpi_process *self, otpi_signal *signal);

#endif
