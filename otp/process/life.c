/* SPDX-License-Identifier: MIT */
/*
 * Birth and death of processes.
 */
#include "process/life.h"

#include "port/probe.h"
#include "process/extra.h"
#include "process/link.h"
#include "process/monitor.h"
#include "process/system.h"
#include "term/atom.h"
#include "world/state.h"

otpi_process_seam otpi_process_events;

/* ---- Who is calling ---- */

otpi_process *otpi_self_or_null(void) {
    otpi_runnable *runnable = otpi_runnable_here();
    return runnable ? OTPI_CONTAINER_OF(runnable, otpi_process, runnable) : NULL;
}

OTPI_NOINLINE otpi_process *otpi_self(void) {
    otpi_worker *worker = otpi_worker_now;
    OTPI_ASSERT("process-001", worker && worker->current); /* this function is for processes only */
    return OTPI_CONTAINER_OF(worker->current, otpi_process, runnable);
}

otp_pid otp_self(void) {
    return otpi_self()->pid;
}

bool otp_in_process(void) {
    return otpi_self_or_null() != NULL;
}

otp_system *otp_system_here(void) {
    otpi_process *self = otpi_self_or_null();
    return self ? self->system : NULL;
}

/* ---- Birth ---- */

static otpi_process *process_new(otp_system *system, const otpi_spawn *spawn, bool tied) {
    otpi_process *process = otpi_process_block_new(tied, spawn->state_size);
    if (OTPI_UNLIKELY(!process)) {
        return NULL;
    }
    process->runnable.serial = __atomic_add_fetch(&system->world->serials, 1, __ATOMIC_RELAXED);
    process->mailbox_end = &process->mailbox;
    process->system = system;
    process->behaviour = spawn->behaviour;
    process->state_size = (uint32_t)spawn->state_size & 0x7fffffff;
    process->flags |= spawn->supervises ? OTPI_SUPERVISES : 0;
    process->flags |= spawn->port ? OTPI_PORT | OTPI_TRAP_EXIT : 0;
    process->runnable.flags = spawn->runnable_flags;
    if (spawn->prepare) {
        spawn->prepare(process->state, spawn->prepare_context);
    }
    return process;
}

/* What the options ask for besides links and monitors. */
static otp_err process_equip(otpi_process *parent, otpi_process *process, const otpi_spawn *spawn) {
    const otp_spawn_opts *opts = spawn->opts;
    size_t mailbox_max =
        opts && opts->mailbox_max ? opts->mailbox_max : process->system->limits.mailbox_max;
    bool plain = (!opts || otp_is_none(opts->name)) && !mailbox_max && !spawn->watch;
    if (plain && (!opts || (!opts->context && !opts->label))) {
        return OTP_OK;
    }
    if (plain && parent && process->flags & OTPI_TIED) {
        return otpi_extra_share(parent, process, opts->context, opts->label);
    }
    otpi_extra *extra = otpi_extra_get(process);
    if (!extra) {
        return OTP_ENOMEM;
    }
    extra->context = opts ? opts->context : NULL;
    extra->label = opts ? opts->label : NULL;
    extra->watch = spawn->watch;
    extra->mailbox_max = mailbox_max;
    extra->on_full = opts ? opts->on_full : OTP_FULL_REFUSE;
    process->bounded = mailbox_max != 0;
    return OTP_OK;
}

/* The name and the place in the pid table: from here on others can see the process. */
static otp_err process_enter(otpi_process *process, const otpi_spawn *spawn) {
    otp_system *system = process->system;
    otpi_process *parent = otpi_self_or_null();
    bool reserve = spawn->supervises || (parent && (parent->flags & OTPI_RESTARTS));
    otp_err err = otpi_pid_enter(system, process, reserve);
    otp_term name = spawn->opts ? spawn->opts->name : OTP_NONE;
    if (err != OTP_OK || otp_is_none(name)) {
        return err;
    }
    err = otpi_name_enter(system, name, process->pid);
    if (err == OTP_OK) {
        process->extra->name = name;
    } else {
        otpi_pid_leave(system, process);
        __atomic_fetch_sub(&system->process_count, 1, __ATOMIC_SEQ_CST); /* as pid_enter counted */
    }
    return err;
}

/* The arguments wait in the inbox before anybody can see the process: they are its oldest signal.
 */
static otp_err start_put(otpi_process *child, otp_pid parent, otp_term args) {
    otpi_signal *start = otpi_message_new(parent, args);
    if (!start) {
        return OTP_ENOMEM;
    }
    start->kind = OTPI_SIGNAL_START;
    child->inbox = start;
    return OTP_OK;
}

/* Link and monitor between parent and child, who has not run yet. Nothing is left behind on
 * failure. */
static otp_err ties_make(otpi_process *parent, otpi_process *child, const otp_spawn_opts *opts) {
    otpi_monitor *monitor = NULL;
    if (opts->monitor) {
        monitor = otpi_monitor_new(parent, otp_from_pid(child->pid), 0);
        if (!monitor) {
            otpi_tie_drop(child);
            return OTP_ENOMEM;
        }
    }
    if (opts->link) {
        otpi_tie_make(parent, child);
    }
    if (monitor) {
        monitor->target_pid = child->pid;
        otpi_monitor_arrives(child, monitor);
        otpi_receive_mark(parent, monitor->ref);
        if (opts->monitor_ref) {
            *opts->monitor_ref = monitor->ref;
        }
    }
    return OTP_OK;
}

otp_err otpi_process_spawn(otp_system *system, const otpi_spawn *spawn, otp_pid *out) {
    otpi_process *parent = otpi_self_or_null();
    system = system ? system : parent->system;
    if (parent) {
        otpi_visible("spawn", 0);
    }
    if (__atomic_load_n(&system->stopping, __ATOMIC_RELAXED)) {
        return OTP_ESTOPPED;
    }
    bool ties = parent && parent->system == system && spawn->opts;
    otpi_process *process = process_new(system, spawn, ties && spawn->opts->link);
    if (!process) {
        return OTP_ENOMEM;
    }
    process->parent = parent ? parent->pid : OTP_PID_NONE;
    otp_err err = process_equip(parent, process, spawn);
    if (err == OTP_OK) {
        err = start_put(process, process->parent, spawn->args);
    }
    if (err == OTP_OK) {
        err = process_enter(process, spawn);
    }
    if (err != OTP_OK) {
        otpi_messages_release(process->inbox);
        otpi_extra_free(process);
        otpi_tie_drop(process);
        otpi_process_block_free(process);
        return err;
    }
    if (ties) {
        err = ties_make(parent, process, spawn->opts);
        /* others may know it already, so it is born, and dies before its first step */
        process->killed = err != OTP_OK;
    }
    if (out) {
        *out = process->pid;
    }
    otpi_access(OTP_SPAWN, process->pid.word, process->runnable.serial);
    otpi_access(OTP_WRITE, OTPI_ACCESS_PROCESSES, process->pid.word);
    otpi_probe_spawn(process->pid.word, process->parent.word);
    if (otpi_process_events.spawned) {
        otpi_process_events.spawned(process);
    }
    otpi_ready(system->world, &process->runnable);
    return err;
}

/* ---- Death ---- */

static void defers_run(otpi_process *self) {
    otpi_extra *extra = self->extra;
    while (extra && extra->defers) {
        otpi_defer *defer = extra->defers;
        extra->defers = defer->next;
        defer->cleanup(defer->argument);
        otpi_block_free(defer, sizeof *defer);
    }
    if (self->behaviour->ending && self->flags & OTPI_STARTED) {
        self->behaviour->ending(self->state);
    }
}

static void owned_release(otpi_process *self) {
    otpi_extra *extra = otpi_extra_own(self);
    for (otpi_list *at; extra && (at = otpi_list_take_first(&extra->owned));) {
        otpi_owned *owned = OTPI_CONTAINER_OF(at, otpi_owned, link);
        owned->release(owned, self->pid);
    }
}

static void mailbox_free(otpi_process *self) {
    otpi_messages_release(self->mailbox);
    self->mailbox = NULL;
    otpi_extra *extra = otpi_extra_own(self);
    if (extra) {
        otpi_messages_release(extra->left);
        extra->left = NULL;
    }
}

static void process_release(otpi_retired *retired) {
    /* the retired link lies over the runnable's first words: see die_finish */
    otpi_process *process = (otpi_process *)(void *)retired;
    otpi_extra_free(process); /* not before: senders and the watchdog's worker look at it */
    otpi_process_block_free(process);
}

/* The system may be freed as soon as the count is 0: what is woken belongs to the world. */
void otpi_process_count_down(otp_system *system) {
    otp_world *world = system->world;
    if (__atomic_sub_fetch(&system->process_count, 1, __ATOMIC_ACQ_REL) == 0) {
        otpi_park_wake(&world->emptied);
    }
}

/* Others are told, in OTP's order: names and tables are gone before exit signals go out. */
static void death_tell(otpi_process *self, otp_term reason, otpi_pack *pack, otpi_signal *rest) {
    owned_release(self);
    if (self->extra && !otp_is_none(self->extra->name)) {
        otpi_name_leave(self->system, self->extra->name, self->pid);
    }
    otpi_access(OTP_WRITE, self->pid.word, OTP_KEY_ALL);
    otpi_access(OTP_WRITE, OTPI_ACCESS_PROCESSES, self->pid.word);
    otpi_pid_leave(self->system, self);
    if (otpi_process_events.left) {
        otpi_process_events.left(self);
    }
    otpi_signals_close(self, rest);
    mailbox_free(self);
    otpi_links_exit(self, reason, pack);
    otpi_monitors_exit(self, reason, pack);
}

static void death_finish(otpi_process *self) {
    if (self->behaviour->release) {
        self->behaviour->release(self->state);
    }
    otp_system *system = self->system;
    otpi_extra_empty(self);
    _Static_assert(offsetof(otpi_process, runnable) == 0, "retired over the runnable");
    _Static_assert(sizeof(otpi_retired) <= offsetof(otpi_runnable, serial),
                   "next and stack are free");
    otpi_retire((otpi_retired *)(void *)self, process_release);
    otpi_process_count_down(system);
}

/* Where signals arrive one by one a death takes its time, as on the BEAM: who monitors or links the
 * process meanwhile is told noproc, later. To whoever looks it is dead. */
static void death_pause(otpi_process *self, otpi_signal **rest) {
    if (OTPI_UNLIKELY(self->system->pairwise) && !self->system->stopping) {
        self->killed = 1;
        otpi_signals_bury(self, *rest);
        *rest = NULL;
        otpi_visible_turn("exit", self->pid.word);
    }
}

OTP_NORETURN static void die(otpi_process *self, otp_term reason, otpi_pack *pack,
                             otpi_signal *rest) {
    otpi_watch *watch = self->extra ? self->extra->watch : NULL;
    /* the end of a system is no crash of its processes */
    bool tells = !__atomic_load_n(&self->system->stopping, __ATOMIC_RELAXED);
    tells = tells && !(self->flags & OTPI_PORT); /* the end of a port is no crash either */
    if (otpi_process_events.exited && tells) {
        otpi_process_events.exited(self, reason);
    }
    death_pause(self, &rest);
    death_tell(self, reason, pack, rest);
    if (watch) {
        watch->exited(watch, self, reason);
    }
    otpi_pack_release(pack);
    death_finish(self);
    otpi_leave();
}

OTP_NORETURN void otpi_process_die(otpi_process *self, otp_term reason) {
    OTPI_ASSERT("life-002", !(self->flags & OTPI_EXITING)); /* a cleanup exits or suspends */
    self->flags |= OTPI_EXITING;
    otpi_probe_exit(self->pid.word, reason.word);
    otpi_signal *rest = otpi_signals_rest();
    otpi_pack *pack = NULL;
    if ((reason.word & 3) != OTPI_PRIMARY_IMMEDIATE) {
        pack = otpi_pack_new(reason);
        reason = pack ? pack->term : (otp_term){OTPI_AM_enomem};
    }
    otpi_locks_held = 0;
    defers_run(self);
    die(self, reason, pack, rest);
}

OTP_NORETURN void otpi_process_die_of_signal(otpi_process *self, otpi_signal *signal,
                                             otp_term reason) {
    /* the signal goes the way of received messages: it is freed with the scope, which otpi_leave
     * ends */
    if (signal->kind == OTPI_SIGNAL_LINK) {
        signal->kind = OTPI_SIGNAL_LINK_EXIT;
    }
    otpi_message_hold(signal);
    otpi_process_die(self, reason);
}

OTP_NORETURN void otp_exit(otp_term reason) {
    otpi_process_die(otpi_self(), reason);
}

bool otpi_process_end_idle(otpi_process *process) {
    bool tied = process->links || process->monitors || process->monitored_by || process->extra ||
                (process->flags & OTPI_REMOTE_TIES);
    bool idle = process->inbox == OTPI_INBOX_IDLE && !process->mailbox && !process->runnable.stack;
    if (!idle || tied) {
        return false;
    }
    otp_system *system = process->system;
    otpi_pid_end(system, process);
    if (otpi_process_events.left) {
        otpi_process_events.left(process);
    }
    process->inbox = OTPI_INBOX_CLOSED;
    if (process->behaviour->release) {
        process->behaviour->release(process->state);
    }
    otpi_fiber_free(otpi_runnable_fiber(&process->runnable));
    otpi_process_block_free(process);
    otpi_process_count_down(system);
    return true;
}

void otpi_process_kill(otpi_process *target) {
    /* seq_cst: pairs with otpi_process_settle and otpi_process_wait, which look here after becoming
     * idle */
    __atomic_store_n(&target->killed, 1, __ATOMIC_SEQ_CST);
    otpi_process_nudge(target);
}

void otp_kill(otp_pid pid) {
    otpi_process *self = otpi_self();
    otpi_visible("kill", pid.word);
    otpi_access(OTP_WRITE, pid.word, OTP_KEY_ALL);
    if (otpi_pid_node(pid) != self->system->slot) {
        otp_exit_signal(pid, (otp_term){OTPI_AM_kill});
        return;
    }
    otpi_process *target = otpi_pid_lookup(self->system, pid);
    otpi_pid_prefetch_after(self->system, pid); /* who kills one of many, kills its neighbours */
    if (target == self) {
        otpi_process_die(self, (otp_term){OTPI_AM_killed});
    }
    if (target) {
        otpi_process_kill(target);
    }
}
