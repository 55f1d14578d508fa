/* SPDX-License-Identifier: MIT */
/*
 * The three timeouts of a state machine. A timer sends {timeout, Ref, '$gen_statem'}; one that was
 * cancelled too late is known by its Ref, which no running timeout has, and dropped. A timeout of 0
 * has no timer: it waits in the list until nothing else does.
 */
#include "behaviour/statem.h"
#include "behaviour/sys_debug.h"
#include "behaviour/wire.h"

static otp_term timer_tag(void) {
    static otp_atom_site site = {0, "$gen_statem"};
    return otp_atom_of_site(&site);
}

static bool is_zero(const otpi_statem_record *timeout) {
    return timeout->timer.word[1] == 0;
}

bool otpi_statem_same_timeout(const otp_statem_event *a, const otp_statem_event *b) {
    return a->type == b->type &&
           (a->type != OTP_EVENT_GENERIC_TIMEOUT || otp_equal(a->name, b->name));
}

static otpi_statem_record *timeout_find(const otpi_statem *machine, const otp_statem_event *which) {
    otpi_statem_record *at = machine->timeouts.first;
    while (at && !otpi_statem_same_timeout(&at->event, which)) {
        at = at->next;
    }
    return at;
}

static void timeout_end(otpi_statem *machine, otpi_statem_record *timeout) {
    if (!is_zero(timeout)) {
        otp_cancel_timer(timeout->timer, NULL); /* a kill may come here: it is still in the list */
    }
    otpi_statem_remove(&machine->timeouts, timeout);
    otpi_statem_record_end(timeout);
}

void otpi_statem_timeout_cancel(otpi_server *server, otp_statem_event_type type) {
    otpi_statem *machine = otpi_statem_of(server);
    otpi_statem_record *running = timeout_find(machine, &(otp_statem_event){.type = type});
    if (running) {
        timeout_end(machine, running);
    }
}

/* ---- Setting ---- */

static void timeout_update(otpi_statem_record *running, otp_term content) {
    otpi_held old = running->content;
    if (!otpi_hold(&running->content, content)) {
        running->content = old;
        otpi_enomem(OTPI_SITE);
    }
    running->event.content = running->content.term;
    otpi_held_release(&old);
}

static int64_t time_left_ms(const otp_action *action) {
    int64_t now_ms = (int64_t)otp_now_ms();
    return !action->absolute          ? action->time_ms
           : action->time_ms > now_ms ? action->time_ms - now_ms
                                      : 0;
}

static void timeout_start(otpi_server *server, const otp_action *action) {
    otpi_statem *machine = otpi_statem_of(server);
    bool zero = action->time_ms == OTP_UPDATE || (action->time_ms == 0 && !action->absolute);
    otpi_statem_record *timeout = otpi_statem_record_new(&action->event);
    otpi_statem_add(&machine->timeouts, timeout);
    if (!zero) {
        otp_term self = otp_from_pid(otp_self());
        timeout->timer = otp_start_timer(time_left_ms(action), self, timer_tag());
    }
    if (otpi_sys_debugged(server)) {
        otp_term timer = otpi_statem_action_term(action);
        otp_term state = otpi_statem_of(server)->state;
        otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(start_timer), timer, state));
    }
}

void otpi_statem_timeout_set(otpi_server *server, const otp_action *action) {
    otpi_statem *machine = otpi_statem_of(server);
    otpi_statem_record *running = timeout_find(machine, &action->event);
    if (running && action->time_ms == OTP_UPDATE) {
        timeout_update(running, action->event.content);
        return;
    }
    if (running) {
        timeout_end(machine, running);
    }
    if (action->time_ms != OTP_CANCEL && action->time_ms != OTP_INFINITY) {
        timeout_start(server, action);
    }
}

/* ---- Firing ---- */

otpi_statem_record *otpi_statem_timeout_zero(otpi_statem *machine) {
    otpi_statem_record *at = machine->timeouts.first;
    while (at && !is_zero(at)) {
        at = at->next;
    }
    if (at) {
        otpi_statem_remove(&machine->timeouts, at);
    }
    return at;
}

bool otpi_statem_timeout_of(otpi_statem *machine, otp_term message, otpi_statem_record **fired) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    otp_ref ref;
    if (!words || words[0] != OTPI_AM_timeout || words[2] != timer_tag().word ||
        !otp_get_ref(otpi_wire_term(words[1]), &ref)) {
        return false;
    }
    otpi_statem_record *at = machine->timeouts.first;
    while (at && (is_zero(at) || !otpi_ref_same(ref, otp_timer_ref(at->timer)))) {
        at = at->next;
    }
    if (at) {
        otpi_statem_remove(&machine->timeouts, at);
    }
    *fired = at;
    return true;
}
