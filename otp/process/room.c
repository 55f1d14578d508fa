/* SPDX-License-Identifier: MIT */
/*
 * Where the process room plugs into the rooms below: the world's seam, the terms' seam, clock and
 * draws.
 */
#include "base/hash.h"
#include "process/extra.h"
#include "process/life.h"
#include "process/node_disk.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/timer.h"
#include "term/atom.h"
#include "world/simulator.h"

/* ---- The terms' seam ---- */

/* A process that is exiting can't exit again: its cleanups and reports go without. */
static void seam_no_memory(const char *site) {
    const otpi_process *self = otpi_self_or_null();
    if (self != NULL && !(self->flags & OTPI_EXITING)) {
        otpi_enomem(site);
    }
}

/* Outside of all worlds terms are as without a process room. */
static otpi_term_seam worldless;

static void seam_bad_argument(const char *site, const char *what) {
    if (otp_in_process()) {
        otpi_badarg(site, what);
    }
}

static const char *seam_node_name(uint32_t slot, uint32_t *creation) {
    otpi_worker *worker = otpi_worker_now;
    if (!worker) {
        return worldless.node_name(slot, creation);
    }
    uint32_t life = 0;
    otp_term name = otpi_node_of_slot(worker->world, slot, &life);
    if (creation) {
        *creation = life;
    }
    return otp_is_none(name) ? NULL : otp_atom_text(name);
}

static uint32_t seam_node_slot(const char *name, size_t length, uint32_t creation) {
    otpi_worker *worker = otpi_worker_now;
    if (!worker) {
        return worldless.node_slot(name, length, creation);
    }
    otp_term atom = otpi_atom_find(name, length);
    return otp_is_none(atom) ? OTPI_NODE_SLOTS : otpi_node_slot(worker->world, atom, creation);
}

static uint32_t seam_node_here(void) {
    otp_system *system = otp_system_here();
    return system ? system->slot : worldless.node_here();
}

static bool seam_atom_quota(void) {
    otp_system *system = otp_system_here();
    if (!system) {
        return worldless.atom_quota();
    }
    uint64_t before = __atomic_fetch_add(&system->atoms_from_data, 1, __ATOMIC_RELAXED);
    if (before < system->limits.atoms_from_data_max) {
        return true;
    }
    __atomic_fetch_sub(&system->atoms_from_data, 1, __ATOMIC_RELAXED);
    return false;
}

static otp_ref seam_fresh_ref(void) {
    otpi_process *self = otpi_self_or_null();
    return self ? otpi_ref_next(self->system) : worldless.fresh_ref();
}

/* ---- References ---- */

otp_ref otpi_ref_next(otp_system *system) {
    return otpi_ref(system->slot, otpi_number_next(system->world));
}

/* The third and fourth number of an alias tell its owner: 48 bits of index and serial. */
otp_ref otpi_ref_next_of(otpi_process *owner) {
    otp_ref ref = otpi_ref_next(owner->system);
    ref.word[0] |= UINT64_C(4) << 16;
    ref.word[2] = owner->pid.word >> 4 & ((UINT64_C(1) << 48) - 1);
    return ref;
}

otp_pid otpi_ref_owner(otp_system *system, otp_ref alias) {
    return (alias.word[0] >> 16 & 7) == 4
               ? (otp_pid){(uint64_t)system->slot << 52 | alias.word[2] << 4 | 3}
               : OTP_PID_NONE;
}

/* ---- Per-world data ---- */

static void world_reset(otp_world *world) {
    if (otpi_remote(NULL)->world_fini) {
        otpi_remote(NULL)->world_fini(world);
    }
    otpi_node_disks_reset(world);
}

static void world_fini(otp_world *world) {
    world_reset(world);
    otpi_node_disks_fini(world);
    otpi_user_timers_give_back(world);
}

/* ---- Time and draws ---- */

uint64_t otp_now_ns(void) {
    return otpi_world_now_ns(otpi_self()->system->world);
}

uint64_t otp_now_ms(void) {
    return otp_now_ns() / 1000000;
}

static int64_t draw_parallel(otpi_process *self, otp_lane lane, otp_choice kind, int64_t lo,
                             int64_t hi, int64_t target, const char *label) {
    const otp_chooser *chooser = self->system->world->opts.chooser;
    if (!(self->runnable.flags & OTPI_RUNNABLE_DRAWS)) {
        otpi_badarg("otp_draw", "in a parallel world only the process that was entered may draw");
    }
    if (lo >= hi || !chooser || !chooser->draw) {
        return lo >= hi ? lo : target;
    }
    return chooser->draw(chooser->context, lane, kind, lo, hi, target, label);
}

int64_t otp_draw(otp_lane lane, otp_choice kind, int64_t lo, int64_t hi, int64_t target,
                 const char *label) {
    otpi_process *self = otpi_self();
    otpi_simulator *simulator = self->system->world->simulator;
    return simulator ? otpi_simulator_draw(simulator, lane, kind, lo, hi, target, label)
                     : draw_parallel(self, lane, kind, lo, hi, target, label);
}

/* ---- Freezing ---- */

typedef struct freeze {
    otpi_alarm alarm;
    otp_system *system;
    otp_pid pid;
} freeze;

void otpi_thaw(otpi_process *process) {
    uint16_t flags = process->runnable.flags;
    process->runnable.flags =
        (uint16_t)(flags & ~(OTPI_RUNNABLE_FROZEN | OTPI_RUNNABLE_THAW_READY));
    if (flags & OTPI_RUNNABLE_THAW_READY) {
        otpi_ready(process->system->world, &process->runnable);
    }
}

static void freeze_over(otpi_alarm *alarm) {
    freeze *f = OTPI_CONTAINER_OF(alarm, freeze, alarm);
    otpi_process *process = otpi_pid_lookup(f->system, f->pid);
    if (process && (process->runnable.flags & OTPI_RUNNABLE_FROZEN)) {
        otpi_thaw(process);
    }
    otpi_block_free(f, sizeof *f);
}

otp_err otp_freeze(otp_pid pid, int64_t time_ms) {
    otpi_process *self = otpi_self();
    otp_system *system = otpi_node_by_slot(self->system->world, otpi_pid_node(pid));
    if (!self->system->world->simulator) {
        return OTP_EMODE;
    }
    otpi_process *process = system ? otpi_pid_lookup(system, pid) : NULL;
    if (!process || process == self || time_ms < 0) {
        return process ? OTP_EBADARG : OTP_ENOPROC;
    }
    freeze *f = otpi_block_alloc(sizeof *f);
    if (!f) {
        return OTP_ENOMEM;
    }
    otpi_access(OTP_WRITE, pid.word, OTP_KEY_ALL);
    *f = (freeze){.system = system, .pid = pid};
    if (otpi_simulator_remove(system->world->simulator, &process->runnable)) {
        process->runnable.flags |= OTPI_RUNNABLE_THAW_READY;
    }
    process->runnable.flags |= OTPI_RUNNABLE_FROZEN;
    otpi_alarm_set(&f->alarm, otpi_world_now_ms(system->world) + (uint64_t)time_ms, freeze_over,
                   false);
    return OTP_OK;
}

static bool is_freeze_of(otpi_alarm *alarm, void *system) {
    return alarm->fire == freeze_over && OTPI_CONTAINER_OF(alarm, freeze, alarm)->system == system;
}

void otpi_freezes_end(otp_system *system) {
    otpi_list ended;
    otpi_list_init(&ended);
    otpi_alarms_take(system->world, is_freeze_of, system, &ended);
    for (otpi_list *at; (at = otpi_list_take_first(&ended));) {
        otpi_wheel_timer *timer = OTPI_CONTAINER_OF(at, otpi_wheel_timer, link);
        otpi_block_free(
            OTPI_CONTAINER_OF(OTPI_CONTAINER_OF(timer, otpi_alarm, timer), freeze, alarm),
            sizeof(freeze));
    }
}

/* ---- Opening ---- */

__attribute__((constructor)) static void room_open(void) {
    otpi_run = (otpi_world_seam){.step = otpi_process_step,
                                 .settle = otpi_process_settle,
                                 .resumed = otpi_process_resumed,
                                 .step_simulated = otpi_process_step_simulated,
                                 .describe = otpi_process_describe,
                                 .hogged = otpi_process_hogs,
                                 .world_init = otpi_node_disks_init,
                                 .world_reset = world_reset,
                                 .world_fini = world_fini,
                                 .stop_systems = otpi_systems_stop};
    worldless = otpi_terms;
    otpi_terms.no_memory = seam_no_memory;
    otpi_terms.bad_argument = seam_bad_argument;
    otpi_terms.release_held = otpi_messages_release;
    otpi_terms.node_name = seam_node_name;
    otpi_terms.node_slot = seam_node_slot;
    otpi_terms.node_here = seam_node_here;
    otpi_terms.atom_quota = seam_atom_quota;
    otpi_terms.fresh_ref = seam_fresh_ref;
}
