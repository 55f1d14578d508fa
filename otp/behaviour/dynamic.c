/* SPDX-License-Identifier: MIT */
/*
 * The children of simple_one_for_one, as supervisor.h says: a pid in a set, or in a map with its
 * arguments.
 */
#include "behaviour/supervisor.h"

#include "port/memory.h"
#include "process/process.h"
#include "term/atom.h"

void otpi_sup_dynamic_init(otpi_sup_dynamic *dynamic) {
    otpi_set64_init(&dynamic->plain, &otpi_heap_allocator);
    otpi_map64_init(&dynamic->with, &otpi_heap_allocator);
    otpi_map64_init(&dynamic->waiting, &otpi_heap_allocator);
}

void otpi_sup_dynamic_fini(otpi_sup_dynamic *dynamic) {
    otpi_set64_fini(&dynamic->plain);
    otpi_map64_fini(&dynamic->with);
    otpi_map64_fini(&dynamic->waiting);
}

/* ---- A child, as the others see one ---- */

static otpi_sup_child child_of(const otpi_supervisor *sup, otp_pid pid, otp_term args,
                               otpi_sup_child_state state) {
    return (otpi_sup_child){.pid = pid,
                            .id = otpi_am(undefined),
                            .args = args,
                            .spec = sup->spec->children,
                            .state = state};
}

/* Arguments that equal the template's are as good as those, when they need no memory. */
static bool is_plain(const otpi_supervisor *sup, const otpi_sup_child *child) {
    return child->args.word == sup->template_args.word;
}

otpi_sup_child otpi_sup_dynamic_new(otpi_supervisor *sup, otp_term args) {
    otp_term kept = otp_is_none(args) ? sup->template_args : otp_keep(args);
    sup->count++;
    return child_of(sup, OTP_PID_NONE, kept, OTPI_SUP_CHILD_DOWN);
}

void otpi_sup_dynamic_drop(otpi_supervisor *sup, const otpi_sup_child *child) {
    sup->count--;
    if (!is_plain(sup, child)) {
        otpi_drop_root(child->args);
    }
}

/* ---- Those that run ---- */

bool otpi_sup_dynamic_find(const otpi_supervisor *sup, otp_pid pid, otpi_sup_child *child) {
    uint64_t args = sup->template_args.word;
    if (!otpi_set64_has(&sup->dynamic.plain, pid.word) &&
        !otpi_map64_get(&sup->dynamic.with, pid.word, &args)) {
        return false;
    }
    *child = child_of(sup, pid, (otp_term){args}, OTPI_SUP_CHILD_RUNNING);
    return true;
}

bool otpi_sup_dynamic_know(otpi_supervisor *sup, const otpi_sup_child *child) {
    if (is_plain(sup, child)) {
        return otpi_set64_add(&sup->dynamic.plain, child->pid.word);
    }
    otpi_map64 *with = &sup->dynamic.with;
    return otpi_map64_put(with, child->pid.word, child->args.word) != OTPI_MAP64_ENOMEM;
}

void otpi_sup_dynamic_forget(otpi_supervisor *sup, const otpi_sup_child *child) {
    if (is_plain(sup, child)) {
        otpi_set64_remove(&sup->dynamic.plain, child->pid.word);
    } else {
        otpi_map64_remove(&sup->dynamic.with, child->pid.word, NULL);
    }
}

/* ---- Those that wait ---- */

bool otpi_sup_dynamic_wait(otpi_supervisor *sup, const otpi_sup_child *child) {
    otpi_map64 *waiting = &sup->dynamic.waiting;
    return otpi_map64_put(waiting, child->pid.word, child->args.word) != OTPI_MAP64_ENOMEM;
}

bool otpi_sup_dynamic_wake(otpi_supervisor *sup, otp_pid pid, otpi_sup_child *child) {
    uint64_t args;
    if (!otpi_map64_remove(&sup->dynamic.waiting, pid.word, &args)) {
        return false;
    }
    *child = child_of(sup, pid, (otp_term){args}, OTPI_SUP_CHILD_DOWN);
    return true;
}

/* ---- All ---- */

bool otpi_sup_dynamic_running(const otpi_supervisor *sup, otpi_sup_cursor *cursor, otp_pid *pid) {
    uint64_t args;
    return otpi_set64_next(&sup->dynamic.plain, &cursor->plain, &pid->word) ||
           otpi_map64_next(&sup->dynamic.with, &cursor->with, &pid->word, &args);
}

bool otpi_sup_dynamic_next(const otpi_supervisor *sup, otpi_sup_cursor *cursor,
                           otpi_sup_child *child) {
    otp_pid pid;
    uint64_t args;
    bool runs = otpi_sup_dynamic_running(sup, cursor, &pid);
    if (!runs && !otpi_map64_next(&sup->dynamic.waiting, &cursor->waiting, &pid.word, &args)) {
        return false;
    }
    *child =
        child_of(sup, pid, otp_nil(), runs ? OTPI_SUP_CHILD_RUNNING : OTPI_SUP_CHILD_RESTARTING);
    return true;
}
