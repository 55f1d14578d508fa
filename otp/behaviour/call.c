/* SPDX-License-Identifier: MIT */
/*
 * otp_call and otp_cast: gen:call/4 and gen_server:cast/2 of OTP 25.
 */
#include "behaviour/call.h"

#include <otp/gen_server.h>

#include "behaviour/wire.h"
#include "process/monitor.h"
#include "process/receive.h"

/* {Name, Node}: another node's stays as it is, this node's is a name. */
static otp_err call_dest_pair(const uint64_t *pair, otp_term dest, otp_term *out) {
    otp_term name = otpi_wire_term(pair[0]);
    if (!otp_is_atom(name) || !otp_is_atom(otpi_wire_term(pair[1]))) {
        return OTP_EBADARG;
    }
    if (pair[1] == otp_node().word) {
        return otpi_call_dest(name, out);
    }
    *out = dest;
    return OTP_OK;
}

otp_err otpi_call_dest(otp_term dest, otp_term *out) {
    if (otp_is_atom(dest)) {
        dest = otp_from_pid(otp_whereis(dest));
        if (otp_is_none(dest)) {
            return OTP_ENOPROC;
        }
    } else if (!otpi_is_pid(dest)) {
        const uint64_t *pair = otpi_wire_tuple(dest, 2);
        return pair ? call_dest_pair(pair, dest, out) : OTP_EBADARG;
    }
    *out = dest;
    return dest.word == otp_self().word ? OTP_EBADARG : OTP_OK;
}

otp_err otpi_call_begin(otp_term dest, otp_term label, otp_term request, int64_t timeout_ms,
                        otp_ref *ref) {
    otp_err err;
    if (otpi_is_pid(dest) && otpi_request_send((otp_pid){dest.word}, label, request, ref, &err)) {
        return err;
    }
    *ref = otp_monitor_alias(dest, OTP_ALIAS_REPLY);
    otp_term message = otpi_wire_request(label, otp_self(), *ref, request);
    err = otp_try_send_term(dest, message);
    if (err == OTP_EFULL) {
        err = otp_send_wait(dest, message, timeout_ms);
    }
    if (err == OTP_EFULL || err == OTP_ETIMEOUT || err == OTP_ENOMEM) {
        otp_demonitor(*ref, true);
        return err;
    }
    return OTP_OK; /* who is gone shows as 'DOWN' */
}

otp_err otpi_call_down(otp_term reason) {
    return reason.word == OTPI_AM_noproc         ? OTP_ENOPROC
           : reason.word == OTPI_AM_noconnection ? OTP_ENODE
           : reason.word == OTPI_AM_mailbox_full ? OTP_EFULL
                                                 : OTP_EDOWN;
}

static OTPI_INLINE otp_err call_wait(otp_ref ref, int64_t timeout_ms, otp_term *reply) {
    otp_term message;
    otp_err err = otpi_receive_ref_here(ref, timeout_ms, &message);
    if (err) {
        return err;
    }
    const uint64_t *answer = otpi_wire_tuple(message, 2);
    otp_term what = answer ? otpi_wire_term(answer[1]) : otp_element(message, 4);
    if (reply) {
        *reply = what;
    }
    return answer ? OTP_OK : otpi_call_down(what);
}

otp_err otpi_call_wait(otp_ref ref, int64_t timeout_ms, otp_term *reply) {
    return call_wait(ref, timeout_ms, reply);
}

otp_err otpi_call_end(otp_ref ref, otp_term *reply) {
    /* An answer that has arrived counts, also when the time was up before it was seen: after the
     * alias is gone no other can come. */
    otp_demonitor(ref, false);
    return otpi_call_wait(ref, 0, reply);
}

otp_err otpi_call(otp_term dest, otp_term label, otp_term request, int64_t timeout_ms,
                  otp_term *reply) {
    otp_ref ref;
    otp_err err = otpi_call_dest(dest, &dest);
    if (err) {
        return err;
    }
    err = otpi_call_begin(dest, label, request, timeout_ms, &ref);
    if (err) {
        return err;
    }
    err = call_wait(ref, timeout_ms, reply);
    return err == OTP_ETIMEOUT ? otpi_call_end(ref, reply) : err;
}

otp_err otp_call_term(otp_term dest, otp_term request, int64_t timeout_ms, otp_term *reply) {
    return otpi_call(dest, otpi_am(gen_call), request, timeout_ms, reply);
}

void otp_cast_term(otp_term dest, otp_term request) {
    otp_err err = otp_try_send_term(dest, otpi_wire_pair(otpi_am(gen_cast), request));
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    }
}
