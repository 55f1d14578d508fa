/* SPDX-License-Identifier: MIT */
/*
 * otp_blocking: work that may block its thread, beside the schedulers.
 *
 * Without .detach the process can't be woken by signals while fn runs: its inbox says "running", so
 * nobody else makes it runnable, and exits take effect when fn has returned. With .detach it waits
 * like any receive; fn's thread tells it by a wake-up, and whoever comes second of {fn done,
 * process gone} cleans up.
 */
#include "process/life.h"
#include "process/system.h"
#include "world/simulator.h"

/* On a worker: wakes the process that waits, if it still does. */
typedef struct wake_job {
    otpi_job job;
    otp_world *world;
    otp_pid pid;
} wake_job;

typedef struct blocking_job {
    otpi_job job;
    wake_job *wake; /* made beforehand: finishing may not fail */
    otpi_process *process;
    otp_world *world;
    void *(*fn)(void *argument);
    void *argument;
    void *result;
    void (*discard)(void *result);
    bool detach;
    uint32_t state; /* atomic: 0 running, 1 done, 2 abandoned */
} blocking_job;

static void job_free(blocking_job *job) {
    otpi_block_free(job, sizeof *job);
}

static void wake_run(otpi_job *job) {
    wake_job *wake = OTPI_CONTAINER_OF(job, wake_job, job);
    otp_system *system = otpi_node_by_slot(wake->world, otpi_pid_node(wake->pid));
    otpi_process *target = system ? otpi_pid_lookup(system, wake->pid) : NULL;
    if (target) {
        otpi_process_nudge(target);
    }
    otpi_free(wake);
}

static void detached_done(blocking_job *job) {
    wake_job *wake = job->wake;
    otp_world *world = wake->world;
    uint32_t running = 0;
    /* acq_rel: the process sees the result, or we see that it is gone */
    if (__atomic_compare_exchange_n(&job->state, &running, 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        otpi_world_submit(world, &wake->job);
        return;
    }
    otpi_free(wake);
    if (job->discard) {
        job->discard(job->result);
    }
    job_free(job);
}

static void blocking_run(otpi_job *job) {
    blocking_job *own = OTPI_CONTAINER_OF(job, blocking_job, job);
    own->result = own->fn(own->argument);
    if (own->detach) {
        detached_done(own);
    } else {
        otpi_ready(own->world, &own->process->runnable);
    }
}

/* Until the process has it, the result is discarded if the process exits. */
static void result_hold(void (*discard)(void *result), void *result) {
    if (discard && otpi_defer_add(discard, result) != OTP_OK) {
        discard(result);
        otpi_enomem(OTPI_SITE);
    }
}

static void result_let_go(void (*discard)(void *result), void *result) {
    if (discard) {
        otp_undefer(result, false);
    }
}

/* The machine is off: nothing happens here any more but the end. */
static void power_wait(otpi_process *self) {
    while (self->system->powerless) {
        otpi_process_wait(self, "power loss", UINT64_MAX);
        otpi_signals_take(self);
    }
}

static void *blocking_simulated(otpi_process *self, void *(*fn)(void *), void *argument,
                                const otp_blocking_opts *opts) {
    otpi_visible_turn("blocking", 0); /* killed or not: fn owns its argument, so it runs */
    void *result = fn(argument);
    void (*discard)(void *) = opts ? opts->discard : NULL;
    result_hold(discard, result);
    power_wait(self);
    otpi_simulator *simulator = self->system->world->simulator;
    int64_t max = opts ? opts->duration_ms_max : 0;
    int64_t ms = otpi_simulator_draw(simulator, OTP_LANE_SCHEDULE, OTP_CHOICE_DURATION, 0, max, 0,
                                     "blocking");
    uint64_t deadline = otpi_world_now_ms(self->system->world) + (uint64_t)ms;
    while (ms > 0 && otpi_process_wait(self, "blocking", deadline)) {
        otpi_signals_take(self); /* else what has come would end each wait at once */
    }
    otpi_signals_take(self);
    result_let_go(discard, result);
    return result;
}

static void job_abandon(void *argument) {
    blocking_job *job = argument;
    uint32_t running = 0;
    if (!__atomic_compare_exchange_n(&job->state, &running, 2, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        if (job->discard) {
            job->discard(job->result);
        }
        job_free(job);
    }
}

static void *wait_detached(otpi_process *self, blocking_job *job) {
    while (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) != 1) {
        otpi_process_wait(self, "blocking", UINT64_MAX);
        otpi_signals_take(self);
    }
    otp_undefer(job, false);
    void *result = job->result;
    job_free(job);
    return result;
}

/* An exit that has come meanwhile happens here; the result is then discarded. */
static void *wait_attached(blocking_job *job) {
    otpi_process *self = job->process;
    otpi_suspend();
    void *result = job->result;
    void (*discard)(void *) = job->discard;
    job_free(job);
    result_hold(discard, result);
    otpi_signals_take(self);
    result_let_go(discard, result);
    return result;
}

static blocking_job *job_new(otpi_process *self, void *(*fn)(void *), void *argument,
                             const otp_blocking_opts *opts) {
    blocking_job *job = otpi_block_alloc(sizeof *job);
    if (job) {
        *job = (blocking_job){.job = {.run = blocking_run},
                              .process = self,
                              .world = self->system->world,
                              .fn = fn,
                              .argument = argument,
                              .discard = opts ? opts->discard : NULL,
                              .detach = opts && opts->detach};
    }
    return job;
}

static wake_job *wake_new(otpi_process *self, blocking_job *job) {
    wake_job *wake = otpi_alloc(sizeof *wake);
    if (!wake) {
        job_free(job);
        otpi_enomem(OTPI_SITE);
    }
    *wake = (wake_job){{NULL, wake_run}, self->system->world, self->pid};
    return wake;
}

/* It has not been taken: nothing is left behind. */
OTP_NORETURN static void refused(blocking_job *job, const char *what) {
    if (job->detach) {
        otp_undefer(job, false);
        otpi_free(job->wake);
    }
    job_free(job);
    otp_exit(otp_tuple(OTP_ATOM(system_limit), otp_atom(what)));
}

static void detached_prepare(otpi_process *self, blocking_job *job) {
    job->wake = wake_new(self, job);
    if (otpi_defer_add(job_abandon, job) != OTP_OK) {
        otpi_free(job->wake);
        job_free(job);
        otpi_enomem(OTPI_SITE);
    }
}

void *otp_blocking(void *(*fn)(void *argument), void *argument, const otp_blocking_opts *opts) {
    otpi_process *self = otpi_self();
    if (self->system->world->simulator) {
        return blocking_simulated(self, fn, argument, opts);
    }
    blocking_job *job = job_new(self, fn, argument, opts);
    if (!job) {
        otpi_enomem(OTPI_SITE);
    }
    if (job->detach) {
        detached_prepare(self, job);
    } else if (!otpi_suspend_prepare("blocking")) {
        refused(job, "parked_stacks");
    }
    otp_err err = otpi_blocking_ask(self->system->world->blocking, &job->job);
    if (err != OTP_OK) {
        if (!job->detach) {
            otpi_suspend_cancel();
        }
        refused(job, err == OTP_ELIMIT ? "blocking_queue" : "blocking_threads");
    }
    return job->detach ? wait_detached(self, job) : wait_attached(job);
}
