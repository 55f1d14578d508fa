/* SPDX-License-Identifier: MIT */
/*
 * Births and deaths as the process room reports them: crash reports and the events [otp, process,
 * spawn] and [otp, process, exit].
 *
 * A death is reported in the dying process, when it can neither exit nor wait any more: everything
 * here is built with what never exits, and left out when there is no memory for it.
 */
#include "telemetry/audience.h"
#include "telemetry/log.h"

#include "process/extra.h"
#include "process/system.h"
#include "process/tie.h"
#include "term/atom.h"
#include "term/build.h"

/* ---- Facts about a process ---- */

static bool is_message(const otpi_signal *signal) {
    return signal->kind == OTPI_SIGNAL_MESSAGE || signal->kind == OTPI_SIGNAL_ALIAS ||
           signal->kind == OTPI_SIGNAL_ANSWER;
}

/* Messages not handled: those taken, and those that still lie in the inbox. */
static size_t queue_length(const otpi_process *process) {
    size_t n = process->mailbox_length;
    /* acquire: pairs with the release of those who push; only the process itself takes */
    const otpi_signal *signal =
        otpi_signal_unseen(__atomic_load_n(&process->inbox, __ATOMIC_ACQUIRE));
    for (; signal != NULL; signal = otpi_signal_unseen(signal->next)) {
        n += is_message(signal);
    }
    return n;
}

static otp_term list_of_links(const otpi_process *process) {
    otp_term list = otp_nil();
    const otpi_signal *at = process->links ? &process->links->signal : NULL;
    for (; at != NULL && !otp_is_none(list); at = at->next) {
        const otpi_link *link = OTPI_CONTAINER_OF(at, otpi_link, signal);
        otp_term peer = otp_from_pid(otpi_link_peer(link));
        list = otpi_make_list(1, &peer, list);
    }
    return list;
}

static const char *own_name(const otpi_process *process) {
    const otpi_behaviour *behaviour = process->behaviour;
    return behaviour->name ? behaviour->name(process->state) : NULL;
}

static otp_term own_state(const otpi_process *process) {
    const otpi_behaviour *behaviour = process->behaviour;
    bool can = behaviour->describe != NULL && (process->flags & OTPI_STARTED);
    otp_term state = can ? behaviour->describe(process->state) : otpi_am(undefined);
    return otp_is_none(state) ? otpi_am(undefined) : state;
}

static otp_term registered_name(const otpi_process *process) {
    bool named = process->extra != NULL && !otp_is_none(process->extra->name);
    return named ? process->extra->name : otpi_am(undefined);
}

/* ---- Crash reports ---- */

static otp_term crash_report(const otpi_process *process, otp_term reason) {
    const char *label = process->extra ? process->extra->label : NULL;
    const otp_term pairs[] = {
        OTP_ATOM(pid),
        otp_from_pid(process->pid),
        OTP_ATOM(registered_name),
        registered_name(process),
        OTP_ATOM(behaviour),
        otpi_atom_or_undefined(process->behaviour->kind),
        OTP_ATOM(name),
        otpi_atom_or_undefined(own_name(process)),
        OTP_ATOM(label),
        otpi_text_or_undefined(label),
        OTP_ATOM(reason),
        reason,
        OTP_ATOM(state),
        own_state(process),
        OTP_ATOM(message_queue_len),
        otp_int((int64_t)queue_length(process)),
        OTP_ATOM(links),
        list_of_links(process),
        OTP_ATOM(parent),
        otpi_pid_or_undefined(process->parent),
        OTP_ATOM(trap_exit),
        otp_bool(process->flags & OTPI_TRAP_EXIT),
    };
    return otpi_make_facts(sizeof pairs / sizeof pairs[0] / 2, pairs);
}

/* "    key: value", or nothing when it is not known. */
static const char *line_of(const char *name, otp_term report, otp_term key) {
    otp_term value = otp_map_get(report, key);
    bool none = otp_is_none(value) || otp_equal(value, otpi_am(undefined)) || otp_is_nil(value);
    return none ? "" : otpi_scope_format("\n    %s: %s", name, otp_show(value));
}

static const char *crash_text(const otpi_process *process, otp_term report) {
    const char *name = own_name(process);
    return otpi_scope_format(
        "%s%s%s exited: %s%s%s%s%s%s\n    messages waiting: %zu", process->behaviour->kind,
        name ? " " : "", name ? name : "", otp_show(otp_map_get(report, OTP_ATOM(reason))),
        line_of("registered name", report, OTP_ATOM(registered_name)),
        line_of("label", report, OTP_ATOM(label)), line_of("state", report, OTP_ATOM(state)),
        line_of("parent", report, OTP_ATOM(parent)), line_of("links", report, OTP_ATOM(links)),
        queue_length(process));
}

/* normal, shutdown and {shutdown, _} are no crashes. */
static bool is_crash(otp_term reason) {
    bool pair = otp_arity(reason) == 2;
    otp_term word = pair ? otp_element(reason, 0) : reason;
    return word.word != OTPI_AM_shutdown && (pair || word.word != OTPI_AM_normal);
}

/* ---- Events ---- */

static otp_event_site exit_event = OTP_EVENT("[otp, process, exit]");
static otp_event_site spawn_event = OTP_EVENT("[otp, process, spawn]");

static void report_exit(otpi_process *process, otp_term reason, bool logged, bool heard) {
    otp_term report = crash_report(process, reason);
    if (otp_is_none(report)) {
        return;
    }
    if (logged) {
        otpi_log_enter(process->system, OTP_LOG_ERROR, process->pid, crash_text(process, report),
                       report);
    }
    if (heard) {
        otpi_event_run(process->system, otpi_event_number(&exit_event), OTP_NONE, report);
    }
}

static void process_exited(otpi_process *process, otp_term reason) {
    bool logged = is_crash(reason) && otpi_log_wants(process->system, OTP_LOG_ERROR);
    bool heard = otpi_anybody_listens() && otpi_event_heard(process->system, &exit_event);
    if (logged || heard) {
        report_exit(process, reason, logged, heard);
    }
}

static void report_spawn(otpi_process *process) {
    const char *label = process->extra ? process->extra->label : NULL;
    const otp_term pairs[] = {
        OTP_ATOM(pid),
        otp_from_pid(process->pid),
        OTP_ATOM(registered_name),
        registered_name(process),
        OTP_ATOM(behaviour),
        otpi_atom_or_undefined(process->behaviour->kind),
        OTP_ATOM(label),
        otpi_text_or_undefined(label),
        OTP_ATOM(parent),
        otpi_pid_or_undefined(process->parent),
    };
    otp_term metadata = otpi_make_facts(sizeof pairs / sizeof pairs[0] / 2, pairs);
    if (!otp_is_none(metadata)) {
        otpi_event_run(process->system, otpi_event_number(&spawn_event), OTP_NONE, metadata);
    }
}

/* The parent has exited in a handler: its child, which was only waiting to be started, starts. */
static void child_starts(void *child) {
    otpi_process *process = child;
    otpi_ready(process->system->world, &process->runnable);
}

/* As otp_defer, but without an exit when there is no memory. */
static bool child_guard(otpi_process *parent, otpi_process *child) {
    otpi_extra *extra = otpi_extra_get(parent);
    otpi_defer *defer = extra ? otpi_block_alloc(sizeof *defer) : NULL;
    if (defer != NULL) {
        *defer = (otpi_defer){.next = extra->defers, .cleanup = child_starts, .argument = child};
        extra->defers = defer;
    }
    return defer != NULL;
}

/* Called when the child can be seen by others, but has not been made runnable. */
static void process_spawned(otpi_process *process) {
    otpi_process *parent = otpi_self_or_null();
    if (!otpi_anybody_listens() || !otpi_event_heard(process->system, &spawn_event) ||
        (parent != NULL && !child_guard(parent, process))) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    report_spawn(process);
    otp_scope_end(scope);
    if (parent != NULL) {
        otp_undefer(process, false);
    }
}

void otpi_crash_reports_open(void) {
    otpi_process_events.exited = process_exited;
    otpi_process_events.spawned = process_spawned;
}
