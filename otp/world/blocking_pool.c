/* SPDX-License-Identifier: MIT */
/*
 * Threads for work that blocks. They are started when a job finds none idle, up to a limit; beyond
 * it jobs queue, oldest first, up to another. Threads stay until the pool ends. The runtime's own
 * jobs are few, and not refused: what they are to do has to be done.
 */
#include "world/state.h"

enum { THREADS_DEFAULT = 64, WAITING_DEFAULT = 65536 };

typedef struct pool_thread {
    otpi_thread thread;
    struct pool_thread *next;
} pool_thread;

struct otpi_blocking_pool {
    otpi_mutex mutex; /* of everything below; rank 0: nothing else is taken under it */
    otpi_condition work;
    otpi_job *jobs, **jobs_end;
    pool_thread *threads;
    unsigned count, idle, waiting, max, waiting_max;
    bool stopping;
};

otpi_blocking_pool *otpi_blocking_pool_new(unsigned threads_max, unsigned waiting_max) {
    otpi_blocking_pool *pool = otpi_calloc(1, sizeof *pool);
    if (pool) {
        otpi_mutex_init(&pool->mutex);
        otpi_condition_init(&pool->work);
        pool->jobs_end = &pool->jobs;
        pool->max = threads_max ? threads_max : THREADS_DEFAULT;
        pool->waiting_max = waiting_max ? waiting_max : WAITING_DEFAULT;
    }
    return pool;
}

static otpi_job *job_take(otpi_blocking_pool *pool) {
    otpi_job *job = pool->jobs;
    if (job) {
        pool->jobs = job->next;
        pool->waiting--;
        if (!pool->jobs) {
            pool->jobs_end = &pool->jobs;
        }
    }
    return job;
}

static void pool_main(void *arg) {
    otpi_blocking_pool *pool = arg;
    otpi_mutex_lock(&pool->mutex);
    for (;;) {
        otpi_job *job = job_take(pool);
        if (job) {
            otpi_mutex_unlock(&pool->mutex);
            job->run(job);
            otpi_mutex_lock(&pool->mutex);
        } else if (pool->stopping) {
            break;
        } else {
            pool->idle++;
            otpi_condition_wait(&pool->work, &pool->mutex, OTPI_NEVER);
            pool->idle--;
        }
    }
    otpi_mutex_unlock(&pool->mutex);
    otpi_blocks_thread_exit();
}

/* One more thread if none is free for the new job. Locked. */
static bool pool_grow(otpi_blocking_pool *pool) {
    if (pool->idle > pool->waiting || pool->count == pool->max) {
        return true;
    }
    pool_thread *thread = otpi_alloc(sizeof *thread);
    if (!thread || !otpi_thread_start(&thread->thread, "otp-blocking", pool_main, pool)) {
        otpi_free(thread);
        return pool->count > 0;
    }
    thread->next = pool->threads;
    pool->threads = thread;
    pool->count++;
    return true;
}

/* Locked. */
static void job_add(otpi_blocking_pool *pool, otpi_job *job) {
    job->next = NULL;
    *pool->jobs_end = job;
    pool->jobs_end = &job->next;
    pool->waiting++;
    otpi_condition_signal(&pool->work);
}

bool otpi_blocking_submit(otpi_blocking_pool *pool, otpi_job *job) {
    otpi_mutex_lock(&pool->mutex);
    bool accepted = pool_grow(pool);
    if (accepted) {
        job_add(pool, job);
    }
    otpi_mutex_unlock(&pool->mutex);
    return accepted;
}

otp_err otpi_blocking_ask(otpi_blocking_pool *pool, otpi_job *job) {
    otpi_mutex_lock(&pool->mutex);
    /* those for whom a thread is free do not wait */
    bool room = pool->waiting < pool->waiting_max + pool->idle || pool->count < pool->max;
    otp_err err = !room ? OTP_ELIMIT : pool_grow(pool) ? OTP_OK : OTP_ENOMEM;
    if (err == OTP_OK) {
        job_add(pool, job);
    }
    otpi_mutex_unlock(&pool->mutex);
    return err;
}

void otpi_blocking_pool_free(otpi_blocking_pool *pool) {
    if (!pool) {
        return;
    }
    otpi_mutex_lock(&pool->mutex);
    pool->stopping = true;
    otpi_condition_broadcast(&pool->work);
    otpi_mutex_unlock(&pool->mutex);
    while (pool->threads) {
        pool_thread *thread = pool->threads;
        pool->threads = thread->next;
        otpi_thread_join(&thread->thread);
        otpi_free(thread);
    }
    otpi_condition_fini(&pool->work);
    otpi_mutex_fini(&pool->mutex);
    otpi_free(pool);
}
