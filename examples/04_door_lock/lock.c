/* SPDX-License-Identifier: MIT */
#include "lock.h"

typedef struct lock {
    otp_term code; /* kept: the lock outlives the callback that was given it */
    otp_term left; /* the digits of it that are still to be pressed */
} lock;

static otp_state_result lock_init(void *data, otp_term code) {
    lock *l = data;
    l->code = otp_keep(code);
    return otp_length(code) > 0 ? otp_start_state(OTP_ATOM(locked))
                                : otp_statem_stop(OTP_ATOM(no_code));
}

/* A wrong button, and three seconds without one, and the lock has forgotten all of them. */
static otp_state_result button(lock *l, otp_term digit) {
    bool right = otp_equal(digit, otp_head(l->left));
    l->left = right ? otp_tail(l->left) : l->code;
    if (otp_is_nil(l->left)) {
        return otp_next_state(OTP_ATOM(open));
    }
    return otp_and(otp_keep_state(), otp_event_timeout(LOCK_FORGETS_MS, OTP_ATOM(forget)));
}

static otp_state_result locked(void *data, const otp_statem_event *event) {
    lock *l = data;
    otp_term digit;
    if (event->type == OTP_EVENT_CALL) {
        return otp_and(otp_keep_state(), otp_postpone());
    }
    if (event->type == OTP_EVENT_CAST && otp_match(event->content, "{button, ~t}", &digit)) {
        return button(l, digit);
    }
    if (event->type == OTP_EVENT_ENTER || event->type == OTP_EVENT_TIMEOUT) {
        l->left = l->code;
    }
    return otp_keep_state();
}

static otp_state_result open(void *data, const otp_statem_event *event) {
    (void)data;
    switch (event->type) {
    case OTP_EVENT_ENTER:
        return otp_and(otp_keep_state(), otp_state_timeout(LOCK_OPEN_MS, OTP_ATOM(lock)));
    case OTP_EVENT_STATE_TIMEOUT: return otp_next_state(OTP_ATOM(locked));
    case OTP_EVENT_CALL:
        return otp_and(otp_keep_state(), otp_reply_to(event->from, OTP_ATOM(welcome)));
    default: return otp_keep_state();
    }
}

static const otp_state states[] = {{"locked", locked}, {"open", open}};

const otp_gen_statem lock_machine = {.name = "lock",
                                     .data_size = sizeof(lock),
                                     .init = lock_init,
                                     .states = states,
                                     .state_count = 2,
                                     .state_enter = true};
