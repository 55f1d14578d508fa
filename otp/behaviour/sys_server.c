/* SPDX-License-Identifier: MIT */
#include "behaviour/sys_server.h"

#include "behaviour/from.h"
#include "behaviour/idle.h"
#include "behaviour/parcel.h"
#include "behaviour/sys_debug.h"
#include "port/thread.h"

#include <stdio.h>

/* ---- Looking at the state from C ---- */

static const otp_resource_type look_type = {.name = "sys_look", .destroy = otpi_parcel_free};

otp_term otpi_sys_look_term(void (*look)(void *context, void *state), void *context,
                            otpi_sys_look **out) {
    void *object;
    otp_term term = otpi_parcel_new(&look_type, sizeof **out, &object);
    *out = object;
    if (!otp_is_none(term)) {
        **out = (otpi_sys_look){.look = look, .context = context};
    }
    return term;
}

bool otpi_sys_look_take(otpi_sys_look *look, enum otpi_sys_look_phase phase) {
    uint32_t waiting = OTPI_LOOK_WAITING;
    /* acq_rel: the look sees what the asker wrote to its context before it asked. */
    return __atomic_compare_exchange_n(&look->phase, &waiting, (uint32_t)phase, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The asker's context dies with its stack. A look does not suspend, so one that runs (on another
 * worker) ends soon. */
void otpi_sys_look_withdraw(void *argument) {
    otpi_sys_look *look = argument;
    if (!otpi_sys_look_take(look, OTPI_LOOK_WITHDRAWN)) {
        /* acquire: pairs with the release in sys_look */
        while (__atomic_load_n(&look->phase, __ATOMIC_ACQUIRE) == OTPI_LOOK_TAKEN) {
            otpi_cpu_relax();
        }
    }
}

/* ---- Answers ---- */

static otp_term sys_ok(otp_term value) {
    return otpi_wire_pair(otpi_am(ok), value);
}

static otp_term sys_error(otp_term reason) {
    return otpi_wire_pair(otpi_am(error), reason);
}

static otp_term sys_state(otpi_server *server) {
    otp_term state = otpi_server_kind_here()->behaviour.describe(server);
    return otp_is_none(state) ? sys_error(OTP_ATOM(unsupported)) : sys_ok(state);
}

static otp_term sys_replace(otpi_server *server, otp_term state) {
    switch (otpi_server_kind_here()->replace(server, state)) {
    case OTP_OK: return sys_ok(state);
    case OTP_EBADARG: return sys_error(otpi_am(badarg));
    default: return sys_error(OTP_ATOM(unsupported));
    }
}

static otp_term sys_look(otpi_server *server, otp_term resource) {
    otpi_sys_look *look = otp_resource_get(resource, &look_type);
    void *(*inside)(otpi_server *) = otpi_server_kind_here()->inside;
    if (!look || !inside) {
        return sys_error(OTP_ATOM(unsupported));
    }
    if (otpi_sys_look_take(look, OTPI_LOOK_TAKEN)) {
        look->look(look->context, inside(server));
        __atomic_store_n(&look->phase, (uint32_t)OTPI_LOOK_DONE, __ATOMIC_RELEASE);
    }
    return otpi_am(ok);
}

static otp_term sys_suspend(otpi_server *server) {
    otpi_server_rare *rare = otpi_server_rare_of(server);
    rare->suspended = true;
    otpi_idle_hold(rare);
    return otpi_am(ok);
}

static otp_term sys_resume(otpi_server *server) {
    if (server->rare && server->rare->suspended) {
        server->rare->suspended = false;
        otpi_mailbox_rescan(otpi_self());
    }
    return otpi_am(ok);
}

/* ---- Status: {status, Pid, {module, gen_server}, [PDict, SysState, Parent, Debug, Misc]} ---- */

static otp_term status_datum(const char *key, otp_term value) {
    return otpi_wire_pair(otp_charlist(key), value);
}

static otp_term status_data(otp_term data) {
    return otpi_wire_pair(otpi_am(data), data);
}

/* {header, "Status for gen_server counter"}. */
static otp_term status_header(const char *kind, const char *name) {
    char text[128];
    (void)snprintf(text, sizeof text, "Status for %s %s", kind, name);
    return otpi_wire_pair(OTP_ATOM(header), otp_charlist(text));
}

static otp_term sys_status(otpi_server *server) {
    otpi_process *self = otpi_self();
    const otpi_server_kind *kind = otpi_server_kind_here();
    const char *called = kind->behaviour.name(server);
    otp_term parent = otp_from_pid(server->flags & OTPI_SERVER_LINKED ? self->parent : self->pid);
    otp_term running =
        server->rare && server->rare->suspended ? otpi_am(suspended) : otpi_am(running);
    otp_term behaviour = status_datum("Behaviour", otp_atom(kind->behaviour.kind));
    otp_term name = status_datum("Name", otp_string(called));
    otp_term facts =
        otp_list(behaviour, name, status_datum("Status", running), status_datum("Parent", parent),
                 status_datum("Logged events", otpi_sys_debug_log(server)),
                 status_datum("Messages in", otp_int(server->messages_in & 0xfffffff)),
                 status_datum("Messages out", otp_int(server->messages_out)),
                 status_datum("Messages queued", otp_int(self->mailbox_length)));
    otp_term own = kind->facts ? kind->facts(server) : otp_nil();
    otp_term shown = status_datum("State", otpi_server_described(server));
    otp_term misc = otp_list(status_header(kind->behaviour.kind, called), status_data(facts),
                             status_data(own), status_data(otp_list(shown)));
    return otp_tuple(otpi_am(status), otp_from_pid(self->pid),
                     otpi_wire_pair(OTP_ATOM(module), otp_atom(kind->module)),
                     otp_list(otp_nil(), running, parent, otpi_sys_debug_options(server), misc));
}

/* ---- The messages ---- */

static otp_term sys_simple(otpi_server *server, otp_term request) {
    switch (request.word) {
    case OTPI_AM_get_state: return sys_state(server);
    case OTPI_AM_get_status: return sys_status(server);
    case OTPI_AM_suspend: return sys_suspend(server);
    case OTPI_AM_resume: return sys_resume(server);
    default: return sys_error(otp_tuple(OTP_ATOM(unknown_system_msg), request));
    }
}

/* Requests with an argument; OTP_NONE after a terminate, which does not return. */
static otp_term sys_pair(otpi_server *server, const otp_from *from, const uint64_t *words,
                         otp_term request) {
    otp_term argument = otpi_wire_term(words[1]);
    if (words[0] == OTP_ATOM(look).word) {
        return sys_look(server, argument);
    }
    if (words[0] == OTP_ATOM(replace_state).word) {
        return sys_replace(server, argument);
    }
    if (words[0] == OTP_ATOM(debug).word) {
        return otpi_sys_debug_command(server, argument);
    }
    if (words[0] == OTPI_AM_terminate) {
        otp_answer(*from, otpi_am(ok));
        otpi_server_kind_here()->stop(server, argument);
    }
    return sys_simple(server, request);
}

/* {change_code, Module, OldVsn, Extra}: C code is not replaced while it runs. */
static bool is_code(otp_term request) {
    const uint64_t *words = otpi_wire_tuple(request, 4);
    return words && words[0] == OTP_ATOM(change_code).word;
}

bool otpi_sys_message(otpi_server *server, otp_term from_term, otp_term request) {
    otp_from from;
    if (!otpi_from_decode(from_term, &from)) {
        return false;
    }
    const uint64_t *words = otpi_wire_tuple(request, 2);
    otp_term reply = words ? sys_pair(server, &from, words, request)
                     : is_code(request)
                         ? sys_error(otp_tuple(OTP_ATOM(unsupported), OTP_ATOM(change_code)))
                         : sys_simple(server, request);
    otp_answer(from, reply);
    if (otpi_server_kind_here()->looked_at) {
        otpi_server_kind_here()->looked_at(server);
    }
    return true;
}
