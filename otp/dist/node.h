/* SPDX-License-Identifier: MIT */
/*
 * A system as a node among others: its connections, set up at first use.
 */
#ifndef OTP_DIST_NODE_H
#define OTP_DIST_NODE_H

#include "dist/connection.h"

typedef struct otpi_node {
    otpi_list connections; /* those that are up, oldest first */
    bool gone;             /* has crashed: nothing goes out any more */
    uint64_t bad;          /* atomic: signals dropped because they made no sense */
} otpi_node;

otpi_node *otpi_node_of(otp_system *system);
/* The connection with the node of that name, or NULL. */
otpi_connection *otpi_node_connection(otp_system *system, otp_term peer);
/* The same, set up if need be: both nodes must be up and have a name, the same cookie, and a way
 * between them. */
otpi_connection *otpi_node_connect(otp_system *system, otp_term peer);
/* Could these two be connected, as far as they are concerned? */
bool otpi_node_admits(const otp_system *a, otp_system *b);

#endif
