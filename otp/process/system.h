/* SPDX-License-Identifier: MIT */
/*
 * The record of a system: one node of a world.
 */
#ifndef OTP_PROCESS_SYSTEM_H
#define OTP_PROCESS_SYSTEM_H

#include "port/file.h"
#include "port/thread.h"
#include "process/process.h"
#include "world/state.h"

enum { OTPI_PID_CHUNKS = 23, OTPI_PID_FIRST_CHUNK = 64 };

/* A place in the pid table: the process, or the next free place. */
typedef struct otpi_pid_place {
    otpi_process *process; /* atomic; NULL = free */
    uint32_t serial;       /* of the process that is or was last here */
    uint32_t next_free;
} otpi_pid_place;

/* Chunks double, so that places never move and readers need no lock. Free places are reused first
 * in, first out: a pid comes again only after 2^20 lives of its place. */
typedef struct otpi_pid_table {
    otpi_pid_place *chunks[OTPI_PID_CHUNKS]; /* atomic */
    otpi_spin lock;                          /* of what follows; rank 1 */
    uint32_t places;                         /* ever used */
    uint32_t first_free, last_free;          /* UINT32_MAX = none */
    size_t free_count;
    otpi_pid_place first_chunk[OTPI_PID_FIRST_CHUNK];
} otpi_pid_table;

/* No array before the first name. */
typedef struct otpi_names {
    otpi_spin lock;                /* of writing; rank 1 */
    struct otpi_name_array *array; /* atomic */
} otpi_names;

struct otp_system {
    otp_world *world;
    otp_term name;
    char name_text[256];
    uint32_t slot; /* node slot in the world */
    uint32_t creation;
    bool pairwise;    /* its world delivers pairwise */
    bool distributed; /* has a real name: can be connected */
    bool stopping;    /* atomic: no new processes */
    bool powerless;   /* the power of its disk has gone: it is about to end (simulated) */
    bool down;        /* it could not begin its next life: an empty shell that is to be stopped */
    otp_limits limits;
    otp_process_fn *boot; /* NULL = none */
    void *boot_context;
    otpi_pid_table pids;
    otpi_names names;
    uint64_t process_count;      /* atomic: processes and ports */
    uint64_t port_count;         /* atomic: of them */
    uint64_t atoms_from_data;    /* atomic */
    otp_interceptor interceptor; /* of every message in the system: see otpi_system_intercept */
    char cookie[256];
    _Alignas(16) char parts[]; /* what the rooms above hang here: see otpi_part */
};

/* ---- Pids ---- */
/* The id of a process or of a port: their words differ in one bit. */
static inline bool otpi_is_id(otp_pid pid) {
    return (pid.word & 11) == 3;
}
void otpi_pid_table_init(otpi_pid_table *table); /* of zeros */
void otpi_pid_table_fini(otpi_pid_table *table);
/* Enters the process and sets its pid; reserved: it may use what is kept for supervisors.
 * OTP_ELIMIT, OTP_ENOMEM. */
otp_err otpi_pid_enter(otp_system *system, otpi_process *process, bool reserved);
void otpi_pid_leave(otp_system *system, otpi_process *process);
/* The same at the end of the system: the place is not used again. */
void otpi_pid_end(otp_system *system, otpi_process *process);
/* What an observer knows the list of processes by; keys are pids. */
enum { OTPI_ACCESS_PROCESSES = 1 };
/* The process of a local pid, NULL when gone. Valid until the caller's next suspension. */
otpi_process *otpi_pid_lookup(otp_system *system, otp_pid pid);
/* Brings near what a lookup of a pid some places further on will look at. A local pid. */
void otpi_pid_prefetch_after(otp_system *system, otp_pid pid);

/* ---- Names ---- */
void otpi_names_init(otp_system *system); /* of zeros */
void otpi_names_fini(otp_system *system);
otp_err otpi_name_enter(otp_system *system, otp_term name, otp_pid pid);
void otpi_name_leave(otp_system *system, otp_term name, otp_pid pid);
otp_pid otpi_name_lookup(otp_system *system, otp_term name);
/* Each registered name, unseen by observers. */
void otpi_names_each(otp_system *system, void (*visit)(void *context, otp_term name, otp_pid pid),
                     void *context);

/* ---- Nodes of a world ---- */
otp_system *otpi_node_by_name(otp_world *world, otp_term name); /* a started system, or NULL */
otp_system *otpi_node_by_slot(otp_world *world, uint32_t slot); /* NULL when down */
/* Who a slot's pids belong to, also after that node has ended; OTP_NONE when it was never used. */
otp_term otpi_node_of_slot(otp_world *world, uint32_t slot, uint32_t *creation);
/* The slot of that life of a node; creation 0: of the one that is up. OTPI_NODE_SLOTS when there is
 * none. */
uint32_t otpi_node_slot(otp_world *world, otp_term name, uint32_t creation);

/* Unique numbers of the world, from 1. */
uint64_t otpi_number_next(otp_world *world);
otp_ref otpi_ref_next(otp_system *system);
/* A reference that knows its owner, so that it can be an alias; and the owner. */
otp_ref otpi_ref_next_of(otpi_process *owner);
otp_pid otpi_ref_owner(otp_system *system, otp_ref alias);

/* Every message sent or received in the system passes it (NULL removes). Simulated worlds, or
 * before processes run. */
void otpi_system_intercept(otp_system *system, const otp_interceptor *interceptor);
/* The interceptor of one process; call it inside otpi_process_visit. */
otp_err otpi_process_intercept(otpi_process *process, const otp_interceptor *interceptor);

/* The files of a system: the host's in parallel worlds, the node's simulated disk in simulated
 * ones. */
const otpi_file_ops *otpi_system_files(otp_system *system);

/* The simulated disk of a node, made at first use; NULL in parallel worlds, or when out of memory.
 */
struct otpi_disk *otpi_world_disk(otp_world *world, otp_term node);

/* What the rooms above hold in a system that stands still. */
void otpi_parts_walk(otp_system *system,
                     void (*visit)(void *context, const char *kind, otp_term what), void *context);
void otpi_systems_stop(otp_world *world);
/* Ends it as a crash does and begins its next life, with the power of its disk on again. From
 * outside of processes. */
void otpi_system_restart(otp_system *system);
/* From one of its processes: no process of the system goes on, and no new one begins; the caller
 * ends when it next looks for signals. The system itself is still to be stopped. */
void otpi_system_halt(otp_system *system);
/* Ends a freeze. */
void otpi_thaw(otpi_process *process);
void otpi_freezes_end(otp_system *system);

/* Runs job(system) on a worker between two steps and waits for it; at once in a simulated world. */
void otpi_system_do(otp_system *system, void (*work)(otp_system *system, void *context),
                    void *context);

#endif
