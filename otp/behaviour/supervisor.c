/* SPDX-License-Identifier: MIT */
/*
 * supervisor: the server. Requests and answers have the shapes of supervisor.erl, except that a
 * child's spec travels as a resource.
 */
#include "behaviour/supervisor.h"

#include <otp/logger.h>

#include "behaviour/start.h"
#include "behaviour/supervisor_wire.h"
#include "port/memory.h"
#include "process/signal.h"

/* ---- Birth and death ---- */

const char *otpi_supervisor_name(const otpi_supervisor *sup) {
    return sup->spec && sup->spec->name ? sup->spec->name : "supervisor";
}

static void sup_prepare(void *state, void *context) {
    otpi_supervisor *sup = state;
    sup->spec = context;
    sup->simple = sup->spec->strategy == OTP_SIMPLE_ONE_FOR_ONE;
    otpi_list_init(&sup->children);
    otpi_map64_init(&sup->ids, &otpi_heap_allocator);
    otpi_map64_init(&sup->pids, &otpi_heap_allocator);
    otpi_sup_dynamic_init(&sup->dynamic);
    otpi_window_init(&sup->window, otpi_spec_intensity(sup->spec), otpi_spec_period_ms(sup->spec));
}

/* Also after a kill. What is kept by the process goes with it. */
static void sup_release(void *state) {
    otpi_supervisor *sup = otpi_server_state(state);
    OTPI_LIST_EACH_SAFE (at, after, &sup->children) {
        otpi_sup_child *child = otpi_sup_child_of_link(at);
        otpi_list_remove(at);
        otpi_block_free(child, sizeof *child);
    }
    otpi_map64_fini(&sup->ids);
    otpi_map64_fini(&sup->pids);
    otpi_sup_dynamic_fini(&sup->dynamic);
    otpi_window_fini(&sup->window);
    otpi_sup_toll_free(sup);
    otpi_free(sup->spec);
    otpi_server_release(state);
}

/* {shutdown, {failed_to_start_child, Id, Reason}}. */
static otp_term failed_to_start(otp_term id, otp_term reason) {
    return otp_tuple(otpi_am(shutdown), otp_tuple(OTP_ATOM(failed_to_start_child), id, reason));
}

/* args: one term for each child. */
static otp_result sup_init(void *state, otp_term args) {
    otpi_supervisor *sup = state;
    otp_trap_exit(true);
    if (sup->simple) {
        sup->template_args = otp_keep(otp_head(args));
        return otp_ok();
    }
    for (size_t i = 0; i < sup->spec->child_count; i++, args = otp_tail(args)) {
        if (!otpi_sup_child_add(sup, &sup->spec->children[i], otp_head(args))) {
            return otp_stop(otpi_am(enomem));
        }
    }
    otp_term reason;
    otpi_sup_child *failed = otpi_sup_children_start(sup, NULL, false, &reason);
    if (!failed) {
        return otp_ok();
    }
    otp_term why = failed_to_start(failed->id, reason);
    otpi_supervisor_shutdown(sup);
    return otp_stop(why);
}

static void sup_terminate(void *state, otp_term reason) {
    (void)reason;
    otpi_supervisor_shutdown(state);
}

/* ---- Requests ---- */

static otp_term sup_error(otp_term what) {
    return otpi_wire_pair(otpi_am(error), what);
}

static otp_term sup_ok(otp_term what) {
    return otpi_wire_pair(otpi_am(ok), what);
}

/* The child was added for this request; one that does not start is forgotten. */
static otp_term start_added(otpi_supervisor *sup, otpi_sup_child *child) {
    otp_term reason;
    otp_err err = otpi_sup_child_start(sup, child, &reason);
    if (!err) {
        otpi_supervisor_tell_started(sup, child, OTP_PID_NONE);
        return sup_ok(otp_from_pid(child->pid));
    }
    if (err != OTP_EIGNORE || sup->simple || child->spec->restart == OTP_TEMPORARY) {
        otpi_sup_child_remove(sup, child);
    }
    return err == OTP_EIGNORE ? sup_ok(otpi_am(undefined)) : sup_error(reason);
}

static otp_term start_dynamic(otpi_supervisor *sup, otp_term extra) {
    const uint64_t *words = otpi_wire_tuple(extra, 1);
    otpi_sup_child child = otpi_sup_dynamic_new(sup, words ? otpi_wire_term(words[0]) : OTP_NONE);
    return start_added(sup, &child);
}

static otp_term start_static(otpi_supervisor *sup, const otp_child_spec *spec, otp_term args) {
    otp_term what = otpi_spec_child_fault(spec, sup->spec->strategy, sup->spec->auto_shutdown);
    if (!otp_is_none(what)) {
        return sup_error(otpi_wire_pair(OTP_ATOM(start_spec), what));
    }
    otpi_sup_child *child = otpi_sup_child_by_id(sup, otp_atom(spec->id));
    if (child && child->state == OTPI_SUP_CHILD_RUNNING) {
        return sup_error(otpi_wire_pair(otpi_am(already_started), otp_from_pid(child->pid)));
    }
    if (child) {
        return sup_error(otpi_am(already_present));
    }
    child = otpi_sup_child_add(sup, spec, args);
    return child ? start_added(sup, child) : sup_error(otpi_am(enomem));
}

/* {start_child, Spec | undefined, Args}; with simple_one_for_one Args is {Args} or undefined. */
static otp_term sup_start_child(otpi_supervisor *sup, const uint64_t *words) {
    otp_term spec_term = otpi_wire_term(words[1]);
    otp_term args = otpi_wire_term(words[2]);
    const otp_child_spec *spec = otpi_supervisor_wire_spec(spec_term);
    if (sup->simple != (spec == NULL)) {
        return sup_error(otpi_wire_pair(OTP_ATOM(invalid_child_spec), spec_term));
    }
    return spec ? start_static(sup, spec, args) : start_dynamic(sup, args);
}

/* As OTP: a pid that is no child of ours, but dead, counts as terminated. */
static otp_term terminate_dynamic(otpi_supervisor *sup, otp_term what) {
    otp_pid pid;
    if (!otp_get_pid(what, &pid)) {
        return sup_error(otpi_am(simple_one_for_one));
    }
    otpi_sup_child child;
    if (!otpi_sup_dynamic_find(sup, pid, &child) && !otpi_sup_dynamic_wake(sup, pid, &child)) {
        return otp_is_alive(pid) ? sup_error(otpi_am(not_found)) : otpi_am(ok);
    }
    otpi_sup_child_terminate(sup, &child);
    otpi_sup_child_gone(sup, &child);
    return otpi_am(ok);
}

static otp_term sup_terminate_child(otpi_supervisor *sup, otp_term id) {
    if (sup->simple) {
        return terminate_dynamic(sup, id);
    }
    otpi_sup_child *child = otpi_sup_child_by_id(sup, id);
    if (!child) {
        return sup_error(otpi_am(not_found));
    }
    otpi_sup_child_terminate(sup, child);
    otpi_sup_child_gone(sup, child);
    return otpi_am(ok);
}

/* The child of that id when it is undefined; else NULL and *answer says why not. */
static otpi_sup_child *undefined_child(otpi_supervisor *sup, otp_term id, otp_term *answer) {
    otpi_sup_child *child = sup->simple ? NULL : otpi_sup_child_by_id(sup, id);
    if (child && child->state == OTPI_SUP_CHILD_DOWN) {
        return child;
    }
    *answer = sup_error(sup->simple                                 ? otpi_am(simple_one_for_one)
                        : !child                                    ? otpi_am(not_found)
                        : child->state == OTPI_SUP_CHILD_RESTARTING ? otpi_am(restarting)
                                                                    : otpi_am(running));
    return NULL;
}

static otp_term sup_restart_child(otpi_supervisor *sup, otp_term id) {
    otp_term answer;
    otpi_sup_child *child = undefined_child(sup, id, &answer);
    if (!child) {
        return answer;
    }
    otp_term reason;
    otp_err err = otpi_sup_child_start(sup, child, &reason);
    if (err) {
        return err == OTP_EIGNORE ? sup_ok(otpi_am(undefined)) : sup_error(reason);
    }
    otpi_supervisor_tell_started(sup, child, OTP_PID_NONE);
    return sup_ok(otp_from_pid(child->pid));
}

static otp_term sup_delete_child(otpi_supervisor *sup, otp_term id) {
    otp_term answer;
    otpi_sup_child *child = undefined_child(sup, id, &answer);
    if (!child) {
        return answer;
    }
    otpi_sup_child_remove(sup, child);
    return otpi_am(ok);
}

static otp_term child_now(const otpi_sup_child *child) {
    return child->state == OTPI_SUP_CHILD_RUNNING      ? otp_from_pid(child->pid)
           : child->state == OTPI_SUP_CHILD_RESTARTING ? otpi_am(restarting)
                                                       : otpi_am(undefined);
}

static const char *child_module(const otp_child_spec *spec) {
    return spec->server       ? spec->server->name
           : spec->statem     ? spec->statem->name
           : spec->supervisor ? "supervisor"
                              : spec->id;
}

static otp_term which_child(const otpi_sup_child *child) {
    const char *module = child_module(child->spec);
    otp_term modules = module ? otp_list(otp_atom(module)) : otp_nil();
    return otp_tuple(child->id, child_now(child), otpi_spec_type_word(child->spec), modules);
}

static otp_term sup_which_children(otpi_supervisor *sup) {
    otp_term list = otp_nil();
    otpi_sup_cursor cursor = {0};
    for (otpi_sup_child child; otpi_sup_dynamic_next(sup, &cursor, &child);) {
        list = otp_cons(which_child(&child), list);
    }
    for (otpi_list *at = sup->children.prev; at != &sup->children; at = at->prev) {
        list = otp_cons(which_child(otpi_sup_child_of_link(at)), list);
    }
    return list;
}

static otp_term counts(size_t specs, size_t active, size_t supervisors, size_t workers) {
    return otp_list(otp_tuple(otpi_am(specs), otp_uint(specs)),
                    otp_tuple(otpi_am(active), otp_uint(active)),
                    otp_tuple(otpi_am(supervisors), otp_uint(supervisors)),
                    otp_tuple(otpi_am(workers), otp_uint(workers)));
}

static otp_term sup_count_children(otpi_supervisor *sup) {
    size_t active = 0;
    size_t supervisors = 0;
    if (sup->simple) {
        bool is_worker = otpi_spec_type(sup->spec->children) == OTP_WORKER;
        supervisors = is_worker ? 0 : sup->count;
        size_t waiting = otpi_map64_count(&sup->dynamic.waiting);
        return counts(1, sup->count - waiting, supervisors, sup->count - supervisors);
    }
    OTPI_LIST_EACH (at, &sup->children) {
        otpi_sup_child *child = otpi_sup_child_of_link(at);
        active += child->state == OTPI_SUP_CHILD_RUNNING && otp_is_alive(child->pid);
        supervisors += otpi_spec_type(child->spec) == OTP_SUPERVISOR;
    }
    return counts(sup->count, active, supervisors, sup->count - supervisors);
}

/* {which_child, Id}: ours, for otp_supervisor_child. */
static otp_term sup_which_child(otpi_supervisor *sup, otp_term id) {
    otpi_sup_child *child = sup->simple ? NULL : otpi_sup_child_by_id(sup, id);
    return child ? sup_ok(child_now(child)) : sup_error(otpi_am(not_found));
}

/* ---- The server ---- */

static otp_term sup_request(otpi_supervisor *sup, otp_term request) {
    const uint64_t *words = otpi_wire_tuple(request, 3);
    if (words && words[0] == OTPI_AM_start_child) {
        return sup_start_child(sup, words);
    }
    words = otpi_wire_tuple(request, 2);
    otp_term id = words ? otpi_wire_term(words[1]) : OTP_NONE;
    switch (words ? words[0] : request.word) {
    case OTPI_AM_terminate_child: return sup_terminate_child(sup, id);
    case OTPI_AM_restart_child: return sup_restart_child(sup, id);
    case OTPI_AM_delete_child: return sup_delete_child(sup, id);
    case OTPI_AM_which_children: return sup_which_children(sup);
    case OTPI_AM_count_children: return sup_count_children(sup);
    case OTPI_AM_child: return sup_which_child(sup, id);
    default: return sup_error(otpi_wire_pair(OTP_ATOM(unknown_request), request));
    }
}

static otp_result sup_call(void *state, otp_term request, otp_from from) {
    (void)from;
    return otp_reply(sup_request(state, request));
}

static otp_result sup_after(bool goes_on) {
    return goes_on ? otp_noreply() : otp_stop(otpi_am(shutdown));
}

static otp_result sup_cast(void *state, otp_term request) {
    const uint64_t *words = otpi_wire_tuple(request, 2);
    bool again = words && words[0] == OTP_ATOM(try_again_restart).word;
    return sup_after(!again || otpi_supervisor_try_again(state, otpi_wire_term(words[1])));
}

/* When many children have died at once, the place of the next is on its way before its turn. */
static void next_exit_prefetch(const otpi_supervisor *sup) {
    const otpi_signal *next = otpi_self()->mailbox;
    const uint64_t *words = next ? otpi_wire_tuple(next->term, 3) : NULL;
    if (words && words[0] == OTPI_AM_EXIT) {
        otpi_sup_child_prefetch(sup, (otp_pid){words[1]});
    }
}

static otp_result sup_info(void *state, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (words && words[0] == OTPI_AM_EXIT) {
        otp_term reason = otpi_wire_term(words[2]);
        bool goes_on = otpi_supervisor_exited(state, (otp_pid){words[1]}, reason);
        next_exit_prefetch(state);
        return sup_after(goes_on);
    }
    otp_log(OTP_LOG_ERROR, "%s received unexpected message: %s", otpi_supervisor_name(state),
            otp_show(message));
    return otp_noreply();
}

static otp_term strategy_word(otp_strategy strategy) {
    switch (strategy) {
    case OTP_ONE_FOR_ONE: return otpi_am(one_for_one);
    case OTP_ONE_FOR_ALL: return otpi_am(one_for_all);
    case OTP_REST_FOR_ONE: return otpi_am(rest_for_one);
    case OTP_SIMPLE_ONE_FOR_ONE: return otpi_am(simple_one_for_one);
    }
    return otpi_am(undefined);
}

static otp_term sup_describe(const void *state) {
    const otpi_supervisor *sup = state;
    return otp_map(otpi_am(strategy), strategy_word(sup->spec->strategy),   //
                   otpi_am(intensity), otp_int(sup->window.intensity),      //
                   otpi_am(period), otp_uint(sup->window.period_ms / 1000), //
                   OTP_ATOM(restarts), otp_int(sup->window.count),          //
                   OTP_ATOM(children), sup_which_children((otpi_supervisor *)(uintptr_t)sup));
}

static const otp_gen_server sup_module = {.name = "supervisor",
                                          .state_size = sizeof(otpi_supervisor),
                                          .init = sup_init,
                                          .handle_call = sup_call,
                                          .handle_cast = sup_cast,
                                          .handle_info = sup_info,
                                          .terminate = sup_terminate,
                                          .describe = sup_describe};

static const char *behaviour_name(const void *state) {
    return otpi_supervisor_name(otpi_server_state_of(state));
}

static otp_term behaviour_describe(const void *state) {
    return sup_describe(otpi_server_state_of(state));
}

static const otpi_server_kind sup_kind = {.behaviour = {.kind = "supervisor",
                                                        .start = otpi_server_start,
                                                        .message = otpi_server_message,
                                                        .ending = otpi_start_ending,
                                                        .release = sup_release,
                                                        .name = behaviour_name,
                                                        .describe = behaviour_describe},
                                          .module = "gen_server",
                                          .stop = otpi_server_stop,
                                          .replace = otpi_server_replace};

static otp_term args_of_children(const otp_supervisor_spec *spec) {
    otp_term list = otp_nil();
    for (size_t i = spec->child_count; i-- > 0;) {
        otp_term args = spec->children[i].args;
        list = otp_cons(otp_is_none(args) ? otp_nil() : args, list);
    }
    return list;
}

otp_err otp_supervisor_start_link(const otp_supervisor_spec *spec, const otp_start_opts *opts,
                                  otp_pid *out) {
    otp_term fault = spec ? otpi_spec_fault(spec) : OTP_ATOM(missing_spec);
    if (!otp_is_none(fault)) {
        if (opts && opts->reason) {
            *opts->reason = fault;
        }
        return OTP_EBADARG;
    }
    otp_term args = args_of_children(spec);
    otp_supervisor_spec *copy = otpi_spec_copy(spec);
    if (!copy) {
        return OTP_ENOMEM;
    }
    return otpi_start_run(&(otpi_start){.behaviour = &sup_kind.behaviour,
                                        .module = &sup_module,
                                        .state_size = sizeof(otpi_supervisor),
                                        .prepare = sup_prepare,
                                        .unprepare = otpi_free,
                                        .prepare_context = copy,
                                        .args = args,
                                        .opts = opts,
                                        .link = true,
                                        .supervises = true},
                          out);
}
