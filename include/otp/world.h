/* SPDX-License-Identifier: MIT */
/*
 * Worlds and systems: what runs processes, and what they belong to.
 *
 *     otp_world *world;
 *     otp_system *node;
 *     if (otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world) ||
 *         otp_system_start(world, NULL, &node)) { ... }
 *     otp_outcome outcome;
 *     otp_err err = otp_run(node, application_main, otp_nil(), OTP_INFINITY, &outcome);
 *     otp_world_stop(world);
 *
 * A world owns what runs things: scheduler threads, stacks and memory (parallel), or the virtual
 * clock, the chooser, the simulated network and disks (simulated). A system is one node in a world:
 * names, processes, tables, limits. The same program runs in both modes, unchanged.
 *
 * Parallel: scheduler threads with work stealing on the real clock. Simulated: one thread, the
 * caller's, which works while it is inside otp_run or otp_world_run; every decision is asked of the
 * chooser.
 */
#ifndef OTP_WORLD_H
#define OTP_WORLD_H

#include <otp/term.h>

typedef struct otp_world otp_world;
typedef struct otp_system otp_system;
struct otp_chooser;

/* A timeout that never comes. Every timeout of the interface is in milliseconds. */
#define OTP_INFINITY ((int64_t)-1)

typedef enum otp_mode { OTP_PARALLEL, OTP_SIMULATED } otp_mode;

/* In which order messages of several senders to one receiver arrive (simulated worlds). Messages of
 * one pair never overtake each other. */
typedef enum otp_delivery {
    OTP_DELIVERY_CAUSAL,  /* as sent: what a parallel world can do */
    OTP_DELIVERY_PAIRWISE /* any interleaving of the pairs: all that Erlang promises */
} otp_delivery;

typedef enum otp_network {
    OTP_NETWORK_TCP,  /* ordered per pair of nodes; what is lost is a suffix, and both sides see
                         nodedown */
    OTP_NETWORK_LOSSY /* single signals may be dropped, doubled or reordered, by draws of the
                         network lane */
} otp_network;

/* When timers of the system under test fire (simulated worlds). */
typedef enum otp_timers {
    OTP_TIMERS_LAST, /* after everything else that can happen has happened */
    OTP_TIMERS_RACE  /* the next timer competes with messages, in deadline order, at low weight */
} otp_timers;

/* For spares_max. */
#define OTP_NO_SPARES (~0U)

typedef struct otp_world_opts {
    otp_mode mode;
    unsigned schedulers;           /* parallel: threads; 0 = one per CPU */
    unsigned blocking_threads_max; /* parallel: for otp_blocking; 0 = 64 */
    unsigned blocking_queue_max;   /* parallel: calls that wait for one of them; 0 = 65,536 */
    unsigned hog_ms; /* parallel: a callback, or a stretch between two suspensions, that has used
                        that much processor time is a hog, and named; 0 = 100 */
    unsigned spares_max; /* parallel: threads that stand in for those held by hogs, started when
                            needed; 0 = 8, OTP_NO_SPARES = none */
    size_t stack_size;   /* address space of a stack; 0 = 256 KiB */
    size_t parked_stacks_max; /* processes that hold a stack; 0 = 100,000 */
    const struct otp_chooser
        *chooser; /* simulated: NULL answers rank 0 and the shrink target; must outlive the world */
    uint64_t seed; /* simulated: of hashes and table orders, never of choices */
    otp_delivery delivery;
    otp_network network;
    otp_timers timers;
    uint64_t steps_max;     /* simulated: of one run; 0 = 10,000,000; beyond it a run ends as
                               OTP_RUN_STEPS */
    unsigned cut_gap_max;   /* simulated: a connection is cut after a drawn 1..n deliveries, or none
                               of the next n; 0 = never */
    unsigned lossy_gap_max; /* lossy network: a drop, double or reorder each drawn 1..n, or none in
                               the next n; 0 = 16 */
    unsigned latency_ms_max; /* simulated network: drawn 0..n virtual ms per signal; 0 = none */
} otp_world_opts;

/* Limits of a system. Zero means the default. At a limit the operation is refused with OTP_ELIMIT
 * (or the exit {system_limit, What}), and possible again when there is room. Of processes_max 1 in
 * 64, at least 16 and at most a quarter, is kept for supervisors and the children they restart.
 * Memory has no limit by system: its blocks go from process to process and from system to system
 * with the messages in them and are freed by size alone, and to count them would slow each message.
 * Bound mailboxes, processes and tables, and the OS process as a whole (a control group,
 * setrlimit): what finds no memory is the exit {enomem, Site}. */
typedef struct otp_limits {
    size_t processes_max;       /* 262,144 */
    size_t tables_max;          /* 8,192 */
    size_t ports_max;           /* 65,536; counts programs until they have ended */
    size_t atoms_from_data_max; /* 1,048,576 */
    size_t mailbox_max;         /* messages per process that sets none of its own; no limit */
} otp_limits;

typedef struct otp_system_opts {
    const char
        *name; /* node name "shop@host1"; NULL = "nonode@nohost", which cannot be connected */
    otp_limits limits;
    const char *cookie; /* default "nocookie" */
    /* What runs on the node, NULL = nothing by itself: spawned with [] and this context as its
     * first process, and again at the beginning of each life after a power loss of its simulated
     * disk (otp/choose.h). */
    void (*boot)(otp_term arg);
    void *boot_context;
} otp_system_opts;

/* Starts a world. OTP_EBADARG, OTP_ENOMEM, or OTP_ELIMIT when threads can't be had. */
OTP_API OTP_MUST_CHECK otp_err otp_world_start(const otp_world_opts *opts, otp_world **out);
/* Stops every system, joins the threads and frees all. NULL is fine. Not from inside a process. */
OTP_API void otp_world_stop(otp_world *world);
/* Simulated: ends every system and begins anew with these options, far cheaper than stop and start:
 * the second run of a program in the same world takes the same decisions as the first. */
OTP_API OTP_MUST_CHECK otp_err otp_world_reset(otp_world *world, const otp_world_opts *opts);

/* Parallel or simulated. */
OTP_API otp_mode otp_world_mode(const otp_world *world);
/* The world and system of the calling process; NULL outside of processes. */
OTP_API otp_world *otp_world_here(void);
OTP_API otp_system *otp_system_here(void);

/* opts may be NULL. OTP_EBADARG: a name or cookie that is none; OTP_EEXIST: the node is up;
 * OTP_ELIMIT, OTP_ENOMEM. */
OTP_API OTP_MUST_CHECK otp_err otp_system_start(otp_world *world, const otp_system_opts *opts,
                                                otp_system **out);
/* Kills its processes (those without a living parent in the system get shutdown first and
 * grace_ms to follow it), frees names, tables and memory, and returns when nothing is left. */
OTP_API void otp_system_stop(otp_system *system);
/* As a power loss: processes vanish without cleanup signals to other nodes, which see nodedown;
 * unsynced data of its simulated disk is lost or torn as drawn. The system object is freed; its
 * disk stays with the world and is found again by a system started under the same name. */
OTP_API void otp_system_crash(otp_system *system);

/* What a system belongs to, what it is called, and how many processes live in it. */
OTP_API otp_world *otp_system_world(const otp_system *system);
OTP_API otp_term otp_system_name(const otp_system *system); /* the node's name, an atom */
OTP_API size_t otp_system_process_count(const otp_system *system);

/* Visits every live thing of a system while its world stands still between two steps: what a
 * snapshot is made of. kind "process": the map of otp_process_info with the pid; "name": {Name,
 * Pid}; "table": a map of name, owner, protection and size; what other rooms hold. The term lives
 * until visit returns; visit may not call the runtime but for terms. OTP_ETIMEOUT: a step did not
 * end in time. OTP_EMODE: from inside a process. */
typedef void otp_walk_fn(void *context, const char *kind, otp_term what);
OTP_API OTP_MUST_CHECK otp_err otp_system_walk(otp_system *system, int64_t timeout_ms,
                                               otp_walk_fn *visit, void *context);

/* ---- Entering from outside ---- */

typedef void otp_process_fn(otp_term arg);

typedef enum otp_run_end {
    OTP_RUN_DONE,     /* the process has exited */
    OTP_RUN_TIMEOUT,  /* the time allowed ran out (simulated: virtual time) */
    OTP_RUN_DEADLOCK, /* simulated: nothing can ever happen again, and the process waits */
    OTP_RUN_STEPS,    /* simulated: steps_max reached */
    OTP_RUN_FAILED,   /* it could not be started */
} otp_run_end;

typedef struct otp_outcome {
    otp_run_end end;
    char reason[512];   /* the exit reason of the process, printed; cut off when longer */
    bool normal;        /* the reason was normal */
    uint64_t steps;     /* simulated: decisions taken and processes run */
    uint64_t signature; /* simulated: hash over every step; equal for equal runs */
    uint64_t time_ms;   /* of the world's clock */
} otp_outcome;

/* Runs fn(arg) as a process of the system and waits until it exits; in a simulated world this is
 * what drives the simulation. Processes that it leaves behind live on. OTP_ENOTPROCESS from inside
 * a process; OTP_ETIMEOUT and OTP_ESTOPPED tell why it did not come to its end, outcome tells more
 * (may be NULL). */
OTP_API OTP_MUST_CHECK otp_err otp_run(otp_system *system, otp_process_fn *fn, otp_term arg,
                                       int64_t timeout_ms, otp_outcome *outcome);
/* The same with a C pointer that the process reads with otp_context(); it must outlive the process.
 */
OTP_API OTP_MUST_CHECK otp_err otp_run_with(otp_system *system, otp_process_fn *fn, otp_term arg,
                                            void *context, int64_t timeout_ms,
                                            otp_outcome *outcome);
/* Simulated: works until nothing is left to do or virtual time has advanced by time_ms. */
OTP_API OTP_MUST_CHECK otp_err otp_world_run(otp_world *world, int64_t time_ms,
                                             otp_outcome *outcome);

/* Parallel worlds, from any thread that is not a scheduler: spawn, send, cast and call with a
 * deadline. OTP_EMODE in a simulated world. A reply is built in the calling thread's scope. dest: a
 * pid, a registered name or {Name, Node}. */
OTP_API OTP_MUST_CHECK otp_err otp_foreign_spawn(otp_system *system, otp_process_fn *fn,
                                                 otp_term arg, void *context, otp_pid *out);
OTP_API OTP_MUST_CHECK otp_err otp_foreign_send(otp_system *system, otp_term dest,
                                                otp_term message);
OTP_API OTP_MUST_CHECK otp_err otp_foreign_cast(otp_system *system, otp_term dest,
                                                otp_term request);
OTP_API OTP_MUST_CHECK otp_err otp_foreign_call(otp_system *system, otp_term dest, otp_term request,
                                                int64_t timeout_ms, otp_term *reply);

/* Milliseconds and nanoseconds of the world's clock (virtual in a simulated world), from its start.
 */
OTP_API uint64_t otp_now_ms(void);
OTP_API uint64_t otp_now_ns(void);

/* Runs fn(argument), which may block its thread, beside the schedulers, and returns its result when
 * it is done. While blocking_threads_max calls run in the world, further ones wait, and are served
 * oldest first. When blocking_queue_max of them wait, or no thread can be had at all, the exit
 * {system_limit, blocking_queue} or {system_limit, blocking_threads}: then fn does not run, and the
 * argument is still the caller's (an otp_defer can see to it). Once it runs, fn owns its argument.
 * An exit that hits the process meanwhile completes only when fn
 * has returned, unless .detach: then the process exits at once and fn's result is given to discard
 * (may be NULL). In a simulated world fn runs inline as one event of drawn duration. fn must not
 * call the runtime. */
typedef struct otp_blocking_opts {
    bool detach;
    void (*discard)(void *result);
    unsigned duration_ms_max; /* simulated: drawn 0..n; 0 = none */
} otp_blocking_opts;
OTP_API OTP_MAY_SUSPEND void *otp_blocking(void *(*fn)(void *argument), void *argument,
                                           const otp_blocking_opts *opts);

#endif
