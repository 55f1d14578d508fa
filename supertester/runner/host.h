/* SPDX-License-Identifier: MIT */
/*
 * The C library's functions that test programs bring along: what code in a process of a simulated
 * world may not call (host.c), what a sweep makes fail (host_io.c, host_memory.c), what leak checks
 * count (host_memory.c).
 */
#ifndef SUPERTESTER_RUNNER_HOST_H
#define SUPERTESTER_RUNNER_HOST_H

#include "supertester/runner/context.h"

/* Do nothing: who calls them has the functions beside them linked into the program. */
void sti_host_bring(void);
void sti_host_bring_io(void);
void sti_host_bring_memory(void);

#endif
