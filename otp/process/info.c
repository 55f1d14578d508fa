/* SPDX-License-Identifier: MIT */
/*
 * process_info: the process tells about itself, between two steps.
 */
#include "process/facts.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/system.h"
#include "process/tie.h"
#include "term/atom.h"

typedef struct facts {
    otp_status status;
    uint64_t messages, reductions, memory, remote_refused;
    size_t link_count, monitor_count, monitored_by_count;
    otp_pid links[64], monitored_by[64];
    otp_term name; /* atoms are global */
    bool trap_exit;
    const char *label, *waits_in, *behaviour;
    otp_pid parent;
} facts;

static otp_status status_of(const otpi_process *target) {
    if (target->flags & OTPI_EXITING) {
        return OTP_STATUS_EXITING;
    }
    if (target->flags & OTPI_SUSPENDED) {
        return OTP_STATUS_SUSPENDED;
    }
    return target->behaviour->message ? OTP_STATUS_IDLE : OTP_STATUS_WAITING;
}

static uint64_t messages_size(const otpi_signal *at) {
    uint64_t bytes = 0;
    for (; at; at = at->next) {
        /* the exit of a tie lies in the block of the process that was */
        bytes += at->kind == OTPI_SIGNAL_LINK_EXIT && at->tie ? sizeof(otpi_tie) : at->size;
    }
    return bytes;
}

static void ties_note(facts *f, const otpi_process *target) {
    for (const otpi_link *at = target->links; at; at = (const otpi_link *)at->signal.next) {
        if (f->link_count < 64) {
            f->links[f->link_count] = otpi_link_peer(at);
        }
        f->link_count++;
    }
    for (const otpi_monitor *at = target->monitors; at; at = at->next_mine) {
        f->monitor_count++;
    }
    for (const otpi_monitor *at = target->monitored_by; at; at = at->next_theirs) {
        if (f->monitored_by_count < 64) {
            f->monitored_by[f->monitored_by_count] = at->watcher;
        }
        f->monitored_by_count++;
    }
}

static void facts_visit(void *context, otpi_process *target) {
    facts *f = context;
    bool self = target == otpi_self_or_null();
    f->status = status_of(target);
    f->messages = target->mailbox_length;
    f->reductions = target->reductions;
    f->memory = otpi_process_block_size(target) + messages_size(target->mailbox);
    f->trap_exit = target->flags & OTPI_TRAP_EXIT;
    f->parent = target->parent;
    f->behaviour = target->behaviour->kind;
    f->waits_in = otpi_waits_in(&target->runnable, self);
    if (target->behaviour->name) {
        f->label = target->behaviour->name(target->state);
    }
    if (target->extra) {
        f->name = target->extra->name;
        f->remote_refused = __atomic_load_n(&target->extra->remote_refused, __ATOMIC_RELAXED);
        f->label = target->extra->label ? target->extra->label : f->label;
        f->memory += sizeof *target->extra;
    }
    ties_note(f, target);
}

static const char *const status_names[] = {"idle",    "runnable",  "running",
                                           "waiting", "suspended", "exiting"};

static otp_term pids_list(const otp_pid *pids, size_t count) {
    otp_term list = otp_nil();
    for (size_t i = count < 64 ? count : 64; i > 0; i--) {
        list = otp_cons(otp_from_pid(pids[i - 1]), list);
    }
    return list;
}

static otp_term text_or_undefined(const char *text) {
    return text ? otp_string(text) : otpi_am(undefined);
}

static otp_term facts_term(const facts *f) {
    return otp_map(OTP_ATOM(status), otp_atom(status_names[f->status]), OTP_ATOM(message_queue_len),
                   otp_uint(f->messages), OTP_ATOM(remote_refused), otp_uint(f->remote_refused),
                   OTP_ATOM(reductions), otp_uint(f->reductions), OTP_ATOM(memory),
                   otp_uint(f->memory), OTP_ATOM(links), pids_list(f->links, f->link_count),
                   OTP_ATOM(link_count), otp_uint(f->link_count), OTP_ATOM(monitors),
                   otp_uint(f->monitor_count), OTP_ATOM(monitored_by),
                   pids_list(f->monitored_by, f->monitored_by_count), OTP_ATOM(registered_name),
                   otp_is_none(f->name) ? otpi_am(undefined) : f->name, OTP_ATOM(trap_exit),
                   otp_bool(f->trap_exit), OTP_ATOM(label), text_or_undefined(f->label),
                   OTP_ATOM(waits_in), text_or_undefined(f->waits_in), OTP_ATOM(behaviour),
                   text_or_undefined(f->behaviour), OTP_ATOM(parent),
                   f->parent.word ? otp_from_pid(f->parent) : otpi_am(undefined));
}

otp_term otpi_process_facts(otpi_process *process) {
    facts f = {0};
    facts_visit(&f, process);
    return facts_term(&f);
}

otp_err otp_process_info(otp_pid pid, otp_term *out) {
    facts f = {0};
    otp_err err = otpi_process_visit(pid, facts_visit, &f, OTP_INFINITY);
    if (err == OTP_OK) {
        *out = facts_term(&f);
    }
    return err;
}

static void pid_visit(void *context, otpi_process *process) {
    otp_term *list = context;
    if (process->flags & OTPI_PORT) {
        return;
    }
    *list =
        otp_cons(otp_tuple(otp_uint(process->runnable.serial), otp_from_pid(process->pid)), *list);
}

/* In order of birth: the places of the table are reused, so they are sorted by serial. */
otp_term otp_processes(void) {
    otp_term pairs = otp_nil();
    otpi_visible("processes", 0);
    otpi_access(OTP_READ, OTPI_ACCESS_PROCESSES, 0); /* key 0: all of them */
    otpi_system_each(otpi_self()->system, pid_visit, &pairs);
    size_t n = otp_length(pairs);
    otp_term map = otp_map_of(0, NULL);
    otp_term *flat = n ? (otp_term *)(void *)otpi_scope_words(2 * n) : NULL;
    size_t i = 0;
    OTP_LIST_FOREACH (pair, pairs) {
        flat[i++] = otp_element(pair, 0);
        flat[i++] = otp_element(pair, 1);
    }
    map = otp_map_of(n, flat);
    otp_term list = otp_nil();
    otp_term serial;
    otp_term pid;
    for (size_t k = n; k > 0 && otp_map_at(map, k - 1, &serial, &pid); k--) {
        list = otp_cons(pid, list);
    }
    return list;
}
