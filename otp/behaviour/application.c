/* SPDX-License-Identifier: MIT */
/*
 * application: what clients call. Changes are requests to the controller; environments are read
 * from its table.
 */
#include "behaviour/application.h"

#include <otp/table.h>

#include "behaviour/parcel.h"
#include "behaviour/wire.h"
#include "process/process.h"

#include <string.h>

/* ---- Applications as terms ---- */

static const otp_resource_type app_type = {.name = "application", .destroy = otpi_parcel_free};

otp_term otpi_application_term(const otp_application *app) {
    void *object;
    otp_term term = otpi_parcel_new(&app_type, sizeof app, &object);
    if (otp_is_none(term)) {
        otpi_enomem(OTPI_SITE);
    }
    *(const otp_application **)object = app;
    return term;
}

const otp_application *otpi_application_of(otp_term term) {
    const otp_application *const *object = otp_resource_get(term, &app_type);
    return object ? *object : NULL;
}

/* ---- The controller ---- */

static otp_term controller_name(void) {
    return OTP_ATOM(application_controller);
}

static otp_err controller_start(void) {
    otp_pid pid;
    otp_start_opts opts = {.name = controller_name()};
    otp_err err = otp_start(&otpi_application_controller, otp_nil(), &opts, &pid);
    return err == OTP_EALREADY ? OTP_OK : err;
}

/* The answer to a request; an {error, Why} becomes an error. */
static otp_err request_error(otp_term why) {
    otp_term word = otp_element(why, 0);
    static const struct {
        const char *word;
        otp_err err;
    } known[] = {{"already_loaded", OTP_EALREADY}, {"already_started", OTP_EALREADY},
                 {"not_loaded", OTP_ENOENT},       {"running", OTP_EBUSY},
                 {"bad_environment", OTP_EBADARG}, {"bad_request", OTP_EBADARG}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (otp_arity(why) == 2 && otp_is(word, known[i].word)) {
            return known[i].err;
        }
    }
    return OTP_EINIT;
}

static otp_err request(otp_term what, otp_term *answer, otp_term *reason) {
    otp_term reply = OTP_NONE, why;
    otp_err err = otp_whereis(controller_name()).word ? OTP_OK : controller_start();
    err = err ? err : otp_call_term(controller_name(), what, OTP_INFINITY, &reply);
    if (!err && otp_match(reply, "{error, ~t}", &why)) {
        err = request_error(why);
        if (reason) {
            *reason = why;
        }
    }
    if (!err && answer) {
        *answer = reply;
    }
    return err;
}

static bool app_fine(const otp_application *app) {
    return app && app->name && app->name[0] && strlen(app->name) <= 255 &&
           !(app->start && app->supervisor);
}

/* ---- Starting and stopping ---- */

static otp_term type_word(otp_application_type type) {
    switch (type) {
    case OTP_APPLICATION_TEMPORARY: return otpi_am(temporary);
    case OTP_APPLICATION_TRANSIENT: return otpi_am(transient);
    case OTP_APPLICATION_PERMANENT: return otpi_am(permanent);
    }
    return OTP_NONE;
}

otp_err otp_application_load(const otp_application *app, otp_term *reason) {
    if (!app_fine(app)) {
        return OTP_EBADARG;
    }
    return request(otpi_wire_pair(OTP_ATOM(load), otpi_application_term(app)), NULL, reason);
}

otp_err otp_application_unload(otp_term name) {
    return request(otpi_wire_pair(OTP_ATOM(unload), name), NULL, NULL);
}

otp_err otp_application_start(const otp_application *app, otp_application_type type,
                              otp_term *reason) {
    otp_term word = type_word(type);
    if (!app_fine(app) || otp_is_none(word)) {
        return OTP_EBADARG;
    }
    return request(otp_tuple(otpi_am(start), otpi_application_term(app), word), NULL, reason);
}

otp_err otp_application_stop(otp_term name) {
    otp_term why = OTP_NONE;
    otp_err err = request(otpi_wire_pair(otpi_am(stop), name), NULL, &why);
    return err == OTP_EINIT ? OTP_ENOENT : err; /* {not_started, Name} */
}

/* ---- With all that it needs ---- */

/* The way down to an application: to find circles. */
typedef struct way {
    const otp_application *app;
    const struct way *from;
} way;

static bool on_way(const way *from, const otp_application *app) {
    while (from && from->app != app) {
        from = from->from;
    }
    return from != NULL;
}

/* started: last one first. */
static otp_err ensure(const otp_application *app, otp_application_type type, const way *from,
                      otp_term *started, otp_term *reason) {
    way here = {app, from};
    if (!app_fine(app) || on_way(from, app)) {
        return OTP_EBADARG;
    }
    for (size_t i = 0; i < app->needs_count; i++) {
        otp_err err = ensure(app->needs[i], type, &here, started, reason);
        if (err) {
            return err;
        }
    }
    otp_term why = otpi_am(undefined);
    otp_err err = otp_application_start(app, type, &why);
    if (err == OTP_OK) {
        *started = otp_cons(otp_atom(app->name), *started);
    } else if (err != OTP_EALREADY) {
        *reason = otpi_wire_pair(otp_atom(app->name), why);
    }
    return err == OTP_EALREADY ? OTP_OK : err;
}

otp_err otp_application_ensure_all_started(const otp_application *app, otp_application_type type,
                                           otp_term *started, otp_term *reason) {
    otp_term names = otp_nil();
    otp_term order = otp_nil();
    otp_term why = otpi_am(undefined);
    otp_err err = ensure(app, type, NULL, &names, &why);
    OTP_LIST_FOREACH (name, names) {
        order = otp_cons(name, order);
        if (err) {
            (void)!otp_application_stop(name); /* it may have ended by itself */
        }
    }
    if (err && reason) {
        *reason = why;
    }
    if (!err && started) {
        *started = order;
    }
    return err;
}

otp_err otp_application_stop_all(void) {
    otp_term running;
    otp_err err = otp_application_which_applications(&running);
    if (err) {
        return err;
    }
    OTP_LIST_FOREACH (app, running) {
        otp_err stopped = otp_application_stop(otp_element(app, 0));
        err = stopped == OTP_ENOENT ? err : stopped ? stopped : err;
    }
    return err;
}

/* ---- Looking ---- */

otp_err otp_application_which_applications(otp_term *out) {
    return request(OTP_ATOM(which_applications), out, NULL);
}

otp_err otp_application_loaded_applications(otp_term *out) {
    return request(OTP_ATOM(loaded_applications), out, NULL);
}

/* ---- Environment ---- */

otp_err otp_application_get_env(otp_term name, otp_term key, otp_term *value) {
    otp_table table;
    otp_term row;
    otp_err err = otp_table_named(otpi_application_table_name(), &table);
    err = err ? err : otp_table_lookup(table, otpi_application_env_key(name, key), &row);
    if (err == OTP_OK) {
        *value = otp_element(row, 1);
    }
    return err;
}

otp_err otp_application_get_all_env(otp_term name, otp_term *out) {
    otp_table table;
    otp_term rows, key, value;
    otp_term map = otp_map_of(0, NULL);
    otp_err err = otp_table_named(otpi_application_table_name(), &table);
    err = err ? err : otp_table_to_list(table, &rows);
    if (err && err != OTP_ENOENT) {
        return err;
    }
    *out = otp_nil();
    OTP_LIST_FOREACH (row, err ? otp_nil() : rows) {
        if (otp_equal(otp_element(otp_element(row, 0), 1), name)) {
            map = otp_map_put(map, otp_element(otp_element(row, 0), 2), otp_element(row, 1));
        }
    }
    for (size_t i = otp_map_size(map); i > 0 && otp_map_at(map, i - 1, &key, &value); i--) {
        *out = otp_cons(otpi_wire_pair(key, value), *out);
    }
    return OTP_OK;
}

otp_err otp_application_set_env(otp_term name, otp_term key, otp_term value) {
    return request(otp_tuple(OTP_ATOM(set_env), name, key, value), NULL, NULL);
}

otp_err otp_application_unset_env(otp_term name, otp_term key) {
    return request(otp_tuple(OTP_ATOM(unset_env), name, key), NULL, NULL);
}
