/* SPDX-License-Identifier: MIT */
/*
 * Suspended processes: signals are acted upon, messages wait.
 */
#ifndef OTP_PROCESS_SUSPEND_H
#define OTP_PROCESS_SUSPEND_H

#include "process/process.h"

/* Waits until nobody holds the caller suspended any more. What came meanwhile is in its mailbox. */
OTP_MAY_SUSPEND void otpi_suspended_wait(otpi_process *self);

#endif
