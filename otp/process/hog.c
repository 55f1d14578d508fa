/* SPDX-License-Identifier: MIT */
/*
 * Who hogs: the watchdog's finding becomes a report of the system that the process belongs to.
 *
 * The process itself computes, so it is looked at from another worker: only at what does not change
 * in a step, or is written at once, and freed when no worker can see it any more. A process made
 * for that tells it, as handlers of events run in processes.
 */
#include "process/extra.h"
#include "process/life.h"
#include "process/system.h"
#include "term/atom.h"
#include "term/build.h"
#include "world/simulator.h"

/* The system, kept from its end until system_release; NULL when it is ending. */
static otp_system *system_hold(otp_world *world, otp_pid pid) {
    otpi_mutex_lock(
        &world->systems_mutex); /* a slot is given back under it, before the system goes */
    otp_system *system = otpi_node_by_slot(world, otpi_pid_node(pid));
    if (system) {
        /* seq_cst: either we see that it stops, or who stops it counts us and waits */
        __atomic_fetch_add(&system->process_count, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&system->stopping, __ATOMIC_SEQ_CST)) {
            otpi_process_count_down(system);
            system = NULL;
        }
    }
    otpi_mutex_unlock(&world->systems_mutex);
    return system;
}

/* ---- Facts ---- */

typedef struct name_search {
    otp_pid pid;
    otp_term name;
} name_search;

static void name_visit(void *context, otp_term name, otp_pid pid) {
    name_search *search = context;
    if (pid.word == search->pid.word) {
        search->name = name;
    }
}

static otp_term registered_name(otp_system *system, otp_pid pid) {
    name_search search = {pid, otpi_am(undefined)};
    otpi_names_each(system, name_visit, &search);
    return search.name;
}

/* An empty text is none. */
static const char *filled(const char *text) {
    return text && text[0] ? text : NULL;
}

static const char *label_of(const otpi_process *process) {
    /* acquire: pairs with the release in otpi_extra_get; it is freed behind all workers' backs */
    const otpi_extra *extra = __atomic_load_n(&process->extra, __ATOMIC_ACQUIRE);
    return extra ? __atomic_load_n(&extra->label, __ATOMIC_RELAXED) : NULL;
}

/* {CpuMs, Facts}; OTP_NONE when out of memory. */
static otp_term hog_facts(const otpi_hog *hog, otp_system *system, const otpi_process *process) {
    const otpi_behaviour *behaviour = process->behaviour;
    const otp_term pairs[] = {
        OTP_ATOM(pid),
        otp_from_pid(process->pid),
        OTP_ATOM(registered_name),
        registered_name(system, process->pid),
        OTP_ATOM(behaviour),
        otpi_atom_or_undefined(behaviour->kind),
        OTP_ATOM(name),
        otpi_atom_or_undefined(behaviour->name ? behaviour->name(process->state) : NULL),
        OTP_ATOM(label),
        otpi_text_or_undefined(filled(label_of(process))),
        OTP_ATOM(where),
        otpi_text_or_undefined(filled(hog->where)),
    };
    otp_term map = otpi_make_facts(sizeof pairs / sizeof pairs[0] / 2, pairs);
    const otp_term pair[] = {otp_int((int64_t)(hog->cpu_ns / 1000000)), map};
    return otp_is_none(map) ? OTP_NONE : otpi_make_tuple(2, pair);
}

/* ---- Telling ---- */

static void tell(void *state, otp_term args) {
    (void)state;
    if (otpi_process_events.hogged) {
        otpi_process_events.hogged(otp_element(args, 0), otp_element(args, 1));
    }
}

static const otpi_behaviour teller = {.kind = "hog report", .start = tell};

void otpi_process_hogs(const otpi_hog *hog, otpi_runnable *runnable) {
    if (runnable->flags & OTPI_RUNNABLE_SERVICE) {
        return;
    }
    const otpi_process *process = OTPI_CONTAINER_OF(runnable, otpi_process, runnable);
    otp_system *system = system_hold(otpi_worker_here()->world, process->pid);
    if (!system) {
        return;
    }
    otp_scope scope = otp_scope_begin();
    otp_term facts = hog_facts(hog, system, process);
    if (!otp_is_none(facts) && otpi_hog_runs(hog)) {
        otpi_spawn spawn = {.behaviour = &teller, .args = facts, .supervises = true};
        (void)otpi_process_spawn(system, &spawn, NULL); /* at a limit nobody tells it */
    }
    otp_scope_end(scope);
    otpi_process_count_down(system);
}
