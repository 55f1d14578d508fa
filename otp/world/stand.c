/* SPDX-License-Identifier: MIT */
/*
 * Standing on stacks: how loops, steps, suspensions and exits share them. See the design notes in
 * worker.h.
 *
 * These functions run on the worker's own fiber or hand over to a runnable's: they are not
 * instrumented for the race detector, whose shadow stack would not survive frames that are
 * abandoned.
 */
#include "world/state.h"

_Thread_local otpi_worker *otpi_worker_now;

OTPI_NOINLINE otpi_worker *otpi_worker_here(void) {
    return otpi_worker_now;
}

otpi_runnable *otpi_runnable_here(void) {
    otpi_worker *worker = otpi_worker_here();
    return worker ? worker->current : NULL;
}

otp_world *otpi_worker_world(otpi_worker *worker) {
    return worker->world;
}

static void (*loop_of(const otp_world *world))(void *) {
    return world->mode == OTP_SIMULATED ? otpi_simulator_loop : otpi_scheduler_loop;
}

/* One free stack stays with the worker: most suspensions find it there. */
static inline otpi_stack *stack_take(otpi_worker *worker) {
    otpi_stack *stack = worker->spare;
    worker->spare = NULL;
    return stack ? stack : otpi_stacks_take(&worker->world->stacks);
}

static inline void stack_give(otpi_worker *worker, otpi_stack *stack) {
    if (worker->spare) {
        otpi_stacks_give(&worker->world->stacks, stack);
    } else {
        otpi_stack_check(stack);
        otpi_stack_unpoison(stack->low, stack->size);
        worker->spare = stack;
    }
}

/* The stack a jump has left is free; gives it back. The first thing on the other side. */
OTPI_UNINSTRUMENTED void otpi_stack_bury(otpi_worker *worker) {
    if (worker->dying) {
        stack_give(worker, worker->dying);
        worker->dying = NULL;
    }
}

OTPI_UNINSTRUMENTED void otpi_loop_enter(otpi_worker *worker) {
    otpi_fiber_switch_ordered(worker->native_fiber);
    otpi_context_restart(worker->stack->low, worker->stack->size, loop_of(worker->world), NULL);
}

OTPI_UNINSTRUMENTED bool otpi_loop_run(otpi_worker *worker) {
    otpi_stack *stack = stack_take(worker);
    if (!stack) {
        return false;
    }
    worker->stack = stack;
    worker->native_fiber = otpi_fiber_current();
    otpi_scope *scope = otpi_scope_now;
    otpi_context_init(&stack->context, stack->low, stack->size, loop_of(worker->world), NULL);
    otpi_context_switch(&worker->native, &stack->context);
    otpi_scope_now = scope;
    otpi_stack_bury(worker);
    return true;
}

void otpi_spare_give_back(otpi_worker *worker) {
    if (worker->spare) {
        otpi_stacks_give(&worker->world->stacks, worker->spare);
        worker->spare = NULL;
    }
}

OTPI_UNINSTRUMENTED void otpi_loop_leave(otpi_worker *worker) {
    worker->dying = worker->stack;
    worker->stack = NULL;
    otpi_context_jump(&worker->native);
}

OTPI_UNINSTRUMENTED void otpi_resume(otpi_worker *worker, otpi_runnable *runnable) {
    otpi_stack *parked = runnable->stack;
    runnable->stack = NULL;
    otpi_current_set(worker, runnable);
    worker->dying = worker->stack;
    worker->stack = parked;
    otpi_scope_now = &parked->scope;
    otpi_fiber_switch_ordered(otpi_runnable_fiber(runnable));
    otpi_context_jump(&parked->context);
}

OTPI_UNINSTRUMENTED bool otpi_suspend_prepare(const char *label) {
    otpi_worker *worker = otpi_worker_now;
    worker->fresh = stack_take(worker);
    if (!worker->fresh) {
        return false;
    }
    otpi_stack_check(worker->stack);
    worker->stack->label = label;
    worker->stack->event = NULL;
    worker->current->home = (uint16_t)worker->index;
    worker->current->stack = worker->stack;
    return true;
}

OTPI_UNINSTRUMENTED void otpi_suspend_cancel(void) {
    otpi_worker *worker = otpi_worker_now;
    worker->current->stack = NULL;
    stack_give(worker, worker->fresh);
}

OTPI_UNINSTRUMENTED void otpi_suspend(void) {
    otpi_worker *worker = otpi_worker_now;
    otpi_stack *own = worker->stack;
    otpi_stack *fresh = worker->fresh;
    otpi_current_set(worker, NULL);
    worker->stack = fresh;
    otpi_context_init(&fresh->context, fresh->low, fresh->size, loop_of(worker->world), NULL);
    otpi_fiber_switch_ordered(worker->native_fiber);
    otpi_context_switch(&own->context, &fresh->context);
    otpi_stack_bury(worker);
}

OTPI_UNINSTRUMENTED void otpi_leave(void) {
    otpi_worker *worker = otpi_worker_now;
    void *fiber = otpi_runnable_fiber(worker->current);
    otpi_runnable_set_fiber(worker->current, NULL);
    otpi_current_set(worker, NULL);
    otpi_scope_reset(&worker->stack->scope);
    otpi_fiber_switch_ordered(worker->native_fiber);
    otpi_fiber_free(fiber);
    otpi_loop_enter(worker);
}

OTPI_UNINSTRUMENTED otpi_step otpi_step_run(otpi_worker *worker, otpi_runnable *runnable) {
    otpi_current_set(worker, runnable);
    otpi_scope_now = &worker->stack->scope;
    if (OTPI_TSAN && !otpi_runnable_fiber(runnable)) {
        otpi_runnable_set_fiber(runnable, otpi_fiber_new());
    }
    otpi_fiber_switch_ordered(otpi_runnable_fiber(runnable));
    otpi_step step = otpi_run.step(runnable);
    worker = otpi_worker_now;
    otpi_fiber_switch_ordered(worker->native_fiber);
    otpi_current_set(worker, NULL);
    if (step == OTPI_STEP_IDLE && !otpi_run.settle(runnable)) {
        step = OTPI_STEP_AGAIN;
    }
    return step;
}

/* For the race detector it is as in parallel worlds: idleness begins off the runnable's fiber. */
OTPI_UNINSTRUMENTED otpi_step otpi_step_run_simulated(otpi_worker *worker,
                                                      otpi_runnable *runnable) {
    if (OTPI_TSAN) {
        return otpi_step_run(worker, runnable);
    }
    worker->current = runnable;
    otpi_scope_now = &worker->stack->scope;
    return otpi_run.step_simulated(runnable);
}
