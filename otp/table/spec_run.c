/* SPDX-License-Identifier: MIT */
/*
 * Running match specifications over one row. What a guard builds on the way is given up with it; a
 * result is independent of the row and of the specification.
 */
#include "table/spec.h"
#include "term/atom.h"
#include "term/build.h"

typedef struct run {
    const otp_spec *spec;
    const otpi_clause *clause;
    const otp_match_arg *arguments;
    otp_term row;
    otp_term found[OTPI_PATTERN_HOLES_MAX];
    bool no_memory;
} run;

static bool evaluate(run *r, const otpi_node *node, bool own, otp_term *out);

/* false: an exception, or no memory. */
static bool made(run *r, otp_term term, otp_term *out) {
    *out = term;
    r->no_memory = r->no_memory || otp_is_none(term);
    return !otp_is_none(term);
}

/* A part of the row or of the specification, as a copy when the result is to own it. */
static bool part(run *r, otp_term term, bool own, otp_term *out) {
    return made(r, own ? otpi_make_copy(term) : term, out);
}

/* The values of n nodes side by side. */
static otp_term *values(run *r, const otpi_node *node, bool own) {
    otp_term *all = (otp_term *)(void *)otpi_scope_try(node->n);
    r->no_memory = r->no_memory || all == NULL;
    for (uint32_t i = 0; all != NULL && i < node->n; i++) {
        if (!evaluate(r, r->spec->nodes + node->first + i, own, &all[i])) {
            return NULL;
        }
    }
    return all;
}

static bool container(run *r, const otpi_node *node, bool own, otp_term *out) {
    const otp_term *all = values(r, node, own);
    if (all == NULL) {
        return false;
    }
    switch (node->code) {
    case OTPI_NODE_TUPLE: return made(r, otpi_make_tuple(node->n, all), out);
    case OTPI_NODE_LIST: return made(r, otpi_make_list(node->n - 1, all, all[node->n - 1]), out);
    default: return made(r, otpi_make_map(node->n / 2, all), out);
    }
}

/* The list of all variables' values, by number. */
static bool all_variables(run *r, bool own, otp_term *out) {
    otp_term list = otp_nil();
    const otpi_clause *clause = r->clause;
    for (size_t i = clause->variable_count; i-- > 0;) {
        otp_term each;
        const otpi_variable *variable = &clause->variables[i];
        if (!variable->again && (!part(r, r->found[variable->hole], own, &each) ||
                                 !made(r, otpi_make_list(1, &each, list), &list))) {
            return false;
        }
    }
    *out = list;
    return true;
}

/* andalso, orelse: what decides ends it. The last operand may be any term, as in Erlang. */
static bool short_circuit(run *r, const otpi_node *node, otp_term *out) {
    uint64_t decides = node->function == OTPI_FUNCTION_ANDALSO ? OTPI_AM_false : OTPI_AM_true;
    for (uint32_t i = 0; i < node->n; i++) {
        if (!evaluate(r, r->spec->nodes + node->first + i, false, out)) {
            return false;
        }
        bool boolean = out->word == OTPI_AM_true || out->word == OTPI_AM_false;
        if (out->word == decides || !boolean) {
            return boolean || i + 1 == node->n;
        }
    }
    return true;
}

static bool call(run *r, const otpi_node *node, bool own, otp_term *out) {
    otp_term value;
    if (node->function == OTPI_FUNCTION_ANDALSO || node->function == OTPI_FUNCTION_ORELSE) {
        return short_circuit(r, node, &value) && part(r, value, own, out);
    }
    const otp_term *operands = values(r, node, false);
    if (operands == NULL ||
        !otpi_function_call((otpi_function)node->function, node->n, operands, &value)) {
        return false;
    }
    return made(r, value, &value) && part(r, value, own, out);
}

/* The value of a node. own: it must not lie in the row or the specification. */
static bool evaluate(run *r, const otpi_node *node, bool own, otp_term *out) {
    switch ((otpi_node_code)node->code) {
    case OTPI_NODE_CONSTANT: return part(r, node->term, own, out);
    case OTPI_NODE_ARGUMENT: return part(r, r->arguments[node->first].in, own, out);
    case OTPI_NODE_VARIABLE: return part(r, r->found[node->first], own, out);
    case OTPI_NODE_WHOLE: return part(r, r->row, own, out);
    case OTPI_NODE_ALL: return all_variables(r, own, out);
    case OTPI_NODE_CALL: return call(r, node, own, out);
    default: return container(r, node, own, out);
    }
}

/* ---- A clause ---- */

static bool head_matches(run *r) {
    const otpi_clause *clause = r->clause;
    otp_match_arg arguments[OTPI_PATTERN_HOLES_MAX];
    for (size_t i = 0; clause->has_arguments && i < OTPI_PATTERN_HOLES_MAX; i++) {
        arguments[i] = r->arguments[clause->argument[i]];
    }
    if (!otpi_pattern_run(clause->head, r->row, arguments, r->found)) {
        return false;
    }
    for (size_t i = 1; i < clause->variable_count; i++) {
        const otpi_variable *variable = &clause->variables[i];
        if (variable->again && !otp_equal(r->found[variable->hole], r->found[variable[-1].hole])) {
            return false;
        }
    }
    return true;
}

static bool guards_hold(run *r) {
    otp_term value;
    for (uint32_t i = 0; i < r->clause->guard_count; i++) {
        const otpi_node *guard = r->spec->nodes + r->clause->guards + i;
        if (!evaluate(r, guard, false, &value) || value.word != OTPI_AM_true) {
            return false;
        }
    }
    return true;
}

/* Of several the last counts; the others may still fail. */
static otp_term result_of(run *r) {
    otp_term value = OTP_NONE;
    for (uint32_t i = 0; i < r->clause->result_count; i++) {
        const otpi_node *result = r->spec->nodes + r->clause->results + i;
        if (!evaluate(r, result, true, &value)) {
            return r->no_memory ? OTP_NONE : otpi_am(EXIT);
        }
    }
    return value;
}

otpi_spec_verdict otpi_spec_run(const otp_spec *spec, const otp_match_arg *arguments, otp_term row,
                                otp_term *result) {
    run r;
    r.spec = spec;
    r.arguments = arguments;
    r.row = row;
    r.no_memory = false;
    for (size_t i = 0; i < spec->clause_count; i++) {
        r.clause = &spec->clauses[i];
        if (!head_matches(&r)) {
            continue;
        }
        otp_scope mark = otpi_scope_mark();
        bool holds = guards_hold(&r);
        otpi_scope_rollback(mark);
        if (r.no_memory) {
            return OTPI_SPEC_NO_MEMORY;
        }
        if (holds) {
            *result = result_of(&r);
            return otp_is_none(*result) ? OTPI_SPEC_NO_MEMORY : OTPI_SPEC_YES;
        }
    }
    return OTPI_SPEC_NO;
}

otp_err otp_spec_run(const otp_spec *spec, otp_term term, bool *matches, otp_term *result) {
    otp_term value;
    switch (otpi_spec_run(spec, NULL, term, &value)) {
    case OTPI_SPEC_NO: *matches = false; return OTP_OK;
    case OTPI_SPEC_NO_MEMORY: return OTP_ENOMEM;
    default:
        *matches = true;
        *result = value;
        return OTP_OK;
    }
}
