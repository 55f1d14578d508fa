/* SPDX-License-Identifier: MIT */
#include "port/poller.h"
#include "world/simulator.h"
#include "world/state.h"

otpi_world_seam otpi_run;

/* ---- Starting ---- */

void otpi_worker_init(otpi_worker *worker, otp_world *world, unsigned index) {
    __builtin_memset(worker, 0, sizeof *worker);
    worker->world = world;
    worker->index = index;
    worker->limbo_epoch = 1;
    otpi_spin_init(&worker->lock);
    otpi_park_init(&worker->park);
    otpi_timers_init(&worker->timers, worker);
    otpi_waits_init(&worker->waits);
}

static bool workers_new(otp_world *world) {
    /* spares have a place, which is not touched before the first hog */
    size_t size = (world->worker_count + world->spares_max) * sizeof(otpi_worker);
    world->workers = otpi_alloc_aligned(_Alignof(otpi_worker), size);
    if (!world->workers) {
        return false;
    }
    for (unsigned i = 0; i < world->worker_count; i++) {
        otpi_worker_init(&world->workers[i], world, i);
    }
    return true;
}

static otp_err opts_check(const otp_world_opts *opts) {
    bool bad = (unsigned)opts->mode > OTP_SIMULATED || opts->schedulers > OTPI_WORKERS_MAX ||
               (opts->spares_max != OTP_NO_SPARES && opts->spares_max > OTPI_WORKERS_MAX) ||
               (opts->stack_size && opts->stack_size < 16384) ||
               (unsigned)opts->delivery > OTP_DELIVERY_PAIRWISE ||
               (unsigned)opts->network > OTP_NETWORK_LOSSY ||
               (unsigned)opts->timers > OTP_TIMERS_RACE;
    return bad ? OTP_EBADARG : OTP_OK;
}

/* Starts the scheduler threads; on failure those that run are stopped by world_free. */
static otp_err threads_start(otp_world *world) {
    for (unsigned i = 0; i < world->worker_count; i++) {
        otpi_worker *worker = &world->workers[i];
        if (!otpi_thread_start(&worker->thread, "otp-worker", otpi_worker_main, worker)) {
            world->worker_count = i;
            return OTP_ELIMIT;
        }
    }
    return otpi_watchdog_start(world) ? OTP_OK : OTP_ELIMIT;
}

static void threads_stop(otp_world *world) {
    __atomic_store_n(&world->stopping, true, __ATOMIC_SEQ_CST);
    otpi_watchdog_stop(world); /* first: it starts spares */
    unsigned count = otpi_workers_started(world);
    for (unsigned i = 0; i < count; i++) {
        otpi_park_wake(&world->workers[i].park);
    }
    for (unsigned i = 0; i < count; i++) {
        otpi_thread_join(&world->workers[i].thread);
    }
}

static void spares_give_back(otp_world *world) {
    for (unsigned i = 0; world->workers && i < otpi_workers_started(world); i++) {
        otpi_spare_give_back(&world->workers[i]);
    }
}

static void limbo_drain_all(otp_world *world) {
    otpi_worker *before = otpi_worker_now;
    for (unsigned i = 0; world->workers && i < otpi_workers_started(world); i++) {
        otpi_worker_now = &world->workers[i];
        otpi_limbo_drain(&world->workers[i]);
    }
    otpi_worker_now = before;
}

otpi_poller *otpi_world_poller(otp_world *world) {
    /* acquire: pairs with the exchange that published it */
    otpi_poller *poller = __atomic_load_n(&world->poller, __ATOMIC_ACQUIRE);
    if (poller) {
        return poller;
    }
    otpi_poller *fresh = otpi_poller_new();
    if (!fresh || __atomic_compare_exchange_n(&world->poller, &poller, fresh, false,
                                              __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return fresh;
    }
    otpi_poller_free(fresh);
    return poller;
}

static void world_free(otp_world *world) {
    otpi_poller_free(world->poller);
    if (world->mode == OTP_PARALLEL && world->workers) {
        threads_stop(world);
    }
    otpi_blocking_pool_free(world->blocking);
    limbo_drain_all(world);
    otpi_simulator_free(world->simulator);
    if (otpi_run.world_fini && world->room_above) {
        otpi_run.world_fini(world);
    }
    spares_give_back(world);
    otpi_stacks_fini(&world->stacks);
    otpi_condition_fini(&world->pause_changed);
    otpi_mutex_fini(&world->pause_mutex);
    otpi_mutex_fini(&world->quiesce_mutex);
    otpi_mutex_fini(&world->systems_mutex);
    otpi_free(world->workers);
    otpi_free(world);
}

static unsigned lesser(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static unsigned spares_of(const otp_world_opts *opts) {
    return opts->spares_max == OTP_NO_SPARES ? 0 : opts->spares_max ? opts->spares_max : 8;
}

static void world_init(otp_world *world, const otp_world_opts *opts) {
    world->opts = *opts;
    world->mode = opts->mode;
    world->worker_count = 1;
    if (opts->mode == OTP_PARALLEL) {
        world->worker_count = opts->schedulers ? opts->schedulers : otpi_cpu_count();
        world->worker_count = lesser(world->worker_count, OTPI_WORKERS_MAX);
        world->spares_max = lesser(spares_of(opts), OTPI_WORKERS_MAX - world->worker_count);
    }
    world->epoch = 1;
    world->started_ns = otpi_clock_monotonic_ns();
    world->jobs_end = &world->jobs;
    otpi_park_init(&world->watchdog.park); /* workers look at it before it is started */
    world->watchdog.awake = true;
    otpi_spin_init(&world->jobs_lock);
    otpi_mutex_init(&world->systems_mutex);
    otpi_park_init(&world->emptied);
    otpi_mutex_init(&world->quiesce_mutex);
    otpi_mutex_init(&world->pause_mutex);
    otpi_condition_init(&world->pause_changed);
    otpi_stacks_init(&world->stacks, opts->stack_size, opts->parked_stacks_max);
}

/* The parts a world needs by its mode. */
static otp_err world_furnish(otp_world *world) {
    if (!workers_new(world)) {
        world->worker_count = 0;
        return OTP_ENOMEM;
    }
    if (world->mode == OTP_SIMULATED) {
        world->simulator = otpi_simulator_new(world);
        return world->simulator ? OTP_OK : OTP_ENOMEM;
    }
    world->blocking =
        otpi_blocking_pool_new(world->opts.blocking_threads_max, world->opts.blocking_queue_max);
    if (!world->blocking) {
        world->worker_count = 0;
        return OTP_ENOMEM;
    }
    return threads_start(world);
}

otp_err otp_world_start(const otp_world_opts *opts, otp_world **out) {
    static const otp_world_opts defaults = {0};
    opts = opts ? opts : &defaults;
    if (!out || opts_check(opts) != OTP_OK) {
        return OTP_EBADARG;
    }
    if (otpi_worker_now && otpi_worker_now->current) {
        return OTP_EMODE;
    }
    otp_world *world = otpi_calloc(1, sizeof *world);
    if (!world) {
        return OTP_ENOMEM;
    }
    world_init(world, opts);
    otp_err err = otpi_run.world_init ? otpi_run.world_init(world) : OTP_OK;
    if (err == OTP_OK) {
        err = world_furnish(world);
    } else {
        world->worker_count = 0;
    }
    if (err != OTP_OK) {
        world_free(world);
        return err;
    }
    *out = world;
    return OTP_OK;
}

void otp_world_stop(otp_world *world) {
    if (!world) {
        return;
    }
    OTPI_ASSERT("world-001", !otpi_worker_now || otpi_worker_now->world != world);
    otpi_run.stop_systems(world);
    world_free(world);
}

otp_err otp_world_reset(otp_world *world, const otp_world_opts *opts) {
    if (world->mode != OTP_SIMULATED || opts->mode != OTP_SIMULATED || opts_check(opts) != OTP_OK) {
        return OTP_EBADARG;
    }
    if (otpi_worker_now && otpi_worker_now->current) {
        return OTP_EMODE;
    }
    otpi_run.stop_systems(world);
    world->opts = *opts;
    world->serials = 0;
    world->numbers = 0;
    world->workers[0].numbers = world->workers[0].numbers_end = 0;
    world->node_slots = world->next_slot = world->creations = 0;
    world->has_faults = false;
    world->faults_version++;
    otpi_simulator_reset(world->simulator);
    otpi_run.world_reset(world);
    return OTP_OK;
}

otp_mode otp_world_mode(const otp_world *world) {
    return world->mode;
}

otp_world *otp_world_here(void) {
    otpi_worker *worker = otpi_worker_here();
    return worker && worker->current ? worker->world : NULL;
}

bool otpi_simulated(void) {
    return otpi_worker_now && otpi_worker_now->world->simulator;
}

/* ---- Jobs, readiness, time ---- */

void otpi_ready(otp_world *world, otpi_runnable *runnable) {
    if (world->simulator) {
        otpi_simulator_ready(world->simulator, runnable);
    } else {
        otpi_scheduler_ready(world, runnable);
    }
}

void otpi_ready_last(otp_world *world, otpi_runnable *runnable) {
    if (world->simulator) {
        otpi_simulator_ready(world->simulator, runnable);
    } else {
        otpi_scheduler_ready_last(runnable);
    }
}

void otpi_world_submit(otp_world *world, otpi_job *job) {
    if (world->simulator) {
        otpi_worker *before = otpi_simulator_enter(world);
        job->run(job);
        otpi_simulator_exit(before);
        return;
    }
    job->next = NULL;
    otpi_spin_lock(&world->jobs_lock);
    *world->jobs_end = job;
    world->jobs_end = &job->next;
    __atomic_store_n(&world->jobs_waiting, true, __ATOMIC_SEQ_CST);
    otpi_spin_unlock(&world->jobs_lock);
    otpi_wake_for_jobs(world);
}

uint64_t otpi_world_now_ns(otp_world *world) {
    if (world->simulator) {
        return otpi_simulator_now_ns(world->simulator);
    }
    otpi_worker *worker = otpi_worker_now;
    uint64_t now = worker ? otpi_worker_now_ns(worker) : otpi_clock_monotonic_ns();
    return now - world->started_ns;
}

/* ---- Draws and faults ---- */

static bool allocation_fails(void *context, size_t size, const char *site) {
    otp_world *world = context;
    return world->faults.allocation(world->faults.context, size, site);
}

void otpi_faults_adopt(otpi_worker *worker) {
    otp_world *world = worker->world;
    worker->faults_version = __atomic_load_n(&world->faults_version, __ATOMIC_ACQUIRE);
    bool hooked = world->has_faults && world->faults.allocation;
    otpi_alloc_fault_set(hooked ? allocation_fails : NULL, world);
}

static void faults_replace(void *context) {
    const otp_fault_hooks *hooks = ((void **)context)[1];
    otp_world *world = ((void **)context)[0];
    world->faults = hooks ? *hooks : (otp_fault_hooks){0};
    world->has_faults = hooks != NULL;
    /* release: pairs with the acquire in otpi_faults_adopt */
    __atomic_add_fetch(&world->faults_version, 1, __ATOMIC_RELEASE);
}

/* Nobody is in the old hooks when this returns: they may go. */
void otp_world_faults(otp_world *world, const otp_fault_hooks *hooks) {
    void *context[] = {world, (void *)(uintptr_t)hooks};
    otpi_world_quiesce(world, OTPI_NEVER, faults_replace, context);
}

otp_err otp_fault_point(const char *name) {
    otpi_worker *worker = otpi_worker_here();
    if (!worker || !worker->world->has_faults || !worker->world->faults.point) {
        return OTP_OK;
    }
    return worker->world->faults.point(worker->world->faults.context, name);
}
