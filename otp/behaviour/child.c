/* SPDX-License-Identifier: MIT */
#include "behaviour/supervisor.h"

#include "term/atom.h"
#include "world/worker.h"

#include <string.h>

/* ---- The children a supervisor knows ---- */

/* What the pid map holds is a child's address or an id; ids are atoms, which are no addresses. */
static otpi_sup_child *child_of_word(uint64_t word) {
    bool is_id = otp_is_atom((otp_term){word});
    return is_id ? NULL : (otpi_sup_child *)(uintptr_t)word;
}

otpi_sup_child *otpi_sup_child_add(otpi_supervisor *sup, const otp_child_spec *spec,
                                   otp_term args) {
    otp_term id = otp_atom(spec->id);
    otpi_sup_child *child = otpi_block_alloc(sizeof *child);
    if (!child) {
        return NULL;
    }
    if (otpi_map64_put(&sup->ids, id.word, (uintptr_t)child) == OTPI_MAP64_ENOMEM) {
        otpi_block_free(child, sizeof *child);
        return NULL;
    }
    *child = (otpi_sup_child){.pid = OTP_PID_NONE,
                              .id = id,
                              .args = otp_nil(),
                              .spec = &child->own,
                              .state = OTPI_SUP_CHILD_DOWN,
                              .own = *spec};
    otpi_list_push_back(&sup->children, &child->link);
    sup->count++;
    child->args = otp_keep(args); /* exits when out of memory: the child is in the list by now */
    return child;
}

void otpi_sup_child_remove(otpi_supervisor *sup, otpi_sup_child *child) {
    if (sup->simple) {
        otpi_sup_dynamic_drop(sup, child);
        return;
    }
    otpi_list_remove(&child->link);
    sup->count--;
    otpi_map64_remove(&sup->ids, child->id.word, NULL);
    otp_drop(child->args);
    otpi_block_free(child, sizeof *child);
}

otpi_sup_child *otpi_sup_child_by_id(const otpi_supervisor *sup, otp_term id) {
    uint64_t word;
    return otpi_map64_get(&sup->ids, id.word, &word) ? (otpi_sup_child *)(uintptr_t)word : NULL;
}

otpi_sup_child *otpi_sup_child_by_pid(const otpi_supervisor *sup, otp_pid pid,
                                      otpi_sup_child *room) {
    if (sup->simple) {
        return otpi_sup_dynamic_find(sup, pid, room) ? room : NULL;
    }
    uint64_t word;
    return otpi_map64_get(&sup->pids, pid.word, &word) ? child_of_word(word) : NULL;
}

void otpi_sup_child_prefetch(const otpi_supervisor *sup, otp_pid pid) {
    if (sup->simple) {
        otpi_set64_prefetch(&sup->dynamic.plain, pid.word);
    }
}

bool otpi_sup_child_know(otpi_supervisor *sup, otpi_sup_child *child) {
    return sup->simple
               ? otpi_sup_dynamic_know(sup, child)
               : otpi_map64_put(&sup->pids, child->pid.word, (uintptr_t)child) != OTPI_MAP64_ENOMEM;
}

void otpi_sup_child_forget(otpi_supervisor *sup, const otpi_sup_child *child) {
    if (sup->simple) {
        otpi_sup_dynamic_forget(sup, child);
    } else {
        otpi_map64_remove(&sup->pids, child->pid.word, NULL);
    }
}

/* A child that is not dynamic leaves its place to the id; else the report may be left out for want
 * of memory. */
void otpi_sup_child_expect(otpi_supervisor *sup, const otpi_sup_child *child) {
    if (sup->simple) {
        otpi_sup_dynamic_forget(sup, child);
    }
    (void)!otpi_map64_put(&sup->pids, child->pid.word, child->id.word);
}

otp_term otpi_sup_expected(otpi_supervisor *sup, otp_pid pid) {
    uint64_t word;
    bool found = otpi_map64_get(&sup->pids, pid.word, &word) && !child_of_word(word);
    if (found) {
        otpi_map64_remove(&sup->pids, pid.word, NULL);
    }
    return found ? (otp_term){word} : OTP_NONE;
}

void otpi_sup_child_gone(otpi_supervisor *sup, otpi_sup_child *child) {
    child->state = OTPI_SUP_CHILD_DOWN;
    if (sup->simple || child->spec->restart == OTP_TEMPORARY) {
        otpi_sup_child_remove(sup, child);
    }
}

/* ---- Starting ---- */

static otp_err start_process(const otp_child_spec *spec, otp_term args, otp_term name,
                             otp_pid *pid) {
    otp_spawn_opts opts = {.link = true, .name = name, .context = spec->context, .label = spec->id};
    otp_err err = otp_spawn_opt(spec->process, args, &opts, pid);
    if (err != OTP_EEXIST) {
        return err;
    }
    *pid = otp_whereis(name);
    return pid->word ? OTP_EALREADY : OTP_EEXIST;
}

static otp_err start_any(const otp_child_spec *spec, otp_term args, otp_pid *pid,
                         otp_term *reason) {
    otp_term name = spec->name ? otp_atom(spec->name) : OTP_NONE;
    otp_start_opts opts = {
        .name = name, .context = spec->context, .label = spec->id, .reason = reason};
    if (spec->server) {
        return otp_start_link(spec->server, args, &opts, pid);
    }
    if (spec->statem) {
        return otp_statem_start_link(spec->statem, args, &opts, pid);
    }
    if (spec->supervisor) {
        return otp_supervisor_start_link(spec->supervisor, &opts, pid);
    }
    if (spec->process) {
        return start_process(spec, args, name, pid);
    }
    otp_err err = spec->start(spec->context, args, pid);
    return err || pid->word ? err : OTP_EIGNORE;
}

/* The reason of a failed start, in OTP's words. */
static otp_term start_reason(otp_err err, otp_pid pid, otp_term reason) {
    switch (err) {
    case OTP_EALREADY: return otp_tuple(otpi_am(already_started), otp_from_pid(pid));
    case OTP_ETIMEOUT: return otpi_am(timeout);
    case OTP_ELIMIT: return otp_tuple(otpi_am(system_limit), OTP_ATOM(processes));
    case OTP_ENOMEM: return otpi_am(enomem);
    default: return otp_is_none(reason) ? otp_atom(otp_err_name(err)) : reason;
    }
}

/* A process we could not remember is none of ours. */
static otp_err start_undo(otp_pid pid) {
    otp_unlink(pid);
    otp_kill(pid);
    return OTP_ENOMEM;
}

otp_err otpi_sup_child_start(otpi_supervisor *sup, otpi_sup_child *child, otp_term *reason) {
    otp_pid before = child->pid;
    otp_pid pid = OTP_PID_NONE;
    otp_term why = OTP_NONE;
    otp_err err = start_any(child->spec, child->args, &pid, &why);
    if (!err) {
        child->pid = pid;
        err = otpi_sup_child_know(sup, child) ? OTP_OK : start_undo(pid);
    }
    child->state = err ? OTPI_SUP_CHILD_DOWN : OTPI_SUP_CHILD_RUNNING;
    if (err) {
        child->pid = before;
    }
    if (err && err != OTP_EIGNORE) {
        *reason = start_reason(err, pid, why);
    }
    return err;
}
