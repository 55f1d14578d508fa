/* SPDX-License-Identifier: MIT */
/*
 * Steps: supervisors. A definition of the scenario becomes an otp_supervisor_spec, which the run
 * keeps until its end.
 */
#include "script.h"

#include <stdlib.h>

/* What the start function of a supervisor that is a child is given. */
typedef struct nested {
    run *run;
    otp_term definition;
} nested;

static otp_err nested_start(void *context, otp_term args, otp_pid *out);

/* ---- Specs from definitions ---- */

static void *spec_alloc(run *r, size_t size) {
    void *block = calloc(1, size);
    otp_lock_take(&r->lock);
    if (!block || r->spec_count == SCRIPT_SPECS_MAX) {
        script_wrong("number of supervisor specs", otp_int(SCRIPT_SPECS_MAX));
    }
    r->specs[r->spec_count++] = block;
    otp_lock_give(&r->lock);
    return block;
}

typedef struct word {
    const char *text;
    int value;
} word;

static int word_of(otp_term map, otp_term key, const word *words) {
    otp_term value = otp_map_get(map, key);
    if (otp_is_none(value)) {
        return words[0].value;
    }
    for (; words->text; words++) {
        if (otp_is(value, words->text)) {
            return words->value;
        }
    }
    script_wrong("value", otp_tuple(key, value));
}

static int64_t shutdown_of(const run *r, otp_term value) {
    if (otp_is_none(value)) {
        return 0;
    }
    return otp_is(value, "brutal_kill") ? OTP_BRUTAL_KILL : script_time_of(r, value);
}

/* {server, Name} | {script, Name} | {supervisor, Name} */
static void start_fill(run *r, otp_term start, otp_term args, otp_child_spec *child) {
    otp_term name;
    if (otp_match(start, "{server, ~a}", &name)) {
        child->server = &script_server;
        child->args = otp_tuple(name, args);
    } else if (otp_match(start, "{script, ~a}", &name)) {
        child->process = script_process;
        child->args = otp_tuple(name, script_env(r, args));
    } else if (otp_match(start, "{supervisor, ~a}", &name)) {
        nested *n = spec_alloc(r, sizeof *n);
        *n = (nested){r, name};
        child->start = nested_start;
        child->context = n;
        child->type = OTP_SUPERVISOR;
    } else {
        script_wrong("start of a child", start);
    }
}

static otp_child_spec child_of(run *r, otp_term map) {
    static const word restarts[] = {{"permanent", OTP_PERMANENT},
                                    {"transient", OTP_TRANSIENT},
                                    {"temporary", OTP_TEMPORARY},
                                    {0}};
    otp_term id = otp_map_get(map, OTP_ATOM(id));
    otp_term name = otp_map_get(map, OTP_ATOM(name));
    otp_term args = otp_map_get(map, OTP_ATOM(args));
    otp_child_spec child = {
        .id = otp_is_none(id) ? NULL : otp_atom_text(id),
        .name = otp_is_none(name) ? NULL : otp_atom_text(name),
        .context = r,
        .restart = (otp_restart)word_of(map, OTP_ATOM(restart), restarts),
        .shutdown_ms = shutdown_of(r, otp_map_get(map, OTP_ATOM(shutdown))),
        .significant = otp_is(otp_map_get(map, OTP_ATOM(significant)), "true"),
    };
    start_fill(r, otp_map_get(map, OTP_ATOM(start)), otp_is_none(args) ? otp_nil() : args, &child);
    return child;
}

static const otp_supervisor_spec *spec_of(run *r, otp_term definition) {
    static const word strategies[] = {{"one_for_one", OTP_ONE_FOR_ONE},
                                      {"one_for_all", OTP_ONE_FOR_ALL},
                                      {"rest_for_one", OTP_REST_FOR_ONE},
                                      {"simple_one_for_one", OTP_SIMPLE_ONE_FOR_ONE},
                                      {0}};
    static const word shutdowns[] = {{"never", OTP_AUTO_NEVER},
                                     {"any_significant", OTP_AUTO_ANY_SIGNIFICANT},
                                     {"all_significant", OTP_AUTO_ALL_SIGNIFICANT},
                                     {0}};
    otp_term map = otp_map_get(r->scenario->supervisors, definition);
    if (otp_is_none(map)) {
        script_wrong("supervisor", definition);
    }
    otp_term children = otp_map_get(map, OTP_ATOM(children));
    size_t count = otp_is_none(children) ? 0 : otp_length(children);
    otp_supervisor_spec *spec = spec_alloc(r, sizeof *spec + count * sizeof(otp_child_spec));
    otp_child_spec *specs = (otp_child_spec *)(void *)(spec + 1);
    int64_t intensity = 1, period = 5;
    otp_get_int(otp_map_get(map, OTP_ATOM(intensity)), &intensity);
    otp_get_int(otp_map_get(map, OTP_ATOM(period)), &period);
    *spec = (otp_supervisor_spec){
        .strategy = (otp_strategy)word_of(map, OTP_ATOM(strategy), strategies),
        .intensity = intensity ? (uint32_t)intensity : OTP_INTENSITY_ZERO,
        .period_s = (uint32_t)period,
        .auto_shutdown = (otp_auto_shutdown)word_of(map, OTP_ATOM(auto_shutdown), shutdowns),
        .children = specs,
        .child_count = count,
    };
    OTP_LIST_FOREACH (child, children) {
        *specs++ = child_of(r, child);
    }
    return spec;
}

static otp_err sup_start(run *r, otp_term definition, otp_term name, otp_pid *pid,
                         otp_term *reason) {
    otp_start_opts opts = {.name = name, .context = r, .reason = reason};
    otp_err err = otp_supervisor_start_link(spec_of(r, definition), &opts, pid);
    if (err == OTP_OK) {
        record_name(&r->record, *pid, definition);
    }
    return err;
}

static otp_err nested_start(void *context, otp_term args, otp_pid *out) {
    const nested *n = context;
    otp_term reason;
    (void)args;
    return sup_start(n->run, n->definition, OTP_NONE, out, &reason);
}

/* ---- Steps ---- */

/* {start_sup, Definition} | {start_sup, Definition, Name} */
static otp_term step_start_sup(actor *self, otp_term step) {
    otp_pid pid = OTP_PID_NONE;
    otp_term reason = OTP_NONE;
    otp_err err =
        sup_start(self->run, script_raw(step, 1), script_arg(self, step, 2), &pid, &reason);
    return script_started(err, pid, reason);
}

/* {start_child, Sup, ChildMap} | {start_child, Sup, {args, Server, Args}}: simple_one_for_one. */
static otp_term step_start_child(actor *self, otp_term step) {
    otp_term what = script_arg(self, step, 2);
    otp_term sup = script_arg(self, step, 1);
    otp_term reason = OTP_NONE;
    otp_term server, args;
    otp_pid pid = OTP_PID_NONE;
    otp_err err;
    if (otp_match(what, "{args, ~a, ~t}", &server, &args)) {
        err = otp_supervisor_start_child(sup, NULL, otp_tuple(server, args), &pid, &reason);
    } else {
        otp_child_spec child = child_of(self->run, what);
        err = otp_supervisor_start_child(sup, &child, OTP_NONE, &pid, &reason);
    }
    if (err == OTP_EIGNORE) {
        return otp_tuple(OTP_ATOM(ok), OTP_ATOM(undefined));
    }
    return script_started(err, pid, reason);
}

static otp_term ok_or_error(otp_err err) {
    return err ? script_started(err, OTP_PID_NONE, OTP_NONE) : OTP_ATOM(ok);
}

static otp_term step_terminate_child(actor *self, otp_term step) {
    otp_term sup = script_arg(self, step, 1);
    otp_term which = script_arg(self, step, 2);
    otp_pid pid;
    if (otp_get_pid(which, &pid)) {
        return ok_or_error(otp_supervisor_terminate_pid(sup, pid));
    }
    return ok_or_error(otp_supervisor_terminate_child(sup, otp_atom_text(which)));
}

static otp_term step_delete_child(actor *self, otp_term step) {
    const char *id = otp_atom_text(script_atom(self, step, 2));
    return ok_or_error(otp_supervisor_delete_child(script_arg(self, step, 1), id));
}

static otp_term step_restart_child(actor *self, otp_term step) {
    otp_pid pid = OTP_PID_NONE;
    const char *id = otp_atom_text(script_atom(self, step, 2));
    otp_err err = otp_supervisor_restart_child(script_arg(self, step, 1), id, &pid);
    if (err == OTP_EIGNORE) {
        return otp_tuple(OTP_ATOM(ok), OTP_ATOM(undefined));
    }
    return script_started(err, pid, OTP_NONE);
}

/* [{Id, Pid | undefined | restarting, worker | supervisor}], sorted. */
static otp_term step_which_children(actor *self, otp_term step) {
    otp_term rows;
    otp_term all[64];
    size_t n = 0;
    if (otp_supervisor_which_children(script_arg(self, step, 1), &rows) != OTP_OK) {
        return OTP_ATOM(noproc);
    }
    OTP_LIST_FOREACH (row, rows) {
        all[n++] = otp_tuple(otp_element(row, 0), otp_element(row, 1), otp_element(row, 2));
    }
    return script_sorted(otp_list_of(n, all));
}

static otp_term step_count_children(actor *self, otp_term step) {
    otp_child_counts counts;
    if (otp_supervisor_count_children(script_arg(self, step, 1), &counts) != OTP_OK) {
        return OTP_ATOM(noproc);
    }
    return otp_map(OTP_ATOM(specs), otp_uint(counts.specs), OTP_ATOM(active),
                   otp_uint(counts.active), OTP_ATOM(supervisors), otp_uint(counts.supervisors),
                   OTP_ATOM(workers), otp_uint(counts.workers));
}

const step_entry supervisor_steps[] = {
    {"start_sup", step_start_sup, STEP_LONG},
    {"start_child", step_start_child, STEP_LONG},
    {"terminate_child", step_terminate_child, STEP_LONG},
    {"restart_child", step_restart_child, STEP_LONG},
    {"delete_child", step_delete_child, STEP_LONG},
    {"which_children", step_which_children, STEP_LONG},
    {"count_children", step_count_children, STEP_LONG},
    {0},
};
