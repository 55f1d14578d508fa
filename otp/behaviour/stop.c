/* SPDX-License-Identifier: MIT */
/*
 * gen_server:stop/3: the system message {terminate, Reason}, then the exit of the server.
 */
#include <otp/gen_server.h>

#include "behaviour/call.h"
#include "behaviour/wire.h"

/* The exit under ref, at most until the deadline; the answer of the server before it is passed by.
 */
static otp_err stop_wait(otp_ref ref, int64_t timeout_ms, otp_term *reason) {
    uint64_t began_ms = otp_now_ms();
    int64_t left_ms = timeout_ms;
    otp_term message;
    for (;;) {
        otp_err err = otp_receive_ref(ref, left_ms, &message);
        if (err) {
            return err;
        }
        if (otp_arity(message) == 5) {
            *reason = otp_element(message, 4);
            return OTP_OK;
        }
        if (timeout_ms >= 0) {
            int64_t gone_ms = (int64_t)(otp_now_ms() - began_ms);
            left_ms = gone_ms < timeout_ms ? timeout_ms - gone_ms : 0;
        }
    }
}

otp_err otp_stop_server(otp_term dest, otp_term reason, int64_t timeout_ms) {
    otp_term down;
    otp_err err = otpi_call_dest(dest, &dest);
    if (err) {
        return err;
    }
    otp_ref ref = otp_monitor_alias(dest, OTP_ALIAS_EXPLICIT);
    otp_term request = otpi_wire_pair(otpi_am(terminate), reason);
    err = otp_try_send_term(dest, otpi_wire_request(otpi_am(system), otp_self(), ref, request));
    if (!err || err == OTP_ENOPROC) {
        err = stop_wait(ref, timeout_ms, &down);
    }
    if (err) {
        otp_demonitor(ref, true);
        return err;
    }
    otp_unalias(ref);
    return otp_equal(down, reason) ? OTP_OK : otpi_call_down(down);
}
