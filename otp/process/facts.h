/* SPDX-License-Identifier: MIT */
/*
 * What is to be told of a process: the map of otp_process_info.
 */
#ifndef OTP_PROCESS_FACTS_H
#define OTP_PROCESS_FACTS_H

#include "process/process.h"

/* Of the calling process, of one that is visited, or of one that stands still. In the current
 * scope. */
otp_term otpi_process_facts(otpi_process *process);

#endif
