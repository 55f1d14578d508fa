/* SPDX-License-Identifier: MIT */
/*
 * Calls and casts from threads that are no schedulers: each runs as a short-lived process.
 */
#include <otp/gen_server.h>

#include "term/heap.h"

typedef struct foreign_call {
    int64_t timeout_ms;
    otp_err err;
    otpi_pack *reply; /* kept over the end of the process */
} foreign_call;

static void foreign_call_main(otp_term arg) {
    foreign_call *call = otp_context();
    otp_term reply = OTP_NONE;
    call->err = otp_call_term(otp_element(arg, 0), otp_element(arg, 1), call->timeout_ms, &reply);
    if (!otp_is_none(reply)) {
        call->reply = otpi_pack_new(reply);
        call->err = call->reply ? call->err : OTP_ENOMEM;
    }
}

/* A copy of the kept reply in the calling thread's scope. */
static otp_err reply_copy(const otpi_pack *pack, otp_term *reply) {
    size_t words = otpi_term_words(pack->term);
    if (words == 0) {
        *reply = pack->term;
        return OTP_OK;
    }
    uint64_t *at = otpi_scope_words(words); /* makes the thread's scope, if it had none */
    if (at) {
        *reply = otpi_term_copy(pack->term, &at, &otpi_scope_now->offheap);
    }
    return at ? OTP_OK : OTP_ENOMEM;
}

otp_err otp_foreign_call(otp_system *system, otp_term dest, otp_term request, int64_t timeout_ms,
                         otp_term *reply) {
    if (!system || !reply || timeout_ms < OTP_INFINITY) {
        return OTP_EBADARG;
    }
    if (otp_world_mode(otp_system_world(system)) != OTP_PARALLEL || otp_in_process()) {
        return OTP_EMODE;
    }
    foreign_call call = {.timeout_ms = timeout_ms, .err = OTP_EDOWN};
    otp_term arg = otp_tuple(dest, request);
    otp_err err = otp_run_with(system, foreign_call_main, arg, &call, OTP_INFINITY, NULL);
    err = err ? err : call.err;
    if (call.reply) {
        otp_err copied = reply_copy(call.reply, reply);
        err = copied ? copied : err;
        otpi_pack_release(call.reply);
    }
    return err;
}

static void foreign_cast_main(otp_term arg) {
    otp_cast_term(otp_element(arg, 0), otp_element(arg, 1));
}

otp_err otp_foreign_cast(otp_system *system, otp_term dest, otp_term request) {
    if (!system) {
        return OTP_EBADARG;
    }
    if (otp_world_mode(otp_system_world(system)) != OTP_PARALLEL || otp_in_process()) {
        return OTP_EMODE;
    }
    otp_outcome outcome;
    otp_err err =
        otp_run(system, foreign_cast_main, otp_tuple(dest, request), OTP_INFINITY, &outcome);
    return err ? err : outcome.normal ? OTP_OK : OTP_EBADARG;
}
