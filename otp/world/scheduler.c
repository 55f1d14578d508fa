/* SPDX-License-Identifier: MIT */
/*
 * The parallel scheduler: each worker runs what it woke, thieves help when work waits.
 *
 * Design notes.
 * A line that crosses cores costs 400 ns and waking a thread 15 us, so a receiver becomes runnable
 * on the sender's worker, in its LIFO slot (bounded: after OTPI_LIFO_MAX uses in a row the queue
 * has its turn). Other workers sleep. One of them is the watcher: while anybody works it wakes
 * every WATCH_NS, and when a worker's queue is not empty and that worker has not got on, or has
 * more than it can do, the watcher takes half of it. Runnables that hold a stack are pinned: they
 * are queued at home, wherever they are woken. One that will be pinned once it has begun (a
 * settler) is not taken at the first sight of a backlog: a hundred processes that start within a
 * fraction of a millisecond, and then call one server each, are slower on two workers for ever.
 *
 * The queues of a worker are under one lock (7 ns uncontended); lock-free run queues have been
 * tried and dropped by others (Erlang/OTP, ProcessManagementOptimizations). Locks are never nested
 * here.
 *
 * When workers compute on in one step, spare ones stand in for them: they are workers like the
 * others as long as they are on duty (watchdog.c).
 */
#include "port/probe.h"
#include "world/state.h"

enum {
    WATCH_NS = 30 * 1000,        /* how long a queue may wait before a thief looks at it */
    WATCH_IDLE_NS = 1000 * 1000, /* the watcher's pause when it found nothing for a while */
    SETTLE_NS = 1000 * 1000,     /* how long a worker must be behind before it loses settlers */
    SPINS_BEFORE_SLEEP = 200,
};

/* ---- Time ---- */

/* The clock is read anew when the tick counter moved by more than some 20 us. */
uint64_t otpi_worker_now_ns(otpi_worker *worker) {
    uint64_t ticks = otpi_clock_ticks();
    if (ticks - worker->now_ticks > 50000 || worker->now_ns == 0) {
        worker->now_ticks = ticks;
        worker->now_ns = otpi_clock_monotonic_ns();
    }
    return worker->now_ns;
}

/* ---- Waking ---- */

void otpi_worker_wake(otpi_worker *worker) {
    /* seq_cst exchange: pairs with the sleeper's store of sleeping before its last look at the
     * queues */
    if (__atomic_load_n(&worker->sleeping, __ATOMIC_SEQ_CST) &&
        __atomic_exchange_n(&worker->sleeping, false, __ATOMIC_SEQ_CST)) {
        otpi_park_wake(&worker->park);
    }
}

/* Work may be waiting longer than its worker can see: makes sure somebody watches. */
static void watcher_want(otp_world *world) {
    if (!__atomic_load_n(&world->sleepers, __ATOMIC_RELAXED) ||
        __atomic_load_n(&world->watchers, __ATOMIC_RELAXED)) {
        return;
    }
    unsigned none = 0;
    if (!__atomic_compare_exchange_n(&world->watchers, &none, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
        return;
    }
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *worker = &world->workers[i];
        if (__atomic_load_n(&worker->sleeping, __ATOMIC_RELAXED) &&
            !__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED)) {
            otpi_worker_wake(worker);
            return;
        }
    }
    __atomic_store_n(&world->watchers, 0, __ATOMIC_RELEASE);
}

static void queue_put(otpi_worker *worker, otpi_runnable *runnable) {
    bool pinned = runnable->stack != NULL;
    otpi_spin_lock(&worker->lock);
    otpi_queue_push(&worker->queue, runnable);
    otpi_spin_unlock(&worker->lock);
    if (!pinned) {
        watcher_want(worker->world);
    }
}

/* ---- Making runnable ---- */

void otpi_scheduler_ready(otp_world *world, otpi_runnable *runnable) {
    otpi_worker *here = otpi_worker_now;
    otpi_worker *home = runnable->stack ? &world->workers[runnable->home] : here;
    if (!home || home->world != world) {
        home = &world->workers[0];
    }
    if (home != here) {
        queue_put(home, runnable);
        otpi_worker_wake(home);
        return;
    }
    otpi_runnable *older = otpi_slot_swap(&here->slot, runnable);
    if (older) {
        queue_put(here, older);
    } else {
        watcher_want(world);
    }
}

void otpi_scheduler_ready_last(otpi_runnable *runnable) {
    queue_put(otpi_worker_now, runnable);
}

/* ---- Taking work ---- */

static otpi_runnable *lifo_take(otpi_worker *worker) {
    return otpi_slot_is_full(&worker->slot) ? otpi_slot_swap(&worker->slot, NULL) : NULL;
}

static otpi_runnable *queue_take(otpi_worker *worker) {
    if (!__atomic_load_n(&worker->queue.first, __ATOMIC_RELAXED)) {
        return NULL;
    }
    otpi_spin_lock(&worker->lock);
    otpi_runnable *taken = otpi_queue_pop(&worker->queue);
    otpi_spin_unlock(&worker->lock);
    return taken;
}

/* The newest first, while it is warm; after a bound the queue has as many turns. */
static otpi_runnable *own_work(otpi_worker *worker) {
    bool queue_turn = worker->lifo_uses >= OTPI_LIFO_MAX;
    if (!queue_turn) {
        otpi_runnable *newest = lifo_take(worker);
        if (newest) {
            worker->lifo_uses++;
            return newest;
        }
    }
    otpi_runnable *oldest = queue_take(worker);
    if (!queue_turn || !oldest || ++worker->queue_uses >= OTPI_LIFO_MAX) {
        worker->lifo_uses = 0;
        worker->queue_uses = 0;
    }
    return oldest ? oldest : lifo_take(worker);
}

/* Half of the victim's stealable queue, the older half; the LIFO occupant, if it is stuck, when
 * there is nothing else. */
static otpi_runnable *steal_from(otpi_worker *thief, otpi_worker *victim, bool stuck,
                                 bool settlers_too) {
    otpi_queue loot = {0};
    otpi_spin_lock(&victim->lock);
    otpi_queue_steal(&victim->queue, &loot, settlers_too);
    otpi_spin_unlock(&victim->lock);
    otpi_runnable *first = otpi_queue_pop(&loot);
    if (!first) {
        first = stuck ? otpi_slot_raid(&victim->slot, thief->index) : NULL;
        if (first && first->stack) {
            queue_put(victim, first);
            otpi_worker_wake(victim);
            first = NULL;
        }
        return first;
    }
    otpi_spin_lock(&thief->lock);
    while (loot.first) {
        otpi_queue_push(&thief->queue, otpi_queue_pop(&loot));
    }
    otpi_spin_unlock(&thief->lock);
    return first;
}

static bool has_stealable(otpi_worker *victim) {
    return __atomic_load_n(&victim->queue.stealable, __ATOMIC_RELAXED) ||
           otpi_slot_is_full(&victim->slot);
}

/* ---- Between steps ---- */

static void jobs_run(otp_world *world) {
    otpi_spin_lock(&world->jobs_lock);
    otpi_job *job = world->jobs;
    world->jobs = NULL;
    world->jobs_end = &world->jobs;
    __atomic_store_n(&world->jobs_waiting, false, __ATOMIC_RELAXED);
    otpi_spin_unlock(&world->jobs_lock);
    while (job) {
        otpi_job *next = job->next;
        job->run(job);
        job = next;
    }
}

static void timers_look(otpi_worker *worker, otpi_timers *timers) {
    uint64_t now_ms = (otpi_worker_now_ns(worker) - worker->world->started_ns) / 1000000;
    if (__atomic_load_n(&timers->next, __ATOMIC_RELAXED) <= now_ms) {
        otpi_timers_advance(timers, now_ms);
    }
}

static void waits_look(otpi_worker *worker) {
    uint64_t now_ms = (otpi_worker_now_ns(worker) - worker->world->started_ns) / 1000000;
    if (worker->waits.next <= now_ms) {
        otpi_waits_advance(&worker->waits, now_ms);
    }
}

/* A spare that is off duty runs what is pinned to it, and what that wakes until the next look; the
 * rest goes to a regular worker: it would be kept from its sleep for ever. */
static OTPI_NOINLINE void pass_on(otpi_worker *spare) {
    otpi_worker *heir = &spare->world->workers[spare->index % spare->world->worker_count];
    otpi_queue loot = {0};
    otpi_runnable *newest = lifo_take(spare);
    otpi_spin_lock(&spare->lock);
    if (newest) {
        otpi_queue_push(&spare->queue, newest);
    }
    otpi_queue_steal_all(&spare->queue, &loot);
    otpi_spin_unlock(&spare->lock);
    if (!loot.first) {
        return;
    }
    otpi_spin_lock(&heir->lock);
    while (loot.first) {
        otpi_queue_push(&heir->queue, otpi_queue_pop(&loot));
    }
    otpi_spin_unlock(&heir->lock);
    otpi_worker_wake(heir);
}

static void housekeeping(otpi_worker *worker) {
    worker->ticks = OTPI_TICK;
    otpi_quiescent(worker);
    timers_look(worker, &worker->timers);
    waits_look(worker);
    otp_world *world = worker->world;
    if (OTPI_UNLIKELY(__atomic_load_n(&world->pausing, __ATOMIC_RELAXED))) {
        otpi_pause_here(world);
    }
    if (OTPI_UNLIKELY(__atomic_load_n(&world->faults_version, __ATOMIC_RELAXED) !=
                      worker->faults_version)) {
        otpi_faults_adopt(worker);
    }
    if (__atomic_load_n(&world->jobs_waiting, __ATOMIC_RELAXED)) {
        jobs_run(world);
    }
    if (OTPI_UNLIKELY(__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED))) {
        pass_on(worker);
    }
}

/* ---- Idle ---- */

static bool anybody_works(otpi_worker *me) {
    otp_world *world = me->world;
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *other = &world->workers[i];
        if (other != me && !__atomic_load_n(&other->sleeping, __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* Notes how far each other worker is, and how much it has to do. */
static bool watch_look(otpi_worker *me) {
    otp_world *world = me->world;
    bool any = false;
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *other = &world->workers[i];
        size_t settlers = __atomic_load_n(&other->queue.settlers, __ATOMIC_RELAXED);
        size_t backlog = __atomic_load_n(&other->queue.stealable, __ATOMIC_RELAXED) +
                         otpi_slot_is_full(&other->slot);
        backlog = other == me ? 0 : backlog;
        uint64_t progress = __atomic_load_n(&other->progress, __ATOMIC_RELAXED);
        __atomic_store_n(&other->look.progress, progress, __ATOMIC_RELAXED);
        __atomic_store_n(&other->look.backlog, backlog, __ATOMIC_RELAXED);
        __atomic_store_n(&other->look.settlers, settlers, __ATOMIC_RELAXED);
        any = any || backlog;
    }
    return any;
}

/* A new watcher knows of nobody how long it has been behind. */
static void watch_begin(otp_world *world) {
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        __atomic_store_n(&world->workers[i].look.behind_since_ns, 0, __ATOMIC_RELAXED);
    }
}

/* Has the worker run fewer steps since the look than it had waiting then, look after look? */
static bool is_behind_for_long(otpi_worker *me, otpi_look *look, bool behind) {
    uint64_t since = __atomic_load_n(&look->behind_since_ns, __ATOMIC_RELAXED);
    uint64_t now = behind ? otpi_worker_now_ns(me) : 0;
    if (!behind || !since) {
        __atomic_store_n(&look->behind_since_ns, now, __ATOMIC_RELAXED);
        return false;
    }
    return now - since >= SETTLE_NS;
}

/* Takes from a worker that is behind; settlers only when it got nowhere, or for long not far
 * enough. */
static otpi_runnable *watch_take(otpi_worker *me, otpi_worker *victim) {
    otpi_look *look = &victim->look;
    uint64_t done = __atomic_load_n(&victim->progress, __ATOMIC_RELAXED) -
                    __atomic_load_n(&look->progress, __ATOMIC_RELAXED);
    size_t backlog = __atomic_load_n(&look->backlog, __ATOMIC_RELAXED);
    bool settlers_too = is_behind_for_long(me, look, done < backlog) || done == 0;
    size_t kept = settlers_too ? 0 : __atomic_load_n(&look->settlers, __ATOMIC_RELAXED);
    if (done + kept >= backlog || !has_stealable(victim)) {
        return NULL;
    }
    return steal_from(me, victim, done == 0, settlers_too);
}

static otpi_runnable *watch_round(otpi_worker *me) {
    otp_world *world = me->world;
    for (unsigned i = 1, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *victim = &world->workers[(me->index + i) % n];
        otpi_runnable *loot = watch_take(me, victim);
        if (loot) {
            return loot;
        }
        timers_look(me, &victim->timers);
    }
    return NULL;
}

static bool has_own_work(otpi_worker *worker) {
    return __atomic_load_n(&worker->queue.first, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&worker->slot.occupant, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&worker->world->jobs_waiting, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&worker->world->pausing, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&worker->world->stopping, __ATOMIC_SEQ_CST);
}

static uint64_t sleep_deadline(otpi_worker *worker, uint64_t pause_ns) {
    uint64_t deadline = OTPI_NEVER;
    uint64_t next = __atomic_load_n(&worker->timers.next, __ATOMIC_RELAXED);
    next = worker->waits.next < next ? worker->waits.next : next;
    if (next != UINT64_MAX) {
        deadline = worker->world->started_ns + next * 1000000;
    }
    if (pause_ns) {
        uint64_t look = otpi_clock_monotonic_ns() + pause_ns;
        deadline = look < deadline ? look : deadline;
    }
    return deadline;
}

/* Sleeps until woken, a timer is due, or the watcher's pause is over. */
static void worker_sleep(otpi_worker *worker, uint64_t pause_ns) {
    otp_world *world = worker->world;
    unsigned counts = !__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED);
    __atomic_store_n(&worker->sleeping, true, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&world->sleepers, counts, __ATOMIC_SEQ_CST);
    if (!has_own_work(worker)) {
        otpi_quiescence_offline(worker);
        otpi_park_wait(&worker->park, sleep_deadline(worker, pause_ns));
        otpi_quiescence_online(worker);
    }
    __atomic_fetch_sub(&world->sleepers, counts, __ATOMIC_SEQ_CST);
    __atomic_store_n(&worker->sleeping, false, __ATOMIC_SEQ_CST);
    otpi_watchdog_rouse(world);
    worker->now_ns = 0;
    housekeeping(worker);
}

/* The watcher's duty, until it finds work or nobody works any more. */
static otpi_runnable *watch(otpi_worker *worker) {
    otp_world *world = worker->world;
    uint64_t pause_ns = WATCH_NS;
    otpi_runnable *found = NULL;
    watch_begin(world);
    while (!found && anybody_works(worker) && !has_own_work(worker)) {
        bool any = watch_look(worker);
        worker_sleep(worker, pause_ns);
        found = watch_round(worker);
        pause_ns = any ? WATCH_NS : pause_ns * 2 > WATCH_IDLE_NS ? WATCH_IDLE_NS : pause_ns * 2;
    }
    __atomic_store_n(&world->watchers, 0, __ATOMIC_RELEASE);
    return found;
}

/* What to run next; sleeps when there is nothing. NULL when the world stops. */
static otpi_runnable *find_work(otpi_worker *worker) {
    otp_world *world = worker->world;
    for (unsigned spins = 0;;) {
        otpi_runnable *runnable = own_work(worker);
        if (runnable) {
            return runnable;
        }
        housekeeping(worker);
        if (__atomic_load_n(&world->stopping, __ATOMIC_ACQUIRE)) {
            return NULL;
        }
        if (has_own_work(worker)) {
            continue;
        }
        if (spins++ < SPINS_BEFORE_SLEEP) {
            otpi_cpu_relax();
            continue;
        }
        unsigned none = 0;
        if (!__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED) && anybody_works(worker) &&
            (__atomic_load_n(&world->watchers, __ATOMIC_RELAXED) == 1 ||
             __atomic_compare_exchange_n(&world->watchers, &none, 1, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))) {
            runnable = watch(worker);
            if (runnable) {
                return runnable;
            }
        } else {
            worker_sleep(worker, 0);
        }
        spins = 0;
    }
}

/* ---- The loop ---- */

/* noinline: what is inlined into the loop is not seen by the race detector, locks included. */
static OTPI_NOINLINE otpi_runnable *next_work(otpi_worker *worker) {
    if (worker->ticks-- == 0) {
        housekeeping(worker);
    }
    otpi_runnable *runnable = own_work(worker);
    if (OTPI_UNLIKELY(!runnable)) {
        runnable = find_work(worker);
    }
    /* release: who sees the step, sees the runnable whole; pairs with otpi_hog_runs */
    __atomic_store_n(&worker->progress, worker->progress + 1, __ATOMIC_RELEASE);
    otpi_probe_schedule((uintptr_t)worker, (uintptr_t)runnable);
    return runnable;
}

static OTPI_NOINLINE void run_again(otpi_runnable *runnable) {
    queue_put(otpi_worker_here(), runnable);
}

OTPI_UNINSTRUMENTED void otpi_scheduler_loop(void *unused) {
    (void)unused;
    otpi_stack_bury(otpi_worker_now);
    for (;;) {
        otpi_worker *worker = otpi_worker_here();
        otpi_current_set(worker, NULL);
        otpi_runnable *runnable = next_work(worker);
        if (!runnable) {
            otpi_loop_leave(worker);
        }
        if (runnable->stack) {
            otpi_resume(worker, runnable);
        }
        if (otpi_step_run(worker, runnable) == OTPI_STEP_AGAIN) {
            run_again(runnable);
        }
    }
}

void otpi_worker_main(void *arg) {
    otpi_worker *worker = arg;
    otpi_worker_now = worker;
    otpi_quiescence_online(worker);
    bool ran = otpi_loop_run(worker);
    OTPI_ASSERT("scheduler-001", ran);
    otpi_quiescence_offline(worker);
    otpi_scope_now = NULL;
    otpi_worker_now = NULL;
    otpi_blocks_thread_exit();
}
