/* SPDX-License-Identifier: MIT */
/*
 * Processes: spawn, send, receive, exit, links, monitors, aliases, names.
 *
 *     static void echo(otp_term arg) {
 *         (void)arg;
 *         otp_pid from; otp_term what;
 *         while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &what) == OTP_OK) {
 *             otp_send(from, what);
 *         }
 *     }
 *     otp_pid pid = otp_spawn(echo, otp_nil());
 *
 * Everything here is called from inside a process, unless it says otherwise; elsewhere it panics
 * with a stable id. A misuse is the exit {badarg, {Site, What}}. What a process owns (memory,
 * timers, links, monitors, names, tables) is released when it exits. Semantics: Erlang Reference
 * Manual, "Processes".
 *
 * Functions marked OTP_MAY_SUSPEND may give up the thread and go on later, on the same thread; hold
 * no lock over them that is not an otp_lock. A kill ends its target where that suspends; in a
 * simulated world also where another process may have its turn without a suspension (spawning,
 * links, monitors, names, exit signals, timers, shared tables), unless an otp_lock is held. What
 * must be released then is in an otp_defer.
 */
#ifndef OTP_PROCESS_H
#define OTP_PROCESS_H

#include <otp/match.h>
#include <otp/world.h>

/* A destination: otp_pid, registered name (atom), {Name, Node} or alias (otp_ref or its term). */
static inline otp_term otp_as_term(otp_term t) {
    return t;
}
#ifdef __cplusplus
inline otp_term otp_dest_(otp_pid pid) {
    return otp_from_pid(pid);
}
inline otp_term otp_dest_(otp_ref ref) {
    return otp_from_ref(ref);
}
inline otp_term otp_dest_(otp_term t) {
    return otp_as_term(t);
}
#define OTP_DEST(x) otp_dest_(x)
#else
#define OTP_DEST(x)                                                                                \
    _Generic((x), otp_pid : otp_from_pid, otp_ref : otp_from_ref, otp_term : otp_as_term)(x)
#endif

/* ---- Birth ---- */

typedef enum otp_on_full { OTP_FULL_REFUSE, OTP_FULL_BLOCK } otp_on_full;

typedef struct otp_spawn_opts {
    bool link;
    bool monitor; /* the reference comes in *monitor_ref */
    otp_ref *monitor_ref;
    otp_term name;       /* an atom: registered before the first step */
    void *context;       /* what otp_context() returns; must outlive the process */
    const char *label;   /* static text for reports */
    size_t mailbox_max;  /* 0 = the system's */
    otp_on_full on_full; /* what a sender of this node meets at mailbox_max */
} otp_spawn_opts;

/* fn(arg) as a new process; arg is copied. They exit the caller with {system_limit, processes} at
 * the limit; otp_spawn_opt returns OTP_ELIMIT, OTP_EEXIST (name taken), OTP_ENOMEM instead. */
OTP_API otp_pid otp_spawn(otp_process_fn *fn, otp_term arg);
OTP_API otp_pid otp_spawn_link(otp_process_fn *fn, otp_term arg);
OTP_API otp_pid otp_spawn_monitor(otp_process_fn *fn, otp_term arg, otp_ref *ref);
OTP_API OTP_MUST_CHECK otp_err otp_spawn_opt(otp_process_fn *fn, otp_term arg,
                                             const otp_spawn_opts *opts, otp_pid *out);
/* From outside or for another system of the same world (its first process, for example). */
OTP_API OTP_MUST_CHECK otp_err otp_system_spawn(otp_system *system, otp_process_fn *fn,
                                                otp_term arg, const otp_spawn_opts *opts,
                                                otp_pid *out);

/* The calling process: its pid, whether there is one, and what it was spawned with. */
OTP_API otp_pid otp_self(void);
OTP_API bool otp_in_process(void); /* callable from anywhere */
OTP_API void *otp_context(void);
OTP_API void otp_label(const char *label); /* static text: names the process in reports */

/* ---- Death ---- */

/* Ends the calling process: defers run last-in first-out, links and monitors are told. */
OTP_API OTP_NORETURN void otp_exit(otp_term reason);
/* Erlang's exit/2: sends an exit signal. kill can't be trapped. The pid may be gone already. */
OTP_API void otp_exit_signal(otp_pid pid, otp_term reason);
OTP_API void otp_kill(otp_pid pid); /* exit_signal with reason kill; never allocates */
/* With trap_exit, exit signals become messages {'EXIT', Pid, Reason}. Returns the old setting. */
OTP_API bool otp_trap_exit(bool on);
/* Of a local pid. Not alive is also who is to be killed; other exit signals are not waited for. */
OTP_API bool otp_is_alive(otp_pid pid);

/* Runs cleanup(argument) when the process exits, also when it is killed. It may not suspend. */
OTP_API void otp_defer(void (*cleanup)(void *argument), void *argument);
/* Removes the newest defer with that argument, and runs it if asked; false when there is none. */
OTP_API bool otp_undefer(void *argument, bool run);

/* ---- Messages ---- */

/* Copies the message to the destination. To a pid that is gone: nothing happens, as in Erlang. To a
 * name that is not registered here: the exit {badarg, ...}. Never suspends. otp_try_send says what
 * happened: OTP_ENOPROC, OTP_EFULL, OTP_ENOMEM. otp_send_wait waits at a mailbox that blocks. */
#define otp_send(dest, message)     otp_send_term(OTP_DEST(dest), (message))
#define otp_try_send(dest, message) otp_try_send_term(OTP_DEST(dest), (message))
OTP_API void otp_send_term(otp_term dest, otp_term message);
OTP_API OTP_MUST_CHECK otp_err otp_try_send_term(otp_term dest, otp_term message);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_send_wait(otp_term dest, otp_term message,
                                                             int64_t timeout_ms);

/* The oldest message, OTP_ETIMEOUT when none comes in time (0: only look). At top level (outside of
 * nested scopes and callbacks) it ends the scope of the receive before: the terms of the message
 * before die. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_receive(int64_t timeout_ms, otp_term *out);
/* The oldest message for which the filter returns true; the others stay. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_receive_where(bool (*filter)(void *context,
                                                                                otp_term message),
                                                                 void *context, int64_t timeout_ms,
                                                                 otp_term *out);
/* otp_receive_match(timeout_ms, "{reply, ~i}", &n): the oldest message that matches. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_receive_match_at(otp_match_site *site,
                                                                    int64_t timeout_ms, size_t n,
                                                                    const otp_match_arg *args);
#ifdef __cplusplus
template <typename... Args>
OTP_MUST_CHECK inline otp_err otp_receive_match_with_(otp_match_site *site, int64_t timeout_ms,
                                                      const char *, Args... args) {
    OTP_MATCH_ALL_(all, args);
    return otp_receive_match_at(site, timeout_ms, sizeof...(args), all + 1);
}
#define otp_receive_match(timeout_ms, ...)                                                         \
    otp_receive_match_with_(OTP_MATCH_SITE_(OTP_FIRST_(__VA_ARGS__, )), (timeout_ms), __VA_ARGS__)
#else
#define otp_receive_match(timeout_ms, text, ...)                                                   \
    __extension__({                                                                                \
        static otp_match_site otp_match_site_ = {0, "" text, OTP_SITE};                            \
        const otp_match_arg otp_match_args_[] = {{0, 0, {0}} OTP_MATCH_MAP_(__VA_ARGS__)};         \
        otp_receive_match_at(&otp_match_site_, (timeout_ms),                                       \
                             sizeof otp_match_args_ / sizeof otp_match_args_[0] - 1,               \
                             otp_match_args_ + 1);                                                 \
    })
#endif
/* The oldest message that carries the reference: {Ref, _}, {[alias | Ref], _}, {'DOWN', Ref, ...}
 * or {timeout, Ref, _}. Does not look at messages that came before a fresh reference was made. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_receive_ref(otp_ref ref, int64_t timeout_ms,
                                                               otp_term *out);
/* Lets other processes run. */
OTP_API OTP_MAY_SUSPEND void otp_yield(void);

/* A term kept out of all scopes until otp_drop, or the exit of the process. Immediates cost
 * nothing. */
OTP_API otp_term otp_keep(otp_term term);
OTP_API void otp_drop(otp_term kept);

/* A fresh reference, unique within the cluster. */
OTP_API otp_ref otp_make_ref(void);

/* ---- Suspending, hibernating ---- */

/* erlang:suspend_process/1: the process handles no message and returns from no receive until it has
 * been resumed as often as it was suspended. It still acts on signals: it can be killed, linked and
 * looked at, and its messages pile up. Returns when it is suspended; one that computes is when it
 * looks for messages next, so to suspend what never does waits for ever. Suspensions belong to the
 * caller and end when it exits. OTP_EBADARG: the caller itself, or a process of another node;
 * OTP_ENOPROC; OTP_ENOMEM. For debugging, and for tests that hold a process still: never to
 * synchronise. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_suspend_process(otp_pid pid);
/* Takes back one suspension of the caller. OTP_EBADARG: it holds none of that process. */
OTP_API OTP_MUST_CHECK otp_err otp_resume_process(otp_pid pid);

/* For a process with a receive loop that expects to wait for long: gives back the memory of its
 * stack that returned calls have touched, at top level also the scope of the receive before, and
 * waits until there is a message to receive. The next one costs some page faults. Without a
 * message callback only: a server that is idle holds no stack and no garbage anyway. */
OTP_API OTP_MAY_SUSPEND void otp_hibernate(void);

/* ---- Links, monitors, aliases ---- */

/* Linked processes end together. Linking to a pid that is gone gives the message {'EXIT', Pid,
 * noproc} to who traps exits, and ends who does not at once, with noproc. */
OTP_API void otp_link(otp_pid pid);
OTP_API void otp_unlink(otp_pid pid); /* no exit signal of that link arrives afterwards */

/* {'DOWN', Ref, process, Pid | {Name, Node}, Reason} comes when it exits, or at once with noproc.
 */
#define otp_monitor(dest) otp_monitor_term(OTP_DEST(dest))
OTP_API otp_ref otp_monitor_term(otp_term dest);
/* flush also removes a 'DOWN' that is already in the mailbox. False when there was no such monitor.
 */
OTP_API bool otp_demonitor(otp_ref ref, bool flush);

/* An alias: a reference to which others can send as long as it is active. */
typedef enum otp_alias_mode { OTP_ALIAS_EXPLICIT, OTP_ALIAS_REPLY } otp_alias_mode;
OTP_API otp_ref
otp_alias(otp_alias_mode mode); /* REPLY: the first message through it deactivates it */
OTP_API bool otp_unalias(otp_ref alias);
/* One reference for both: monitors dest, and is an alias (ended by the reply, 'DOWN' or
 * otp_demonitor). */
OTP_API otp_ref otp_monitor_alias(otp_term dest, otp_alias_mode mode);

OTP_API void otp_monitor_node(otp_term node, bool on); /* {nodedown, Node} */
/* With on, the caller gets {nodeup, Node} and {nodedown, Node} for each connection of this node
 * that comes or goes: the first before anything else from that node, except in pairwise delivery.
 * Asking twice changes nothing. */
OTP_API void otp_monitor_nodes(bool on);
OTP_API otp_term otp_nodes(void); /* connected ones, a list of atoms */
OTP_API otp_term otp_node(void);  /* the name of this one, an atom */

/* ---- Names ---- */

/* OTP_EEXIST: the name is taken, or the process has one; OTP_ENOPROC: it is gone. */
OTP_API OTP_MUST_CHECK otp_err otp_register(otp_term name, otp_pid pid);
OTP_API OTP_MUST_CHECK otp_err otp_unregister(otp_term name);
OTP_API otp_pid otp_whereis(otp_term name); /* OTP_PID_NONE when not registered */
OTP_API otp_term otp_registered(void);      /* list of names, in term order */

/* ---- Timers ---- */

typedef struct otp_timer {
    uint64_t word[2];
} otp_timer;

/* Sends message to dest after the time; dest a pid or name, looked up when it fires. */
OTP_API otp_timer otp_send_after(int64_t time_ms, otp_term dest, otp_term message);
/* The same with {timeout, TimerRef, Message}. */
OTP_API otp_timer otp_start_timer(int64_t time_ms, otp_term dest, otp_term message);
OTP_API otp_ref otp_timer_ref(otp_timer timer);
/* True and the time left when it had not fired. Its message may be in the mailbox when it had. A
 * timer to a pid is over when that process has exited. */
OTP_API bool otp_cancel_timer(otp_timer timer, int64_t *left_ms);
OTP_API bool otp_read_timer(otp_timer timer, int64_t *left_ms);

/* ---- Looking at processes ---- */

typedef enum otp_status {
    OTP_STATUS_IDLE,
    OTP_STATUS_RUNNABLE,
    OTP_STATUS_RUNNING,
    OTP_STATUS_WAITING,
    OTP_STATUS_SUSPENDED,
    OTP_STATUS_EXITING
} otp_status;

/* Facts about a local process as a map: status, message_queue_len, links, monitors, monitored_by,
 * registered_name, trap_exit, memory (bytes), reductions, label, parent, waits_in (static text of
 * the suspension), behaviour, remote_refused (messages of other nodes that found its bounded
 * mailbox full). OTP_ENOPROC when it is gone. May suspend: the process answers itself, between two
 * steps. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_process_info(otp_pid pid, otp_term *out);
/* Pids of this system, in order of birth. */
OTP_API otp_term otp_processes(void);

/* A lock that knows suspension: debug builds assert that none is held at one. For data shared by
 * processes through C pointers. */
typedef struct otp_lock {
    uint32_t word;
} otp_lock;
OTP_API void otp_lock_take(otp_lock *lock);
OTP_API void otp_lock_give(otp_lock *lock);

/* A hard assertion of the program under the runtime: the exit {assertion_failed, {Site, Text}}. */
#define OTP_ASSERT(condition) ((condition) ? (void)0 : otp_assert_failed(OTP_SITE, #condition))
OTP_API OTP_NORETURN void otp_assert_failed(const char *site, const char *text);

/*
 * Differences from OTP
 * - Mailboxes may be bounded. A message of another node that finds one full is lost, whatever
 *   on_full says, though the connection stands: its sender cannot be told. A call is: the caller's
 *   monitor ends with mailbox_full, and otp_call returns OTP_EFULL. What comes through an alias was
 *   asked for, and always gets in. remote_refused of otp_process_info counts the lost ones.
 */

#endif
