/* SPDX-License-Identifier: MIT */
#include "dist/node.h"

#include "dist/carrier_simulated.h"

#include <string.h>

static otp_err part_init(otp_system *system, void *data) {
    (void)system;
    otpi_list_init(&((otpi_node *)data)->connections);
    return OTP_OK;
}

static otpi_part node_part = {.name = "dist", .size = sizeof(otpi_node), .init = part_init};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&node_part);
}

otpi_node *otpi_node_of(otp_system *system) {
    return otpi_part_data(system, &node_part);
}

otpi_connection *otpi_node_connection(otp_system *system, otp_term peer) {
    OTPI_LIST_EACH (at, &otpi_node_of(system)->connections) {
        otpi_connection *connection = OTPI_LIST_ENTRY(at, otpi_connection, link);
        if (connection->peer.word == peer.word) {
            return connection;
        }
    }
    return NULL;
}

bool otpi_node_admits(const otp_system *a, otp_system *b) {
    return a->distributed && b->distributed && !otpi_node_of(b)->gone &&
           strcmp(a->cookie, b->cookie) == 0;
}

/* The carrier of the world's nodes; NULL in parallel worlds, whose systems know no others. */
static const otpi_carrier *carrier_of(const otp_world *world) {
    return world->simulator ? &otpi_carrier_simulated : NULL;
}

otpi_connection *otpi_node_connect(otp_system *system, otp_term peer) {
    otpi_connection *connection = otpi_node_connection(system, peer);
    const otpi_carrier *carrier = carrier_of(system->world);
    if (connection || !carrier || otpi_node_of(system)->gone || peer.word == system->name.word) {
        return connection;
    }
    connection = otpi_connection_new(system, peer, carrier);
    if (connection && carrier->connect(connection) != OTP_OK) {
        otpi_connection_free(connection);
        connection = NULL;
    }
    if (connection) {
        otpi_connection_up(connection);
    }
    return connection;
}
