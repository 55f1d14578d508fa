/* SPDX-License-Identifier: MIT */
/*
 * The application controller: which applications are loaded, run, start and stop.
 *
 * It never waits for an application: masters report, and those who asked are answered then. What it
 * knows is in tables of its own:
 *     env      named: {{env, Name, Key}, Value}
 *     apps     {Name, App, Status, Type, Serial, Master}; Status loaded | starting | running |
 *              stopping; Serial counts starts, so that all can be stopped in the reverse order
 *     waiting  {Number, Name, From}: who is to be answered when Name has started or stopped
 * Without memory for a row it exits, and its applications with it.
 */
#include <otp/logger.h>
#include <otp/table.h>

#include "behaviour/application.h"
#include "behaviour/parcel.h"
#include "behaviour/wire.h"
#include "process/system.h"

typedef struct controller {
    otp_table env, apps, waiting;
    uint64_t serial;
    otp_term ended; /* the application whose end ends the system; OTP_NONE = none */
} controller;

enum { APP_SPEC = 1, APP_STATUS, APP_TYPE, APP_SERIAL, APP_MASTER };

static void must(otp_err err) {
    if (err) {
        otpi_enomem(OTPI_SITE);
    }
}

static otp_term error(otp_term what) {
    return otpi_wire_pair(otpi_am(error), what);
}

static otp_term error_of(const char *word, otp_term name) {
    return error(otpi_wire_pair(otp_atom(word), name));
}

/* ---- The table of applications ---- */

static bool app_row(controller *c, otp_term name, otp_term *row) {
    otp_err err = otp_table_lookup(c->apps, name, row);
    must(err == OTP_ENOENT ? OTP_OK : err);
    return err == OTP_OK;
}

static bool app_is(otp_term row, const char *status) {
    return otp_is(otp_element(row, APP_STATUS), status);
}

/* The row with another status; master OTP_NONE: none. */
static void app_put(controller *c, otp_term row, const char *status, otp_term type,
                    otp_term master) {
    bool begins = app_is(row, "loaded");
    otp_term serial = begins ? otp_uint(++c->serial) : otp_element(row, APP_SERIAL);
    must(otp_table_insert(c->apps, otp_tuple(otp_element(row, 0), otp_element(row, APP_SPEC),
                                             otp_atom(status), type, serial,
                                             otp_is_none(master) ? otpi_am(undefined) : master)));
}

static void app_loaded(controller *c, otp_term row) {
    app_put(c, row, "loaded", otpi_am(none), OTP_NONE);
}

static otp_term app_rows(controller *c) {
    otp_term rows;
    must(otp_table_to_list(c->apps, &rows));
    return rows;
}

/* Those that run, start or stop, last started first. */
static otp_term rows_begun(controller *c) {
    otp_term map = otp_map_of(0, NULL);
    otp_term key, row;
    otp_term list = otp_nil();
    OTP_LIST_FOREACH (each, app_rows(c)) {
        if (!app_is(each, "loaded")) {
            map = otp_map_put(map, otp_element(each, APP_SERIAL), each);
        }
    }
    for (size_t i = 0; otp_map_at(map, i, &key, &row); i++) {
        list = otp_cons(row, list);
    }
    return list;
}

static bool row_of_master(controller *c, otp_pid master, otp_term *row) {
    OTP_LIST_FOREACH (each, app_rows(c)) {
        if (otp_element(each, APP_MASTER).word == master.word) {
            *row = each;
            return true;
        }
    }
    return false;
}

/* ---- Who waits ---- */

static const otp_resource_type from_type = {.name = "from", .destroy = otpi_parcel_free};

static otp_result wait_for(controller *c, otp_term name, otp_from from) {
    void *object;
    otp_term term = otpi_parcel_new(&from_type, sizeof from, &object);
    must(otp_is_none(term) ? OTP_ENOMEM : OTP_OK);
    *(otp_from *)object = from;
    must(otp_table_insert(c->waiting, otp_tuple(otp_uint(++c->serial), name, term)));
    return otp_noreply();
}

static void waiting_answer(controller *c, otp_term name, otp_term answer) {
    otp_term rows;
    must(otp_table_to_list(c->waiting, &rows));
    OTP_LIST_FOREACH (row, rows) {
        if (otp_equal(otp_element(row, 1), name)) {
            otp_answer(*(otp_from *)otp_resource_get(otp_element(row, 2), &from_type), answer);
            must(otp_table_delete_key(c->waiting, otp_element(row, 0)));
        }
    }
}

/* ---- Loading ---- */

static bool env_fine(otp_term env) {
    OTP_LIST_FOREACH (pair, env) {
        if (otp_arity(pair) != 2 || !otp_is_atom(otp_element(pair, 0))) {
            return false;
        }
    }
    return otp_length(env) != SIZE_MAX;
}

/* ok, or why not. */
static otp_term app_load(controller *c, otp_term spec) {
    const otp_application *app = otpi_application_of(spec);
    otp_term name = otp_atom(app->name);
    otp_term env = otp_nil();
    otp_err err = app->env ? otp_parse(app->env, &env, NULL) : OTP_OK;
    if (err || !env_fine(env)) {
        return error_of("bad_environment", err ? otp_atom(otp_err_name(err)) : env);
    }
    OTP_LIST_FOREACH (pair, env) {
        otp_term key = otpi_application_env_key(name, otp_element(pair, 0));
        must(otp_table_insert(c->env, otpi_wire_pair(key, otp_element(pair, 1))));
    }
    must(otp_table_insert(c->apps, otp_tuple(name, spec, OTP_ATOM(loaded), otpi_am(none),
                                             otp_int(0), otpi_am(undefined))));
    return otpi_am(ok);
}

static otp_term load(controller *c, otp_term spec) {
    otp_term row;
    otp_term name = otp_atom(otpi_application_of(spec)->name);
    return app_row(c, name, &row) ? error_of("already_loaded", name) : app_load(c, spec);
}

static otp_term unload(controller *c, otp_term name) {
    otp_term row, rows;
    if (!app_row(c, name, &row)) {
        return error_of("not_loaded", name);
    }
    if (!app_is(row, "loaded")) {
        return error_of("running", name);
    }
    must(otp_table_to_list(c->env, &rows));
    OTP_LIST_FOREACH (pair, rows) {
        otp_term key = otp_element(pair, 0);
        if (otp_equal(otp_element(key, 1), name)) {
            must(otp_table_delete_key(c->env, key));
        }
    }
    must(otp_table_delete_key(c->apps, name));
    return otpi_am(ok);
}

/* ---- Starting ---- */

/* The first that does not run of those it needs, or OTP_NONE. */
static otp_term missing(controller *c, const otp_application *app) {
    for (size_t i = 0; i < app->needs_count; i++) {
        otp_term name = otp_atom(app->needs[i]->name);
        otp_term row;
        if (!app_row(c, name, &row) || !app_is(row, "running")) {
            return name;
        }
    }
    return OTP_NONE;
}

static otp_result start_loaded(controller *c, otp_term row, otp_term type, otp_from from) {
    const otp_application *app = otpi_application_of(otp_element(row, APP_SPEC));
    otp_term needed = missing(c, app);
    otp_pid master;
    if (!otp_is_none(needed)) {
        return otp_reply(error_of("not_started", needed));
    }
    if (!app->start && !app->supervisor) {
        app_put(c, row, "running", type, OTP_NONE);
        return otp_reply(otpi_am(ok));
    }
    otp_err err = otpi_application_master_start(otp_element(row, APP_SPEC), &master);
    if (err) {
        return otp_reply(error(otp_atom(otp_err_name(err))));
    }
    app_put(c, row, "starting", type, otp_from_pid(master));
    return wait_for(c, otp_element(row, 0), from);
}

static otp_result start(controller *c, otp_term spec, otp_term type, otp_from from) {
    otp_term row;
    otp_term name = otp_atom(otpi_application_of(spec)->name);
    if (!app_row(c, name, &row)) {
        otp_term loaded = app_load(c, spec);
        if (!otp_is(loaded, "ok") || !app_row(c, name, &row)) {
            return otp_reply(loaded);
        }
    }
    if (app_is(row, "loaded")) {
        return start_loaded(c, row, type, from);
    }
    if (app_is(row, "starting")) {
        return wait_for(c, name, from);
    }
    return otp_reply(error_of(app_is(row, "running") ? "already_started" : "stopping", name));
}

static otp_result stop(controller *c, otp_term name, otp_from from) {
    otp_term row;
    if (!app_row(c, name, &row) || app_is(row, "loaded") || app_is(row, "starting")) {
        return otp_reply(error_of("not_started", name));
    }
    otp_term master = otp_element(row, APP_MASTER);
    if (otp_is_atom(master)) {
        app_loaded(c, row);
        return otp_reply(otpi_am(ok));
    }
    if (app_is(row, "running")) {
        app_put(c, row, "stopping", otp_element(row, APP_TYPE), master);
        otp_cast_term(master, otpi_am(stop));
    }
    return wait_for(c, name, from);
}

/* ---- What became of it ---- */

/* Does the end of one of that type, for that reason, end the system? */
static bool is_fatal(otp_term type, otp_term reason) {
    return type.word == OTPI_AM_permanent ||
           (type.word == OTPI_AM_transient && reason.word != OTPI_AM_normal);
}

static otp_result ended(controller *c, otp_term row, otp_term reason) {
    otp_term name = otp_element(row, 0);
    otp_term type = otp_element(row, APP_TYPE);
    bool fatal = is_fatal(type, reason);
    otp_log(fatal ? OTP_LOG_ERROR : OTP_LOG_NOTICE, "application %s (%s) exited: %s%s",
            otp_atom_text(name), otp_atom_text(type), otp_show(reason),
            fatal ? "; the system ends" : "");
    app_loaded(c, row);
    if (!fatal) {
        return otp_noreply();
    }
    c->ended = name;
    return otp_stop(otpi_wire_pair(OTP_ATOM(application_terminated), name));
}

static otp_result start_failed(controller *c, otp_term row, otp_term reason) {
    waiting_answer(c, otp_element(row, 0), error(reason));
    return ended(c, row, reason);
}

/* {application_started, Name, ok | {error, Reason}} of a master. */
static otp_result controller_cast(void *state, otp_term message) {
    controller *c = state;
    otp_term name, result, row;
    if (!otp_match(message, "{application_started, ~a, ~t}", &name, &result) ||
        !app_row(c, name, &row) || !app_is(row, "starting")) {
        return otp_noreply();
    }
    if (!otp_is(result, "ok")) {
        return start_failed(c, row, otp_element(result, 1));
    }
    app_put(c, row, "running", otp_element(row, APP_TYPE), otp_element(row, APP_MASTER));
    waiting_answer(c, name, otpi_am(ok));
    return otp_noreply();
}

static otp_result controller_info(void *state, otp_term message) {
    controller *c = state;
    otp_pid pid;
    otp_term reason, row;
    if (!otp_match(message, "{'EXIT', ~p, ~t}", &pid, &reason) || !row_of_master(c, pid, &row)) {
        return otp_noreply();
    }
    if (app_is(row, "starting")) {
        return start_failed(c, row, reason);
    }
    if (app_is(row, "running")) {
        return ended(c, row, reason);
    }
    app_loaded(c, row);
    waiting_answer(c, otp_element(row, 0), otpi_am(ok));
    return otp_noreply();
}

/* ---- Looking ---- */

static otp_term row_shown(otp_term row) {
    const otp_application *app = otpi_application_of(otp_element(row, APP_SPEC));
    return otp_tuple(otp_element(row, 0), otp_string(app->description ? app->description : ""),
                     otp_string(app->version ? app->version : ""));
}

static otp_term list_reversed(otp_term list) {
    otp_term reversed = otp_nil();
    OTP_LIST_FOREACH (element, list) {
        reversed = otp_cons(element, reversed);
    }
    return reversed;
}

static otp_term which(controller *c) {
    otp_term list = otp_nil();
    OTP_LIST_FOREACH (row, rows_begun(c)) {
        list = app_is(row, "running") ? otp_cons(row_shown(row), list) : list;
    }
    return list_reversed(list);
}

static otp_term loaded(controller *c) {
    otp_term map = otp_map_of(0, NULL);
    otp_term list = otp_nil();
    otp_term key, value;
    OTP_LIST_FOREACH (row, app_rows(c)) {
        map = otp_map_put(map, otp_element(row, 0), row_shown(row));
    }
    for (size_t i = otp_map_size(map); i > 0 && otp_map_at(map, i - 1, &key, &value); i--) {
        list = otp_cons(value, list);
    }
    return list;
}

/* ---- The server ---- */

static otp_term env_set(controller *c, otp_term name, otp_term key, otp_term value) {
    otp_term row_key = otpi_application_env_key(name, key);
    must(otp_table_insert(c->env, otpi_wire_pair(row_key, value)));
    return otpi_am(ok);
}

static otp_term env_unset(controller *c, otp_term name, otp_term key) {
    must(otp_table_delete_key(c->env, otpi_application_env_key(name, key)));
    return otpi_am(ok);
}

static otp_result controller_call(void *state, otp_term request, otp_from from) {
    controller *c = state;
    otp_term a, b, value;
    if (otp_match(request, "{start, ~t, ~a}", &a, &b)) {
        return start(c, a, b, from);
    } else if (otp_match(request, "{stop, ~a}", &a)) {
        return stop(c, a, from);
    } else if (otp_match(request, "{load, ~t}", &a)) {
        return otp_reply(load(c, a));
    } else if (otp_match(request, "{unload, ~a}", &a)) {
        return otp_reply(unload(c, a));
    } else if (otp_match(request, "{set_env, ~a, ~a, ~t}", &a, &b, &value)) {
        return otp_reply(env_set(c, a, b, value));
    } else if (otp_match(request, "{unset_env, ~a, ~a}", &a, &b)) {
        return otp_reply(env_unset(c, a, b));
    } else if (otp_is(request, "which_applications")) {
        return otp_reply(which(c));
    } else if (otp_is(request, "loaded_applications")) {
        return otp_reply(loaded(c));
    }
    return otp_reply(error_of("bad_request", request));
}

static otp_result controller_init(void *state, otp_term args) {
    controller *c = state;
    (void)args;
    otp_trap_exit(true);
    otp_err err = otp_table_new(&(otp_table_opts){.name = otpi_application_table_name()}, &c->env);
    err = err ? err : otp_table_new(&(otp_table_opts){.protection = OTP_PRIVATE}, &c->apps);
    err = err ? err : otp_table_new(&(otp_table_opts){.protection = OTP_PRIVATE}, &c->waiting);
    return err ? otp_stop(otp_atom(otp_err_name(err))) : otp_ok();
}

static bool is_exit_of(void *pid, otp_term message) {
    return otp_arity(message) == 3 && otp_element(message, 0).word == OTPI_AM_EXIT &&
           otp_element(message, 1).word == ((otp_pid *)pid)->word;
}

/* The applications end in the reverse order of their start; each is waited for. */
static void controller_terminate(void *state, otp_term reason) {
    controller *c = state;
    otp_pid master;
    otp_term message;
    (void)reason;
    OTP_LIST_FOREACH (row, rows_begun(c)) {
        if (otp_get_pid(otp_element(row, APP_MASTER), &master)) {
            otp_exit_signal(master, otpi_am(shutdown));
            (void)!otpi_receive_more(is_exit_of, &master, OTP_INFINITY, &message);
        }
    }
    if (!otp_is_none(c->ended)) {
        otpi_system_halt(otpi_self()->system);
    }
}

const otp_gen_server otpi_application_controller = {.name = "application_controller",
                                                    .state_size = sizeof(controller),
                                                    .init = controller_init,
                                                    .handle_call = controller_call,
                                                    .handle_cast = controller_cast,
                                                    .handle_info = controller_info,
                                                    .terminate = controller_terminate};
