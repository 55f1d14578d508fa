/* SPDX-License-Identifier: MIT */
/*
 * What code in a process of a simulated world may not call. See host.c.
 */
#ifndef SUPERTESTER_RUNNER_HOST_H
#define SUPERTESTER_RUNNER_HOST_H

#include "supertester/runner/context.h"

/* Does nothing: who calls it has the refusing functions linked into the program. */
void sti_host_link(void);

#endif
