/* SPDX-License-Identifier: MIT */
/*
 * The functions of supervisor(3): each is one request to the supervisor and its answer.
 */
#include <otp/supervisor.h>

#include "behaviour/call.h"
#include "behaviour/parcel.h"
#include "behaviour/supervisor_wire.h"

/* ---- Specs on the wire ---- */

static const otp_resource_type wire_type = {.name = "child_spec", .destroy = otpi_parcel_free};

otp_term otpi_supervisor_wire_term(const otp_child_spec *spec) {
    void *object;
    otp_term term = otpi_parcel_new(&wire_type, sizeof *spec, &object);
    if (!otp_is_none(term)) {
        otp_child_spec *copy = object;
        *copy = *spec;
        copy->args = OTP_NONE; /* travels beside it: a term lives in a message */
    }
    return term;
}

const otp_child_spec *otpi_supervisor_wire_spec(otp_term term) {
    return otp_resource_get(term, &wire_type);
}

/* ---- Answers ---- */

/* What an {error, Reason} means; reason may be NULL. */
static otp_err client_error(otp_term why, otp_pid *out, otp_term *reason) {
    if (reason) {
        *reason = why;
    }
    const uint64_t *words = otpi_wire_tuple(why, 2);
    if (words && words[0] == OTPI_AM_already_started) {
        if (out) {
            *out = (otp_pid){words[1]};
        }
        return OTP_EALREADY;
    }
    if (words &&
        (words[0] == OTP_ATOM(start_spec).word || words[0] == OTP_ATOM(invalid_child_spec).word)) {
        return OTP_EBADARG;
    }
    switch (why.word) {
    case OTPI_AM_already_present: return OTP_EEXIST;
    case OTPI_AM_not_found: return OTP_ENOENT;
    case OTPI_AM_running:
    case OTPI_AM_restarting: return OTP_EBUSY;
    case OTPI_AM_simple_one_for_one: return OTP_EUNSUPPORTED;
    default: return OTP_EINIT;
    }
}

/* Sends the request; ok or {ok, Value} go to *value (may be NULL). */
static otp_err client_call(otp_term supervisor, otp_term request, otp_term *value, otp_pid *out,
                           otp_term *reason) {
    otp_term reply = OTP_NONE;
    otp_err err = otpi_call(supervisor, otpi_am(gen_call), request, OTP_INFINITY, &reply);
    if (err) {
        if (reason && !otp_is_none(reply)) {
            *reason = reply;
        }
        return err;
    }
    const uint64_t *words = otpi_wire_tuple(reply, 2);
    if (words && words[0] == OTPI_AM_error) {
        return client_error(otpi_wire_term(words[1]), out, reason);
    }
    if (value) {
        *value = words && words[0] == OTPI_AM_ok ? otpi_wire_term(words[1]) : reply;
    }
    return OTP_OK;
}

/* The same for those that answer {ok, Pid} or {ok, undefined}. */
static otp_err client_start(otp_term supervisor, otp_term request, otp_pid *out, otp_term *reason) {
    otp_term value;
    otp_pid pid;
    otp_err err = client_call(supervisor, request, &value, out, reason);
    if (err) {
        return err;
    }
    if (!otp_get_pid(value, &pid)) {
        return OTP_EIGNORE;
    }
    if (out) {
        *out = pid;
    }
    return OTP_OK;
}

/* ---- The functions ---- */

otp_err otp_supervisor_start_child(otp_term supervisor, const otp_child_spec *spec,
                                   otp_term extra_args, otp_pid *out, otp_term *reason) {
    otp_term spec_term = otpi_am(undefined);
    otp_term args = spec ? spec->args : extra_args;
    if (spec) {
        spec_term = otpi_supervisor_wire_term(spec);
        args = otp_is_none(args) ? otp_nil() : args;
    } else {
        args = otp_is_none(args) ? otpi_am(undefined) : otp_tuple(args);
    }
    if (otp_is_none(spec_term)) {
        return OTP_ENOMEM;
    }
    return client_start(supervisor, otp_tuple(otpi_am(start_child), spec_term, args), out, reason);
}

static otp_err client_by_id(otp_term supervisor, otp_term word, const char *id, otp_pid *out) {
    if (!id) {
        return OTP_EBADARG;
    }
    otp_term request = otpi_wire_pair(word, otp_atom(id));
    return out ? client_start(supervisor, request, out, NULL)
               : client_call(supervisor, request, NULL, NULL, NULL);
}

otp_err otp_supervisor_terminate_child(otp_term supervisor, const char *id) {
    return client_by_id(supervisor, otpi_am(terminate_child), id, NULL);
}

otp_err otp_supervisor_terminate_pid(otp_term supervisor, otp_pid pid) {
    otp_term request = otpi_wire_pair(otpi_am(terminate_child), otp_from_pid(pid));
    return client_call(supervisor, request, NULL, NULL, NULL);
}

otp_err otp_supervisor_restart_child(otp_term supervisor, const char *id, otp_pid *out) {
    otp_pid pid;
    return client_by_id(supervisor, otpi_am(restart_child), id, out ? out : &pid);
}

otp_err otp_supervisor_delete_child(otp_term supervisor, const char *id) {
    return client_by_id(supervisor, otpi_am(delete_child), id, NULL);
}

otp_err otp_supervisor_which_children(otp_term supervisor, otp_term *out) {
    return client_call(supervisor, otpi_am(which_children), out, NULL, NULL);
}

otp_err otp_supervisor_child(otp_term supervisor, const char *id, otp_pid *out) {
    otp_pid pid;
    otp_err err = client_by_id(supervisor, otpi_am(child), id, out ? out : &pid);
    return err == OTP_EIGNORE ? OTP_ENOPROC : err;
}

otp_err otp_supervisor_count_children(otp_term supervisor, otp_child_counts *out) {
    otp_term list;
    otp_err err = client_call(supervisor, otpi_am(count_children), &list, NULL, NULL);
    if (err) {
        return err;
    }
    uint64_t specs, active, supervisors, workers;
    if (!otp_match(list, "[{specs, ~u}, {active, ~u}, {supervisors, ~u}, {workers, ~u}]", &specs,
                   &active, &supervisors, &workers)) {
        return OTP_EFORMAT;
    }
    *out = (otp_child_counts){specs, active, supervisors, workers};
    return OTP_OK;
}
