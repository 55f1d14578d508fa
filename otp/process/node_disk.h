/* SPDX-License-Identifier: MIT */
/*
 * The simulated disks of a world, one a node name: they outlive the lives of their nodes.
 */
#ifndef OTP_PROCESS_NODE_DISK_H
#define OTP_PROCESS_NODE_DISK_H

#include "process/system.h"

/* Of the world's seam. */
otp_err otpi_node_disks_init(otp_world *world);
void otpi_node_disks_reset(otp_world *world);
void otpi_node_disks_fini(otp_world *world);

/* For the node's next life; nothing when it has no disk, or power. */
void otpi_node_disk_power_on(otp_world *world, otp_term node);

/* After a run of the simulator: when it was cut short by a power loss, the nodes that it hit end
 * and begin their next life. True: the run is to go on. */
bool otpi_node_power_restore(otp_world *world);

#endif
