/* SPDX-License-Identifier: MIT */
/*
 * What follows the exit of a child: do_restart/3 and restart/2 of supervisor.erl.
 */
#include <otp/gen_server.h>

#include "behaviour/supervisor.h"

#include "behaviour/wire.h"
#include "process/process.h"

/* ---- Starting again ---- */

/* What replaces a lost child may use the system's reserve of processes. */
static otp_err child_restart(otpi_supervisor *sup, otpi_sup_child *child, otp_term *reason) {
    otpi_process *self = otpi_self();
    self->flags |= OTPI_RESTARTS;
    otp_err err = otpi_sup_child_start(sup, child, reason);
    self->flags &= (uint16_t)~OTPI_RESTARTS;
    return err;
}

otpi_sup_child *otpi_sup_children_start(otpi_supervisor *sup, otpi_sup_child *from, bool restart,
                                        otp_term *reason) {
    otpi_list *first = from ? &from->link : sup->children.next;
    for (otpi_list *at = first, *after; at != &sup->children; at = after) {
        after = at->next;
        otpi_sup_child *child = otpi_sup_child_of_link(at);
        otp_pid before = restart ? child->pid : OTP_PID_NONE;
        otp_err err =
            restart ? child_restart(sup, child, reason) : otpi_sup_child_start(sup, child, reason);
        if (!err) {
            otpi_supervisor_tell_started(sup, child, before);
        } else if (err != OTP_EIGNORE) {
            otpi_supervisor_report("start_error", *reason, child);
            return child;
        } else if (child->spec->restart == OTP_TEMPORARY) {
            otpi_sup_child_remove(sup, child);
        }
    }
    return NULL;
}

/* Control goes back to the server before the next attempt, so that other requests are served. */
static void try_again_later(otpi_supervisor *sup, otpi_sup_child *child) {
    otp_term what = child->id;
    child->state = OTPI_SUP_CHILD_RESTARTING;
    if (sup->simple) {
        what = otpi_wire_pair(otpi_am(restarting), otp_from_pid(child->pid));
    }
    otp_cast(otp_self(), otpi_wire_pair(OTP_ATOM(try_again_restart), what));
}

/* one_for_one. While it waits for its next restart a dynamic child is known by its last pid. */
static void restart_one(otpi_supervisor *sup, otpi_sup_child *child) {
    otp_term reason;
    otp_pid before = child->pid;
    otp_err err = child_restart(sup, child, &reason);
    if (!err) {
        otpi_supervisor_tell_started(sup, child, before);
    } else if (err == OTP_EIGNORE) {
        if (sup->simple) {
            otpi_sup_child_remove(sup, child);
        }
    } else {
        otpi_supervisor_report("start_error", reason, child);
        if (sup->simple && !otpi_sup_dynamic_wait(sup, child)) {
            otpi_sup_child_remove(sup, child);
        } else {
            try_again_later(sup, child);
        }
    }
}

/* one_for_all (from the first child) and rest_for_one (from the one that exited). */
static void restart_many(otpi_supervisor *sup, otpi_sup_child *from) {
    otp_term reason;
    otpi_sup_children_terminate(sup, from);
    otpi_sup_child *failed = otpi_sup_children_start(sup, from, true, &reason);
    if (failed) {
        try_again_later(sup, failed);
    }
}

/* restart/2: false when there were too many. */
static bool restart(otpi_supervisor *sup, otpi_sup_child *child) {
    if (!otpi_window_add(&sup->window, otp_now_ms())) {
        otpi_supervisor_report("shutdown", otpi_am(reached_max_restart_intensity), child);
        otpi_supervisor_tell_shutdown(sup, child->id, child->pid,
                                      otpi_am(reached_max_restart_intensity));
        otpi_sup_child_gone(sup, child);
        return false;
    }
    switch (sup->spec->strategy) {
    case OTP_ONE_FOR_ONE:
    case OTP_SIMPLE_ONE_FOR_ONE: restart_one(sup, child); break;
    case OTP_ONE_FOR_ALL: restart_many(sup, NULL); break;
    case OTP_REST_FOR_ONE: restart_many(sup, child); break;
    }
    return true;
}

/* ---- Exits ---- */

static bool other_significant(const otpi_supervisor *sup) {
    if (sup->simple) {
        return sup->count > 0;
    }
    OTPI_LIST_EACH (at, &sup->children) {
        otpi_sup_child *child = otpi_sup_child_of_link(at);
        if (child->spec->significant && child->state != OTPI_SUP_CHILD_DOWN) {
            return true;
        }
    }
    return false;
}

/* The child has exited and is not restarted: false when the supervisor follows it. */
static bool gone_for_good(otpi_supervisor *sup, otpi_sup_child *child) {
    bool follow = child->spec->significant && sup->spec->auto_shutdown != OTP_AUTO_NEVER;
    otp_auto_shutdown when = sup->spec->auto_shutdown;
    otp_pid pid = child->pid;
    otp_term id = child->id;
    otpi_sup_child_gone(sup, child);
    if (!follow || (when == OTP_AUTO_ALL_SIGNIFICANT && other_significant(sup))) {
        return true;
    }
    otpi_supervisor_tell_shutdown(sup, id, pid, otpi_am(auto_shutdown));
    return false;
}

bool otpi_supervisor_exited(otpi_supervisor *sup, otp_pid pid, otp_term reason) {
    otpi_sup_child room;
    otpi_sup_child *child = otpi_sup_child_by_pid(sup, pid, &room);
    if (!child) {
        otp_term id = otpi_sup_expected(sup, pid);
        if (!otp_is_none(id)) {
            otpi_supervisor_report_gone(sup, reason, id, pid);
        }
        return true;
    }
    otpi_sup_child_forget(sup, child);
    otp_restart type = child->spec->restart;
    bool orderly = type != OTP_PERMANENT && otpi_supervisor_in_order(reason);
    child->state = OTPI_SUP_CHILD_DOWN;
    otpi_supervisor_tell_terminated(sup, child, reason);
    if (!orderly) {
        otpi_supervisor_report("child_terminated", reason, child);
    }
    if (type == OTP_PERMANENT || (type == OTP_TRANSIENT && !orderly)) {
        return restart(sup, child);
    }
    return gone_for_good(sup, child);
}

static bool try_again_dynamic(otpi_supervisor *sup, otp_term what) {
    const uint64_t *words = otpi_wire_tuple(what, 2);
    otpi_sup_child child;
    return !words || !otpi_sup_dynamic_wake(sup, (otp_pid){words[1]}, &child) ||
           restart(sup, &child);
}

bool otpi_supervisor_try_again(otpi_supervisor *sup, otp_term what) {
    if (sup->simple) {
        return try_again_dynamic(sup, what);
    }
    otpi_sup_child *child = otpi_sup_child_by_id(sup, what);
    return !child || child->state != OTPI_SUP_CHILD_RESTARTING || restart(sup, child);
}
