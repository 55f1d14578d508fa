/* SPDX-License-Identifier: MIT */
/*
 * Monitors and aliases.
 *
 * Design notes (who frees an otpi_monitor). The record has references: the watcher's, the target's,
 * and one of each DEMONITOR under way; otpi_monitor_release drops some of them, the last frees.
 * - otp_monitor: the watcher lists the record and sends it as MONITOR; the target lists it too.
 * Target gone: the record comes back to the watcher at once as DOWN noproc.
 * - The target exits: the record travels back as DOWN and drops the target's reference when it has
 * been pushed.
 * - otp_demonitor: the watcher unlists it and sends the embedded DEMONITOR; the target unlists it
 * and drops its own reference and the signal's. Target gone: the DOWN is on its way; the watcher
 * waits for it.
 * - A call: the record is monitor and alias in one. The server's answer unlists it and hands the
 * target's reference back inside the answer, so that a call costs two pushes there and one back. A
 * small answer travels in the record itself: it is then a message, and its reader drops the last
 * reference.
 */
#ifndef OTP_PROCESS_MONITOR_H
#define OTP_PROCESS_MONITOR_H

#include "process/signal.h"

void otpi_monitor_release(otpi_monitor *monitor, uint32_t references);

/* Makes a monitor of self on a local pid, not yet sent. NULL when out of memory. */
otpi_monitor *otpi_monitor_new(otpi_process *self, otp_term target, unsigned flags);
/* The same for a call, whose reference is an alias already made. */
otpi_monitor *otpi_monitor_of_call(otpi_process *self, otp_pid target, otp_ref ref);
/* Takes back one that was never sent; NULL is fine. */
void otpi_monitor_unmake(otpi_process *self, otpi_monitor *monitor);
/* Sends it, with a message right behind it if there is one; the message is freed when the target is
 * gone. */
void otpi_monitor_send(otpi_process *self, otpi_monitor *monitor, otpi_process *target,
                       otpi_signal *message);

/* A fresh reference of self: what is in its mailbox now cannot carry it. */
void otpi_receive_mark(otpi_process *self, otp_ref ref);

/* The watcher's active monitor of that reference, or NULL. */
otpi_monitor *otpi_monitor_find(otpi_process *self, otp_ref ref);
void otpi_monitor_cancel(otpi_process *self, otpi_monitor *monitor);

void otpi_monitor_arrives(otpi_process *self, otpi_monitor *monitor);
void otpi_demonitor_arrives(otpi_process *self, otpi_signal *signal);
bool otpi_down_arrives(otpi_process *self, otpi_monitor *monitor);
void otpi_down_bury(otpi_process *self, otpi_monitor *monitor);
/* Is the alias active? Ends what the answer ends; frees the message if not. */
bool otpi_alias_arrives(otpi_process *self, otpi_alias_message *message);
void otpi_alias_bury(otpi_alias_message *message);
/* The same for an answer that came back in the call's record. */
bool otpi_answer_arrives(otpi_process *self, otpi_monitor *monitor);
void otpi_answer_bury(otpi_monitor *monitor);

/* A 'DOWN' came from another node, or its connection was lost. */
bool otpi_monitor_remote_down(otpi_process *self, otp_ref ref, otp_term reason);
/* Self is watched from another node. False when out of memory. */
bool otpi_monitor_from_remote(otpi_process *self, otp_pid watcher, otp_ref ref, otp_term target,
                              uint64_t connection);
void otpi_demonitor_from_remote(otpi_process *self, otp_pid watcher, otp_ref ref);

/* A connection is gone, and with it the watchers behind it. */
void otpi_monitors_lose(otpi_process *self, uint64_t connection);

/* Takes the caller's monitor on self off the list, for an answer that hands it back; NULL when
 * there is none. */
otpi_monitor *otpi_monitor_take_answered(otpi_process *self, otp_pid watcher, otp_ref ref);
void otpi_monitor_put_back(otpi_process *self, otpi_monitor *monitor);

/* A call's first half, in one push: monitors a local process (an alias for the answer too) and
 * sends it {Label, {Self, [alias | Ref]}, Request}, built where it travels. Not for bounded
 * mailboxes, intercepted processes and other nodes: false, and nothing has happened. OTP_ENOMEM in
 * *err. */
bool otpi_request_send(otp_pid to, otp_term label, otp_term request, otp_ref *ref, otp_err *err);

/* The answer to a call, {[alias | Ref], Reply}, built where it travels. *err as
 * otp_try_send_term's. Not for aliases of other nodes: false, and nothing has happened. */
bool otpi_answer_send(otp_ref alias, otp_term reply, otp_err *err);

/* Self is exiting: tells the watchers, gives up its own monitors and aliases. */
void otpi_monitors_exit(otpi_process *self, otp_term reason, otpi_pack *pack);

#endif
