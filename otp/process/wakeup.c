/* SPDX-License-Identifier: MIT */
#include "process/wakeup.h"

#include "process/system.h"
#include "term/atom.h"

void otpi_wakeup_release(otpi_wakeup *wakeup) {
    /* acq_rel: what others did with it is over */
    if (__atomic_sub_fetch(&wakeup->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        wakeup->release(wakeup);
    }
}

/* On a worker. */
static void job_run(otpi_job *job) {
    otpi_wakeup *wakeup = OTPI_CONTAINER_OF(job, otpi_wakeup, job);
    otpi_process *target = otpi_pid_lookup(wakeup->system, wakeup->pid);
    if (!target || !otpi_signal_push(target, &wakeup->signal)) {
        otpi_wakeup_release(wakeup); /* it stays under way: nobody is left to be woken */
    }
}

void otpi_wakeup_init(otpi_wakeup *wakeup, otp_system *system,
                      void (*release)(otpi_wakeup *wakeup)) {
    *wakeup = (otpi_wakeup){
        .signal = {.kind = OTPI_SIGNAL_WAKEUP, .size = sizeof *wakeup, .term = OTP_ATOM(wakeup)},
        .job = {.run = job_run},
        .system = system,
        .refs = 1,
        .release = release};
}

/* A worker of the world pushes at once; other threads ask one to. */
static void wakeup_send(otpi_wakeup *wakeup) {
    uint32_t resting = 0;
    if (!__atomic_compare_exchange_n(&wakeup->moves, &resting, 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        return; /* who handles that one sees the bits afterwards */
    }
    __atomic_fetch_add(&wakeup->refs, 1, __ATOMIC_RELAXED);
    otp_world *world = wakeup->system->world;
    if (otpi_worker_now && otpi_worker_now->world == world) {
        job_run(&wakeup->job);
    } else {
        otpi_world_submit(world, &wakeup->job);
    }
}

void otpi_wakeup_raise(otpi_wakeup *wakeup, uint32_t bits) {
    /* seq_cst: before the look at moves; pairs with otpi_wakeup_handled, which looks the other way
     * round */
    __atomic_fetch_or(&wakeup->bits, bits, __ATOMIC_SEQ_CST);
    wakeup_send(wakeup);
}

uint32_t otpi_wakeup_take(otpi_wakeup *wakeup) {
    return __atomic_exchange_n(&wakeup->bits, 0, __ATOMIC_ACQ_REL);
}

void otpi_wakeup_handled(otpi_wakeup *wakeup) {
    otpi_process *self = otpi_self_or_null();
    bool alive = self && self->pid.word == wakeup->pid.word && !(self->flags & OTPI_EXITING);
    if (alive) {
        __atomic_store_n(&wakeup->moves, 0, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&wakeup->bits, __ATOMIC_SEQ_CST)) {
            wakeup_send(wakeup);
        }
    }
    otpi_wakeup_release(wakeup);
}
