/* SPDX-License-Identifier: MIT */
#include "process/system.h"

#include "process/life.h"
#include "process/node_disk.h"
#include "process/remote.h"
#include "process/timer.h"
#include "term/box.h"
#include "world/disk.h"
#include "world/simulator.h"

#include <string.h>

enum {
    PARTS_MAX = 16,
    PROCESSES_DEFAULT = 262144,
    TABLES_DEFAULT = 8192,
    PORTS_DEFAULT = 65536,
    ATOMS_DEFAULT = 1048576
};

static otpi_part *parts[PARTS_MAX];
static unsigned part_count;
static size_t parts_size;

void otpi_part_register(otpi_part *part) {
    OTPI_ASSERT("system-001", part_count < PARTS_MAX);
    part->offset = parts_size;
    parts_size += (part->size + 15) & ~(size_t)15;
    parts[part_count++] = part;
}

void *otpi_part_data(otp_system *system, const otpi_part *part) {
    return system->parts + part->offset;
}

void otpi_parts_walk(otp_system *system,
                     void (*visit)(void *context, const char *kind, otp_term what), void *context) {
    for (unsigned i = 0; i < part_count; i++) {
        if (parts[i]->walk) {
            parts[i]->walk(system, otpi_part_data(system, parts[i]), visit, context);
        }
    }
}

/* ---- Node slots of a world ---- */

otp_system *otpi_node_by_slot(otp_world *world, uint32_t slot) {
    return slot < OTPI_NODE_SLOTS ? __atomic_load_n(&world->nodes[slot], __ATOMIC_ACQUIRE) : NULL;
}

otp_system *otpi_node_by_name(otp_world *world, otp_term name) {
    for (uint32_t slot = 0; slot < world->node_slots; slot++) {
        otp_system *system = otpi_node_by_slot(world, slot);
        if (system && system->name.word == name.word) {
            return system;
        }
    }
    return NULL;
}

/* A node's name and creation in one word, so that both are read at once: pids of a node outlive it.
 */
static uint64_t node_id(otp_term name, uint32_t creation) {
    return name.word >> 6 << 32 | creation;
}

otp_term otpi_node_of_slot(otp_world *world, uint32_t slot, uint32_t *creation) {
    uint64_t id = slot < __atomic_load_n(&world->node_slots, __ATOMIC_ACQUIRE)
                      ? __atomic_load_n(&world->node_ids[slot], __ATOMIC_ACQUIRE)
                      : 0;
    *creation = (uint32_t)id;
    return id ? (otp_term){id >> 32 << 6 | OTPI_LOW_ATOM} : OTP_NONE;
}

uint32_t otpi_node_slot(otp_world *world, otp_term name, uint32_t creation) {
    if (creation == 0) {
        otp_system *system = otpi_node_by_name(world, name);
        return system ? system->slot : OTPI_NODE_SLOTS;
    }
    uint32_t slots = __atomic_load_n(&world->node_slots, __ATOMIC_ACQUIRE);
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (__atomic_load_n(&world->node_ids[slot], __ATOMIC_ACQUIRE) == node_id(name, creation)) {
            return slot;
        }
    }
    return OTPI_NODE_SLOTS;
}

/* A free slot, the least recently used one: pids of a node that has gone name nobody for long. */
static otp_err slot_take(otp_world *world, otp_system *system) {
    otpi_mutex_lock(&world->systems_mutex);
    otp_err err = OTP_ELIMIT;
    if (system->distributed && otpi_node_by_name(world, system->name)) {
        err = OTP_EEXIST;
    } else {
        for (uint32_t n = 0; n < OTPI_NODE_SLOTS && err; n++) {
            uint32_t slot = (world->next_slot + n) % OTPI_NODE_SLOTS;
            if (!world->nodes[slot]) {
                system->slot = slot;
                system->creation = ++world->creations;
                world->next_slot = slot + 1;
                __atomic_store_n(&world->node_ids[slot], node_id(system->name, system->creation),
                                 __ATOMIC_RELEASE);
                if (slot >= world->node_slots) {
                    __atomic_store_n(&world->node_slots, slot + 1, __ATOMIC_RELEASE);
                }
                __atomic_store_n(&world->nodes[slot], system, __ATOMIC_RELEASE);
                err = OTP_OK;
            }
        }
    }
    otpi_mutex_unlock(&world->systems_mutex);
    return err;
}

static void slot_give(otp_system *system) {
    otp_world *world = system->world;
    otpi_mutex_lock(&world->systems_mutex);
    __atomic_store_n(&world->nodes[system->slot], NULL, __ATOMIC_RELEASE);
    otpi_mutex_unlock(&world->systems_mutex);
}

/* ---- Starting ---- */

static void limits_default(otp_limits *limits) {
    limits->processes_max = limits->processes_max ? limits->processes_max : PROCESSES_DEFAULT;
    limits->tables_max = limits->tables_max ? limits->tables_max : TABLES_DEFAULT;
    limits->ports_max = limits->ports_max ? limits->ports_max : PORTS_DEFAULT;
    limits->atoms_from_data_max =
        limits->atoms_from_data_max ? limits->atoms_from_data_max : ATOMS_DEFAULT;
}

static otp_err opts_apply(otp_system *system, const otp_system_opts *opts) {
    const char *name = opts && opts->name ? opts->name : "nonode@nohost";
    const char *cookie = opts && opts->cookie ? opts->cookie : "nocookie";
    const char *at = strchr(name, '@');
    if (!at || at == name || !at[1] || strlen(name) > 255 || strlen(cookie) > 255) {
        return OTP_EBADARG;
    }
    memcpy(system->name_text, name, strlen(name) + 1);
    memcpy(system->cookie, cookie, strlen(cookie) + 1);
    system->name = otp_atom(name);
    system->distributed = strcmp(name, "nonode@nohost") != 0;
    if (opts) {
        system->limits = opts->limits;
        system->boot = opts->boot;
        system->boot_context = opts->boot_context;
    }
    limits_default(&system->limits);
    return otp_is_none(system->name) ? OTP_ENOMEM : OTP_OK;
}

static void parts_fini(otp_system *system, unsigned count) {
    while (count-- > 0) {
        if (parts[count]->fini) {
            parts[count]->fini(system, otpi_part_data(system, parts[count]));
        }
    }
}

static void parts_drain(otp_system *system) {
    for (unsigned i = 0; i < part_count; i++) {
        if (parts[i]->drain) {
            parts[i]->drain(system, otpi_part_data(system, parts[i]));
        }
    }
}

static otp_err parts_init(otp_system *system) {
    for (unsigned i = 0; i < part_count; i++) {
        otp_err err =
            parts[i]->init ? parts[i]->init(system, otpi_part_data(system, parts[i])) : OTP_OK;
        if (err != OTP_OK) {
            parts_fini(system, i);
            return err;
        }
    }
    return OTP_OK;
}

static void system_free(otp_system *system) {
    otpi_names_fini(system);
    otpi_pid_table_fini(&system->pids);
    otpi_free(system);
}

static otp_err system_furnish(otp_system *system) {
    otp_err err = parts_init(system);
    if (err == OTP_OK) {
        err = slot_take(system->world, system);
        if (err != OTP_OK) {
            parts_fini(system, part_count);
        }
    }
    return err;
}

static otp_err system_boot(otp_system *system) {
    otp_spawn_opts opts = {.context = system->boot_context, .label = "boot"};
    return system->boot ? otp_system_spawn(system, system->boot, otp_nil(), &opts, NULL) : OTP_OK;
}

otp_err otp_system_start(otp_world *world, const otp_system_opts *opts, otp_system **out) {
    if (!world || !out) {
        return OTP_EBADARG;
    }
    otp_system *system = otpi_calloc(1, sizeof *system + parts_size);
    if (!system) {
        return OTP_ENOMEM;
    }
    otpi_pid_table_init(&system->pids);
    otpi_names_init(system);
    system->world = world;
    system->pairwise = world->simulator && world->opts.delivery == OTP_DELIVERY_PAIRWISE;
    otp_err err = opts_apply(system, opts);
    if (err == OTP_OK) {
        err = system_furnish(system);
    }
    if (err != OTP_OK) {
        system_free(system);
        return err;
    }
    err = system_boot(system);
    if (err != OTP_OK) {
        otp_system_stop(system);
        return err;
    }
    *out = system;
    return OTP_OK;
}

/* ---- Work on a worker ---- */

typedef struct system_job {
    otpi_job job;
    otp_system *system;
    void (*work)(otp_system *system, void *context);
    void *context;
    otpi_park done;
} system_job;

static void system_job_run(otpi_job *job) {
    system_job *own = OTPI_CONTAINER_OF(job, system_job, job);
    own->work(own->system, own->context);
    otpi_park_wake(&own->done);
}

void otpi_system_do(otp_system *system, void (*work)(otp_system *system, void *context),
                    void *context) {
    otp_world *world = system->world;
    if (otpi_worker_now && otpi_worker_now->world == world) {
        work(system, context);
        return;
    }
    if (world->simulator) {
        otpi_worker *before = otpi_simulator_enter(world);
        work(system, context);
        otpi_simulator_exit(before);
        return;
    }
    system_job job = {{NULL, system_job_run}, system, work, context, {0}};
    otpi_park_init(&job.done);
    otpi_world_submit(world, &job.job);
    otpi_park_wait(&job.done, OTPI_NEVER);
}

/* ---- Stopping ---- */

/* In a simulated world nobody runs meanwhile: what leaves nothing to be done is gone at once. */
static void kill_visit(void *context, otpi_process *process) {
    (void)context;
    if (process->system->world->simulator && otpi_process_end_idle(process)) {
        return;
    }
    if (process->runnable.flags & OTPI_RUNNABLE_FROZEN) {
        otpi_thaw(process);
    }
    otpi_process_kill(process);
}

static void kill_all(otp_system *system, void *context) {
    (void)context;
    __atomic_store_n(&system->stopping, true, __ATOMIC_SEQ_CST);
    otpi_system_each(system, kill_visit, NULL);
}

void otpi_system_halt(otp_system *system) {
    kill_all(system, NULL);
}

enum { KILL_AGAIN_NS = 10 * 1000000 };

/* A spawn may have passed the stopping flag before it was set, and another stop may have taken the
 * wake-up: kills again until nobody is left. */
static void kill_until_empty(otp_system *system) {
    /* acquire: pairs with the count down of the last process */
    while (__atomic_load_n(&system->process_count, __ATOMIC_ACQUIRE) > 0) {
        otpi_system_do(system, kill_all, NULL);
        if (__atomic_load_n(&system->process_count, __ATOMIC_ACQUIRE) > 0) {
            otpi_park_wait(&system->world->emptied, otpi_clock_deadline_ns(KILL_AGAIN_NS));
        }
    }
}

static void drop_all(otp_system *system, void *context) {
    (void)context;
    otpi_user_timers_end(system);
    otpi_freezes_end(system);
    parts_fini(system, part_count);
}

/* What is left, on a worker: it may be made of blocks. A system that never had a process has
 * nothing that a worker could have made. */
static void system_clear(otp_system *system) {
    if (__atomic_load_n(&system->pids.places, __ATOMIC_RELAXED) > 0) {
        otpi_system_do(system, drop_all, NULL);
    } else {
        parts_fini(system, part_count);
    }
}

static bool belongs(otpi_runnable *runnable, void *system) {
    return !(runnable->flags & OTPI_RUNNABLE_SERVICE) &&
           OTPI_CONTAINER_OF(runnable, otpi_process, runnable)->system == system;
}

static void processes_end(otp_system *system) {
    otp_world *world = system->world;
    __atomic_store_n(&system->stopping, true, __ATOMIC_SEQ_CST);
    if (world->simulator) {
        otpi_system_do(system, kill_all, NULL);
        if (system->process_count > 0) {
            otpi_simulator_drain(world->simulator, belongs, system);
        }
        OTPI_ASSERT("system-003", system->process_count == 0);
    } else {
        kill_until_empty(system);
    }
}

static void life_end(otp_system *system) {
    processes_end(system);
    parts_drain(system);
    if (otpi_remote(system)->system_fini) {
        otpi_remote(system)->system_fini(system);
    }
    system_clear(system);
    slot_give(system);
    otpi_node_disk_power_on(system->world, system->name); /* nobody is left to use it */
}

void otp_system_stop(otp_system *system) {
    if (!system) {
        return;
    }
    OTPI_ASSERT("system-002", !otp_in_process());
    if (!system->down) {
        life_end(system);
    }
    system_free(system);
}

void otp_system_crash(otp_system *system) {
    if (otpi_remote(system)->system_crash) {
        otpi_remote(system)->system_crash(system);
    }
    otpi_disk_power_off(otpi_world_disk(system->world, system->name));
    otp_system_stop(system);
}

/* The next life has the name, limits and boot process of the one before, and nothing else of it. */
static otp_err life_begin(otp_system *system) {
    otpi_names_fini(system);
    otpi_pid_table_fini(&system->pids);
    system->names = (otpi_names){0};
    system->pids = (otpi_pid_table){0};
    otpi_names_init(system);
    otpi_pid_table_init(&system->pids);
    memset(system->parts, 0, parts_size);
    system->atoms_from_data = 0;
    system->interceptor = (otp_interceptor){0};
    system->powerless = false;
    otp_err err = system_furnish(system);
    if (err != OTP_OK) {
        return err;
    }
    system->stopping = false;
    err = system_boot(system);
    if (err != OTP_OK) {
        life_end(system);
    }
    return err;
}

void otpi_system_restart(otp_system *system) {
    life_end(system);
    system->down = life_begin(system) != OTP_OK;
}

void otpi_systems_stop(otp_world *world) {
    if (otpi_remote(NULL)->world_stop) {
        otpi_remote(NULL)->world_stop(world);
    }
    for (uint32_t slot = 0; slot < world->node_slots; slot++) {
        otp_system_stop(world->nodes[slot]);
    }
}

/* ---- Facts ---- */

otp_world *otp_system_world(const otp_system *system) {
    return system->world;
}

otp_term otp_system_name(const otp_system *system) {
    return system->name;
}

size_t otp_system_process_count(const otp_system *system) {
    /* acquire: pairs with the count down of a process that has exited */
    uint64_t all = __atomic_load_n(&system->process_count, __ATOMIC_ACQUIRE);
    uint64_t ports = __atomic_load_n(&system->port_count, __ATOMIC_RELAXED);
    return all > ports ? all - ports : 0;
}

otp_term otp_node(void) {
    return otpi_self()->system->name;
}

uint64_t otpi_number_next(otp_world *world) {
    otpi_worker *worker = otpi_worker_now;
    if (OTPI_UNLIKELY(worker->numbers == worker->numbers_end)) {
        uint64_t share = world->simulator ? 1 : 4096;
        worker->numbers = __atomic_fetch_add(&world->numbers, share, __ATOMIC_RELAXED) + 1;
        worker->numbers_end = worker->numbers + share;
    }
    return worker->numbers++;
}

void otpi_system_intercept(otp_system *system, const otp_interceptor *interceptor) {
    system->interceptor = interceptor ? *interceptor : (otp_interceptor){0};
}
