/* SPDX-License-Identifier: MIT */
/*
 * The seam through which every decision of a simulated world is taken.
 *
 * choose answers "which of these happens next?", draw answers "which number?". What is answered, in
 * the order it is asked, determines the run: recorded, it replays it. The runtime asks only when
 * there is more than one possibility (n >= 2, lo < hi).
 */
#ifndef OTP_CHOOSE_H
#define OTP_CHOOSE_H

#include <otp/world.h>

/* Each lane has its own cursor, so that leaving out a fault does not shift the data. */
typedef enum otp_lane {
    OTP_LANE_DATA,
    OTP_LANE_SCHEDULE,
    OTP_LANE_NETWORK,
    OTP_LANE_FAULT,
    OTP_LANE_ALLOCATION,
    OTP_LANES
} otp_lane;

/* What an event is, and what a choice is about. */
typedef enum otp_choice {
    OTP_CHOICE_RUN,      /* events: a process handles its next message or starts */
    OTP_CHOICE_CONTINUE, /* event: the process that is at a visible operation goes on */
    OTP_CHOICE_RESUME,   /* event: a process goes on after a suspension or a visible operation */
    OTP_CHOICE_TIMER,    /* event: the next timer fires; "patient timer": because there is nothing
                            else that could happen */
    OTP_CHOICE_DELIVER,  /* event: the next signal of a connection arrives */
    OTP_CHOICE_SENDER,   /* which sender's message a process sees first (pairwise delivery) */
    OTP_CHOICE_DURATION, /* draws: of a blocking function */
    OTP_CHOICE_LATENCY,
    OTP_CHOICE_CUT,  /* deliveries until the next cut */
    OTP_CHOICE_LOSS, /* which loss, and when the next */
    OTP_CHOICE_TEAR, /* what of unsynced data survives */
    OTP_CHOICE_DISK, /* operations until the next disk fault */
    OTP_CHOICE_ALLOCATION,
    OTP_CHOICE_POINT, /* named fault point */
    OTP_CHOICE_USER,  /* drawn by test code */
    OTP_CHOICE_TIE,   /* which of several timers with the same deadline fires first */
} otp_choice;

typedef struct otp_event {
    uint32_t kind;     /* otp_choice */
    uint32_t process;  /* serial of the process in its world, from 1 in order of birth; 0 = none */
    uint64_t object;   /* what it is about: a message's number, a timer's, a connection's, a table's
                          hash */
    const char *label; /* static text: "start", "receive", "call", "insert", ...; never NULL */
} otp_event;

/* The enabled events, while a chooser is asked: none is described before somebody looks at it. */
typedef struct otp_enabled otp_enabled;
/* The event of that rank, good until the next call; panics "enabled-002" beyond the last. */
OTP_API const otp_event *otp_enabled_event(otp_enabled *enabled, uint32_t rank);

/* What a step read and changed, for partial-order methods. Two accesses to the same object and key,
 * or to the same object when one of the keys is 0, must not change places unless both read.
 * OTP_SPAWN is no access: it tells that the process with the serial key is the object; the parent
 * tells it, and the process itself as it starts. */
typedef enum otp_access_how { OTP_READ, OTP_WRITE, OTP_SEND, OTP_SPAWN } otp_access_how;
typedef struct otp_access {
    otp_access_how how;
    uint32_t process;
    uint64_t object; /* hash of a table, name, pid: the same in every run */
    uint64_t key;    /* hash of the row's key, otp_process_key; 0 = the whole object */
} otp_access;

/* The keys of a process. Who exits writes all of itself; so does who sends what may end or stop its
 * receiver. Every step reads the life of its process, without telling. */
typedef enum otp_process_key {
    OTP_KEY_ALL,
    OTP_KEY_MESSAGES, /* sent in order; read by the process when it takes what has arrived, and
                         when it finds nothing */
    OTP_KEY_LIFE,     /* is it alive? */
} otp_process_key;

typedef struct otp_chooser {
    void *context;
    /* The rank of the event that happens, below n. Rank 0 is the default: for events the oldest, at
     * a visible operation the process that runs. Events live until the call returns. */
    uint32_t (*choose)(void *context, otp_choice kind, const otp_event *enabled, uint32_t n);
    /* The same question, for a chooser that looks at few of the events: describing all of them
     * takes longer than the step that follows. Asked in place of choose where the world chooses
     * among its enabled events: every kind but OTP_CHOICE_SENDER and OTP_CHOICE_TIE. May be
     * NULL. */
    uint32_t (*choose_rank)(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n);
    /* A number in lo..hi; target is the simplest one. label is static text. */
    int64_t (*draw)(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label);
    /* After each step: the event that ran and what it touched. May be NULL. Of a step that comes to
     * a visible operation what was touched so far is told before the choice is asked; what follows
     * counts as a step of its own, its event is OTP_CHOICE_CONTINUE where no other came between. Of
     * more than 64 accesses of a step the first 64 are told. */
    void (*observe)(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n);
} otp_chooser;

/* Draws for the calling process from its world's chooser (the target without one). In a parallel
 * world only the process that otp_run started may draw: elsewhere the exit {badarg, Site}. */
OTP_API int64_t otp_draw(otp_lane lane, otp_choice kind, int64_t lo, int64_t hi, int64_t target,
                         const char *label);

/* A place where a test may inject a fault: OTP_OK unless a hook says otherwise. Costs a load when
 * there is no hook. */
OTP_API otp_err otp_fault_point(const char *name);

/* Faults of a world: each hook may be NULL. They run on the thread that meets the fault point. */
typedef struct otp_fault_hooks {
    void *context;
    bool (*allocation)(void *context, size_t size, const char *site); /* true = this one fails */
    otp_err (*point)(void *context, const char *name);
    otp_err (*io)(void *context, const char *operation,
                  const char *path); /* OTP_EIO, OTP_ENOSPC or OTP_OK */
} otp_fault_hooks;
/* hooks: NULL removes; else must outlive its use. Allocation hooks act in processes of the world
 * and in calls that name it (system start and stop, run). */
OTP_API void otp_world_faults(otp_world *world, const otp_fault_hooks *hooks);

/* Simulated network. Names are node names. Cutting ends the connection (nodedown on both sides) and
 * keeps them apart until healed; OTP_ENOENT when there is no such node. */
OTP_API OTP_MUST_CHECK otp_err otp_network_cut(otp_world *world, const char *a, const char *b);
OTP_API OTP_MUST_CHECK otp_err otp_network_heal(otp_world *world, const char *a, const char *b);

/* Simulated disks. Each node name has one, made at its first use; it outlives the node's lives.
 * Every file operation is a fault point and is counted, in otp_blocking too. What was not synced is
 * lost or torn at a power loss, and at a sync that fails, as drawn.
 *
 * A power loss at an operation freezes what is on the disk there: this operation and all later ones
 * fail and change nothing. The step under way runs on to its end, in otp_blocking the function to
 * its own; nothing that it sends leaves the node. Then every process of the node is gone, as with
 * otp_system_crash, and the node starts again with what the disk has kept: a new life of the same
 * otp_system, which begins with its boot process (otp_system_opts). Of what was set for the system
 * (logger, handlers) it knows nothing. Without memory for it the node stays down, and
 * otp_system_stop is all that may be called for it. */
typedef enum otp_disk_fault {
    OTP_DISK_EIO,    /* a write or sync that fails so may have done part of its work */
    OTP_DISK_ENOSPC, /* EIO where no space is asked for */
    OTP_DISK_SHORT,  /* a write stops in the middle; EIO elsewhere */
    OTP_DISK_POWER,
    OTP_DISK_FAULTS, /* how many there are */
} otp_disk_fault;

/* How often: a fault strikes the 1st..n-th operation from the one before, as drawn from the fault
 * lane, or none of the next n; 0 = never. */
typedef struct otp_disk_gaps {
    unsigned fault_gap_max; /* EIO, ENOSPC or a short write */
    unsigned power_gap_max; /* a power loss */
} otp_disk_gaps;

typedef struct otp_disk_stats {
    uint64_t operations;              /* counted ones */
    uint64_t struck[OTP_DISK_FAULTS]; /* faults that really hit; the power losses of crashes too */
    uint64_t writes_kept, writes_lost, writes_torn; /* unsynced ones, at a power loss or bad sync */
    uint64_t names_kept, names_lost;
} otp_disk_stats;

/* In all three, node is a node's name; from inside or outside of processes. OTP_EMODE: the world is
 * parallel; OTP_ENOENT: there never was such a node; OTP_EBADARG; OTP_ENOMEM. */

/* The gaps from here on; NULL or zeros end all faults, planned ones too. */
OTP_API OTP_MUST_CHECK otp_err otp_disk_faults(otp_world *world, const char *node,
                                               const otp_disk_gaps *gaps);
/* Plans a fault of the k-th operation from now (1 = the next), or of all from there on. It takes
 * the place of a plan that has not struck yet. */
OTP_API OTP_MUST_CHECK otp_err otp_disk_fail_at(otp_world *world, const char *node, uint64_t k,
                                                otp_disk_fault fault, bool from_then_on);
/* Since the start or reset of the world. */
OTP_API OTP_MUST_CHECK otp_err otp_disk_stats_read(otp_world *world, const char *node,
                                                   otp_disk_stats *out);

/* Freezes a process for that much virtual time: it is not enabled before. Simulated worlds only. */
OTP_API OTP_MUST_CHECK otp_err otp_freeze(otp_pid pid, int64_t time_ms);

#endif
