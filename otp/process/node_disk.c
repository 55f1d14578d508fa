/* SPDX-License-Identifier: MIT */
/*
 * Disks of nodes, and what a power loss at one of their operations does to the node: the disk is
 * frozen (world/disk.c), the other nodes hear no more of it, the step that runs comes to its end,
 * then the simulator stops, and the node is ended and started again from outside of it.
 */
#include "process/node_disk.h"

#include "process/remote.h"
#include "term/atom.h"
#include "world/disk.h"
#include "world/simulator.h"

#include <string.h>

enum { DISKS_MAX = 64 };

typedef struct node_disk {
    otp_world *world;
    otp_term node;
    otpi_disk *disk;
} node_disk;

typedef struct world_disks {
    unsigned count;
    node_disk disks[DISKS_MAX];
} world_disks;

/* ---- What a disk asks of its world ---- */

static int64_t disk_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                         int64_t target, const char *label) {
    otp_world *world = ((node_disk *)context)->world;
    return otpi_simulator_draw(world->simulator, lane, kind, lo, hi, target, label);
}

static uint64_t disk_now(void *context) {
    return otpi_world_now_ns(((node_disk *)context)->world);
}

static otpi_io_err disk_io(void *context, const char *operation, const char *path) {
    otp_world *world = ((node_disk *)context)->world;
    if (!world->has_faults || !world->faults.io) {
        return OTPI_IO_OK;
    }
    otp_err err = world->faults.io(world->faults.context, operation, path);
    return err == OTP_OK ? OTPI_IO_OK : err == OTP_ENOSPC ? OTPI_IO_ENOSPC : OTPI_IO_EIO;
}

/* A system that is being stopped ends anyway. */
static void disk_power_lost(void *context) {
    node_disk *own = context;
    for (uint32_t slot = 0; slot < own->world->node_slots; slot++) {
        otp_system *system = otpi_node_by_slot(own->world, slot);
        if (!system || system->name.word != own->node.word || system->stopping) {
            continue;
        }
        system->powerless = true;
        if (otpi_remote(system)->system_crash) {
            otpi_remote(system)->system_crash(system);
        }
        otpi_simulator_interrupt(own->world->simulator);
    }
}

/* ---- The disks of a world ---- */

otp_err otpi_node_disks_init(otp_world *world) {
    world->room_above = otpi_calloc(1, sizeof(world_disks));
    return world->room_above ? OTP_OK : OTP_ENOMEM;
}

void otpi_node_disks_reset(otp_world *world) {
    world_disks *disks = world->room_above;
    for (unsigned i = 0; i < disks->count; i++) {
        otpi_disk_free(disks->disks[i].disk);
    }
    disks->count = 0;
}

void otpi_node_disks_fini(otp_world *world) {
    otpi_node_disks_reset(world);
    otpi_free(world->room_above);
}

static otpi_disk *disk_find(otp_world *world, otp_term node) {
    world_disks *disks = world->room_above;
    for (unsigned i = 0; i < disks->count; i++) {
        if (disks->disks[i].node.word == node.word) {
            return disks->disks[i].disk;
        }
    }
    return NULL;
}

otpi_disk *otpi_world_disk(otp_world *world, otp_term node) {
    world_disks *disks = world->room_above;
    otpi_disk *disk = disk_find(world, node);
    if (disk || !world->simulator || disks->count == DISKS_MAX) {
        return disk;
    }
    node_disk *own = &disks->disks[disks->count];
    otpi_disk_opts opts = {.seam = {.context = own,
                                    .draw = disk_draw,
                                    .now_ns = disk_now,
                                    .io = disk_io,
                                    .power_lost = disk_power_lost}};
    *own = (node_disk){.world = world, .node = node};
    if (otpi_disk_new(&opts, &own->disk) != OTP_OK) {
        return NULL;
    }
    disks->count++;
    return own->disk;
}

void otpi_node_disk_power_on(otp_world *world, otp_term node) {
    otpi_disk_power_on(disk_find(world, node));
}

const otpi_file_ops *otpi_system_files(otp_system *system) {
    if (!system->world->simulator) {
        return &otpi_file_ops_posix;
    }
    otpi_disk *disk = otpi_world_disk(system->world, system->name);
    return disk ? otpi_disk_files(disk) : NULL;
}

bool otpi_node_power_restore(otp_world *world) {
    if (!otpi_simulator_interrupted(world->simulator)) {
        return false;
    }
    for (uint32_t slot = 0; slot < world->node_slots; slot++) {
        otp_system *system = otpi_node_by_slot(world, slot);
        if (system && system->powerless) {
            otpi_system_restart(system);
        }
    }
    return true;
}

/* ---- What a tester asks for ---- */

/* The disk of a node that is or was in the world. */
static otp_err disk_of_node(otp_world *world, const char *node, otpi_disk **out) {
    if (!world || !node) {
        return OTP_EBADARG;
    }
    if (!world->simulator) {
        return OTP_EMODE;
    }
    otp_term name = otpi_atom_find(node, strlen(node));
    bool known = false;
    for (uint32_t slot = 0; !otp_is_none(name) && slot < world->node_slots; slot++) {
        uint32_t creation;
        known |= otpi_node_of_slot(world, slot, &creation).word == name.word;
    }
    if (!known) {
        return OTP_ENOENT;
    }
    *out = otpi_world_disk(world, name);
    return *out ? OTP_OK : OTP_ENOMEM;
}

otp_err otp_disk_faults(otp_world *world, const char *node, const otp_disk_gaps *gaps) {
    static const otp_disk_gaps none;
    otpi_disk *disk;
    otp_err err = disk_of_node(world, node, &disk);
    if (err == OTP_OK) {
        otpi_disk_faults(disk, gaps ? gaps : &none);
    }
    return err;
}

otp_err otp_disk_fail_at(otp_world *world, const char *node, uint64_t k, otp_disk_fault fault,
                         bool from_then_on) {
    otpi_disk *disk;
    if (k == 0 || (unsigned)fault >= OTP_DISK_FAULTS) {
        return OTP_EBADARG;
    }
    otp_err err = disk_of_node(world, node, &disk);
    if (err == OTP_OK) {
        otpi_disk_fail_at(disk, k, fault, from_then_on);
    }
    return err;
}

otp_err otp_disk_stats_read(otp_world *world, const char *node, otp_disk_stats *out) {
    otpi_disk *disk;
    otp_err err = out ? disk_of_node(world, node, &disk) : OTP_EBADARG;
    if (err == OTP_OK) {
        *out = otpi_disk_stats_read(disk);
    }
    return err;
}
