/* SPDX-License-Identifier: MIT */
#include "counter.h"

static otp_result counter_init(void *state, otp_term args) {
    counter *c = state;
    return otp_get_int(args, &c->value) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    int64_t n;
    (void)from;
    if (otp_match(request, "{add, ~i}", &n)) {
        c->value += n;
    } else if (otp_match(request, "{put, ~i}", &n)) {
        c->value = n;
    } else if (!otp_is(request, "get")) {
        return otp_stop(otp_tuple(OTP_ATOM(bad_request), request));
    }
    return otp_reply(otp_int(c->value));
}

static otp_result counter_cast(void *state, otp_term request) {
    counter *c = state;
    c->value += otp_is(request, "increment");
    return otp_noreply();
}

static otp_term counter_describe(const void *state) {
    const counter *c = state;
    return otp_map(OTP_ATOM(value), otp_int(c->value));
}

const otp_gen_server counter_server = {
    .name = "counter",
    .state_size = sizeof(counter),
    .init = counter_init,
    .handle_call = counter_call,
    .handle_cast = counter_cast,
    .describe = counter_describe,
};

static otp_err start_counter(void *context, otp_term args, otp_pid *out) {
    (void)context, (void)args;
    return otp_start_link(&counter_server, otp_int(0), &(otp_start_opts){.name = OTP_ATOM(counter)},
                          out);
}

static const otp_child_spec children[] = {{.id = "counter", .start = start_counter}};

const otp_supervisor_spec counter_supervisor = {
    .strategy = OTP_ONE_FOR_ONE, .intensity = 3, .children = children, .child_count = 1};

otp_err counter_increment(otp_term dest) {
    otp_term value;
    return otp_call(dest, otp_tuple(OTP_ATOM(add), otp_int(1)), 5000, &value);
}

otp_err counter_increment_carelessly(otp_term dest) {
    otp_term reply;
    int64_t value;
    otp_err err = otp_call(dest, OTP_ATOM(get), 5000, &reply);
    if (err == OTP_OK && otp_get_int(reply, &value)) {
        err = otp_call(dest, otp_tuple(OTP_ATOM(put), otp_int(value + 1)), 5000, &reply);
    }
    return err;
}
