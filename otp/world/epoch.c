/* SPDX-License-Identifier: MIT */
/*
 * Quiescent-state reclamation: memory that others may still be reading is freed two epochs later.
 *
 * Fraser, "Practical Lock-Freedom" (2004), section 5.2.3, with quiescent states instead of critical
 * sections: a worker is quiescent between two steps. The epoch advances when every online worker
 * has seen the current one. An object retired in epoch e may be seen by workers that were in e, so
 * it is free once the epoch is e + 2.
 */
#include "world/state.h"

static void limbo_free(otpi_worker *worker, unsigned age) {
    otpi_retired *at = worker->limbo[age];
    worker->limbo[age] = NULL;
    while (at) {
        otpi_retired *next = at->next;
        worker->limbo_count--;
        at->release(at);
        at = next;
    }
}

/* Ages the limbo lists by one epoch: what becomes three old is free. */
static void limbo_age(otpi_worker *worker, uint64_t epoch) {
    while (worker->limbo_epoch < epoch) {
        limbo_free(worker, 2);
        worker->limbo[2] = worker->limbo[1];
        worker->limbo[1] = worker->limbo[0];
        worker->limbo[0] = NULL;
        worker->limbo_epoch++;
        if (!worker->limbo[1] && !worker->limbo[2]) {
            worker->limbo_epoch = epoch;
        }
    }
}

static bool all_have_seen(otp_world *world, uint64_t epoch) {
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        /* acquire: pairs with the release in otpi_quiescent; what that worker read is behind it */
        uint64_t seen = __atomic_load_n(&world->workers[i].seen, __ATOMIC_ACQUIRE);
        if (seen != 0 && seen != epoch) {
            return false;
        }
    }
    return true;
}

void otpi_quiescent(otpi_worker *worker) {
    otp_world *world = worker->world;
    uint64_t epoch = __atomic_load_n(&world->epoch, __ATOMIC_ACQUIRE);
    if (worker->seen != epoch) {
        /* release: reads of this worker's last stretch come before; pairs with all_have_seen */
        __atomic_store_n(&worker->seen, epoch, __ATOMIC_RELEASE);
    }
    if (worker->limbo_count == 0) {
        worker->limbo_epoch = epoch;
        return;
    }
    /* seq_cst: what was unlinked before retiring is visible before the others' epochs are read */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (all_have_seen(world, epoch)) {
        __atomic_compare_exchange_n(&world->epoch, &epoch, epoch + 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED);
    }
    limbo_age(worker, __atomic_load_n(&world->epoch, __ATOMIC_ACQUIRE));
}

void otpi_quiescence_online(otpi_worker *worker) {
    /* seq_cst: nobody misses this worker once it reads shared records */
    __atomic_store_n(&worker->seen, __atomic_load_n(&worker->world->epoch, __ATOMIC_ACQUIRE),
                     __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    worker->online = true;
}

void otpi_quiescence_offline(otpi_worker *worker) {
    worker->online = false;
    __atomic_store_n(&worker->seen, 0, __ATOMIC_RELEASE);
}

void otpi_limbo_drain(otpi_worker *worker) {
    while (worker->limbo_count) {
        limbo_free(worker, 2);
        limbo_free(worker, 1);
        limbo_free(worker, 0);
    }
}

void otpi_retire(otpi_retired *retired, void (*release)(otpi_retired *retired)) {
    otpi_worker *worker = otpi_worker_now;
    OTPI_ASSERT("epoch-001", worker != NULL);
    retired->release = release;
    retired->next = worker->limbo[0];
    worker->limbo[0] = retired;
    worker->limbo_count++;
}
