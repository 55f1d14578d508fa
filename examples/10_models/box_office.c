/* SPDX-License-Identifier: MIT */
#include "box_office.h"

typedef struct box_office {
    int64_t free;
} box_office;

static otp_result office_init(void *state, otp_term seats) {
    box_office *o = state;
    return otp_get_int(seats, &o->free) ? otp_ok() : otp_stop(OTP_ATOM(bad_seats));
}

static otp_result office_call(void *state, otp_term request, otp_from from) {
    box_office *o = state;
    int64_t n;
    (void)from;
    if (otp_match(request, "{sell, ~i}", &n)) {
        bool enough = n <= o->free;
        o->free -= enough ? n : 0;
        return otp_reply(enough ? OTP_ATOM(sold) : OTP_ATOM(sold_out));
    }
    if (otp_match(request, "{take, ~i}", &n)) {
        o->free -= n;
    } else if (otp_match(request, "{return, ~i}", &n)) {
        o->free += n;
    }
    return otp_reply(otp_int(o->free));
}

static otp_term office_describe(const void *state) {
    const box_office *o = state;
    return otp_map((OTP_ATOM(free), otp_int(o->free)));
}

const otp_gen_server box_office_server = {.name = "box office",
                                          .state_size = sizeof(box_office),
                                          .init = office_init,
                                          .handle_call = office_call,
                                          .describe = office_describe};

static otp_term ask(otp_pid office, otp_term request) {
    otp_term reply;
    otp_err err = otp_call(office, request, OTP_INFINITY, &reply);
    OTP_ASSERT(err == OTP_OK);
    return reply;
}

bool box_office_sell(otp_pid office, int64_t n) {
    return otp_is(ask(office, otp_tuple(OTP_ATOM(sell), otp_int(n))), "sold");
}

bool box_office_sell_carelessly(otp_pid office, int64_t n) {
    if (box_office_free(office) < n) {
        return false;
    }
    ask(office, otp_tuple(OTP_ATOM(take), otp_int(n)));
    return true;
}

void box_office_return(otp_pid office, int64_t n) {
    ask(office, otp_tuple(OTP_ATOM(return ), otp_int(n)));
}

int64_t box_office_free(otp_pid office) {
    int64_t n = 0;
    OTP_ASSERT(otp_get_int(ask(office, OTP_ATOM(free)), &n));
    return n;
}
