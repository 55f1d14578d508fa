/* SPDX-License-Identifier: MIT */
/*
 * A connection: one node's end of the way to another node, and the carrier that takes its signals
 * there. A node has one connection with a peer at a time.
 *
 * The carrier moves control messages with their payloads and keeps their order; everything that
 * gives them a meaning is here and in outgoing.c, so that carriers can be exchanged.
 *
 * Memory: a signal that cannot be encoded, decoded or delivered for lack of memory ends the
 * connection, as a signal may not be lost without a trace.
 */
#ifndef OTP_DIST_CONNECTION_H
#define OTP_DIST_CONNECTION_H

#include "base/list.h"
#include "process/system.h"

typedef struct otpi_connection otpi_connection;

/* How signals travel. All are called on a worker of the node's world. */
typedef struct otpi_carrier {
    /* Sets up the way from connection->system to the node connection->peer: sets number and
     * channel. OTP_ENODE when that node can't be reached, OTP_ENOMEM. */
    otp_err (*connect)(otpi_connection *connection);
    /* payload: OTP_NONE when there is none. OTP_OK also when the peer will never see it. */
    otp_err (*send)(otpi_connection *connection, otp_term control, otp_term payload);
    /* Ends it. Both nodes learn of it through otpi_connection_lost, behind what has been sent. */
    void (*close)(otpi_connection *connection);
    /* The node is going: its end is gone at once (the carrier forgets it), the peer learns of it
     * behind what has been sent, or, when abrupt, behind as much of it as gets through. */
    void (*abandon)(otpi_connection *connection, bool abrupt);
} otpi_carrier;

struct otpi_connection {
    otpi_list link; /* among those of its node, while it is up */
    otp_system *system;
    otp_term peer;
    uint64_t number; /* of the connection, the same at both ends */
    const otpi_carrier *carrier;
    void *channel; /* the carrier's */
};

/* A new end that is not up yet; NULL when out of memory. */
otpi_connection *otpi_connection_new(otp_system *system, otp_term peer,
                                     const otpi_carrier *carrier);
/* Takes it off its node, if it was up, and frees it. NULL is fine. */
void otpi_connection_free(otpi_connection *connection);

/* ---- What the carrier reports, on a worker, between two steps ---- */

/* From here on the node knows it. */
void otpi_connection_up(otpi_connection *connection);
/* One signal; the terms need to live for the call only. Bad ones are dropped and counted.
 * OTP_ENOMEM: it could not be delivered, the carrier has to close the connection. */
OTP_MUST_CHECK otp_err otpi_connection_deliver(otpi_connection *connection, otp_term control,
                                               otp_term payload);
/* The end of it: processes are told, the connection is freed. */
void otpi_connection_lost(otpi_connection *connection);

#endif
