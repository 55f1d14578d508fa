/* SPDX-License-Identifier: MIT */
#include "external/ports.h"

#include "external/port.h"
#include "port/memory.h"
#include "port/thread.h"

#include <string.h>

/* ---- Counts: the last one to leave may not touch the system's memory any more ---- */

static otpi_mutex counting = OTPI_MUTEX_INIT; /* of the counts of every system; rank 0 */
static otpi_condition counted = {PTHREAD_COND_INITIALIZER};

static void count_down(uint64_t *count) {
    otpi_mutex_lock(&counting);
    --*count;
    otpi_condition_broadcast(&counted);
    otpi_mutex_unlock(&counting);
}

otp_err otpi_ports_enter(otp_system *system) {
    otpi_ports *ports = otpi_ports_of(system);
    otpi_mutex_lock(&counting);
    otp_err err = ports->programs < system->limits.ports_max ? OTP_OK : OTP_ELIMIT;
    ports->programs += err == OTP_OK;
    otpi_mutex_unlock(&counting);
    return err;
}

void otpi_ports_leave(otp_system *system) {
    count_down(&otpi_ports_of(system)->programs);
}

static void ports_drain(otp_system *system, void *data) {
    otpi_ports *ports = data;
    (void)system;
    otpi_mutex_lock(&counting);
    while (ports->programs > 0 || ports->wakeups > 0) {
        otpi_condition_wait(&counted, &counting, OTPI_NEVER); /* programs are killed after grace */
    }
    otpi_mutex_unlock(&counting);
}

/* ---- Wakeups ---- */

static void wakeup_release(otpi_wakeup *wakeup) {
    otpi_ports *ports = otpi_ports_of(wakeup->system);
    otpi_free(wakeup);
    count_down(&ports->wakeups);
}

otpi_wakeup *otpi_ports_wakeup_new(otp_system *system) {
    otpi_wakeup *wakeup = otpi_alloc(sizeof *wakeup);
    if (wakeup) {
        otpi_wakeup_init(wakeup, system, wakeup_release);
        otpi_mutex_lock(&counting);
        otpi_ports_of(system)->wakeups++;
        otpi_mutex_unlock(&counting);
    }
    return wakeup;
}

/* ---- Stand-ins ---- */

const otpi_stand_in *otpi_stand_in_find(otp_system *system, const char *program) {
    const otpi_stand_in *at = otpi_ports_of(system)->stand_ins;
    while (at && strcmp(at->program, program) != 0) {
        at = at->next;
    }
    return at;
}

static void stand_in_remove(otpi_ports *ports, const char *program) {
    for (otpi_stand_in **at = &ports->stand_ins; *at; at = &(*at)->next) {
        otpi_stand_in *found = *at;
        if (strcmp(found->program, program) == 0) {
            *at = found->next;
            otpi_free(found);
            return;
        }
    }
}

otp_err otp_port_stand_in(otp_system *system, const char *program, otp_stand_in_fn *fn,
                          void *context, const otp_stand_in_faults *faults) {
    if (!system || !program || !*program) {
        return OTP_EBADARG;
    }
    if (!system->world->simulator) {
        return OTP_OK;
    }
    otpi_ports *ports = otpi_ports_of(system);
    size_t length = strlen(program) + 1;
    otpi_stand_in *stand_in = fn ? otpi_alloc(sizeof *stand_in + length) : NULL;
    if (fn && !stand_in) {
        return OTP_ENOMEM;
    }
    stand_in_remove(ports, program);
    if (stand_in) {
        *stand_in = (otpi_stand_in){.next = ports->stand_ins, .fn = fn, .context = context};
        if (faults) {
            stand_in->faults = *faults;
        }
        memcpy(stand_in->program, program, length);
        ports->stand_ins = stand_in;
    }
    return OTP_OK;
}

/* ---- The part of a system ---- */

static void ports_fini(otp_system *system, void *data) {
    otpi_ports *ports = data;
    (void)system;
    while (ports->stand_ins) {
        stand_in_remove(ports, ports->stand_ins->program);
    }
}

typedef struct walk {
    otp_walk_fn *visit;
    void *context;
} walk;

static void port_visit(void *context, otpi_process *process) {
    const walk *w = context;
    if (process->flags & OTPI_PORT) {
        otp_scope scope = otp_scope_begin();
        w->visit(w->context, "port", otpi_port_facts(process));
        otp_scope_end(scope);
    }
}

static void ports_walk(otp_system *system, void *data, otp_walk_fn *visit, void *context) {
    walk w = {visit, context};
    (void)data;
    otpi_system_each(system, port_visit, &w);
}

static otpi_part part = {.name = "ports",
                         .size = sizeof(otpi_ports),
                         .drain = ports_drain,
                         .fini = ports_fini,
                         .walk = ports_walk};

otpi_ports *otpi_ports_of(otp_system *system) {
    return otpi_part_data(system, &part);
}

__attribute__((constructor)) static void room_open(void) {
    otpi_part_register(&part);
}
