/* SPDX-License-Identifier: MIT */
/*
 * The tests of contexts once more over the portable switch, which is brought in under other names:
 * the library has the assembler's.
 */
#define OTPI_CONTEXT_UCONTEXT
#define otpi_context_prepare ucontext_prepare
#define otpi_context_swap    ucontext_swap
#define otpi_context_load    ucontext_load
#define otpi_context_launch  ucontext_launch
#define otpi_context_init    ucontext_init
#define otpi_context_switch  ucontext_switch
#define otpi_context_jump    ucontext_jump
#define otpi_context_restart ucontext_restart

#include "port/context_asan.c"
#include "port/context_ucontext.c"

#include "port/context_test.c"
