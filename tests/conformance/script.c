/* SPDX-License-Identifier: MIT */
#include "script.h"

#include "base/assert.h"
#include "binding.h"

#include <stdio.h>
#include <stdlib.h>

static const step_entry *const tables[] = {script_steps, process_steps,    timer_steps,
                                           server_steps, supervisor_steps, table_steps,
                                           term_steps};

void script_wrong(const char *what, otp_term term) {
    printf("wrong %s: %s\n", what, otp_show(term));
    fflush(stdout);
    exit(2);
}

/* ---- Arguments ---- */

otp_term script_raw(otp_term step, size_t i) {
    return otp_element(step, i);
}

otp_term script_arg(const actor *self, otp_term step, size_t i) {
    otp_term raw = otp_element(step, i);
    return otp_is_none(raw) ? raw : binding_fill(self->env, raw);
}

otp_term script_atom(const actor *self, otp_term step, size_t i) {
    otp_term atom = script_arg(self, step, i);
    if (!otp_is_atom(atom)) {
        otp_exit(OTP_ATOM(badarg));
    }
    return atom;
}

otp_pid script_pid(const actor *self, otp_term step, size_t i) {
    otp_pid pid;
    otp_term term = script_arg(self, step, i);
    if (otp_is_none(term) || !otp_get_pid(term, &pid)) {
        otp_exit(OTP_ATOM(badarg));
    }
    return pid;
}

int64_t script_time_of(const run *r, otp_term time) {
    int64_t units;
    if (otp_is_none(time) || otp_is(time, "infinity")) {
        return OTP_INFINITY;
    }
    if (!otp_get_int(time, &units)) {
        script_wrong("time", time);
    }
    return units * r->scale;
}

int64_t script_time(const actor *self, otp_term step, size_t i) {
    return script_time_of(self->run, script_arg(self, step, i));
}

otp_term script_started(otp_err err, otp_pid pid, otp_term reason) {
    switch (err) {
    case OTP_OK: return otp_tuple(OTP_ATOM(ok), otp_from_pid(pid));
    case OTP_EIGNORE: return OTP_ATOM(ignore);
    case OTP_EALREADY: reason = otp_tuple(OTP_ATOM(already_started), otp_from_pid(pid)); break;
    case OTP_ETIMEOUT: reason = OTP_ATOM(timeout); break;
    case OTP_EEXIST: reason = OTP_ATOM(already_present); break;
    case OTP_ENOENT: reason = OTP_ATOM(not_found); break;
    case OTP_EBUSY: reason = OTP_ATOM(running); break;
    case OTP_EUNSUPPORTED: reason = OTP_ATOM(simple_one_for_one); break;
    default: break;
    }
    return otp_tuple(OTP_ATOM(error), otp_is_none(reason) ? otp_atom(otp_err_name(err)) : reason);
}

/* ---- Steps ---- */

static const step_entry *step_named(otp_term name) {
    const char *text = otp_atom_text(name);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const step_entry *s = tables[t]; s->name; s++) {
            if (__builtin_strcmp(s->name, text) == 0) {
                return s;
            }
        }
    }
    return NULL;
}

otp_term script_step(actor *self, otp_term term) {
    const step_entry *found = step_named(otp_element(term, 0));
    if (!found) {
        script_wrong("step", term);
    }
    if (found->nature != STEP_PURE) {
        otp_yield(); /* others run, and signals that have come are acted upon */
    }
    if (found->nature != STEP_ATOMIC) {
        return found->fn(self, term);
    }
    otp_lock whole = {0}; /* while it is held the operations of the step do not switch */
    otp_lock_take(&whole);
    otp_term value = found->fn(self, term);
    otp_lock_give(&whole);
    return value;
}

otp_term script_do(actor *self, otp_term steps) {
    otp_term value = OTP_ATOM(ok);
    OTP_LIST_FOREACH (step, steps) {
        value = script_step(self, step);
    }
    return value;
}

/* ---- Steps about steps ---- */

static otp_term step_val(actor *self, otp_term step) {
    return script_arg(self, step, 1);
}

static otp_term step_see(actor *self, otp_term step) {
    otp_term value = script_step(self, script_raw(step, 1));
    record_see(&self->run->record, otp_self(), value);
    return value;
}

static otp_term step_bind(actor *self, otp_term step) {
    otp_term value = script_step(self, script_raw(step, 2));
    if (!binding_match(&self->env, script_raw(step, 1), value)) {
        otp_exit(otp_tuple(OTP_ATOM(badmatch), value));
    }
    return value;
}

/* Steps of the first clause {Pattern, Steps} that matches. */
static otp_term step_branch(actor *self, otp_term step) {
    otp_term value = script_step(self, script_raw(step, 1));
    OTP_LIST_FOREACH (clause, script_raw(step, 2)) {
        if (binding_match(&self->env, otp_element(clause, 0), value)) {
            return script_do(self, otp_element(clause, 1));
        }
    }
    otp_exit(otp_tuple(OTP_ATOM(case_clause), value));
}

const step_entry script_steps[] = {
    {"val", step_val, STEP_PURE},
    {"see", step_see, STEP_PURE},
    {"bind", step_bind, STEP_PURE},
    {"branch", step_branch, STEP_PURE},
    {0},
};

/* ---- Processes ---- */

otp_term script_env(const run *r, otp_term argument) {
    return otp_map(OTP_ATOM(M), otp_from_pid(r->main), OTP_ATOM(A), argument);
}

static void main_over(void *context) {
    run *r = context;
    if (r->over) {
        r->over(r->over_context);
    }
}

void script_process(otp_term script_and_env) {
    otp_scope scope = otp_scope_begin(); /* what is received lives as long as the process */
    run *r = otp_context();
    otp_term name = otp_element(script_and_env, 0);
    actor self = {r, otp_element(script_and_env, 1)};
    bool is_main = otp_is(name, "main");
    record_name(&r->record, otp_self(), name);
    if (is_main) {
        r->main = otp_self();
        self.env = script_env(r, otp_nil());
        otp_defer(main_over, r);
    }
    otp_term steps = otp_map_get(r->scenario->scripts, name);
    if (otp_is_none(steps)) {
        script_wrong("script", name);
    }
    script_do(&self, steps);
    if (is_main) {
        record_seal(&r->record);
    }
    otp_scope_end(scope);
}
