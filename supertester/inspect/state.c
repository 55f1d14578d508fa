/* SPDX-License-Identifier: MIT */
/*
 * Looking at the state of a running server.
 */
#include "supertester/await/patient.h"
#include "supertester/runner/context.h"

#include "port/memory.h"

#include <string.h>
#include <supertester/helpers.h>

otp_term st_get_state_at(otp_term dest, const char *site) {
    otp_term state = OTP_NONE;
    bool before = sti_patient_begin();
    otp_err err = otp_sys_get_state(dest, ST_PATIENCE_MS, &state);
    sti_patient_end(before);
    if (err != OTP_OK) {
        sti_give_up(
            site, "the state of %s can't be told: %s; %s", otp_show(dest), otp_err_text(err),
            err == OTP_EUNSUPPORTED ? "give the server a describe callback" : otp_err_advice(err));
    }
    return state;
}

/* Lies on the heap: after a timeout the server may still write into it. */
typedef struct state_copy {
    size_t size;
    char bytes[];
} state_copy;

static void copy_out(void *context, void *state) {
    state_copy *copy = context;
    memcpy(copy->bytes, state, copy->size);
}

void st_copy_state_at(otp_term dest, void *out, size_t size, const char *site) {
    state_copy *copy = otpi_alloc(sizeof *copy + size);
    otp_err err = OTP_ENOMEM;
    memset(out, 0, size);
    if (copy) {
        copy->size = size;
        bool before = sti_patient_begin();
        err = otp_sys_look(dest, copy_out, copy, ST_PATIENCE_MS);
        sti_patient_end(before);
    }
    if (err == OTP_OK) {
        memcpy(out, copy->bytes, size);
    }
    if (err != OTP_ETIMEOUT) {
        otpi_free(copy);
    }
    if (err != OTP_OK) {
        sti_give_up(site, "the state of %s can't be read: %s; %s", otp_show(dest),
                    otp_err_text(err), otp_err_advice(err));
    }
}

bool st_check_state(bool held, otp_term dest, const char *site, const char *text) {
    sti_checked();
    if (held) {
        return true;
    }
    otp_term state = OTP_NONE;
    bool before = sti_patient_begin();
    otp_err err = otp_sys_get_state(dest, ST_PATIENCE_MS, &state);
    sti_patient_end(before);
    sti_fail(site, "expected %s\n    state %s", text,
             err == OTP_OK ? otp_show(state) : "not described");
    return false;
}
