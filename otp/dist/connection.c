/* SPDX-License-Identifier: MIT */
#include "dist/connection.h"

#include "dist/node.h"
#include "process/remote.h"

otpi_connection *otpi_connection_new(otp_system *system, otp_term peer,
                                     const otpi_carrier *carrier) {
    otpi_connection *connection = otpi_block_alloc(sizeof *connection);
    if (connection) {
        *connection = (otpi_connection){.system = system, .peer = peer, .carrier = carrier};
        otpi_list_init(&connection->link);
    }
    return connection;
}

void otpi_connection_free(otpi_connection *connection) {
    if (connection) {
        otpi_list_remove(&connection->link);
        otpi_block_free(connection, sizeof *connection);
    }
}

void otpi_connection_up(otpi_connection *connection) {
    otpi_list_push_back(&otpi_node_of(connection->system)->connections, &connection->link);
    otpi_arrive_node_up(connection->system, connection->peer);
}

void otpi_connection_lost(otpi_connection *connection) {
    otp_system *system = connection->system;
    otp_term peer = connection->peer;
    uint64_t number = connection->number;
    otpi_connection_free(connection);
    otpi_arrive_node_lost(system, number, peer);
}
