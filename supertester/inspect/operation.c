/* SPDX-License-Identifier: MIT */
/*
 * Running drawn operations on a server.
 */
#include "supertester/runner/context.h"

#include <supertester/helpers.h>
#include <supertester/property.h>

static otp_term call(otp_term dest, otp_term request, const char *site) {
    otp_term reply = OTP_NONE;
    otp_err err = otp_call_term(dest, request, ST_PATIENCE_MS, &reply);
    if (err == OTP_EDOWN) {
        sti_fail(site, "%s on %s: the server exited: %s", otp_show(request), otp_show(dest),
                 otp_show(reply));
        st_end_test();
    } else if (err != OTP_OK) {
        sti_give_up(site, "%s on %s got no answer: %s", otp_show(request), otp_show(dest),
                    otp_err_text(err));
    }
    return reply;
}

otp_term st_run_operation_at(otp_term dest, otp_term operation, const char *site) {
    otp_term request;
    st_note("ran %s", otp_show(operation));
    if (otp_match(operation, "{cast, ~t}", &request)) {
        st_cast_and_sync_at(dest, request, site);
        return OTP_ATOM(ok);
    }
    if (otp_match(operation, "{call, ~t}", &request)) {
        return call(dest, request, site);
    }
    return call(dest, operation, site);
}
