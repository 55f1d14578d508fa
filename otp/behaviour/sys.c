/* SPDX-License-Identifier: MIT */
/*
 * sys(3) as its callers see it: each function is one system message and its answer.
 */
#include <otp/sys.h>

#include "behaviour/call.h"
#include "behaviour/parcel.h"
#include "behaviour/sys_debug.h"
#include "behaviour/sys_server.h"
#include "behaviour/wire.h"

/* ok, {ok, Value} or {error, Reason}. value may be NULL. */
static otp_err sys_answer(otp_term reply, otp_term *value) {
    const uint64_t *words = otpi_wire_tuple(reply, 2);
    if (words && words[0] == OTPI_AM_error) {
        return words[1] == OTPI_AM_badarg   ? OTP_EBADARG
               : words[1] == OTPI_AM_enomem ? OTP_ENOMEM
                                            : OTP_EUNSUPPORTED;
    }
    if (value) {
        *value = words && words[0] == OTPI_AM_ok ? otpi_wire_term(words[1]) : reply;
    }
    return OTP_OK;
}

static otp_err sys_call(otp_term dest, otp_term request, int64_t timeout_ms, otp_term *value) {
    otp_term reply;
    otp_err err = otpi_call(dest, otpi_am(system), request, timeout_ms, &reply);
    return err ? err : sys_answer(reply, value);
}

otp_err otp_sys_get_state(otp_term dest, int64_t timeout_ms, otp_term *out) {
    return sys_call(dest, otpi_am(get_state), timeout_ms, out);
}

otp_err otp_sys_replace_state(otp_term dest, otp_term state, int64_t timeout_ms) {
    return sys_call(dest, otpi_wire_pair(OTP_ATOM(replace_state), state), timeout_ms, NULL);
}

otp_err otp_sys_suspend(otp_term dest, int64_t timeout_ms) {
    return sys_call(dest, otpi_am(suspend), timeout_ms, NULL);
}

otp_err otp_sys_resume(otp_term dest, int64_t timeout_ms) {
    return sys_call(dest, otpi_am(resume), timeout_ms, NULL);
}

/* ---- Looking from C ---- */

static otp_err look_wait(otp_ref ref, otpi_sys_look *record, int64_t timeout_ms, otp_term *reply) {
    otp_err err = otpi_call_wait(ref, timeout_ms, reply);
    if (err != OTP_ETIMEOUT) {
        return err;
    }
    /* A look that has begun uses the caller's context: it is waited for. */
    return otpi_sys_look_take(record, OTPI_LOOK_WITHDRAWN)
               ? otpi_call_end(ref, reply)
               : otpi_call_wait(ref, OTP_INFINITY, reply);
}

otp_err otp_sys_look(otp_term dest, void (*look)(void *context, void *state), void *context,
                     int64_t timeout_ms) {
    otp_ref ref;
    otp_term reply;
    otpi_sys_look *record;
    otp_err err = otpi_call_dest(dest, &dest);
    if (err) {
        return err;
    }
    otp_term resource = otpi_sys_look_term(look, context, &record);
    if (otp_is_none(resource)) {
        return OTP_ENOMEM;
    }
    otp_term request = otpi_wire_pair(OTP_ATOM(look), resource);
    otp_defer(otpi_sys_look_withdraw, record);
    err = otpi_call_begin(dest, otpi_am(system), request, timeout_ms, &ref);
    err = err ? err : look_wait(ref, record, timeout_ms, &reply);
    otp_undefer(record, false);
    return err ? err : sys_answer(reply, NULL);
}

/* ---- Debugging ---- */

static otp_err debug_call(otp_term dest, otp_term what, otp_term flag, int64_t timeout_ms,
                          otp_term *value) {
    otp_term command = otpi_wire_pair(OTP_ATOM(debug), otpi_wire_pair(what, flag));
    return sys_call(dest, command, timeout_ms, value);
}

otp_err otp_sys_statistics(otp_term dest, bool on, int64_t timeout_ms) {
    return debug_call(dest, OTP_ATOM(statistics), otp_bool(on), timeout_ms, NULL);
}

otp_err otp_sys_get_statistics(otp_term dest, int64_t timeout_ms, otp_term *out) {
    otp_term pairs;
    otp_err err = debug_call(dest, OTP_ATOM(statistics), OTP_ATOM(get), timeout_ms, &pairs);
    if (err) {
        return err;
    }
    if (otp_is(pairs, "no_statistics")) {
        return OTP_ENOENT;
    }
    otp_term map = otp_map_of(0, NULL);
    OTP_LIST_FOREACH (datum, pairs) {
        const uint64_t *pair = otpi_wire_tuple(datum, 2);
        if (!pair) {
            return OTP_EFORMAT;
        }
        map = otp_map_put(map, otpi_wire_term(pair[0]), otpi_wire_term(pair[1]));
    }
    *out = map;
    return OTP_OK;
}

otp_err otp_sys_log(otp_term dest, size_t events_max, int64_t timeout_ms) {
    otp_term flag =
        events_max ? otpi_wire_pair(otpi_am(true), otp_uint(events_max)) : otpi_am(false);
    return debug_call(dest, OTP_ATOM(log), flag, timeout_ms, NULL);
}

otp_err otp_sys_get_log(otp_term dest, int64_t timeout_ms, otp_term *out) {
    return debug_call(dest, OTP_ATOM(log), OTP_ATOM(get), timeout_ms, out);
}

otp_err otp_sys_print_log(otp_term dest, int64_t timeout_ms) {
    return debug_call(dest, OTP_ATOM(log), OTP_ATOM(print), timeout_ms, NULL);
}

otp_err otp_sys_trace(otp_term dest, bool on, int64_t timeout_ms) {
    return debug_call(dest, OTP_ATOM(trace), otp_bool(on), timeout_ms, NULL);
}

otp_err otp_sys_trace_to(otp_term dest, otp_sys_trace_fn *see, void *context, int64_t timeout_ms) {
    void *object;
    if (!see) {
        return OTP_EBADARG;
    }
    otp_term tracer = otpi_parcel_new(&otpi_sys_tracer_type, sizeof(otpi_sys_tracer), &object);
    if (otp_is_none(tracer)) {
        return OTP_ENOMEM;
    }
    *(otpi_sys_tracer *)object = (otpi_sys_tracer){.see = see, .context = context};
    return debug_call(dest, OTP_ATOM(trace), tracer, timeout_ms, NULL);
}

otp_err otp_sys_no_debug(otp_term dest, int64_t timeout_ms) {
    return sys_call(dest, otpi_wire_pair(OTP_ATOM(debug), OTP_ATOM(no_debug)), timeout_ms, NULL);
}

/* ---- Status ---- */

/* The value of {Key, Value} in a list of such pairs, else OTP_NONE. */
static otp_term status_find(otp_term pairs, otp_term key) {
    OTP_LIST_FOREACH (datum, pairs) {
        const uint64_t *pair = otpi_wire_tuple(datum, 2);
        if (pair && otp_equal(otpi_wire_term(pair[0]), key)) {
            return otpi_wire_term(pair[1]);
        }
    }
    return OTP_NONE;
}

/* The value of a key in the {data, [{"Key", Value}]} parts of a status. */
static otp_term status_get(otp_term misc, const char *key) {
    otp_term wanted = otp_charlist(key);
    OTP_LIST_FOREACH (part, misc) {
        const uint64_t *data = otpi_wire_tuple(part, 2);
        bool holds = data && data[0] == OTPI_AM_data;
        otp_term value = holds ? status_find(otpi_wire_term(data[1]), wanted) : OTP_NONE;
        if (!otp_is_none(value)) {
            return value;
        }
    }
    return otpi_am(undefined);
}

/* Of gen_server and of gen_statem. */
static otp_term status_log(otp_term misc) {
    otp_term log = status_get(misc, "Logged events");
    return log.word == OTPI_AM_undefined ? status_get(misc, "Logged Events") : log;
}

otp_err otp_sys_get_status(otp_term dest, int64_t timeout_ms, otp_term *out) {
    otp_term status, running, debug, misc;
    otp_pid pid, parent;
    otp_err err = sys_call(dest, otpi_am(get_status), timeout_ms, &status);
    if (err) {
        return err;
    }
    if (!otp_match(status, "{status, ~p, _, [_, ~a, ~p, ~l, ~l | _]}", &pid, &running, &parent,
                   &debug, &misc)) {
        return OTP_EFORMAT;
    }
    *out = otp_map(otpi_am(pid), otp_from_pid(pid),                          //
                   OTP_ATOM(behaviour), status_get(misc, "Behaviour"),       //
                   otpi_am(name), status_get(misc, "Name"),                  //
                   otpi_am(status), running,                                 //
                   otpi_am(parent), otp_from_pid(parent),                    //
                   otpi_am(state), status_get(misc, "State"),                //
                   OTP_ATOM(debug), debug,                                   //
                   OTP_ATOM(log), status_log(misc),                          //
                   OTP_ATOM(postponed), status_get(misc, "Postponed"),       //
                   OTP_ATOM(timeouts), status_get(misc, "Time-outs"),        //
                   OTP_ATOM(messages_in), status_get(misc, "Messages in"),   //
                   OTP_ATOM(messages_out), status_get(misc, "Messages out"), //
                   otpi_am(message_queue_len), status_get(misc, "Messages queued"));
    return OTP_OK;
}
