/* SPDX-License-Identifier: MIT */
/*
 * Steps: gen_server, and the server whose callbacks are scripts. Its state is an environment, kept
 * from one callback to the next.
 */
#include <otp/sys.h>

#include "binding.h"
#include "script.h"

/* ---- Callbacks ---- */

typedef struct scripted {
    otp_term definition; /* of the scenario, which outlives the run */
    otp_term env;        /* kept */
} scripted;

/* The state takes the environment the steps have left behind. */
static void env_keep(scripted *s, otp_term env) {
    otp_term before = s->env;
    s->env = otp_keep(env);
    if (!otp_is_none(before)) {
        otp_drop(before);
    }
}

/* Steps of the first clause {Pattern, Steps} that matches the argument; without one, noreply. */
static otp_term callback(scripted *s, otp_term name, otp_term argument, otp_term from) {
    actor self = {otp_context(), s->env};
    if (!otp_is_none(from)) {
        self.env = otp_map_put(self.env, OTP_ATOM(F), from);
    }
    OTP_LIST_FOREACH (clause, otp_map_get(s->definition, name)) {
        if (binding_match(&self.env, otp_element(clause, 0), argument)) {
            otp_term value = script_do(&self, otp_element(clause, 1));
            env_keep(s, self.env);
            return value;
        }
    }
    return OTP_ATOM(noreply);
}

/* Timeout | {continue, Next} of a result. */
static otp_result with_option(otp_result result, otp_term option) {
    otp_term next;
    if (otp_match(option, "{continue, ~t}", &next)) {
        return otp_then(result, next);
    }
    if (otp_is(option, "hibernate")) {
        result.hibernate = true;
        return result;
    }
    const run *r = otp_context();
    return otp_within(result, script_time_of(r, option));
}

static otp_result result_of(otp_term value) {
    otp_term a, b;
    if (otp_is(value, "noreply")) {
        return otp_noreply();
    }
    if (otp_is(value, "ok")) {
        return otp_ok();
    }
    if (otp_is(value, "ignore")) {
        return otp_ignore();
    }
    if (otp_match(value, "{ok, ~t}", &a)) {
        return with_option(otp_ok(), a);
    }
    if (otp_match(value, "{noreply, ~t}", &a)) {
        return with_option(otp_noreply(), a);
    }
    if (otp_match(value, "{reply, ~t}", &a)) {
        return otp_reply(a);
    }
    if (otp_match(value, "{reply, ~t, ~t}", &a, &b)) {
        return with_option(otp_reply(a), b);
    }
    if (otp_match(value, "{stop, ~t}", &a)) {
        return otp_stop(a);
    }
    if (otp_match(value, "{stop, ~t, ~t}", &a, &b)) {
        return otp_stop_reply(a, b);
    }
    return (otp_result){.kind = (otp_result_kind)99}; /* the scenario returns what it may not */
}

static otp_result scripted_init(void *state, otp_term args) {
    scripted *s = state;
    run *r = otp_context();
    otp_term name = otp_element(args, 0);
    record_name(&r->record, otp_self(), name);
    s->definition = otp_map_get(r->scenario->servers, name);
    if (otp_is_none(s->definition)) {
        script_wrong("server", name);
    }
    actor self = {r, script_env(r, otp_element(args, 1))};
    otp_term steps = otp_map_get(s->definition, OTP_ATOM(init));
    otp_term value = otp_is_none(steps) ? OTP_ATOM(ok) : script_do(&self, steps);
    env_keep(s, self.env);
    return result_of(value);
}

/* {from, Pid, Ref, Flags}: what 'F' is. */
static otp_term from_term(otp_from from) {
    return otp_tuple(OTP_ATOM(from), otp_from_pid(from.pid), otp_from_ref(from.ref),
                     otp_uint(from.flags));
}

static otp_result scripted_call(void *state, otp_term request, otp_from from) {
    return result_of(callback(state, OTP_ATOM(call), request, from_term(from)));
}

static otp_result scripted_cast(void *state, otp_term request) {
    return result_of(callback(state, OTP_ATOM(cast), request, OTP_NONE));
}

static otp_result scripted_info(void *state, otp_term message) {
    return result_of(callback(state, OTP_ATOM(info), message, OTP_NONE));
}

static otp_result scripted_continue(void *state, otp_term next) {
    return result_of(callback(state, OTP_ATOM(continue), next, OTP_NONE));
}

static void scripted_terminate(void *state, otp_term reason) {
    callback(state, OTP_ATOM(terminate), reason, OTP_NONE);
}

const otp_gen_server script_server = {.name = "scripted",
                                      .state_size = sizeof(scripted),
                                      .init = scripted_init,
                                      .handle_call = scripted_call,
                                      .handle_cast = scripted_cast,
                                      .handle_info = scripted_info,
                                      .handle_continue = scripted_continue,
                                      .terminate = scripted_terminate};

/* ---- Starting and stopping ---- */

typedef struct start {
    otp_term args;
    otp_start_opts opts;
    otp_term reason;
    otp_pid pid;
} start;

/* {start, Server, #{args => Term, name => Atom, timeout => Time}} */
static start start_of(const actor *self, otp_term step) {
    start s = {.reason = OTP_NONE, .pid = OTP_PID_NONE};
    otp_term options = script_arg(self, step, 2);
    otp_term args = otp_map_get(options, OTP_ATOM(args));
    otp_term timeout = otp_map_get(options, OTP_ATOM(timeout));
    s.args = otp_tuple(script_raw(step, 1), otp_is_none(args) ? otp_nil() : args);
    s.opts.name = otp_map_get(options, OTP_ATOM(name));
    s.opts.timeout_ms = otp_is_none(timeout) ? 0 : script_time_of(self->run, timeout);
    s.opts.context = self->run;
    return s;
}

static otp_term started(const actor *self, otp_term step, const start *s, otp_err err) {
    if (err == OTP_OK) {
        record_name(&self->run->record, s->pid, script_raw(step, 1));
    }
    return script_started(err, s->pid, s->reason);
}

static otp_term step_start(actor *self, otp_term step) {
    start s = start_of(self, step);
    s.opts.reason = &s.reason;
    return started(self, step, &s, otp_start(&script_server, s.args, &s.opts, &s.pid));
}

static otp_term step_start_link(actor *self, otp_term step) {
    start s = start_of(self, step);
    s.opts.reason = &s.reason;
    return started(self, step, &s, otp_start_link(&script_server, s.args, &s.opts, &s.pid));
}

/* {ok, {Pid, Ref}} */
static otp_term step_start_monitor(actor *self, otp_term step) {
    start s = start_of(self, step);
    otp_ref ref;
    s.opts.reason = &s.reason;
    otp_err err = otp_start_monitor(&script_server, s.args, &s.opts, &s.pid, &ref);
    otp_term result = started(self, step, &s, err);
    return err ? result
               : otp_tuple(OTP_ATOM(ok), otp_tuple(otp_from_pid(s.pid), otp_from_ref(ref)));
}

/* What gen_server:call and stop exit with, without where: {exit, Reason}. */
static otp_term exited(otp_err err, otp_term reason) {
    switch (err) {
    case OTP_EDOWN: break;
    case OTP_ETIMEOUT: reason = OTP_ATOM(timeout); break;
    case OTP_ENOPROC: reason = OTP_ATOM(noproc); break;
    case OTP_EBADARG: reason = OTP_ATOM(calling_self); break;
    default: reason = otp_atom(otp_err_name(err));
    }
    return otp_tuple(OTP_ATOM(exit), reason);
}

static otp_term step_call(actor *self, otp_term step) {
    otp_term reply = OTP_NONE;
    otp_term timeout = script_arg(self, step, 3);
    int64_t time_ms = otp_is_none(timeout) ? 5000 : script_time(self, step, 3);
    otp_err err =
        otp_call_term(script_arg(self, step, 1), script_arg(self, step, 2), time_ms, &reply);
    return err ? exited(err, reply) : reply;
}

static otp_term step_cast(actor *self, otp_term step) {
    otp_cast_term(script_arg(self, step, 1), script_arg(self, step, 2));
    return OTP_ATOM(ok);
}

static otp_term step_reply(actor *self, otp_term step) {
    otp_from from;
    if (otp_match(script_arg(self, step, 1), "{from, ~p, ~r, ~u}", &from.pid, &from.ref,
                  &from.flags)) {
        otp_answer(from, script_arg(self, step, 2));
    }
    return OTP_ATOM(ok);
}

/* {stop, Dest} | {stop, Dest, Reason, Time} */
static otp_term step_stop(actor *self, otp_term step) {
    otp_term reason = script_arg(self, step, 2);
    reason = otp_is_none(reason) ? OTP_ATOM(normal) : reason;
    otp_err err = otp_stop_server(script_arg(self, step, 1), reason, script_time(self, step, 3));
    return err ? exited(err, OTP_ATOM(other)) : OTP_ATOM(ok);
}

static otp_term step_suspend(actor *self, otp_term step) {
    otp_err err = otp_sys_suspend(script_arg(self, step, 1), 5000);
    return err ? exited(err, OTP_ATOM(other)) : OTP_ATOM(ok);
}

static otp_term step_resume(actor *self, otp_term step) {
    otp_err err = otp_sys_resume(script_arg(self, step, 1), 5000);
    return err ? exited(err, OTP_ATOM(other)) : OTP_ATOM(ok);
}

const step_entry server_steps[] = {
    {"start", step_start, STEP_LONG},
    {"start_link", step_start_link, STEP_LONG},
    {"start_monitor", step_start_monitor, STEP_LONG},
    {"call", step_call, STEP_LONG},
    {"cast", step_cast, STEP_ATOMIC},
    {"reply", step_reply, STEP_ATOMIC},
    {"stop", step_stop, STEP_LONG},
    {"suspend", step_suspend, STEP_LONG},
    {"resume", step_resume, STEP_LONG},
    {0},
};
