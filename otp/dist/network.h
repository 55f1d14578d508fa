/* SPDX-License-Identifier: MIT */
/*
 * The simulated network of a world: what it does to signals, by draws of the network lane.
 *
 * Faults are drawn as gaps: "the k-th delivery from here". A gap of 0, the simplest answer, means
 * none among as many deliveries as the longest gap; then the next gap is drawn. So a world without
 * a chooser, or a recorded list that has run out, has a network without faults.
 */
#ifndef OTP_DIST_NETWORK_H
#define OTP_DIST_NETWORK_H

#include "base/list.h"
#include "process/system.h"

/* Counts down to the next fault of a kind. All zero at first. */
typedef struct otpi_gap {
    uint32_t left;
    bool strikes; /* at the end of it */
} otpi_gap;

typedef enum otpi_loss { OTPI_LOSS_DROP, OTPI_LOSS_DOUBLE, OTPI_LOSS_REORDER } otpi_loss;

/* What the network has done since the world was reset. */
typedef struct otpi_network_stats {
    uint64_t connections; /* ever set up */
    uint64_t sent;        /* signals given to a connection that was up */
    uint64_t delivered;
    uint64_t lost;    /* with their connection */
    uint64_t dropped; /* by a lossy network, as the next two */
    uint64_t doubled, reordered;
    uint64_t cuts; /* drawn, or asked for by otp_network_cut */
} otpi_network_stats;

typedef struct otpi_network {
    otp_world *world;
    otpi_list pairs;  /* the carrier's, in order of their first use */
    uint64_t numbers; /* connections numbered so far */
    bool stopped;     /* the world is stopping: nobody can be reached */
    otpi_gap loss;
    otpi_network_stats stats;
} otpi_network;

/* Made at first use; NULL when out of memory. */
otpi_network *otpi_network_of(otp_world *world);
otpi_network_stats otpi_network_stats_read(const otp_world *world);

/* For the process room: nothing arrives any more; and the end of what the world keeps. */
void otpi_network_stop(otp_world *world);
void otpi_network_fini(otp_world *world);

/* ---- Draws ---- */

/* Milliseconds a signal takes. */
uint64_t otpi_network_latency_ms(otpi_network *network);
/* Does the delivery that happens now end its connection? */
bool otpi_network_cuts(otpi_network *network, otpi_gap *gap);
/* How many of so many signals under way still arrive when the connection breaks. */
size_t otpi_network_survivors(otpi_network *network, size_t under_way);
/* Does something happen to the signal that is about to be delivered? Only a lossy network's. */
bool otpi_network_loses(otpi_network *network);
/* What it is, others being behind it. */
otpi_loss otpi_network_loss(otpi_network *network, size_t others);
/* How many of the others overtake it, at least one. */
size_t otpi_network_overtaken_by(otpi_network *network, size_t others);

#endif
