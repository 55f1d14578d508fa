/* SPDX-License-Identifier: MIT */
/*
 * --gdb: the program in the debugger.
 */
#ifndef SUPERTESTER_RUNNER_DEBUGGER_H
#define SUPERTESTER_RUNNER_DEBUGGER_H

#include "supertester/runner/flags.h"

/* Replaces this program by gdb, which runs it with the same arguments in one process and stops at
 * the first check that fails. Returns only when that is not possible: error says why. */
void sti_debugger_start(const sti_flags *flags, otpi_text *error);

#endif
