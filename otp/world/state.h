/* SPDX-License-Identifier: MIT */
/*
 * The records of a world and its workers. For the world room; the process room reads what it needs.
 */
#ifndef OTP_WORLD_STATE_H
#define OTP_WORLD_STATE_H

#include "base/prng.h"
#include "port/memory.h"
#include "port/thread.h"
#include "world/biased.h"
#include "world/slot.h"
#include "world/stack.h"
#include "world/wheel.h"
#include "world/worker.h"

enum {
    OTPI_WORKERS_MAX = 256,
    OTPI_LIFO_MAX = 16, /* uses of the LIFO slot in a row before the queue gets its turn */
    OTPI_TICK = 64,     /* steps between two looks at clock, timers and quiescence */
};

/* A queue of runnables, oldest first. */
typedef struct otpi_queue {
    otpi_runnable *first, *last;
    size_t stealable; /* those without a stack: any worker may take them */
    size_t settlers;  /* of them, those that will never be taken again: OTPI_RUNNABLE_SETTLES */
} otpi_queue;

/* A wheel and its lock: workers set timers on their own wheel, anybody may cancel. */
typedef struct otpi_timers {
    const otpi_worker *owner; /* NULL in a simulated world: one thread, nothing to lock */
    otpi_biased lock;
    otpi_wheel wheel;
    uint64_t
        next; /* atomic: the earliest deadline or before it, so that idle workers look less often */
} otpi_timers;

/* Records of users' timers at hand: the process room's. */
typedef struct otpi_timer_cache {
    struct otpi_user_timer *free, *batch; /* a list that grows and shrinks, and a whole batch */
    unsigned free_count;
} otpi_timer_cache;

/* The alarms of waiting processes, which are pinned to this worker: nobody else sees them. Most are
 * cancelled long before they are due, so they go onto the wheel only when time has reached next. */
typedef struct otpi_waits {
    otpi_list fresh; /* set since, oldest first */
    otpi_wheel wheel;
    uint64_t next; /* the earliest deadline or before it */
} otpi_waits;

/* What the watchdog knows of a worker. Its thread's alone. */
typedef struct otpi_watch_note {
    uint64_t progress; /* at its last look */
    unsigned looks;    /* that have found the same progress since */
    uint64_t cpu_ns;   /* of the worker's thread at the first of them */
    bool named;        /* the hog has been */
} otpi_watch_note;

/* What the watcher has noted of a worker at its last look. All atomic: the watcher changes. */
typedef struct otpi_look {
    uint64_t progress;
    size_t backlog, settlers; /* what was waiting, slot included; of it, settlers in the queue */
    uint64_t behind_since_ns; /* every look since has found it with more than it can do; 0: not */
} otpi_look;

struct otpi_worker {
    otp_world *world;
    otpi_runnable *current; /* atomic for others: what it runs */
    otpi_stack *stack;      /* the one it stands on */
    otpi_stack *fresh;      /* the one it will go on with when current suspends */
    otpi_stack *spare;      /* a free one at hand */
    otpi_stack *dying;      /* the one it has jumped off, to be given back */
    otpi_context native;    /* the thread's own stack, where the loop was entered */
    void *native_fiber;
    unsigned index;
    unsigned ticks;                 /* steps until the next look at the clock */
    unsigned lifo_uses, queue_uses; /* in a row */
    bool online; /* may hold pointers to shared records: takes part in quiescence */
    uint64_t now_ns, now_ticks;
    uint64_t numbers, numbers_end; /* its share of the world's unique numbers */

    /* Retired objects by age: [0] retired since the last advance this worker saw, then older ones.
     */
    otpi_retired *limbo[3];
    uint64_t limbo_epoch;
    size_t limbo_count;
    uint64_t faults_version; /* the hooks it has set for its thread */
    uint64_t seen;           /* atomic: epoch at its last quiescent moment; 0 = offline */

    /* What others write to when they have something for it. */
    _Alignas(64) otpi_spin lock; /* of queue; rank 1 */
    bool sleeping;               /* atomic */
    otpi_queue queue;
    /* What it writes to in every step. */
    _Alignas(64) otpi_slot slot; /* LIFO: the newest runnable, still warm */
    uint64_t progress;           /* atomic: counts steps, so that a thief sees who is stuck */
    _Alignas(64) otpi_look look;
    bool off_duty; /* atomic: a spare that is not needed: see watchdog.c */
    bool stuck;    /* atomic: the watchdog's finding: its step computes on and on */
    otpi_watch_note note;
    otpi_park park;
    otpi_thread thread;
    otpi_timers timers;
    otpi_waits waits;
    otpi_timer_cache timer_cache;
};

/* Something for a worker to do between two steps, asked for by a foreign thread. */
typedef struct otpi_job {
    struct otpi_job *next;
    void (*run)(struct otpi_job *job);
} otpi_job;

/* The thread that looks after the workers of a parallel world (watchdog.c). */
typedef struct otpi_watchdog {
    otpi_thread thread;
    otpi_park park;
    bool awake; /* atomic: looks every few milliseconds */
    bool started;
} otpi_watchdog;

typedef struct otpi_simulator otpi_simulator;
typedef struct otpi_blocking_pool otpi_blocking_pool;
typedef struct otpi_poller otpi_poller;

struct otp_world {
    otp_world_opts opts;
    otp_mode mode;
    unsigned worker_count;  /* those that are always there; behind them in the array: spares */
    unsigned spares_max;    /* places for them */
    unsigned spares_so_far; /* atomic: of them, threads started; under pause_mutex */
    otpi_worker *workers;
    otpi_watchdog watchdog;
    otpi_stacks stacks;
    otpi_simulator *simulator; /* NULL in parallel worlds */
    otpi_blocking_pool *blocking;
    otpi_poller *poller; /* atomic: made when first asked for */
    uint64_t started_ns; /* monotonic clock */
    otp_fault_hooks faults;
    bool has_faults;

    uint64_t epoch;   /* atomic, from 1 */
    uint32_t serials; /* atomic: births */
    uint64_t numbers; /* atomic: references and other numbers that are unique in the world */
    bool stopping;    /* atomic */
    bool pausing;     /* atomic: workers are to stand still; see quiesce.c */
    unsigned paused;  /* those that do; under pause_mutex */
    otpi_mutex quiesce_mutex, pause_mutex;
    otpi_condition pause_changed;
    uint64_t faults_version; /* atomic: counts changes of faults */
    otpi_park emptied;       /* woken when the last process of a system is gone */
    unsigned sleepers;       /* atomic: workers in park */
    unsigned watchers;       /* atomic: sleepers that wake up to look for stuck queues */
    otpi_spin jobs_lock;     /* of jobs */
    otpi_job *jobs, **jobs_end;
    bool jobs_waiting; /* atomic */

    otpi_mutex systems_mutex; /* of the list and slots below: starts and stops are rare */
    otp_system *nodes[OTPI_NODE_SLOTS + 1]; /* by node slot */
    uint64_t node_ids[OTPI_NODE_SLOTS];     /* atomic: name and creation, also of an ended node */
    uint32_t node_slots;                    /* ever used */
    uint32_t next_slot, creations;
    void *room_above; /* what the process room keeps per world */
    void *network;    /* what the distribution keeps per world */
};

extern _Thread_local otpi_worker *otpi_worker_now;

static inline void otpi_current_set(otpi_worker *worker, otpi_runnable *runnable) {
    __atomic_store_n(&worker->current, runnable, __ATOMIC_RELAXED);
}

/* Workers that have a thread, spares included. */
static inline unsigned otpi_workers_started(const otp_world *world) {
    /* acquire: pairs with the release that published the spare's record */
    return world->worker_count + __atomic_load_n(&world->spares_so_far, __ATOMIC_ACQUIRE);
}

/* Run queues (run_queue.c). */
void otpi_queue_push(otpi_queue *queue, otpi_runnable *runnable);
otpi_runnable *otpi_queue_pop(otpi_queue *queue);
/* Moves the older half of the stealable ones to another queue; settlers stay, unless asked for. */
void otpi_queue_steal(otpi_queue *queue, otpi_queue *loot, bool settlers_too);
/* All of them: of the worker's own queue only, as it is looked through to its end. */
void otpi_queue_steal_all(otpi_queue *queue, otpi_queue *loot);

/* Standing on stacks (stand.c). */
OTP_NORETURN void
otpi_loop_enter(otpi_worker *worker); /* a fresh loop at the base of worker->stack */
OTP_NORETURN void otpi_resume(otpi_worker *worker, otpi_runnable *runnable);
void otpi_loop_leave(otpi_worker *worker); /* jumps to the native stack; does not return */
/* Enters a loop from the thread's native stack; returns when the loop leaves. false: no stack. */
bool otpi_loop_run(otpi_worker *worker);
void otpi_stack_bury(
    otpi_worker *worker); /* first thing after a jump: the stack it came from is free */
void otpi_spare_give_back(otpi_worker *worker);
/* Runs one step of a stackless runnable here; what became of it. */
otpi_step otpi_step_run(otpi_worker *worker, otpi_runnable *runnable);
otpi_step otpi_step_run_simulated(otpi_worker *worker, otpi_runnable *runnable);

/* The loops never return; each pass takes its worker anew. */
void otpi_scheduler_loop(void *unused);
void otpi_simulator_loop(void *unused);

/* Quiescence (epoch.c). */
void otpi_quiescent(otpi_worker *worker); /* the worker holds no shared pointers now */
void otpi_quiescence_online(otpi_worker *worker);
void otpi_quiescence_offline(otpi_worker *worker);
void otpi_limbo_drain(otpi_worker *worker); /* when no other worker runs any more */

/* Parallel scheduler (scheduler.c). */
void otpi_scheduler_ready(otp_world *world, otpi_runnable *runnable);
void otpi_scheduler_ready_last(
    otpi_runnable *runnable); /* behind all others of the calling worker */
void otpi_worker_wake(otpi_worker *worker);
void otpi_worker_main(void *worker);
uint64_t otpi_worker_now_ns(otpi_worker *worker);

/* The watchdog (watchdog.c). */
bool otpi_watchdog_start(otp_world *world);
void otpi_watchdog_stop(otp_world *world);
void otpi_watchdog_rouse_slow(otp_world *world);
/* A worker has work: makes sure that the watchdog is awake. */
static inline void otpi_watchdog_rouse(otp_world *world) {
    /* seq_cst: pairs with the watchdog's last look before it lies down */
    if (!__atomic_load_n(&world->watchdog.awake, __ATOMIC_SEQ_CST)) {
        otpi_watchdog_rouse_slow(world);
    }
}
/* Wakes a worker that can look at jobs, in place of worker 0 when that is stuck. */
void otpi_wake_for_jobs(otp_world *world);
void otpi_worker_init(otpi_worker *worker, otp_world *world, unsigned index);

/* Jobs: run(job) on some worker between two steps (parallel), or at once (simulated: the caller
 * drives). */
void otpi_world_submit(otp_world *world, otpi_job *job);

/* Time of the world, from its start. */
uint64_t otpi_world_now_ns(otp_world *world);
static inline uint64_t otpi_world_now_ms(otp_world *world) {
    return otpi_world_now_ns(world) / 1000000;
}

/* A timer that calls fire(alarm) once, on a worker between two steps; fire may not touch alarms. */
typedef struct otpi_alarm {
    otpi_wheel_timer timer;
    void (*fire)(struct otpi_alarm *alarm);
    otpi_timers *timers; /* atomic: the wheel it is on; of a wait NULL: its worker's own */
    bool on_wheel;       /* of a wait: no longer fresh */
} otpi_alarm;
/* deadline_ms: of the world's clock. patient: see OTPI_RUNNABLE_PATIENT. Callers are workers. */
void otpi_alarm_set(otpi_alarm *alarm, uint64_t deadline_ms, void (*fire)(otpi_alarm *alarm),
                    bool patient);
/* True when it had not fired: it will not. False: fire has returned. Any worker. */
bool otpi_alarm_cancel(otpi_alarm *alarm);
/* The same, if *number is still expected; it is 0 then. */
bool otpi_alarm_cancel_if(otpi_alarm *alarm, uint64_t *number, uint64_t expected);
/* The same for a process that suspends until then or until it is woken, and is pinned to its worker
 * meanwhile: in parallel worlds no other thread sees these. fire runs on that worker. */
void otpi_wait_alarm_set(otpi_alarm *alarm, uint64_t deadline_ms, void (*fire)(otpi_alarm *alarm),
                         bool patient);
void otpi_wait_alarm_cancel(otpi_alarm *alarm);
/* Takes every set alarm that matches off its wheel, onto the list (by timer.link). */
void otpi_alarms_take(otp_world *world, bool (*matches)(otpi_alarm *alarm, void *context),
                      void *context, otpi_list *taken);
void otpi_timers_init(otpi_timers *timers, const otpi_worker *owner);
/* Fires what is due at now_ms on one wheel. */
void otpi_timers_advance(otpi_timers *timers, uint64_t now_ms);
/* The same for the worker's own waits. */
void otpi_waits_init(otpi_waits *waits);
void otpi_waits_advance(otpi_waits *waits, uint64_t now_ms);

/* The blocking pool (blocking_pool.c). */
otpi_blocking_pool *otpi_blocking_pool_new(unsigned threads_max, unsigned waiting_max);
void otpi_blocking_pool_free(otpi_blocking_pool *pool); /* joins: what runs, runs to its end */
/* run(job) on a thread of the pool; false when it has no thread and can't start one. */
bool otpi_blocking_submit(otpi_blocking_pool *pool, otpi_job *job);
/* The same for a user's job: OTP_ELIMIT when too many wait already, OTP_ENOMEM when there is no
 * thread and none can be started. */
otp_err otpi_blocking_ask(otpi_blocking_pool *pool, otpi_job *job);

/* Waits for file descriptors of the world's ports. Parallel worlds; NULL when it can't be made. */
otpi_poller *otpi_world_poller(otp_world *world);

/* Calls look(context) while every worker stands between two steps. False when that did not come
 * about by the deadline. From outside of the world; not from its workers. */
bool otpi_world_quiesce(otp_world *world, uint64_t deadline_ns, void (*look)(void *context),
                        void *context);
void otpi_pause_here(otp_world *world);

/* Makes the allocation hook of the world's faults the one of this thread. */
void otpi_faults_adopt(otpi_worker *worker);

void otpi_blocks_thread_exit(void);

#endif
