/* SPDX-License-Identifier: MIT */
/*
 * pubsub: topics are the groups of a pg scope. Who publishes reads the scope's table, sends to the
 * subscribers of its node itself, and once to the hub of every other node that has some.
 */
#include <otp/pubsub.h>

#include <otp/logger.h>

#include "behaviour/pg.h"
#include "behaviour/wire.h"
#include "process/broadcast.h"
#include "process/system.h"
#include "term/pid.h"

#include <string.h>

enum { HUB_NAME_MAX = 248 };

/* The name of a hub's process: its scope has the plain name. OTP_NONE when it is too long. */
static otp_term hub_process(otp_term hub) {
    char text[4 * HUB_NAME_MAX + 8]; /* of up to 4 bytes a character */
    size_t length = otp_atom_length(hub);
    if (length > HUB_NAME_MAX) {
        return OTP_NONE;
    }
    memcpy(text, otp_atom_text(hub), length);
    memcpy(text + length, ".pubsub", 8);
    return otp_atom(text);
}

/* ---- The hub ---- */

typedef struct pubsub {
    otp_term name;
} pubsub;

static otp_result hub_init(void *state, otp_term args) {
    pubsub *p = state;
    otp_pid scope;
    p->name = args;
    otp_err err = otp_pg_start_link(args, &scope);
    return err ? otp_stop(otpi_wire_pair(OTP_ATOM(scope), otp_atom(otp_err_name(err)))) : otp_ok();
}

static otp_result hub_info(void *state, otp_term what) {
    const pubsub *p = state;
    otp_term topic, message;
    if (otp_match(what, "{publish, ~t, ~t}", &topic, &message) &&
        otpi_broadcast(otp_pg_get_local_members(p->name, topic), message)) {
        otp_log(OTP_LOG_WARNING, "%s: out of memory: some subscribers of %s miss a message",
                otp_atom_text(p->name), otp_show(topic));
    }
    return otp_noreply();
}

static otp_term hub_describe(const void *state) {
    return otpi_wire_pair(OTP_ATOM(pubsub), ((const pubsub *)state)->name);
}

static const otp_gen_server hub_server = {.name = "pubsub",
                                          .state_size = sizeof(pubsub),
                                          .init = hub_init,
                                          .handle_info = hub_info,
                                          .describe = hub_describe};

otp_err otp_pubsub_start_link(otp_term hub, otp_pid *out) {
    otp_term process = otp_is_atom(hub) ? hub_process(hub) : OTP_NONE;
    if (otp_is_none(process)) {
        return OTP_EBADARG;
    }
    return otp_start_link(&hub_server, hub, &(otp_start_opts){.name = process}, out);
}

otp_err otp_pubsub_child(void *context, otp_term hub, otp_pid *out) {
    (void)context;
    return otp_pubsub_start_link(hub, out);
}

/* ---- Subscribers and publishers ---- */

otp_err otp_pubsub_subscribe(otp_term hub, otp_term topic) {
    return otp_pg_join(hub, topic, otp_from_pid(otp_self()));
}

otp_err otp_pubsub_unsubscribe(otp_term hub, otp_term topic) {
    return otp_pg_leave(hub, topic, otp_from_pid(otp_self()));
}

otp_err otp_pubsub_local_publish(otp_term hub, otp_term topic, otp_term message) {
    otp_term all, local;
    return otpi_pg_read(hub, topic, &all, &local) ? otpi_broadcast(local, message) : OTP_ENOENT;
}

/* The other nodes that have subscribers, each once: a list of slots. */
static otp_term other_nodes(otp_term pids) {
    otp_term nodes = otp_nil();
    uint32_t last = otpi_self()->system->slot;
    uint32_t here = last;
    OTP_LIST_FOREACH (term, pids) {
        uint32_t slot = otpi_pid_address((otp_pid){term.word}).node;
        if (slot == here || slot == last) {
            continue; /* those of a node mostly stand together */
        }
        last = slot;
        bool known = false;
        OTP_LIST_FOREACH (node, nodes) {
            known |= node.word == otp_int(slot).word;
        }
        nodes = known ? nodes : otp_cons(otp_int(slot), nodes);
    }
    return nodes;
}

static otp_err publish_to(otp_term hub, otp_term node, otp_term packet) {
    int64_t slot;
    uint32_t creation;
    otp_get_int(node, &slot);
    otp_term name = otpi_node_of_slot(otpi_self()->system->world, (uint32_t)slot, &creation);
    if (otp_is_none(name)) {
        return OTP_OK; /* its members are about to leave */
    }
    otp_err err = otp_try_send_term(otpi_wire_pair(hub_process(hub), name), packet);
    return err == OTP_ENOMEM ? err : OTP_OK;
}

otp_err otp_pubsub_publish(otp_term hub, otp_term topic, otp_term message) {
    otp_term all, local;
    if (!otpi_pg_read(hub, topic, &all, &local)) {
        return OTP_ENOENT;
    }
    otp_err result = otpi_broadcast(local, message);
    otp_term nodes = other_nodes(all);
    otp_term packet = otp_is_nil(nodes) ? nodes : otp_tuple(OTP_ATOM(publish), topic, message);
    OTP_LIST_FOREACH (node, nodes) {
        otp_err err = publish_to(hub, node, packet);
        result = err ? err : result;
    }
    return result;
}
