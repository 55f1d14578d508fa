/* SPDX-License-Identifier: MIT */
/*
 * Stacks: what scheduler loops and parked processes stand on.
 *
 * One mapping holds, from low to high: a guard page (or a canary word once guards run out), the
 * stack itself, the first chunk of its scope, and this record. The record and the chunk share the
 * top pages with the stack's base, which are warm anyway.
 */
#ifndef OTP_WORLD_STACK_H
#define OTP_WORLD_STACK_H

#include <otp/choose.h>

#include "port/context.h"
#include "port/thread.h"
#include "term/heap.h"

enum {
    OTPI_STACK_SIZE_DEFAULT = 256 * 1024,
    OTPI_STACK_SCOPE_WORDS = 160,
    OTPI_STACKS_GUARDED_MAX = 16384, /* each guard costs the kernel two mappings of some 65,000 */
    OTPI_STACKS_PARKED_DEFAULT = 100000,
};

typedef struct otpi_stack {
    otpi_context context; /* where it goes on, while parked */
    otpi_scope scope;     /* of the process that stands on it */
    struct otpi_stack *next;
    const char *label;      /* where its process waits; static text */
    const otp_event *event; /* what its process is about to do, at a visible operation; else NULL */
    char *low;              /* the usable range */
    size_t size;
    char *mapping;
    size_t mapping_size;
    bool guarded;
} otpi_stack;

/* The stacks of one world, shared by its workers. */
typedef struct otpi_stacks {
    otpi_spin lock; /* of free and the counts */
    otpi_stack *free;
    size_t mapped, mapped_max, guarded;
    size_t size;
} otpi_stacks;

void otpi_stacks_init(otpi_stacks *stacks, size_t size, size_t mapped_max);
/* Every stack must have been given back. */
void otpi_stacks_fini(otpi_stacks *stacks);
/* NULL when the limit is reached or memory is out. */
otpi_stack *otpi_stacks_take(otpi_stacks *stacks);
void otpi_stacks_give(otpi_stacks *stacks, otpi_stack *stack);
/* Panics "stack-002" when the canary of an unguarded stack is gone. */
void otpi_stack_check(const otpi_stack *stack);

#endif
