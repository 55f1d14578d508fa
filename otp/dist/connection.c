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
        otpi_list_init(&connection->unlinks);
    }
    return connection;
}

typedef struct pending_unlink {
    otpi_list link;
    otp_pid mine, peer;
    uint64_t id;
} pending_unlink;

static void unlink_free(pending_unlink *unlinked) {
    otpi_list_remove(&unlinked->link);
    otpi_block_free(unlinked, sizeof *unlinked);
}

void otpi_connection_free(otpi_connection *connection) {
    if (!connection) {
        return;
    }
    otpi_list_remove(&connection->link);
    for (otpi_list *at; (at = otpi_list_first(&connection->unlinks));) {
        unlink_free(OTPI_LIST_ENTRY(at, pending_unlink, link));
    }
    otpi_block_free(connection, sizeof *connection);
}

void otpi_connection_up(otpi_connection *connection) {
    otpi_list_push_back(&otpi_node_of(connection->system)->connections, &connection->link);
}

void otpi_connection_lost(otpi_connection *connection) {
    otp_system *system = connection->system;
    otp_term peer = connection->peer;
    uint64_t number = connection->number;
    otpi_connection_free(connection);
    otpi_arrive_node_lost(system, number, peer);
}

/* ---- Unlinks under way ----------------------------------------------------------------------- */

bool otpi_unlink_remember(otpi_connection *connection, otp_pid mine, otp_pid peer, uint64_t id) {
    pending_unlink *unlinked = otpi_block_alloc(sizeof *unlinked);
    if (unlinked) {
        *unlinked = (pending_unlink){.mine = mine, .peer = peer, .id = id};
        otpi_list_push_back(&connection->unlinks, &unlinked->link);
    }
    return unlinked != NULL;
}

static bool is_of_pair(const pending_unlink *unlinked, otp_pid mine, otp_pid peer) {
    return unlinked->mine.word == mine.word && unlinked->peer.word == peer.word;
}

void otpi_unlink_forget(otpi_connection *connection, otp_pid mine, otp_pid peer, uint64_t id) {
    OTPI_LIST_EACH (at, &connection->unlinks) {
        pending_unlink *unlinked = OTPI_LIST_ENTRY(at, pending_unlink, link);
        if (unlinked->id == id && is_of_pair(unlinked, mine, peer)) {
            unlink_free(unlinked);
            return;
        }
    }
}

bool otpi_unlink_pending(const otpi_connection *connection, otp_pid mine, otp_pid peer) {
    OTPI_LIST_EACH (at, &connection->unlinks) {
        if (is_of_pair(OTPI_LIST_ENTRY(at, pending_unlink, link), mine, peer)) {
            return true;
        }
    }
    return false;
}
