/* SPDX-License-Identifier: MIT */
/*
 * Linearizability of a history: part by part, to the first that is not.
 */
#include "supertester/explore/check.h"

#include "port/clock.h"

enum { DEFAULT_TIMEOUT_MS = 60000, FIRST_STEPS = 64 };
#define DEFAULT_MEMORY_BYTES ((size_t)1 << 30)

st_history_opts sti_history_opts(const st_history_opts *opts) {
    st_history_opts all = opts ? *opts : (st_history_opts){0};
    all.timeout_ms = all.timeout_ms ? all.timeout_ms : DEFAULT_TIMEOUT_MS;
    all.memory_bytes_max = all.memory_bytes_max ? all.memory_bytes_max : DEFAULT_MEMORY_BYTES;
    return all;
}

sti_budget sti_history_budget(const st_history_opts *opts, uint64_t now_ns) {
    bool endless = opts->timeout_ms > (OTPI_NEVER - now_ns) / 1000000;
    return (sti_budget){.deadline_ns = endless ? OTPI_NEVER : now_ns + opts->timeout_ms * 1000000,
                        .steps_max = opts->steps_max,
                        .memory_bytes_max = opts->memory_bytes_max};
}

sti_machine *sti_history_begin(st_history *history, const st_spec *spec,
                               const st_history_opts *opts, st_history_result *result,
                               otp_err *err) {
    otpi_text text;
    *result = (st_history_result){.verdict = ST_UNKNOWN, .bad = SIZE_MAX};
    otpi_text_init_fixed(&text, result->text, sizeof result->text);
    sti_machine *machine = sti_machine_new(spec, history, opts, err, &result->bad, &text);
    if (!machine) {
        return NULL;
    }
    result->operations = history->count - history->failed;
    result->pending = history->pending;
    result->parts = machine->part_count;
    return machine;
}

/* The part that is not linearizable is often a simple one beside others that are hard. So each part
 * gets some steps, and those that are not settled then are begun again with more. */
otp_err sti_history_parts(sti_search *search, st_history_verdict *verdict, uint32_t *bad_part) {
    uint32_t open = search->part_count;
    *verdict = ST_UNKNOWN;
    for (uint64_t steps = FIRST_STEPS; open > 0; steps *= 8) {
        search->steps_max = open > 1 || steps == FIRST_STEPS ? steps : UINT64_MAX;
        for (uint32_t part = 0; part < search->part_count; part++) {
            bool found = true;
            otp_err err = search->is_settled[part] ? OTP_OK : sti_search_part(search, part, &found);
            if (err != OTP_OK && err != OTP_EBUSY) {
                return err;
            }
            if (!found) {
                *bad_part = part;
                *verdict = ST_VIOLATION;
                return OTP_OK;
            }
            open -= err == OTP_OK && !search->is_settled[part];
            search->is_settled[part] |= err == OTP_OK;
        }
    }
    *verdict = ST_HOLDS;
    return OTP_OK;
}

otp_err st_linearizable(st_history *history, const st_spec *spec, const st_history_opts *opts,
                        st_history_result *result) {
    uint64_t started_ns = otpi_clock_monotonic_ns();
    st_history_opts all = sti_history_opts(opts);
    sti_budget budget = sti_history_budget(&all, started_ns);
    otp_err err;
    sti_machine *machine = sti_history_begin(history, spec, &all, result, &err);
    if (!machine) {
        return err;
    }
    sti_search search;
    err = sti_search_init(&search, machine, &budget);
    if (err == OTP_OK) {
        uint32_t bad_part;
        err = sti_history_parts(&search, &result->verdict, &bad_part);
        sti_search_fini(&search);
    }
    sti_machine_free(machine);
    result->steps = budget.steps;
    result->elapsed_ns = otpi_clock_monotonic_ns() - started_ns;
    return err == OTP_ETIMEOUT ? OTP_OK : err;
}
