/* SPDX-License-Identifier: MIT */
/*
 * Configurations of supervisors: drawn, started, and compared with a supervisor that runs.
 */
#include "supertester/scenario/options.h"

#include <stdio.h>

enum { CHILDREN_MAX = 64, NUMBERS_MAX = 1000000, TEXT = 300 };

static const char *const strategies[] = {"one_for_one", "one_for_all", "rest_for_one", NULL};
static const char *const restarts[] = {"permanent", "temporary", "transient", NULL};

/* ---- Drawing ---- */

static bool options_fit(st_supervisor_opts *opts, const char *site) {
    otp_term all = otp_list(OTP_ATOM(one_for_one), OTP_ATOM(one_for_all), OTP_ATOM(rest_for_one));
    otp_term every = otp_list(OTP_ATOM(permanent), OTP_ATOM(temporary), OTP_ATOM(transient));
    st_range to_ten = {1, 10};
    return sti_list_fits(&opts->strategies, all, strategies, ".strategies", site) &&
           sti_list_fits(&opts->child_restart_types, every, restarts, ".child_restart_types",
                         site) &&
           sti_range_fits(&opts->children, (st_range){1, 5}, (st_range){1, CHILDREN_MAX},
                          ".children", site) &&
           sti_range_fits(&opts->max_restarts, to_ten, (st_range){0, NUMBERS_MAX}, ".max_restarts",
                          site) &&
           sti_range_fits(&opts->max_seconds, to_ten, (st_range){1, NUMBERS_MAX}, ".max_seconds",
                          site);
}

static otp_term child_id(int64_t number) {
    char text[32];
    snprintf(text, sizeof text, "child_%d", (int)number);
    return otp_atom(text);
}

static otp_term draw_config(const st_supervisor_opts *opts) {
    otp_term strategy = sti_list_pick(opts->strategies, "strategy");
    int64_t intensity = st_draw_int(opts->max_restarts.lo, opts->max_restarts.hi, "max_restarts");
    int64_t period_s = st_draw_int(opts->max_seconds.lo, opts->max_seconds.hi, "max_seconds");
    otp_term specs = otp_nil();
    int64_t children = 0;
    for (ST_CLOSES_(st_list_close)
             st_list each = st_list_open(opts->children.lo, opts->children.hi, "children");
         st_list_more(&each);) {
        otp_term restart = sti_list_pick(opts->child_restart_types, "restart");
        specs = otp_cons(otp_map(OTP_ATOM(id), child_id(++children), OTP_ATOM(restart), restart),
                         specs);
    }
    return otp_map(OTP_ATOM(strategy), strategy, OTP_ATOM(num_children), otp_int(children),
                   OTP_ATOM(max_restarts), otp_int(intensity), OTP_ATOM(max_seconds),
                   otp_int(period_s), OTP_ATOM(child_specs), sti_list_reversed(specs));
}

otp_term st_supervisor_config_at(const st_supervisor_opts *given, const char *label,
                                 const char *site) {
    st_supervisor_opts opts = given ? *given : (st_supervisor_opts){.children = {0, 0}};
    sti_scenario_begin(label);
    bool fit = options_fit(&opts, site);
    return sti_scenario_end(fit ? draw_config(&opts) : OTP_NONE, label);
}

/* ---- Starting ---- */

static otp_result answer(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    return otp_reply(request);
}

static const otp_gen_server answering = {.name = "scenario_child", .handle_call = answer};

/* Which of the names it is; as many as there are when it is none. */
static size_t place_of(otp_term atom, const char *const *names) {
    size_t i = 0;
    while (names[i] && !otp_is(atom, names[i])) {
        i++;
    }
    return i;
}

static bool read_child(otp_term spec, const otp_gen_server *server, otp_child_spec *out) {
    static const otp_restart types[] = {OTP_PERMANENT, OTP_TEMPORARY, OTP_TRANSIENT};
    otp_term id, restart;
    if (!otp_match(spec, "#{id := ~a, restart := ~a}", &id, &restart) ||
        !restarts[place_of(restart, restarts)]) {
        return false;
    }
    *out = (otp_child_spec){.id = otp_atom_text(id), /* lives for ever */
                            .server = server,
                            .args = id,
                            .restart = types[place_of(restart, restarts)]};
    return true;
}

static bool read_config(otp_term config, const otp_gen_server *server, otp_child_spec *children,
                        otp_supervisor_spec *out) {
    static const otp_strategy kinds[] = {OTP_ONE_FOR_ONE, OTP_ONE_FOR_ALL, OTP_REST_FOR_ONE};
    otp_term strategy, specs;
    uint64_t count, intensity, period_s;
    size_t n = 0;
    if (!otp_match(config,
                   "#{strategy := ~a, num_children := ~u, max_restarts := ~u, max_seconds := ~u, "
                   "child_specs := ~l}",
                   &strategy, &count, &intensity, &period_s, &specs) ||
        !strategies[place_of(strategy, strategies)] || count > CHILDREN_MAX ||
        otp_length(specs) != count || intensity > NUMBERS_MAX || period_s < 1 ||
        period_s > NUMBERS_MAX) {
        return false;
    }
    OTP_LIST_FOREACH (spec, specs) {
        if (!read_child(spec, server, &children[n++])) {
            return false;
        }
    }
    *out = (otp_supervisor_spec){.strategy = kinds[place_of(strategy, strategies)],
                                 .intensity = intensity ? (uint32_t)intensity : OTP_INTENSITY_ZERO,
                                 .period_s = (uint32_t)period_s,
                                 .children = children,
                                 .child_count = n};
    return true;
}

otp_pid st_start_supervisor_config_at(otp_term config, const otp_gen_server *server,
                                      const char *site) {
    otp_child_spec children[CHILDREN_MAX];
    otp_supervisor_spec spec;
    if (!read_config(config, server ? server : &answering, children, &spec)) {
        sti_refuse(site, "no configuration of a supervisor: %s", otp_show(config));
        return OTP_PID_NONE;
    }
    return st_setup_supervisor_at(&spec, NULL, site);
}

/* ---- Verifying ---- */

/* As it is to be, after a restart that is on its way. */
static bool child_fits(const otp_child_spec *spec, otp_term child, char *why) {
    otp_pid pid;
    otp_term at = otp_element(child, 1);
    if (otp_get_pid(at, &pid) ? otp_is_alive(pid)
                              : otp_is(at, "undefined") && spec->restart == OTP_TRANSIENT) {
        return true;
    }
    snprintf(why, TEXT, "%s does not run: %s", spec->id, otp_show(child));
    return false;
}

/* Children are in the order of their specs; temporary ones may be missing. */
static bool children_fit(const otp_supervisor_spec *spec, otp_term running, char *why) {
    for (size_t i = 0; i < spec->child_count; i++) {
        const otp_child_spec *child = &spec->children[i];
        otp_term first = otp_head(running);
        if (!otp_is_none(first) && otp_is(otp_element(first, 0), child->id)) {
            if (!child_fits(child, first, why)) {
                return false;
            }
            running = otp_tail(running);
        } else if (child->restart != OTP_TEMPORARY) {
            snprintf(why, TEXT, "%s is not there", child->id);
            return false;
        }
    }
    if (!otp_is_nil(running)) {
        snprintf(why, TEXT, "%s is no child of the configuration, or not in its place",
                 otp_show(otp_element(otp_head(running), 0)));
        return false;
    }
    return true;
}

/* False also when it is not there, which *gone says: no use to look again. */
static bool supervisor_fits(otp_term dest, const otp_supervisor_spec *spec, char *why, bool *gone) {
    otp_term running;
    otp_scope scope = otp_scope_begin();
    otp_err err = otp_supervisor_which_children(dest, &running);
    bool fits = err == OTP_OK && children_fit(spec, running, why);
    if (err != OTP_OK) {
        snprintf(why, TEXT, "it does not answer: %s", otp_err_text(err));
    }
    *gone = err == OTP_ENOPROC || err == OTP_EDOWN;
    otp_scope_end(scope);
    return fits;
}

bool st_verify_supervisor_state_at(otp_term dest, otp_term config, const char *site) {
    otp_child_spec children[CHILDREN_MAX];
    otp_supervisor_spec spec;
    char why[TEXT] = "";
    bool gone = false, fits = false;
    if (!read_config(config, &answering, children, &spec)) {
        return sti_refuse(site, "no configuration of a supervisor: %s", otp_show(config));
    }
    st_patience wait = st_patience_begin(ST_PATIENCE_MS);
    do {
        fits = supervisor_fits(dest, &spec, why, &gone);
    } while (!fits && !gone && st_patience_pause(&wait));
    return fits || st_check_fail(site, "the supervisor %s is not as configured: %s\n    %s",
                                 otp_show(dest), why, otp_show(config));
}
