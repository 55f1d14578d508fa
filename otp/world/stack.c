/* SPDX-License-Identifier: MIT */
#include "world/stack.h"

#include "port/memory.h"

static const uint64_t stack_canary = 0x5afe57ac5afe57acULL;

void otpi_stacks_init(otpi_stacks *stacks, size_t size, size_t mapped_max) {
    *stacks = (otpi_stacks){0};
    otpi_spin_init(&stacks->lock);
    stacks->size = size ? size : OTPI_STACK_SIZE_DEFAULT;
    stacks->mapped_max = mapped_max ? mapped_max : OTPI_STACKS_PARKED_DEFAULT;
}

void otpi_stacks_fini(otpi_stacks *stacks) {
    while (stacks->free) {
        otpi_stack *stack = stacks->free;
        stacks->free = stack->next;
        stacks->mapped--;
        otpi_scope_fini(&stack->scope);
        otpi_stack_unpoison(stack->low, stack->size);
        otpi_leak_root_remove(stack->mapping, stack->mapping_size);
        otpi_stack_unmap(stack->mapping, stack->mapping_size);
    }
    OTPI_ASSERT("stack-001", stacks->mapped == 0);
}

/* Counts a new mapping; false at the limit. */
static bool stacks_reserve(otpi_stacks *stacks, bool *guarded) {
    otpi_spin_lock(&stacks->lock);
    bool allowed = stacks->mapped < stacks->mapped_max;
    *guarded = stacks->guarded < OTPI_STACKS_GUARDED_MAX;
    stacks->mapped += allowed;
    stacks->guarded += allowed && *guarded;
    otpi_spin_unlock(&stacks->lock);
    return allowed;
}

static void stacks_unreserve(otpi_stacks *stacks, bool guarded) {
    otpi_spin_lock(&stacks->lock);
    stacks->mapped--;
    stacks->guarded -= guarded;
    otpi_spin_unlock(&stacks->lock);
}

static otpi_stack *stack_lay_out(char *mapping, size_t size, bool guarded) {
    size_t record = (sizeof(otpi_stack) + 63) & ~(size_t)63;
    otpi_stack *stack = (otpi_stack *)(void *)(mapping + size - record);
    *stack = (otpi_stack){.mapping = mapping, .mapping_size = size, .guarded = guarded};
    uint64_t *chunk = (uint64_t *)(void *)stack - OTPI_STACK_SCOPE_WORDS;
    otpi_scope_init(&stack->scope, chunk, OTPI_STACK_SCOPE_WORDS);
    stack->low = mapping + (guarded ? otpi_page_size() : 64);
    stack->size = (size_t)((char *)chunk - stack->low) & ~(size_t)63;
    if (!guarded) {
        *(uint64_t *)(void *)mapping = stack_canary;
    }
    return stack;
}

static otpi_stack *stacks_map(otpi_stacks *stacks) {
    bool guarded;
    if (!stacks_reserve(stacks, &guarded)) {
        return NULL;
    }
    char *mapping = otpi_stack_map(stacks->size, guarded);
    if (!mapping) {
        stacks_unreserve(stacks, guarded);
        return NULL;
    }
    otpi_leak_root_add(mapping, stacks->size); /* a parked process's only pointers may be there */
    return stack_lay_out(mapping, stacks->size, guarded);
}

otpi_stack *otpi_stacks_take(otpi_stacks *stacks) {
    otpi_spin_lock(&stacks->lock);
    otpi_stack *stack = stacks->free;
    if (stack) {
        stacks->free = stack->next;
    }
    otpi_spin_unlock(&stacks->lock);
    return stack ? stack : stacks_map(stacks);
}

void otpi_stacks_give(otpi_stacks *stacks, otpi_stack *stack) {
    otpi_stack_check(stack);
    otpi_stack_unpoison(stack->low, stack->size);
    otpi_spin_lock(&stacks->lock);
    stack->next = stacks->free;
    stacks->free = stack;
    otpi_spin_unlock(&stacks->lock);
}

void otpi_stack_check(const otpi_stack *stack) {
    OTPI_ASSERT("stack-002",
                stack->guarded || *(const uint64_t *)(const void *)stack->mapping == stack_canary);
}
