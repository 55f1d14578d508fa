/* SPDX-License-Identifier: MIT */
/*
 * Holding a parallel world still: every worker stops between two steps, somebody looks, they go on.
 */
#include "world/simulator.h"
#include "world/state.h"

/* A worker that sees the wish stops here until it is over. Called between two steps. */
void otpi_pause_here(otp_world *world) {
    otpi_mutex_lock(&world->pause_mutex);
    world->paused++;
    otpi_condition_broadcast(&world->pause_changed);
    while (world->pausing) {
        otpi_condition_wait(&world->pause_changed, &world->pause_mutex, OTPI_NEVER);
    }
    world->paused--;
    otpi_condition_broadcast(&world->pause_changed);
    otpi_mutex_unlock(&world->pause_mutex);
}

/* Waits until all workers stand still, a spare that has been started meanwhile too, or none does.
 * Locked. */
static bool paused_reach(otp_world *world, bool all, uint64_t deadline_ns) {
    while (world->paused != (all ? otpi_workers_started(world) : 0)) {
        if (!otpi_condition_wait(&world->pause_changed, &world->pause_mutex, deadline_ns)) {
            return false;
        }
    }
    return true;
}

static void pausing_set(otp_world *world, bool on) {
    __atomic_store_n(&world->pausing, on, __ATOMIC_SEQ_CST);
    otpi_condition_broadcast(&world->pause_changed);
    for (unsigned i = 0, n = otpi_workers_started(world); on && i < n; i++) {
        otpi_park_wake(&world->workers[i].park);
    }
}

bool otpi_world_quiesce(otp_world *world, uint64_t deadline_ns, void (*look)(void *context),
                        void *context) {
    if (world->simulator) {
        otpi_worker *before = otpi_simulator_enter(world);
        look(context);
        otpi_simulator_exit(before);
        return true;
    }
    otpi_mutex_lock(&world->quiesce_mutex); /* one at a time; rank 0 */
    otpi_mutex_lock(&world->pause_mutex);
    pausing_set(world, true);
    bool still = paused_reach(world, true, deadline_ns);
    if (still) {
        look(context);
    }
    pausing_set(world, false);
    paused_reach(world, false, OTPI_NEVER);
    otpi_mutex_unlock(&world->pause_mutex);
    otpi_mutex_unlock(&world->quiesce_mutex);
    return still;
}
