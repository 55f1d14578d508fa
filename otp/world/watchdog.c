/* SPDX-License-Identifier: MIT */
/*
 * The watchdog of a parallel world: a thread that looks at the workers every few milliseconds while
 * any of them works, and sleeps while none does.
 *
 * A worker that has begun no step between two looks is looked at more closely: its thread's CPU
 * clock tells how much of that time it has computed (a thread that the kernel keeps waiting is no
 * hog). After STUCK_NS it counts as stuck; after the world's hog_ms its runnable is named, once.
 * The naming is a job for a worker, as only workers may look at processes.
 *
 * While workers are stuck, and no other is idle, spare ones stand in: workers like the others, who
 * find what a stuck one has in its queue and on its timer wheel as any thief does (scheduler.c).
 * There are never more of them on duty than workers are stuck. A spare that is not needed any more
 * is off duty: it passes on what can run elsewhere and sleeps; what is pinned to it, it still runs.
 */
#include "world/state.h"

enum {
    CALM_NS = 4000000, /* between two looks, as long as every worker begins steps */
    KEEN_NS = 1000000, /* while one did not since the last look */
    STUCK_NS = 1000000,
    IDLE_LOOKS_MAX = 4, /* in a row, at workers that all slept, before it sleeps too */
    HOG_MS_DEFAULT = 100,
};

/* What one look at all the workers has shown. */
typedef struct findings {
    unsigned stuck, on_duty; /* on_duty: of the spares */
    bool idle;               /* some worker on duty has nothing to do */
    bool any_works;
    bool any_slow; /* begins no steps */
} findings;

/* ---- Naming ---- */

typedef struct hog_job {
    otpi_job job;
    otpi_hog hog;
} hog_job;

bool otpi_hog_runs(const otpi_hog *hog) {
    /* acquire: pairs with the release in the scheduler's next_work */
    return __atomic_load_n(&hog->worker->progress, __ATOMIC_ACQUIRE) == hog->progress;
}

/* On a worker. The runnable stays in memory until this worker is between two steps again. */
static void hog_job_run(otpi_job *job) {
    hog_job *own = OTPI_CONTAINER_OF(job, hog_job, job);
    otpi_runnable *runnable = __atomic_load_n(&own->hog.worker->current, __ATOMIC_ACQUIRE);
    if (runnable && otpi_run.hogged && otpi_hog_runs(&own->hog)) {
        otpi_run.hogged(&own->hog, runnable);
    }
    otpi_free(own);
}

/* False when there is no memory: the next look tries again. */
static bool hog_name(otp_world *world, otpi_worker *worker, uint64_t cpu_ns) {
    enum { ANSWER_NS = 20000000 };
    hog_job *job = otpi_calloc(1, sizeof *job);
    if (!job) {
        return false;
    }
    job->job.run = hog_job_run;
    job->hog = (otpi_hog){.worker = worker, .progress = worker->note.progress, .cpu_ns = cpu_ns};
    uintptr_t address;
    if (otpi_thread_where(&worker->thread, otpi_clock_deadline_ns(ANSWER_NS), &address)) {
        otpi_code_describe(address, job->hog.where, sizeof job->hog.where);
    }
    otpi_world_submit(world, &job->job);
    return true;
}

/* ---- Looking ---- */

static uint64_t hog_ns(const otp_world *world) {
    return (world->opts.hog_ms ? world->opts.hog_ms : HOG_MS_DEFAULT) * UINT64_C(1000000);
}

/* Has the worker begun no step since the last look? Then how long it has computed. */
static bool worker_is_slow(otpi_worker *worker, uint64_t *cpu_ns) {
    otpi_watch_note *note = &worker->note;
    uint64_t progress = __atomic_load_n(&worker->progress, __ATOMIC_RELAXED);
    if (progress != note->progress || __atomic_load_n(&worker->sleeping, __ATOMIC_RELAXED)) {
        *note = (otpi_watch_note){.progress = progress};
        return false;
    }
    uint64_t cpu = otpi_thread_cpu_ns(&worker->thread);
    if (note->looks++ == 0) {
        note->cpu_ns = cpu;
    }
    *cpu_ns = cpu - note->cpu_ns;
    return true;
}

static void worker_look(otp_world *world, otpi_worker *worker, findings *f) {
    uint64_t cpu_ns = 0;
    bool slow = worker_is_slow(worker, &cpu_ns);
    bool stuck = slow && cpu_ns >= STUCK_NS;
    bool sleeps = __atomic_load_n(&worker->sleeping, __ATOMIC_SEQ_CST);
    bool on_duty = !__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED);
    __atomic_store_n(&worker->stuck, stuck, __ATOMIC_RELAXED);
    f->stuck += stuck;
    f->on_duty += on_duty && worker->index >= world->worker_count;
    f->idle = f->idle || (sleeps && on_duty);
    f->any_works = f->any_works || !sleeps;
    f->any_slow = f->any_slow || slow;
    if (slow && !worker->note.named && cpu_ns >= hog_ns(world)) {
        worker->note.named = hog_name(world, worker, cpu_ns);
    }
}

/* ---- Spares ---- */

/* One more thread, in the next place. When it can't be had, a later look tries again. */
static void spare_start(otp_world *world) {
    otpi_mutex_lock(&world->pause_mutex);
    unsigned index = otpi_workers_started(world);
    if (index < world->worker_count + world->spares_max) {
        otpi_worker *spare = &world->workers[index];
        otpi_worker_init(spare, world, index);
        /* release: who counts it, sees its record; before it runs, so that no memory is freed
         * without asking it (epoch.c), and under the mutex, so that it is waited for (quiesce.c) */
        __atomic_store_n(&world->spares_so_far, index - world->worker_count + 1, __ATOMIC_SEQ_CST);
        if (!otpi_thread_start(&spare->thread, "otp-spare", otpi_worker_main, spare)) {
            __atomic_store_n(&world->spares_so_far, index - world->worker_count, __ATOMIC_SEQ_CST);
        }
    }
    otpi_mutex_unlock(&world->pause_mutex);
}

static otpi_worker *spare_find(otp_world *world, bool off_duty) {
    for (unsigned i = world->worker_count, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *spare = &world->workers[i];
        if (spare->off_duty == off_duty && !spare->stuck) {
            return spare;
        }
    }
    return NULL;
}

static void spare_set_off_duty(otpi_worker *spare, bool off_duty) {
    __atomic_store_n(&spare->off_duty, off_duty, __ATOMIC_SEQ_CST);
    otpi_park_wake(&spare->park);
}

static void spares_adjust(otp_world *world, const findings *f) {
    if (f->stuck > f->on_duty && !f->idle) {
        otpi_worker *spare = spare_find(world, true);
        if (spare) {
            spare_set_off_duty(spare, false);
        } else {
            spare_start(world);
        }
    } else if (f->stuck < f->on_duty) {
        otpi_worker *spare = spare_find(world, false);
        if (spare) {
            spare_set_off_duty(spare, true);
        }
    }
}

/* ---- Jobs ---- */

/* Some worker that is not stuck; one that sleeps, if there is one. */
static otpi_worker *worker_for_jobs(otp_world *world) {
    otpi_worker *found = NULL;
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        otpi_worker *worker = &world->workers[i];
        bool can = !__atomic_load_n(&worker->stuck, __ATOMIC_RELAXED) &&
                   !__atomic_load_n(&worker->off_duty, __ATOMIC_RELAXED);
        if (can && __atomic_load_n(&worker->sleeping, __ATOMIC_SEQ_CST)) {
            return worker;
        }
        found = can && !found ? worker : found;
    }
    return found;
}

void otpi_wake_for_jobs(otp_world *world) {
    otpi_worker *worker = &world->workers[0];
    if (OTPI_UNLIKELY(__atomic_load_n(&worker->stuck, __ATOMIC_RELAXED))) {
        worker = worker_for_jobs(world);
    }
    if (worker) {
        otpi_worker_wake(worker);
    }
}

/* ---- The thread ---- */

static findings look(otp_world *world) {
    findings f = {0};
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        worker_look(world, &world->workers[i], &f);
    }
    spares_adjust(world, &f);
    if (f.stuck && __atomic_load_n(&world->jobs_waiting, __ATOMIC_RELAXED)) {
        otpi_wake_for_jobs(world);
    }
    return f;
}

static bool anybody_awake(otp_world *world) {
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        if (!__atomic_load_n(&world->workers[i].sleeping, __ATOMIC_SEQ_CST)) {
            return true;
        }
    }
    return false;
}

/* Sleeps until a worker leaves its sleep. Who does stores that first, then looks at awake. */
static void lie_down(otp_world *world) {
    otpi_watchdog *dog = &world->watchdog;
    __atomic_store_n(&dog->awake, false, __ATOMIC_SEQ_CST);
    if (!anybody_awake(world) && !__atomic_load_n(&world->stopping, __ATOMIC_SEQ_CST)) {
        otpi_park_wait(&dog->park, OTPI_NEVER);
    }
    __atomic_store_n(&dog->awake, true, __ATOMIC_SEQ_CST);
}

void otpi_watchdog_rouse_slow(otp_world *world) {
    if (!__atomic_exchange_n(&world->watchdog.awake, true, __ATOMIC_SEQ_CST)) {
        otpi_park_wake(&world->watchdog.park);
    }
}

static void watchdog_main(void *arg) {
    otp_world *world = arg;
    unsigned idle_looks = 0;
    while (!__atomic_load_n(&world->stopping, __ATOMIC_SEQ_CST)) {
        findings f = look(world);
        idle_looks = f.any_works ? 0 : idle_looks + 1;
        if (idle_looks > IDLE_LOOKS_MAX) {
            lie_down(world);
            idle_looks = 0;
        }
        uint64_t pause_ns = f.any_slow || f.on_duty ? KEEN_NS : CALM_NS;
        otpi_park_wait(&world->watchdog.park, otpi_clock_deadline_ns(pause_ns));
    }
}

bool otpi_watchdog_start(otp_world *world) {
    otpi_watchdog *dog = &world->watchdog;
    dog->started = otpi_thread_start(&dog->thread, "otp-watchdog", watchdog_main, world);
    return dog->started;
}

void otpi_watchdog_stop(otp_world *world) {
    if (world->watchdog.started) {
        otpi_park_wake(&world->watchdog.park);
        otpi_thread_join(&world->watchdog.thread);
    }
}
