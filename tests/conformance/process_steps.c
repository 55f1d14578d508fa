/* SPDX-License-Identifier: MIT */
/*
 * Steps: processes, messages, links, monitors, aliases, names.
 */
#include "binding.h"
#include "script.h"

/* ---- Birth ---- */

static otp_pid spawn(actor *self, otp_term step, bool link, bool monitor, otp_ref *ref) {
    otp_term script = script_raw(step, 1);
    otp_pid pid;
    otp_err err = otp_spawn_opt(
        script_process, otp_tuple(script, self->env),
        &(otp_spawn_opts){
            .link = link, .monitor = monitor, .monitor_ref = ref, .context = self->run},
        &pid);
    if (err != OTP_OK) {
        otp_exit(OTP_ATOM(system_limit));
    }
    record_name(&self->run->record, pid, script);
    return pid;
}

static otp_term step_spawn(actor *self, otp_term step) {
    return otp_from_pid(spawn(self, step, false, false, NULL));
}

static otp_term step_spawn_link(actor *self, otp_term step) {
    return otp_from_pid(spawn(self, step, true, false, NULL));
}

static otp_term step_spawn_monitor(actor *self, otp_term step) {
    otp_ref ref;
    otp_pid pid = spawn(self, step, false, true, &ref);
    return otp_tuple(otp_from_pid(pid), otp_from_ref(ref));
}

/* ---- Messages ---- */

/* To a destination that is none, and to a name without process: the exit badarg. */
static otp_term step_send(actor *self, otp_term step) {
    otp_term message = script_arg(self, step, 2);
    otp_send_term(script_arg(self, step, 1), message);
    return message;
}

typedef struct wanted {
    otp_term env, pattern;
} wanted;

static bool is_wanted(void *context, otp_term message) {
    const wanted *w = context;
    otp_term env = w->env;
    return binding_match(&env, w->pattern, message);
}

static otp_term step_recv(actor *self, otp_term step) {
    wanted w = {self->env, script_raw(step, 1)};
    otp_term message;
    if (otp_receive_where(is_wanted, &w, script_time(self, step, 2), &message) != OTP_OK) {
        return OTP_ATOM(timeout);
    }
    binding_match(&self->env, w.pattern, message);
    return message;
}

static bool never(void *context, otp_term message) {
    (void)context, (void)message;
    return false;
}

static otp_term step_pause(actor *self, otp_term step) {
    otp_err err = otp_receive_where(never, NULL, script_time(self, step, 1), NULL);
    return err == OTP_ETIMEOUT ? OTP_ATOM(ok) : OTP_ATOM(error);
}

static otp_term step_self(actor *self, otp_term step) {
    (void)self, (void)step;
    return otp_from_pid(otp_self());
}

static otp_term step_yield(actor *self, otp_term step) {
    (void)self, (void)step;
    otp_yield();
    return OTP_ATOM(true);
}

/* ---- Death ---- */

/* exit/1 and exit/2. */
static otp_term step_exit(actor *self, otp_term step) {
    if (otp_arity(step) == 2) {
        otp_exit(script_arg(self, step, 1));
    }
    otp_pid pid = script_pid(self, step, 1);
    otp_exit_signal(pid, script_arg(self, step, 2));
    return OTP_ATOM(true);
}

static otp_term step_trap_exit(actor *self, otp_term step) {
    return otp_bool(otp_trap_exit(otp_is(script_arg(self, step, 1), "true")));
}

static otp_term step_is_alive(actor *self, otp_term step) {
    return otp_bool(otp_is_alive(script_pid(self, step, 1)));
}

/* ---- Links, monitors, aliases ---- */

static otp_term step_link(actor *self, otp_term step) {
    otp_link(script_pid(self, step, 1));
    return OTP_ATOM(true);
}

static otp_term step_unlink(actor *self, otp_term step) {
    otp_unlink(script_pid(self, step, 1));
    return OTP_ATOM(true);
}

static otp_term step_monitor(actor *self, otp_term step) {
    otp_term target = script_arg(self, step, 1);
    otp_term alias = script_arg(self, step, 2);
    if (otp_is_none(alias)) {
        return otp_from_ref(otp_monitor_term(target));
    }
    otp_alias_mode mode = otp_is(alias, "reply_demonitor") ? OTP_ALIAS_REPLY : OTP_ALIAS_EXPLICIT;
    return otp_from_ref(otp_monitor_alias(target, mode));
}

static bool has(otp_term list, const char *option) {
    OTP_LIST_FOREACH (element, list) {
        if (otp_is(element, option)) {
            return true;
        }
    }
    return false;
}

static otp_ref script_ref(const actor *self, otp_term step) {
    otp_ref ref;
    if (!otp_get_ref(script_arg(self, step, 1), &ref)) {
        otp_exit(OTP_ATOM(badarg));
    }
    return ref;
}

static otp_term step_demonitor(actor *self, otp_term step) {
    otp_term options = script_arg(self, step, 2);
    bool was = otp_demonitor(script_ref(self, step), has(options, "flush"));
    return otp_bool(was || !has(options, "info"));
}

static otp_term step_alias(actor *self, otp_term step) {
    bool reply = otp_is(script_arg(self, step, 1), "reply");
    return otp_from_ref(otp_alias(reply ? OTP_ALIAS_REPLY : OTP_ALIAS_EXPLICIT));
}

static otp_term step_unalias(actor *self, otp_term step) {
    return otp_bool(otp_unalias(script_ref(self, step)));
}

/* ---- Names ---- */

static otp_term step_register(actor *self, otp_term step) {
    otp_pid pid;
    bool done = otp_get_pid(script_arg(self, step, 2), &pid) &&
                otp_register(script_atom(self, step, 1), pid) == OTP_OK;
    return done ? OTP_ATOM(true) : OTP_ATOM(badarg);
}

static otp_term step_unregister(actor *self, otp_term step) {
    bool done = otp_unregister(script_atom(self, step, 1)) == OTP_OK;
    return done ? OTP_ATOM(true) : OTP_ATOM(badarg);
}

static otp_term step_whereis(actor *self, otp_term step) {
    otp_pid pid = otp_whereis(script_atom(self, step, 1));
    return pid.word ? otp_from_pid(pid) : OTP_ATOM(undefined);
}

static otp_term step_registered(actor *self, otp_term step) {
    (void)self, (void)step;
    return otp_registered();
}

const step_entry process_steps[] = {
    {"spawn", step_spawn, STEP_ATOMIC},
    {"spawn_link", step_spawn_link, STEP_ATOMIC},
    {"spawn_monitor", step_spawn_monitor, STEP_ATOMIC},
    {"send", step_send, STEP_ATOMIC},
    {"recv", step_recv, STEP_LONG},
    {"pause", step_pause, STEP_LONG},
    {"self", step_self, STEP_PURE},
    {"yield", step_yield, STEP_LONG},
    {"exit", step_exit, STEP_ATOMIC},
    {"trap_exit", step_trap_exit, STEP_ATOMIC},
    {"is_alive", step_is_alive, STEP_ATOMIC},
    {"link", step_link, STEP_ATOMIC},
    {"unlink", step_unlink, STEP_ATOMIC},
    {"monitor", step_monitor, STEP_ATOMIC},
    {"demonitor", step_demonitor, STEP_ATOMIC},
    {"alias", step_alias, STEP_ATOMIC},
    {"unalias", step_unalias, STEP_ATOMIC},
    {"register", step_register, STEP_LONG},
    {"unregister", step_unregister, STEP_LONG},
    {"whereis", step_whereis, STEP_ATOMIC},
    {"registered", step_registered, STEP_ATOMIC},
    {0},
};
