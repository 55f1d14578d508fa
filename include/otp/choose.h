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
    OTP_CHOICE_TIMER,    /* event: the next timer fires */
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

/* What a step read and changed, for partial-order methods. */
typedef enum otp_access_how { OTP_READ, OTP_WRITE, OTP_SEND, OTP_SPAWN } otp_access_how;
typedef struct otp_access {
    otp_access_how how;
    uint32_t process;
    uint64_t object; /* hash of a table, name, pid: the same in every run */
    uint64_t key;    /* hash of the row's key; 0 = the whole object */
} otp_access;

typedef struct otp_chooser {
    void *context;
    /* The rank of the event that happens, below n. Rank 0 is the default: for events the oldest, at
     * a visible operation the process that runs. Events live until the call returns. */
    uint32_t (*choose)(void *context, otp_choice kind, const otp_event *enabled, uint32_t n);
    /* The same question, for a chooser that looks at few of the events: describing all of them
     * takes longer than the step that follows. Asked in place of choose where the world chooses
     * among its enabled events (every kind but OTP_CHOICE_SENDER). May be NULL. */
    uint32_t (*choose_rank)(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n);
    /* A number in lo..hi; target is the simplest one. label is static text. */
    int64_t (*draw)(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label);
    /* After each step: the event that ran and what it touched. May be NULL. */
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

/* Freezes a process for that much virtual time: it is not enabled before. Simulated worlds only. */
OTP_API OTP_MUST_CHECK otp_err otp_freeze(otp_pid pid, int64_t time_ms);

#endif
