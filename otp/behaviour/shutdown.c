/* SPDX-License-Identifier: MIT */
/*
 * Ending children. A child is watched by a monitor while it ends, as in OTP: one that unlinked
 * itself cannot hang its supervisor.
 */
#include "behaviour/supervisor.h"

#include "behaviour/wire.h"

/* Is the reason what was asked for? Others are reported (shutdown/1 of supervisor.erl). */
static bool ended_well(const otp_child_spec *spec, otp_term reason) {
    otp_term asked =
        otpi_spec_shutdown_ms(spec) == OTP_BRUTAL_KILL ? otpi_am(killed) : otpi_am(shutdown);
    if (reason.word == asked.word) {
        return true;
    }
    const uint64_t *words = otpi_wire_tuple(reason, 2);
    return spec->restart != OTP_PERMANENT &&
           (reason.word == OTPI_AM_shutdown || reason.word == OTPI_AM_normal ||
            (words && words[0] == OTPI_AM_shutdown));
}

/* Asks the child to end. Returns how long it may take. */
static int64_t terminate_ask(const otp_child_spec *spec, otp_pid pid) {
    int64_t time_ms = otpi_spec_shutdown_ms(spec);
    if (time_ms == OTP_BRUTAL_KILL) {
        otp_kill(pid);
        return OTP_INFINITY;
    }
    otp_exit_signal(pid, otpi_am(shutdown));
    return time_ms;
}

static otp_term terminate_wait(otp_pid pid, otp_ref ref, int64_t time_ms) {
    otp_term down;
    otp_err err = otp_receive_ref(ref, time_ms, &down);
    if (err == OTP_ETIMEOUT) {
        otp_kill(pid);
        err = otp_receive_ref(ref, OTP_INFINITY, &down);
    }
    OTPI_ASSERT("supervisor-001", err == OTP_OK);
    return otp_element(down, 4);
}

/* The child is gone, for that reason. noproc: it was gone before it was asked, and its 'EXIT' says
 * why. */
static void terminated(otpi_supervisor *sup, otpi_sup_child *child, otp_term reason) {
    otpi_sup_child room;
    bool known = otpi_sup_child_by_pid(sup, child->pid, &room) != NULL;
    child->state = OTPI_SUP_CHILD_DOWN;
    if (known && reason.word == OTPI_AM_noproc) {
        otpi_sup_child_expect(sup, child);
        return;
    }
    otpi_sup_child_forget(sup, child);
    otpi_supervisor_tell_terminated(sup, child, reason);
    if (ended_well(child->spec, reason)) {
        return;
    }
    if (sup->ending) {
        otpi_sup_toll_add(sup, reason);
    } else {
        otpi_supervisor_report("shutdown_error", reason, child);
    }
}

void otpi_sup_child_terminate(otpi_supervisor *sup, otpi_sup_child *child) {
    if (child->state == OTPI_SUP_CHILD_RUNNING) {
        otp_scope scope = otp_scope_begin();
        otp_ref ref = otp_monitor(child->pid);
        int64_t time_ms = terminate_ask(child->spec, child->pid);
        terminated(sup, child, terminate_wait(child->pid, ref, time_ms));
        otp_scope_end(scope);
    }
    child->state = OTPI_SUP_CHILD_DOWN;
}

void otpi_sup_children_terminate(otpi_supervisor *sup, otpi_sup_child *from) {
    otpi_list *first = from ? &from->link : sup->children.next;
    otpi_list *stop = first->prev;
    for (otpi_list *at = sup->children.prev, *before; at != stop; at = before) {
        before = at->prev;
        otpi_sup_child *child = otpi_sup_child_of_link(at);
        otpi_sup_child_terminate(sup, child);
        otpi_sup_child_gone(sup, child);
    }
}

/* ---- The end of the supervisor: nothing in the mailbox matters any more ---- */

/* Who exited, and why, when the message says so. */
static bool exit_message(otp_term message, otp_pid *pid, otp_term *reason) {
    const uint64_t *down = otpi_wire_tuple(message, 5);
    const uint64_t *exited = otpi_wire_tuple(message, 3);
    if (down && down[0] == OTPI_AM_DOWN) {
        *pid = (otp_pid){down[3]};
        *reason = otpi_wire_term(down[4]);
        return true;
    }
    if (exited && exited[0] == OTPI_AM_EXIT) {
        *pid = (otp_pid){exited[1]};
        *reason = otpi_wire_term(exited[2]);
        return true;
    }
    return false;
}

/* One message while children end; true when it tells the end of one that was still running. Its
 * 'EXIT' and its 'DOWN' both come; the first that gives a reason counts. */
static bool last_message(otpi_supervisor *sup, otp_term message) {
    otp_pid pid;
    otp_term reason;
    if (!exit_message(message, &pid, &reason)) {
        return false;
    }
    otpi_sup_child room;
    otpi_sup_child *child = otpi_sup_child_by_pid(sup, pid, &room);
    if (child && child->state == OTPI_SUP_CHILD_RUNNING) {
        terminated(sup, child, reason);
        return true;
    }
    otp_term id = child ? OTP_NONE : otpi_sup_expected(sup, pid);
    if (!otp_is_none(id)) {
        otpi_supervisor_report_gone(sup, reason, id, pid);
    }
    return false;
}

/* Reports those found dead. */
static void drain(otpi_supervisor *sup) {
    otp_term message;
    otp_err err = OTP_OK;
    while (!err && otpi_map64_count(&sup->pids) > 0) {
        otp_scope scope = otp_scope_begin();
        err = otp_receive(0, &message);
        if (!err) {
            (void)last_message(sup, message);
        }
        otp_scope_end(scope);
    }
}

static void dynamic_kill(otpi_supervisor *sup) {
    otpi_sup_cursor cursor = {0};
    for (otp_pid pid; otpi_sup_dynamic_running(sup, &cursor, &pid);) {
        otp_kill(pid);
    }
}

static int64_t time_left_ms(uint64_t began_ms, int64_t time_ms) {
    int64_t gone_ms = (int64_t)(otp_now_ms() - began_ms);
    return time_ms < 0 ? OTP_INFINITY : gone_ms < time_ms ? time_ms - gone_ms : 0;
}

static void dynamic_wait(otpi_supervisor *sup, size_t running, int64_t time_ms) {
    uint64_t began_ms = otp_now_ms();
    while (running > 0) {
        otp_term message;
        otp_scope scope = otp_scope_begin();
        otp_err err = otp_receive(time_left_ms(began_ms, time_ms), &message);
        if (err == OTP_ETIMEOUT) {
            dynamic_kill(sup);
            time_ms = OTP_INFINITY;
        } else if (!err && last_message(sup, message)) {
            running--;
        }
        otp_scope_end(scope);
    }
}

/* All at once: their order does not matter, and there may be very many. */
static void dynamic_shutdown(otpi_supervisor *sup) {
    const otp_child_spec *spec = sup->spec->children;
    int64_t time_ms = OTP_INFINITY;
    size_t running = 0;
    sup->ending = true;
    otpi_sup_cursor cursor = {0};
    for (otp_pid pid; otpi_sup_dynamic_running(sup, &cursor, &pid); running++) {
        (void)otp_monitor(pid);
        time_ms = terminate_ask(spec, pid);
    }
    dynamic_wait(sup, running, time_ms);
}

void otpi_supervisor_shutdown(otpi_supervisor *sup) {
    if (sup->simple) {
        dynamic_shutdown(sup);
    } else {
        otpi_sup_children_terminate(sup, NULL);
    }
    drain(sup);
    otpi_sup_toll_report(sup);
}
