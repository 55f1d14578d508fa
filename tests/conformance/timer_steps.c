/* SPDX-License-Identifier: MIT */
/*
 * Steps: timers. A script knows a timer by its reference, as in Erlang; the handles are the run's.
 */
#include "script.h"

static otp_term timer_keep(run *r, otp_timer timer) {
    otp_lock_take(&r->lock);
    if (r->timer_count == SCRIPT_TIMERS_MAX) {
        script_wrong("number of timers", otp_int(SCRIPT_TIMERS_MAX));
    }
    r->timers[r->timer_count++] = timer;
    otp_lock_give(&r->lock);
    return otp_from_ref(otp_timer_ref(timer));
}

static bool timer_find(run *r, otp_term ref, otp_timer *out) {
    bool found = false;
    otp_lock_take(&r->lock);
    for (uint32_t i = 0; i < r->timer_count && !found; i++) {
        found = otp_equal(otp_from_ref(otp_timer_ref(r->timers[i])), ref);
        *out = r->timers[i];
    }
    otp_lock_give(&r->lock);
    return found;
}

static otp_term step_send_after(actor *self, otp_term step) {
    otp_term dest = script_arg(self, step, 2);
    otp_term message = script_arg(self, step, 3);
    return timer_keep(self->run, otp_send_after(script_time(self, step, 1), dest, message));
}

static otp_term step_start_timer(actor *self, otp_term step) {
    otp_term dest = script_arg(self, step, 2);
    otp_term message = script_arg(self, step, 3);
    return timer_keep(self->run, otp_start_timer(script_time(self, step, 1), dest, message));
}

/* left, or false when it has fired or been cancelled: how much is left, nobody can say exactly. */
static otp_term asked(actor *self, otp_term step, bool (*ask)(otp_timer timer, int64_t *left_ms)) {
    otp_timer timer;
    int64_t left_ms;
    otp_term ref = script_arg(self, step, 1);
    if (otp_kind_of(ref) != OTP_KIND_REFERENCE) {
        otp_exit(OTP_ATOM(badarg));
    }
    bool running = timer_find(self->run, ref, &timer) && ask(timer, &left_ms);
    return running ? OTP_ATOM(left) : OTP_ATOM(false);
}

static otp_term step_cancel_timer(actor *self, otp_term step) {
    return asked(self, step, otp_cancel_timer);
}

static otp_term step_read_timer(actor *self, otp_term step) {
    return asked(self, step, otp_read_timer);
}

const step_entry timer_steps[] = {
    {"send_after", step_send_after, STEP_ATOMIC},
    {"start_timer", step_start_timer, STEP_ATOMIC},
    {"cancel_timer", step_cancel_timer, STEP_ATOMIC},
    {"read_timer", step_read_timer, STEP_ATOMIC},
    {0},
};
