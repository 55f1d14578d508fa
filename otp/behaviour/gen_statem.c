/* SPDX-License-Identifier: MIT */
/*
 * gen_statem: takes each message as an event to the machine, and then all that follows from it.
 * Semantics: Erlang/OTP 25, stdlib, gen_statem(3).
 */
#include <otp/gen_statem.h>

#include "behaviour/from.h"
#include "behaviour/start.h"
#include "behaviour/statem.h"
#include "behaviour/sys_debug.h"
#include "behaviour/sys_server.h"

/* ---- Events ---- */

/* What came from outside, and all that waits after it. */
static void statem_handle(otpi_server *server, const otp_statem_event *event) {
    server->messages_in++;
    if (otpi_sys_debugged(server)) {
        otp_term in = otpi_statem_event_term(event);
        otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(in), in, otpi_statem_of(server)->state));
    }
    otpi_statem_transit(server, event);
}

/* Makes the next event that waits the current one; NULL when there is none. */
static const otp_statem_event *statem_next(otpi_server *server) {
    otpi_statem *machine = otpi_statem_of(server);
    machine->current = otpi_statem_take_first(&machine->waiting);
    if (!machine->current) {
        machine->current = otpi_statem_timeout_zero(machine);
        if (machine->current && otpi_sys_debugged(server)) {
            otp_term event = otpi_statem_event_term(&machine->current->event);
            otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(insert_timeout), event, machine->state));
        }
    }
    return machine->current ? &machine->current->event : NULL;
}

static void statem_drain(otpi_server *server) {
    for (const otp_statem_event *event; (event = statem_next(server));) {
        otp_scope scope = otp_scope_begin();
        otpi_statem_transit(server, event);
        otp_scope_end(scope);
    }
    otpi_statem_of(server)->handled = 0;
}

static otp_statem_event event_of_message(otp_term message) {
    otp_statem_event event = {.type = OTP_EVENT_INFO, .content = message};
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (words && words[0] == OTPI_AM_gen_call) {
        event.type = OTP_EVENT_CALL;
        event.content = otpi_wire_term(words[2]);
        if (!otpi_from_decode(otpi_wire_term(words[1]), &event.from)) {
            event.from = (otp_from){.flags = OTPI_FROM_NOBODY};
        }
    } else if ((words = otpi_wire_tuple(message, 2)) && words[0] == OTPI_AM_gen_cast) {
        event.type = OTP_EVENT_CAST;
        event.content = otpi_wire_term(words[1]);
    }
    return event;
}

static void statem_event(otpi_server *server, otp_term message) {
    otpi_statem *machine = otpi_statem_of(server);
    if (!otpi_statem_timeout_of(machine, message, &machine->current)) {
        otp_statem_event event = event_of_message(message);
        statem_handle(server, &event);
    } else if (machine->current) {
        statem_handle(server, &machine->current->event);
    }
    statem_drain(server);
}

static otpi_disposition statem_message(void *state, otp_term message) {
    otpi_server *server = state;
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (words && words[0] == OTPI_AM_system &&
        otpi_sys_message(server, otpi_wire_term(words[1]), otpi_wire_term(words[2]))) {
        return OTPI_HANDLED;
    }
    if (words && otpi_server_parent_exit(server, words)) {
        otpi_statem_stop(server, otpi_wire_term(words[2]));
    }
    if (server->rare && server->rare->suspended) {
        return OTPI_LEFT; /* timeouts, too: as in OTP they wait for the resume */
    }
    statem_event(server, message);
    return OTPI_HANDLED;
}

/* ---- Birth and death ---- */

static OTP_NORETURN void init_ended(otpi_server *server, const otp_state_result *result) {
    if (result->kind == OTP_STATE_IGNORE) {
        otpi_start_ignore(server);
    }
    if (result->kind == OTP_STATE_STOP) {
        otp_exit(result->reason);
    }
    otp_exit(otp_tuple(OTP_ATOM(bad_return_from_init), otpi_statem_result_word(result->kind)));
}

static void statem_start(void *state, otp_term args) {
    otpi_server *server = state;
    otpi_start_begin(server);
    otp_state_result result = otpi_statem_module(server)->init(otpi_statem_data(server), args);
    if (result.kind != OTP_STATE_START) {
        init_ended(server, &result);
    }
    if (!otpi_statem_set_state(server, result.state)) {
        otp_term what = otp_is_none(result.state) ? otpi_am(undefined) : result.state;
        otp_exit(otp_tuple(OTP_ATOM(bad_state), what));
    }
    otpi_start_done(server);
    otpi_statem_begin(server, &result);
    statem_drain(server);
}

/* The timers find nobody any more. */
static void statem_release(void *state) {
    otpi_statem *machine = otpi_statem_of(state);
    otpi_statem_list current = {.first = machine->current};
    otpi_statem_list_free(&current);
    otpi_statem_list_free(&machine->waiting);
    otpi_statem_list_free(&machine->postponed);
    otpi_statem_list_free(&machine->timeouts);
    otpi_server_release(state);
}

/* ---- For sys; facts have the names of OTP's ---- */

static const char *statem_name(const void *state) {
    return otpi_statem_module(state)->name;
}

/* {State, Data}. */
static otp_term statem_describe(const void *state) {
    const otpi_server *server = state;
    const otpi_statem *machine = otpi_server_state_of(server);
    const otp_gen_statem *module = otpi_statem_module(server);
    otp_term name = otp_is_none(machine->state) ? otpi_am(undefined) : machine->state;
    otp_term data = module->describe ? module->describe(machine + 1) : otpi_am(undefined);
    return otpi_wire_pair(name, data);
}

static otp_err statem_replace(otpi_server *server, otp_term state) {
    const otp_gen_statem *module = otpi_statem_module(server);
    const uint64_t *words = otpi_wire_tuple(state, 2);
    if (!module->undescribe) {
        return OTP_EUNSUPPORTED;
    }
    otp_term before = otpi_statem_of(server)->state;
    if (!words || !otpi_statem_has_state(server, otpi_wire_term(words[0])) ||
        !module->undescribe(otpi_statem_data(server), otpi_wire_term(words[1]))) {
        return OTP_EBADARG;
    }
    OTPI_ASSERT("statem-001", otpi_statem_set_state(server, otpi_wire_term(words[0])));
    otp_drop(before);
    return OTP_OK;
}

static otp_term statem_facts(const otpi_server *server) {
    const otpi_statem *machine = otpi_server_state_of(server);
    otp_term postponed = otpi_statem_list_term(&machine->postponed);
    otp_term running = otpi_statem_list_term(&machine->timeouts);
    otp_term timeouts = otpi_wire_pair(otp_uint(otp_length(running)), running);
    return otp_list(otpi_wire_pair(otp_charlist("Postponed"), postponed),
                    otpi_wire_pair(otp_charlist("Time-outs"), timeouts));
}

static const otpi_server_kind statem_kind = {.behaviour = {.kind = "gen_statem",
                                                           .start = statem_start,
                                                           .message = statem_message,
                                                           .ending = otpi_start_ending,
                                                           .release = statem_release,
                                                           .name = statem_name,
                                                           .describe = statem_describe},
                                             .module = "gen_statem",
                                             .stop = otpi_statem_stop,
                                             .replace = statem_replace,
                                             .inside = otpi_statem_data,
                                             .facts = statem_facts};

/* ---- The public functions ---- */

static otp_err statem_run(const otp_gen_statem *module, otp_term args, const otp_start_opts *opts,
                          bool link, otp_pid *out, otp_ref *ref) {
    if (!otpi_statem_valid(module)) {
        return OTP_EBADARG;
    }
    return otpi_start_run(&(otpi_start){.behaviour = &statem_kind.behaviour,
                                        .module = module,
                                        .state_size = sizeof(otpi_statem) + module->data_size,
                                        .args = args,
                                        .opts = opts,
                                        .link = link,
                                        .monitor_ref = ref},
                          out);
}

otp_err otp_statem_start(const otp_gen_statem *machine, otp_term args, const otp_start_opts *opts,
                         otp_pid *out) {
    return statem_run(machine, args, opts, false, out, NULL);
}

otp_err otp_statem_start_link(const otp_gen_statem *machine, otp_term args,
                              const otp_start_opts *opts, otp_pid *out) {
    return statem_run(machine, args, opts, true, out, NULL);
}

otp_err otp_statem_start_monitor(const otp_gen_statem *machine, otp_term args,
                                 const otp_start_opts *opts, otp_pid *out, otp_ref *ref) {
    return statem_run(machine, args, opts, false, out, ref);
}
