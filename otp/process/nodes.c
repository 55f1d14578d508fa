/* SPDX-License-Identifier: MIT */
/*
 * Who wants to know which nodes come and go: net_kernel:monitor_nodes/1. A flag of the process says
 * so; the processes of a system are walked, as they are when a connection is lost.
 */
#include "process/extra.h"
#include "process/life.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

void otp_monitor_nodes(bool on) {
    otpi_process *self = otpi_self();
    self->flags =
        (uint16_t)(on ? self->flags | OTPI_WATCHES_NODES : self->flags & ~OTPI_WATCHES_NODES);
}

/* A process that can't be told for lack of memory is killed: it would wait for ever. */
static void tell_visit(void *context, otpi_process *process) {
    if (!(process->flags & OTPI_WATCHES_NODES)) {
        return;
    }
    otpi_signal *message = otpi_message_new(OTP_PID_NONE, *(const otp_term *)context);
    if (!message) {
        otpi_process_kill(process);
    } else if (!otpi_signal_push(process, message)) {
        otpi_signal_free(message);
    }
}

void otpi_nodes_tell(otp_system *system, otp_term what, otp_term node) {
    uint64_t words[3];
    otp_term message = otpi_words_tuple2(words, what, node);
    otpi_system_each(system, tell_visit, &message);
}

void otpi_arrive_node_up(otp_system *system, otp_term node) {
    otpi_nodes_tell(system, otpi_am(nodeup), node);
}
