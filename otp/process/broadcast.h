/* SPDX-License-Identifier: MIT */
/*
 * One message to many processes, a large one without a copy for each.
 */
#ifndef OTP_PROCESS_BROADCAST_H
#define OTP_PROCESS_BROADCAST_H

#include "process/process.h"

/* Sends the message to each pid of the list, in its order: as otp_try_send to each, but OTP_ENOMEM
 * is the only error. It means that some did not get it. Never suspends. */
OTP_MUST_CHECK otp_err otpi_broadcast(otp_term pids, otp_term message);

#endif
