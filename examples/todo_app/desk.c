/* SPDX-License-Identifier: MIT */
/*
 * A desk: checks a request, hands it to the store and waits for the answer. It holds one request at
 * a time; there are several desks, so that the store sees several at once. It says "unavailable"
 * when it does not know what became of a request.
 */
#include "todo.h"

#include <otp/otp.h>

enum { STORE_TIMEOUT_MS = 5000 };

static bool acceptable(otp_term request) {
    otp_bytes id, title;
    if (otp_match(request, "{add, ~b, ~b}", &id, &title)) {
        return id.size > 0 && id.size <= TODO_ID_MAX && title.size <= TODO_TITLE_MAX;
    }
    return otp_match(request, "{find, ~b}", &id) && id.size > 0 && id.size <= TODO_ID_MAX;
}

static otp_result desk_call(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    otp_term reply;
    if (!acceptable(request)) {
        return otp_reply(otp_tuple(OTP_ATOM(error), OTP_ATOM(bad_request)));
    }
    otp_err err = otp_call(OTP_ATOM(todo_store), request, STORE_TIMEOUT_MS, &reply);
    return otp_reply(err == OTP_OK ? reply : otp_tuple(OTP_ATOM(error), OTP_ATOM(unavailable)));
}

const otp_gen_server todo_desk_server = {.name = "todo_desk", .handle_call = desk_call};
