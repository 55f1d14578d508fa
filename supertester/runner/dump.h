/* SPDX-License-Identifier: MIT */
/*
 * A list of the processes of a system, for reports of tests that hang or wait for ever.
 */
#ifndef SUPERTESTER_RUNNER_DUMP_H
#define SUPERTESTER_RUNNER_DUMP_H

#include <otp/world.h>

#include "base/text.h"

/* One line per process: pid, name, what it is, where it waits, messages in its mailbox. Looks at
 * other processes without stopping them: call it when the system is quiet, or when all is lost. */
void sti_dump_processes(otp_system *system, otpi_text *out);

#endif
