/* SPDX-License-Identifier: MIT */
/*
 * Sequences of operations on one server: drawn, run one after the other, judged by the state that
 * they leave. The other generators draw their operations here, too.
 */
#include "supertester/scenario/options.h"

#include "supertester/property/draw.h"

/* ---- Operations ---- */

static bool is_end(const st_operation_choice *operation) {
    return otp_is_none(operation->term) && !operation->draw;
}

otp_term sti_operation_type(otp_term operation) {
    otp_term first = otp_arity(operation) > 0 ? otp_element(operation, 0) : operation;
    return otp_is_atom(first) ? first : OTP_NONE;
}

static bool is_operation(otp_term term) {
    return otp_is_atom(term) || otp_kind_of(term) == OTP_KIND_TUPLE;
}

static bool operation_fits(const st_operation_choice *operation, size_t number, const char *site) {
    bool given = !otp_is_none(operation->term);
    if (given && operation->draw) {
        return sti_refuse(site, "operation %zu is given, and has a function that draws it", number);
    }
    if (given && !is_operation(operation->term)) {
        return sti_refuse(site, "operation %zu is no atom and no tuple: %s", number,
                          otp_show(operation->term));
    }
    if (operation->weight > STI_WEIGHT_MAX) {
        return sti_refuse(site, "operation %zu has the weight %u: at most %d", number,
                          operation->weight, STI_WEIGHT_MAX);
    }
    return true;
}

size_t sti_operations_count(const st_operation_choice *operations, const char *site) {
    size_t count = 0;
    while (operations && !is_end(&operations[count])) {
        if (count == STI_OPERATIONS_MAX) {
            sti_refuse(site, "there are more than %d operations", STI_OPERATIONS_MAX);
            return 0;
        }
        if (!operation_fits(&operations[count], count, site)) {
            return 0;
        }
        count++;
    }
    if (count == 0) {
        sti_refuse(site, "there are no operations");
    }
    return count;
}

otp_term sti_operation_make(const st_operation_choice *operation, const char *site) {
    if (!operation->draw) {
        return operation->term;
    }
    otp_term drawn = operation->draw(operation->context);
    if (!is_operation(drawn)) {
        sti_refuse(site, "an operation was drawn that is no atom and no tuple: %s",
                   otp_show(drawn));
    } else if (operation->type && !otp_is(sti_operation_type(drawn), operation->type)) {
        sti_refuse(site, "what draws %s has drawn %s", operation->type, otp_show(drawn));
    }
    return drawn;
}

otp_term sti_operations_draw(const st_operation_choice *operations, size_t count, st_range length,
                             const char *site) {
    uint32_t weights[STI_OPERATIONS_MAX];
    otp_term list = otp_nil();
    for (size_t i = 0; i < count; i++) {
        weights[i] = operations[i].weight ? operations[i].weight : 1;
    }
    for (ST_CLOSES_(st_list_close) st_list each = st_list_open(length.lo, length.hi, "operations");
         st_list_more(&each);) {
        size_t way = st_draw_branch(weights, count, "operation");
        list = otp_cons(sti_operation_make(&operations[way], site), list);
    }
    return sti_list_reversed(list);
}

/* ---- Sequences ---- */

otp_term st_operation_sequence_at(const st_operation_opts *opts, const char *label,
                                  const char *site) {
    size_t count = sti_operations_count(opts->operations, site);
    st_range length = {.lo = opts->min_length ? opts->min_length : 1,
                       .hi = opts->max_length ? opts->max_length : 50};
    if (count == 0 || !sti_range_fits(&length, length, (st_range){0, STI_LENGTH_MAX},
                                      ".min_length, .max_length", site)) {
        return OTP_NONE;
    }
    sti_scenario_begin(label);
    return sti_scenario_end(sti_operations_draw(opts->operations, count, length, site), label);
}

otp_term st_execute_operation_sequence_at(otp_term dest, otp_term operations, const char *site) {
    otp_term replies = otp_nil();
    if (otp_length(operations) == SIZE_MAX) {
        sti_refuse(site, "no list of operations: %s", otp_show(operations));
        return OTP_NONE;
    }
    OTP_LIST_FOREACH (operation, operations) {
        replies = otp_cons(st_run_operation_at(dest, operation, site), replies);
    }
    return sti_list_reversed(replies);
}

bool st_verify_genserver_invariants_at(otp_term dest, st_invariant_fn *invariant, const char *text,
                                       const char *site) {
    otp_term state = st_get_state_at(dest, site);
    bool holds = invariant(state);
    if (!holds) {
        st_check_fail(site, "the invariant %s does not hold\n    state %s", text, otp_show(state));
    }
    return holds;
}
