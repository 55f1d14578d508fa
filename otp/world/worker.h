/* SPDX-License-Identifier: MIT */
/*
 * What runs processes, seen from the rooms above: runnables, workers, stacks, block pools,
 * quiescence.
 *
 * Design notes.
 * A worker is a thread that runs runnables (the process room embeds one in each process). It works
 * on a pooled stack: the scheduler loop runs at its base and calls a stackless runnable's step
 * directly on it. When the step suspends, the stack stays with the runnable (it is now pinned to
 * this worker), and the worker begins a fresh loop on another pooled stack. Resuming is a jump onto
 * the parked stack; the stack that jumped is free again. A runnable that exits at any depth
 * restarts the loop at the base of the stack it stands on. A simulated world has one worker, the
 * calling thread, whose loop asks the chooser. Nothing of the loop lives across a step, so loops
 * may be abandoned at any time.
 */
#ifndef OTP_WORLD_WORKER_H
#define OTP_WORLD_WORKER_H

#include <otp/choose.h>
#include <otp/world.h>

#include "port/context.h"
#include "port/sanitizer.h"
#include "term/heap.h"
#include "world/blocks.h"

typedef struct otpi_worker otpi_worker;
typedef struct otpi_stack otpi_stack;
typedef struct otpi_runnable otpi_runnable;

struct otpi_runnable {
    otpi_runnable *next; /* in a run queue */
    otpi_stack *stack;   /* it is parked on; NULL = holds no stack and may run on any worker */
    uint32_t serial;     /* order of birth in its world, from 1 */
    uint16_t home;       /* worker it is pinned to while it holds a stack */
    uint16_t flags;      /* otpi_runnable_flags */
#if OTPI_TSAN
    void *fiber; /* race detector's view of it */
#endif
};

#if OTPI_TSAN
static inline void *otpi_runnable_fiber(const otpi_runnable *runnable) {
    return runnable->fiber;
}
static inline void otpi_runnable_set_fiber(otpi_runnable *runnable, void *fiber) {
    runnable->fiber = fiber;
}
#else
static inline void *otpi_runnable_fiber(const otpi_runnable *runnable) {
    (void)runnable;
    return NULL;
}
static inline void otpi_runnable_set_fiber(otpi_runnable *runnable, void *fiber) {
    (void)runnable, (void)fiber;
}
#endif

enum otpi_runnable_flags {
    OTPI_RUNNABLE_PATIENT =
        1, /* its timeouts never compete with the system under test (simulated) */
    OTPI_RUNNABLE_FROZEN = 2,     /* not enabled until its freeze timer fires (simulated) */
    OTPI_RUNNABLE_DRAWS = 4,      /* may draw in a parallel world */
    OTPI_RUNNABLE_THAW_READY = 8, /* became ready while frozen */
    OTPI_RUNNABLE_SETTLES = 16,   /* the worker that runs it first has it from then on: it will hold
                                   * a stack whenever it waits */
};

/* What became of a step. */
typedef enum otpi_step { OTPI_STEP_IDLE, OTPI_STEP_AGAIN, OTPI_STEP_DEAD } otpi_step;

/* ---- The calling worker ---- */

/* NULL outside of workers. noinline: compilers cache thread-local addresses over a suspension. */
otpi_worker *otpi_worker_here(void);
otpi_runnable *otpi_runnable_here(void); /* the running one, or NULL */
otp_world *otpi_worker_world(otpi_worker *worker);
bool otpi_simulated(void); /* does the calling worker simulate? */

/* Suspending takes two steps, so that the runnable can be woken in between: prepare takes the stack
 * that the worker will go on with and marks the runnable as parked here; then the caller lets
 * others wake it; then it suspends until otpi_ready. prepare: false when no stack can be had (the
 * limit, or memory). label: static text, where it waits. */
bool otpi_suspend_prepare(const char *label);
void otpi_suspend_cancel(void);
void otpi_suspend(void);
/* Makes an idle or parked runnable runnable: exactly one caller may do so per suspension. */
void otpi_ready(otp_world *world, otpi_runnable *runnable);
/* The same, behind everything that is runnable on the calling worker. */
void otpi_ready_last(otp_world *world, otpi_runnable *runnable);
/* The calling runnable is dead: abandons its stack frames and goes on with other work. */
OTP_NORETURN void otpi_leave(void);

/* A visible operation: in a simulated world another event may happen first. Call it before the
 * operation looks at anything or takes anything: no process or row pointer survives it, and a
 * process that was killed meanwhile leaves here. label is static text. No-op in parallel worlds. */
extern _Thread_local bool otpi_visible_on;
void otpi_visible_slow(const char *label, uint64_t object);
/* The same where the process may not leave: true when others had their turn. In simulated worlds.
 */
bool otpi_visible_turn(const char *label, uint64_t object);
static inline void otpi_visible(const char *label, uint64_t object) {
    if (__builtin_expect(otpi_visible_on, 0)) {
        otpi_visible_slow(label, object);
    }
}
/* What the current step touched, for the chooser's observer, if it has one. */
extern _Thread_local bool otpi_observed;
void otpi_access_slow(otp_access_how how, uint64_t object, uint64_t key);
static inline void otpi_access(otp_access_how how, uint64_t object, uint64_t key) {
    if (__builtin_expect(otpi_observed, 0)) {
        otpi_access_slow(how, object, key);
    }
}
/* While > 0 a visible operation does not switch (the process holds an otp_lock). */
extern _Thread_local uint32_t otpi_locks_held;

/* ---- Quiescence ---- */

/* Calls release(object) when no worker can hold a pointer to it any more: every worker has been
 * between two steps or suspensions since. next: a free word inside the object. */
typedef struct otpi_retired {
    struct otpi_retired *next;
    void (*release)(struct otpi_retired *retired);
} otpi_retired;
void otpi_retire(otpi_retired *retired, void (*release)(otpi_retired *retired));

/* ---- Hogs ---- */

/* A step that has run too long. */
typedef struct otpi_hog {
    const otpi_worker *worker;
    uint64_t progress; /* of the worker: tells the step from later ones */
    uint64_t cpu_ns;   /* used by the step so far */
    char where[160];   /* the place in its code, as text for addr2line; empty = not known */
} otpi_hog;
/* It still runs. What was read of its runnable before is of that step. */
bool otpi_hog_runs(const otpi_hog *hog);

/* ---- Seams: set once by the process room ---- */

typedef struct otpi_world_seam {
    /* Runs one stretch of a runnable on the current stack. */
    otpi_step (*step)(otpi_runnable *runnable);
    /* After a step that found nothing more to do, off the runnable's stack: true when it is idle
     * now, false when work has come. */
    bool (*settle)(otpi_runnable *runnable);
    /* Goes on after others had their turn at its visible operation: leaves if it is to. */
    void (*resumed)(otpi_runnable *runnable);
    /* Both, where one worker is alone: in a simulated world. */
    otpi_step (*step_simulated)(otpi_runnable *runnable);
    /* The chooser's picture of what this runnable does next: fills object, refines label. */
    void (*describe)(otpi_runnable *runnable, otp_event *event);
    /* Tells who hogs. On another worker than the hog's, between two steps; may not suspend. */
    void (*hogged)(const otpi_hog *hog, otpi_runnable *runnable);
    /* Per-world data of the process room: world->room_above. */
    otp_err (*world_init)(otp_world *world);
    void (*world_reset)(otp_world *world);
    void (*world_fini)(otp_world *world);
    /* Stops every system of the world. Called outside of it. */
    void (*stop_systems)(otp_world *world);
} otpi_world_seam;
extern otpi_world_seam otpi_run;

#endif
