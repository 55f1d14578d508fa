/* SPDX-License-Identifier: MIT */
/*
 * The carrier of simulated worlds: pairs of nodes, each with a stream of encoded signals in either
 * direction.
 *
 * Design notes.
 * A pair is known by the names of its nodes and outlives their lives, so that whatever a node sees
 * of a peer stays in order over crashes and restarts. Signals are encoded in the external term
 * format when they are sent and decoded at the receiver: what crosses nodes really crosses.
 * A connection that breaks is over at once for what is sent, but each node learns of it only when
 * it comes to the mark behind the signals that still arrive: till then its end is up and its
 * sends go nowhere. If the other node has set up a new connection meanwhile, that end waits (it has
 * been made already, so that nothing can fail) and comes up when the mark is reached.
 *     pair->open: the newest connection is up; then each node has its end in end or in waiting.
 *     A mark is in a way exactly as long as its end is of an older connection than pair->number, or
 *     of that one and the pair is not open.
 * Events are {OTP_CHOICE_DELIVER, object = number of the connection * 2 + 1 when it goes to the
 * second node of the pair, "deliver" or "nodedown"}.
 */
#ifndef OTP_DIST_CARRIER_SIMULATED_H
#define OTP_DIST_CARRIER_SIMULATED_H

#include "dist/connection.h"
#include "dist/network.h"

extern const otpi_carrier otpi_carrier_simulated;

/* Cuts two nodes off each other, or lets them connect again. OTP_ENOMEM. */
OTP_MUST_CHECK otp_err otpi_pair_set_apart(otpi_network *network, const otp_term names[2],
                                           bool apart);
/* All connections vanish without anybody being told; then the pairs can be freed. */
void otpi_pairs_stop(otpi_network *network);
void otpi_pairs_free(otpi_network *network);

#endif
