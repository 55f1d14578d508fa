/* SPDX-License-Identifier: MIT */
/*
 * What is to be told of ports.
 */
#include "external/port.h"
#include "external/ports.h"
#include "process/life.h"
#include "term/atom.h"
#include "term/pid.h"

enum { LINKS_MAX = 64 };

typedef struct facts {
    otp_port port;
    otp_pid owner, links[LINKS_MAX];
    size_t link_count;
    uint64_t os_pid, read, written, queued;
    char name[64];
} facts;

static void facts_visit(void *context, otpi_process *process) {
    facts *f = context;
    const otpi_port *port = otpi_state(process);
    f->port = (otp_port){process->pid.word};
    f->owner = port->owner;
    f->os_pid = (uint64_t)port->program->os_pid;
    f->read = port->read;
    f->written = port->written;
    f->queued = __atomic_load_n(&port->queued, __ATOMIC_RELAXED);
    __builtin_memcpy(f->name, port->name, sizeof f->name);
    for (const otpi_link *at = process->links; at && f->link_count < LINKS_MAX;
         at = (const otpi_link *)at->signal.next) {
        f->links[f->link_count++] = at->peer;
    }
}

static otp_term facts_term(const facts *f) {
    otp_term links = otp_nil();
    for (size_t i = f->link_count; i > 0; i--) {
        links = otp_cons(otp_from_pid(f->links[i - 1]), links);
    }
    uint64_t number = otpi_port_address(otp_from_port(f->port)).id;
    return otp_map(OTP_ATOM(port), otp_from_port(f->port), OTP_ATOM(id), otp_uint(number),
                   OTP_ATOM(name), otp_string(f->name), OTP_ATOM(connected), otp_from_pid(f->owner),
                   OTP_ATOM(os_pid), f->os_pid ? otp_uint(f->os_pid) : otpi_am(undefined),
                   OTP_ATOM(input), otp_uint(f->read), OTP_ATOM(output), otp_uint(f->written),
                   OTP_ATOM(queue_size), otp_uint(f->queued), OTP_ATOM(links), links);
}

otp_term otpi_port_facts(otpi_process *process) {
    facts f = {0};
    facts_visit(&f, process);
    return facts_term(&f);
}

otp_err otp_port_info(otp_port port, otp_term *out) {
    facts f = {0};
    if (!out) {
        return OTP_EBADARG;
    }
    if (!otpi_is_port(otp_from_port(port))) {
        return OTP_ENOPROC;
    }
    otp_err err = otpi_process_visit(otp_port_pid(port), facts_visit, &f, OTP_INFINITY);
    if (err == OTP_OK) {
        *out = facts_term(&f);
    }
    return err;
}

static void port_list(void *context, otpi_process *process) {
    otp_term *list = context;
    if (process->flags & OTPI_PORT) {
        *list = otp_cons(otp_from_pid(process->pid), *list);
    }
}

otp_term otp_ports(void) {
    otp_term list = otp_nil();
    otpi_visible("ports", 0);
    otpi_system_each(otpi_self()->system, port_list, &list);
    return list;
}

bool otp_get_port(otp_term term, otp_port *out) {
    otp_system *system = otp_system_here();
    bool here = otpi_is_port(term) && system && otpi_pid_node((otp_pid){term.word}) == system->slot;
    if (here) {
        *out = (otp_port){term.word};
    }
    return here;
}
