/* SPDX-License-Identifier: MIT */
/*
 * What arrives over a connection: checked, then handed to the processes.
 *
 * Senders must be of the peer and receivers of this node, by name: an older life of either is
 * answered as a process that is gone.
 */
#include "behaviour/wire.h"
#include "dist/connection.h"
#include "dist/control.h"
#include "dist/node.h"
#include "process/remote.h"
#include "term/pid.h"

static bool is_of_node(otp_world *world, uint32_t slot, otp_term name) {
    uint32_t creation;
    return otpi_node_of_slot(world, slot, &creation).word == name.word;
}

/* Names are of the node they are sent to or come from. */
static bool term_is_of_node(otp_world *world, otp_term term, otp_term name) {
    otp_ref alias;
    if (otpi_is_pid(term)) {
        return is_of_node(world, otpi_pid_address((otp_pid){term.word}).node, name);
    }
    return !otp_get_ref(term, &alias) || is_of_node(world, otpi_ref_node(alias), name);
}

static bool is_addressed(const otpi_connection *c, const otpi_control *control) {
    otp_world *world = c->system->world;
    return (otp_is_none(control->from) || term_is_of_node(world, control->from, c->peer)) &&
           term_is_of_node(world, control->to, c->system->name);
}

/* For partial-order methods: what the delivery touches. */
static void access_note(const otpi_control *control) {
    otp_term to = control->to;
    otpi_access(OTP_SEND, otpi_is_pid(to) ? to.word : otp_hash(to), 0);
}

/* Who asks in a call ({Label, {Pid, Tag}, Request} with label '$gen_call' or system), and the
 * monitor under which he waits. */
static bool is_call(otp_term message, otp_pid *caller, otp_ref *ref) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    const uint64_t *from = words ? otpi_wire_tuple(otpi_wire_term(words[1]), 2) : NULL;
    if (!from || (words[0] != OTPI_AM_gen_call && words[0] != OTPI_AM_system)) {
        return false;
    }
    otp_term tag = otpi_wire_term(from[1]);
    tag = otpi_is_cell(tag) ? otpi_wire_term(otpi_cell(tag)[1]) : tag;
    return otp_get_pid(otpi_wire_term(from[0]), caller) && otp_get_ref(tag, ref);
}

/* A message for a full mailbox is lost, as nothing can be told to its sender. A caller is told: his
 * monitor of the receiver ends with mailbox_full. */
static otp_err message_arrives(otp_system *system, otp_pid from, const otpi_control *control) {
    otp_err err = otpi_arrive_message(system, from, control->to, control->what);
    otp_pid caller;
    otp_ref ref;
    if (err != OTP_EFULL || !is_call(control->what, &caller, &ref)) {
        return err;
    }
    otpi_remote(system)->down(system, control->to, OTP_PID_NONE, caller, ref,
                              otpi_am(mailbox_full));
    return otpi_arrive_demonitor(system, caller, control->to, ref);
}

static otp_err control_arrives(otpi_connection *c, const otpi_control *control) {
    otp_system *system = c->system;
    otp_pid from = otpi_is_pid(control->from) ? (otp_pid){control->from.word} : OTP_PID_NONE;
    otp_pid to = {control->to.word};
    switch (control->kind) {
    case OTPI_CONTROL_SEND:
    case OTPI_CONTROL_REG_SEND:
    case OTPI_CONTROL_ALIAS_SEND: return message_arrives(system, from, control);
    case OTPI_CONTROL_LINK: return otpi_arrive_link(system, c->number, from, to);
    case OTPI_CONTROL_UNLINK: return otpi_arrive_unlink(system, c->number, from, to, control->id);
    case OTPI_CONTROL_UNLINK_ACK: return otpi_arrive_unlink_ack(system, from, to, control->id);
    case OTPI_CONTROL_EXIT:
        return otpi_arrive_link_exit(system, c->number, from, to, control->what);
    case OTPI_CONTROL_EXIT2: return otpi_arrive_exit(system, from, to, control->what);
    case OTPI_CONTROL_MONITOR:
        return otpi_arrive_monitor(system, c->number, from, control->to, control->ref);
    case OTPI_CONTROL_DEMONITOR:
        return otpi_arrive_demonitor(system, from, control->to, control->ref);
    case OTPI_CONTROL_DOWN: return otpi_arrive_down(system, from, to, control->ref, control->what);
    }
    return OTP_OK;
}

otp_err otpi_connection_deliver(otpi_connection *connection, otp_term tuple, otp_term payload) {
    otpi_control control;
    otp_err err = otpi_control_read(tuple, payload, &control);
    if (err != OTP_OK || !is_addressed(connection, &control)) {
        otpi_node_of(connection->system)->bad++;
        return OTP_OK;
    }
    access_note(&control);
    err = control_arrives(connection, &control);
    return err == OTP_ENOMEM ? err : OTP_OK; /* who is gone has been answered, or needs no answer */
}
