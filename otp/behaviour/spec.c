/* SPDX-License-Identifier: MIT */
#include "behaviour/spec.h"

#include <string.h>

#include "base/map64.h"
#include "behaviour/statem.h"
#include "port/memory.h"
#include "term/atom.h"

/* ---- Words ---- */

int64_t otpi_spec_shutdown_ms(const otp_child_spec *child) {
    if (child->shutdown_ms) {
        return child->shutdown_ms;
    }
    return otpi_spec_type(child) == OTP_SUPERVISOR ? OTP_INFINITY : 5000;
}

otp_child_type otpi_spec_type(const otp_child_spec *child) {
    return child->supervisor ? OTP_SUPERVISOR : child->type;
}

uint32_t otpi_spec_intensity(const otp_supervisor_spec *spec) {
    return spec->intensity == OTP_INTENSITY_ZERO ? 0 : spec->intensity ? spec->intensity : 1;
}

uint64_t otpi_spec_period_ms(const otp_supervisor_spec *spec) {
    return (spec->period_s ? spec->period_s : UINT64_C(5)) * 1000;
}

otp_term otpi_spec_restart_word(const otp_child_spec *child) {
    switch (child->restart) {
    case OTP_PERMANENT: return otpi_am(permanent);
    case OTP_TRANSIENT: return otpi_am(transient);
    case OTP_TEMPORARY: return otpi_am(temporary);
    }
    return otpi_am(undefined);
}

otp_term otpi_spec_shutdown_word(const otp_child_spec *child) {
    int64_t time_ms = otpi_spec_shutdown_ms(child);
    return time_ms == OTP_INFINITY      ? otpi_am(infinity)
           : time_ms == OTP_BRUTAL_KILL ? otpi_am(brutal_kill)
                                        : otp_int(time_ms);
}

otp_term otpi_spec_type_word(const otp_child_spec *child) {
    return otpi_spec_type(child) == OTP_SUPERVISOR ? otpi_am(supervisor) : otpi_am(worker);
}

/* ---- Checking ---- */

static otp_term fault(otp_term word, otp_term what) {
    return otp_tuple(word, what);
}

static otp_term id_fault(const otp_child_spec *child) {
    if (!child->id) {
        return OTP_ATOM(missing_id);
    }
    otp_term id;
    if (otpi_atom_make(child->id, strlen(child->id), &id)) {
        return fault(OTP_ATOM(invalid_id), otp_string(child->id));
    }
    return OTP_NONE;
}

static otp_term start_fault(const otp_child_spec *child) {
    int ways = (child->server != NULL) + (child->statem != NULL) + (child->process != NULL) +
               (child->supervisor != NULL) + (child->start != NULL);
    if (ways == 0) {
        return OTP_ATOM(missing_start);
    }
    if (ways > 1) {
        return fault(OTP_ATOM(several_starts), otp_int(ways));
    }
    if (child->server && !child->server->name) {
        return fault(OTP_ATOM(invalid_server), OTP_ATOM(missing_name));
    }
    if (child->statem && !otpi_statem_valid(child->statem)) {
        return fault(OTP_ATOM(invalid_statem), OTP_ATOM(incomplete));
    }
    return OTP_NONE;
}

/* validSignificant of supervisor.erl. */
static otp_term significant_fault(const otp_child_spec *child, otp_auto_shutdown auto_shutdown) {
    otp_term significant = otp_tuple(otpi_am(significant), otpi_am(true));
    if (child->significant && auto_shutdown == OTP_AUTO_NEVER) {
        otp_term never = otp_tuple(otpi_am(auto_shutdown), otpi_am(never));
        return fault(OTP_ATOM(bad_combination), otp_list(never, significant));
    }
    if (child->significant && child->restart == OTP_PERMANENT) {
        otp_term permanent = otp_tuple(otpi_am(restart), otpi_am(permanent));
        return fault(OTP_ATOM(bad_combination), otp_list(permanent, significant));
    }
    return OTP_NONE;
}

static otp_term value_fault(const otp_child_spec *child) {
    if ((unsigned)child->restart > OTP_TEMPORARY) {
        return fault(OTP_ATOM(invalid_restart_type), otp_int((int64_t)child->restart));
    }
    if ((unsigned)child->type > OTP_SUPERVISOR) {
        return fault(OTP_ATOM(invalid_child_type), otp_int((int64_t)child->type));
    }
    if (child->shutdown_ms < OTP_BRUTAL_KILL) {
        return fault(OTP_ATOM(invalid_shutdown), otp_int(child->shutdown_ms));
    }
    otp_term name;
    if (child->name && otpi_atom_make(child->name, strlen(child->name), &name)) {
        return fault(OTP_ATOM(invalid_name), otp_string(child->name));
    }
    return OTP_NONE;
}

static otp_term first_fault(size_t n, const otp_term *faults) {
    for (size_t i = 0; i < n; i++) {
        if (!otp_is_none(faults[i])) {
            return faults[i];
        }
    }
    return OTP_NONE;
}

otp_term otpi_spec_child_fault(const otp_child_spec *child, otp_strategy strategy,
                               otp_auto_shutdown auto_shutdown) {
    const otp_term faults[] = {strategy == OTP_SIMPLE_ONE_FOR_ONE ? OTP_NONE : id_fault(child),
                               start_fault(child), value_fault(child),
                               significant_fault(child, auto_shutdown)};
    otp_term what = first_fault(sizeof faults / sizeof *faults, faults);
    otp_term id;
    if (otp_is_none(what) || !child->id || otpi_atom_make(child->id, strlen(child->id), &id)) {
        return what;
    }
    return otp_tuple(what, id);
}

static otp_term flags_fault(const otp_supervisor_spec *spec) {
    if ((unsigned)spec->strategy > OTP_SIMPLE_ONE_FOR_ONE) {
        return fault(OTP_ATOM(invalid_strategy), otp_int((int64_t)spec->strategy));
    }
    if ((unsigned)spec->auto_shutdown > OTP_AUTO_ALL_SIGNIFICANT) {
        return fault(OTP_ATOM(invalid_auto_shutdown), otp_int((int64_t)spec->auto_shutdown));
    }
    if (spec->child_count && !spec->children) {
        return fault(OTP_ATOM(missing_children), otp_uint(spec->child_count));
    }
    return OTP_NONE;
}

/* Ids have been checked: each is an atom. */
static otp_term duplicate_fault(const otp_supervisor_spec *spec) {
    otpi_map64 seen;
    otp_term what = OTP_NONE;
    otpi_map64_init(&seen, &otpi_heap_allocator);
    for (size_t i = 0; i < spec->child_count && otp_is_none(what); i++) {
        otp_term id = otp_atom(spec->children[i].id);
        switch (otpi_map64_put(&seen, id.word, 1)) {
        case OTPI_MAP64_ADDED: break;
        case OTPI_MAP64_REPLACED: what = fault(OTP_ATOM(duplicate_child_name), id); break;
        case OTPI_MAP64_ENOMEM: what = otpi_am(enomem); break;
        }
    }
    otpi_map64_fini(&seen);
    return what;
}

otp_term otpi_spec_fault(const otp_supervisor_spec *spec) {
    otp_term what = flags_fault(spec);
    if (!otp_is_none(what)) {
        return fault(OTP_ATOM(supervisor_data), what);
    }
    bool simple = spec->strategy == OTP_SIMPLE_ONE_FOR_ONE;
    if (simple && spec->child_count != 1) {
        return fault(OTP_ATOM(bad_start_spec), otp_uint(spec->child_count));
    }
    for (size_t i = 0; i < spec->child_count && otp_is_none(what); i++) {
        what = otpi_spec_child_fault(&spec->children[i], spec->strategy, spec->auto_shutdown);
    }
    if (otp_is_none(what) && !simple) {
        what = duplicate_fault(spec);
    }
    return otp_is_none(what) ? OTP_NONE : fault(OTP_ATOM(start_spec), what);
}

/* ---- Copying ---- */

otp_supervisor_spec *otpi_spec_copy(const otp_supervisor_spec *spec) {
    size_t size = sizeof *spec + spec->child_count * sizeof *spec->children;
    otp_supervisor_spec *copy = otpi_alloc(size);
    if (!copy) {
        return NULL;
    }
    otp_child_spec *children = (otp_child_spec *)(void *)(copy + 1);
    *copy = *spec;
    copy->children = children;
    for (size_t i = 0; i < spec->child_count; i++) {
        children[i] = spec->children[i];
    }
    return copy;
}
