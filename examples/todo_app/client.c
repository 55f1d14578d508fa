/* SPDX-License-Identifier: MIT */
/*
 * What a client does: it names its todo, and repeats the request with the same name until it is
 * told that the todo is safe. An error says nothing about whether it is.
 */
#include "todo.h"

#include <otp/otp.h>

#include <stdio.h>

enum { PAUSE_DOUBLINGS = 6, PAUSE_MAX_MS = 1 << PAUSE_DOUBLINGS };

unsigned todo_desk_of(const char *id, unsigned attempt) {
    unsigned sum = 0;
    for (; *id; id++) {
        sum = sum * 31 + (unsigned char)*id;
    }
    return (sum + attempt) % TODO_DESKS;
}

static otp_term desk(otp_term node, unsigned index) {
    char name[16];
    (void)snprintf(name, sizeof name, "todo_desk_%u", index);
    return otp_is_none(node) ? otp_atom(name) : otp_tuple(otp_atom(name), node);
}

otp_err todo_add_once(otp_term node, const char *id, const char *title, unsigned attempt,
                      int64_t timeout_ms) {
    otp_scope scope = otp_scope_begin();
    otp_term request = otp_tuple(OTP_ATOM(add), otp_string(id), otp_string(title));
    otp_term reply = OTP_NONE;
    otp_err err = otp_call(desk(node, todo_desk_of(id, attempt)), request, timeout_ms, &reply);
    if (err == OTP_OK && !otp_is(reply, "ok")) {
        err = OTP_EDOWN;
    }
    otp_scope_end(scope);
    return err;
}

static bool nothing(void *context, otp_term message) {
    (void)context, (void)message;
    return false;
}

/* A timer, so that it takes no time in a simulated world. */
void todo_pause(unsigned attempt) {
    otp_term ignored;
    int64_t time_ms = attempt < PAUSE_DOUBLINGS ? INT64_C(1) << attempt : PAUSE_MAX_MS;
    (void)!otp_receive_where(nothing, NULL, time_ms, &ignored);
}

unsigned todo_add(otp_term node, const char *id, const char *title) {
    unsigned attempt = 0;
    while (todo_add_once(node, id, title, attempt, TODO_TIMEOUT_MS) != OTP_OK) {
        todo_pause(attempt++);
    }
    return attempt + 1;
}

otp_err todo_find(otp_term node, const char *id, char *title, size_t size) {
    otp_term reply = OTP_NONE;
    otp_bytes text;
    otp_term request = otp_tuple(OTP_ATOM(find), otp_string(id));
    otp_err err = otp_call(desk(node, todo_desk_of(id, 0)), request, TODO_TIMEOUT_MS, &reply);
    if (err == OTP_OK && otp_match(reply, "{ok, ~b}", &text)) {
        (void)snprintf(title, size, "%.*s", (int)text.size, (const char *)text.data);
        return OTP_OK;
    }
    return err != OTP_OK ? err : otp_is(reply, "not_found") ? OTP_ENOENT : OTP_EDOWN;
}
