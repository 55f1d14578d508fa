/* SPDX-License-Identifier: MIT */
/*
 * The process record, and what the rooms above (tables, telemetry, behaviours, distribution) need
 * of it.
 */
#ifndef OTP_PROCESS_PROCESS_H
#define OTP_PROCESS_PROCESS_H

#include <otp/process.h>
#include <otp/sys.h>

#include "base/list.h"
#include "world/worker.h"

typedef struct otpi_process otpi_process;
typedef struct otpi_signal otpi_signal;
typedef struct otpi_link otpi_link;
typedef struct otpi_monitor otpi_monitor;
typedef struct otpi_extra otpi_extra;

/* What a message handler did with the message. */
typedef enum otpi_disposition {
    OTPI_HANDLED,
    OTPI_LEFT, /* leave it in the mailbox and go on with the next (a suspended behaviour) */
} otpi_disposition;

/* What kind of process it is. Both callbacks run in the process, on a worker's stack, may suspend
 * and may exit; what they are given and build lives until they return. */
typedef struct otpi_behaviour {
    const char *kind; /* "process", "gen_server", "supervisor", ... */
    /* The first step. args lives until it returns. A plain process exits when it returns; one with
     * a message callback becomes idle. */
    void (*start)(void *state, otp_term args);
    /* One message; NULL for processes that receive by themselves. */
    otpi_disposition (*message)(void *state, otp_term message);
    /* The process exits, and has run its cleanups: as the first one that was deferred at its start.
     * May be NULL. */
    void (*ending)(void *state);
    /* Last: the process is gone to the others; release what the state owns outside of the process.
     * Also after kill. May not suspend, may not exit. May be NULL. */
    void (*release)(void *state);
    /* For process_info, snapshots and crash reports. May be NULL. */
    const char *(*name)(const void *state);
    otp_term (*describe)(const void *state);
} otpi_behaviour;

struct otpi_process {
    otpi_runnable runnable; /* first: the world sees only this */
    otpi_signal *inbox;     /* atomic: signals newest first; see signal.h for its states */
    otpi_signal *mailbox;   /* messages taken from the inbox, oldest first */
    otpi_signal **mailbox_end;
    otp_system *system;
    otp_pid pid;
    const otpi_behaviour *behaviour;
    otpi_link *links;
    otpi_monitor *monitors;     /* those I watch */
    otpi_monitor *monitored_by; /* those who watch me */
    otpi_extra *extra;          /* what few processes have: see extra.h */
    otp_pid parent;
    uint32_t reductions;
    uint32_t mailbox_length; /* taken ones */
    uint16_t flags;          /* otpi_process_flags */
    uint8_t killed;          /* atomic: a kill has arrived; see signal.h */
    uint8_t timed_out;       /* atomic: the alarm of its wait has fired */
    uint32_t state_size : 31;
    uint32_t bounded : 1; /* has a mailbox_max; neither changes after its birth */
    _Alignas(8) char state[];
};

enum otpi_process_flags {
    OTPI_TRAP_EXIT = 1,
    OTPI_EXITING = 2,
    OTPI_STARTED = 4,
    OTPI_RESCAN = 8,       /* messages left by the behaviour are looked at again */
    OTPI_SUPERVISES = 16,  /* may use the reserve kept at limits */
    OTPI_PORT = 32,        /* a port: its id is a port's, and it is no process to users */
    OTPI_REMOTE_TIES = 64, /* has or had links or monitors with other nodes */
    OTPI_INTERCEPTED = 128,
    OTPI_SUSPENDED = 256,     /* see suspend.h */
    OTPI_WATCHES_NODES = 512, /* otp_monitor_nodes */
    OTPI_RESTARTS = 1024,     /* what it spawns may use the reserve kept at limits */
    OTPI_TIED = 2048,         /* a tie lies before the record: see tie.h */
    OTPI_TIE_JOINED = 4096,   /* and only the record needs it any more */
    OTPI_LEAVING = 8192,      /* it exits: who monitors it from now on is told noproc */
};

/* The calling process; panics "process-001" outside of one. */
otpi_process *otpi_self(void);
otpi_process *otpi_self_or_null(void);
/* Frees the extra part if nothing is in it: a process that has started may need it no more. */
void otpi_extra_trim(otpi_process *self);
static inline void *otpi_state(otpi_process *self) {
    return self->state;
}

/* ---- Spawning ---- */

typedef struct otpi_spawn {
    const otpi_behaviour *behaviour;
    size_t state_size;
    /* Writes the initial state (already zeroed) before the process can run; may be NULL. */
    void (*prepare)(void *state, void *context);
    void *prepare_context;
    otp_term args;
    const otp_spawn_opts *opts; /* may be NULL */
    bool supervises;
    bool port; /* it is a port: traps exits, is not counted and listed as a process */
    uint16_t runnable_flags;
    struct otpi_watch *watch; /* told when it exits; NULL = nobody */
} otpi_spawn;

/* system NULL = the caller's. Errors as otp_spawn_opt. */
otp_err otpi_process_spawn(otp_system *system, const otpi_spawn *spawn, otp_pid *out);

/* Messages that the behaviour left are offered to it again before any newer one. */
void otpi_mailbox_rescan(otpi_process *self);

/* ---- Owned objects ---- */

/* Something released when its owner exits (a table, ...). Embedded in the object. */
typedef struct otpi_owned {
    otpi_list link;
    const char *kind; /* static text */
    void (*release)(struct otpi_owned *owned, otp_pid owner);
} otpi_owned;
/* OTP_ENOMEM possible the first time. Only the owner itself adds and removes. */
otp_err otpi_own(otpi_process *self, otpi_owned *owned);
void otpi_disown(otpi_owned *owned);

/* otp_defer for those who hold the argument already: OTP_ENOMEM instead of an exit. */
OTP_MUST_CHECK otp_err otpi_defer_add(void (*cleanup)(void *argument), void *argument);

/* otp_drop in constant time, of what otp_keep returned: not of a part of it. */
void otpi_drop_root(otp_term kept);

/* ---- Running something inside another process ---- */

/* look(context, process) runs in the target's own step, in signal order; the caller waits for it.
 * OTP_ENOPROC, OTP_ETIMEOUT (then look may still run: context must be static or the caller must use
 * OTP_INFINITY), OTP_EMODE for remote pids. */
OTP_MAY_SUSPEND otp_err otpi_process_visit(otp_pid pid,
                                           void (*look)(void *context, otpi_process *target),
                                           void *context, int64_t timeout_ms);

/* otp_receive_where that ends no scope: what the caller has received before stays, too. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_receive_more(bool (*accepts)(void *context,
                                                                         otp_term message),
                                                         void *context, int64_t timeout_ms,
                                                         otp_term *out);

/* ---- Parts of a system ---- */

/* A room above hangs its per-system data here. Registered before the first system starts, by a
 * constructor of the room. */
typedef struct otpi_part {
    const char *name;
    size_t size;                                     /* bytes of zeroed data in each system */
    otp_err (*init)(otp_system *system, void *data); /* NULL = zeroes are fine */
    /* Waits for what its processes left to end, on the thread that stops the system. May be NULL.
     */
    void (*drain)(otp_system *system, void *data);
    void (*fini)(otp_system *system, void *data); /* after all processes are gone */
    /* Each live thing it holds, for snapshots: visit(context, kind, description). NULL = nothing to
     * show. */
    void (*walk)(otp_system *system, void *data,
                 void (*visit)(void *context, const char *kind, otp_term what), void *context);
    size_t offset; /* set by registration */
} otpi_part;
void otpi_part_register(otpi_part *part);
void *otpi_part_data(otp_system *system, const otpi_part *part);

/* ---- Events the process room reports upwards ---- */

typedef struct otpi_process_seam {
    /* A process has exited abnormally or normally: crash reports and telemetry. Runs in the dying
     * process, after its defers, before links and monitors are told. May not suspend. */
    void (*exited)(otpi_process *process, otp_term reason);
    void (*spawned)(otpi_process *process);
    /* A process has computed for that long in one step, and still does: a map of pid,
     * registered_name, behaviour, name, label, where. In a process made for that. */
    void (*hogged)(otp_term cpu_ms, otp_term facts);
    /* Nobody finds the process any more; its exit signals have not gone out yet. What others gave
     * it without its doing (tables) is released here. May not suspend, may not allocate. */
    void (*left)(otpi_process *process);
    /* Sends to pids, names and aliases of other nodes; links and monitors there. Set by the
     * distribution. */
    const struct otpi_remote_ops *remote;
} otpi_process_seam;
extern otpi_process_seam otpi_process_events;

/* Walks every process of a system that is quiet (simulated worlds; parallel ones inside
 * otpi_world_quiesce). */
void otpi_system_each(otp_system *system, void (*visit)(void *context, otpi_process *process),
                      void *context);

/* A misuse by the calling process: exits it with {badarg, {Site, What}}; outside of processes
 * panics. */
OTP_NORETURN void otpi_badarg(const char *site, const char *what);
OTP_NORETURN void otpi_enomem(const char *site);

#endif
