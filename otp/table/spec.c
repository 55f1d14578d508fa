/* SPDX-License-Identifier: MIT */
/*
 * Compiling match specifications from terms; see spec.h. Recursion is bounded by
 * OTPI_SPEC_DEPTH_MAX.
 */
#include "table/spec.h"

#include "base/text.h"
#include "port/memory.h"
#include "term/build.h"

#include <stdio.h>
#include <string.h>

typedef struct compiler {
    otp_spec *spec;
    otpi_clause *clause; /* the one that is compiled */
    size_t holes;
    otpi_node *nodes;
    size_t count, capacity;
    otp_spec_error *error;
} compiler;

/* ---- Errors ---- */

static otp_err refuse(compiler *c, otp_err err, otp_term found, const char *expected) {
    c->error->expected = expected;
    c->error->found = found;
    return err;
}

static otp_err no_memory(compiler *c) {
    return refuse(c, OTP_ENOMEM, OTP_NONE, "more memory");
}

static void stand_in(compiler *c, const char *part, size_t index) {
    c->error->part = part;
    c->error->index = index;
}

const char *otp_spec_error_show(const otp_spec_error *error) {
    char where[100];
    const char *found = otp_is_none(error->found) ? "" : otp_show(error->found);
    if (error->line != 0) {
        snprintf(where, sizeof where, "line %zu, column %zu", error->line, error->column);
    } else if (error->clause == 0) {
        snprintf(where, sizeof where, "specification");
    } else {
        snprintf(where, sizeof where, error->index ? "clause %zu, %s %zu" : "clause %zu, %s",
                 error->clause, error->part, error->index);
    }
    size_t size = strlen(where) + strlen(error->expected) + strlen(found) + 30;
    char *text = (char *)otpi_scope_try(otpi_words_of_bytes(size));
    if (text == NULL) {
        return error->expected;
    }
    snprintf(text, size, "%s: expected %s%s%s", where, error->expected, *found ? ", not " : "",
             found);
    return text;
}

/* ---- Variables as atoms ---- */

bool otpi_spec_variable(otp_term atom, uint32_t *number) {
    const char *text = otp_is_atom(atom) ? otp_atom_text(atom) : "";
    if (text[0] != '$' || text[1] == '\0' || strlen(text) > 9) {
        return false;
    }
    uint32_t value = 0;
    for (const char *at = text + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(*at - '0');
    }
    *number = value;
    return true;
}

bool otpi_spec_is_any(otp_term term) {
    return otp_is(term, "_");
}
bool otpi_spec_is_whole(otp_term term) {
    return otp_is(term, "$_");
}
bool otpi_spec_is_all(otp_term term) {
    return otp_is(term, "$$");
}

/* ---- Heads ---- */

/* Enters an occurrence of a variable, in order of numbers. */
static void note_variable(otpi_clause *clause, uint32_t number, size_t hole) {
    size_t at = clause->variable_count++;
    while (at > 0 && clause->variables[at - 1].number > number) {
        clause->variables[at] = clause->variables[at - 1];
        at--;
    }
    bool again = at > 0 && clause->variables[at - 1].number == number;
    clause->variables[at] = (otpi_variable){number, (uint8_t)hole, again};
}

static otp_err head_leaf(compiler *c, otp_term term, bool key, otp_term *out) {
    uint32_t number;
    bool variable = otpi_spec_variable(term, &number);
    bool argument = otpi_is_pattern_hole(term);
    *out = term;
    if (key && (variable || otpi_spec_is_any(term))) {
        return refuse(c, OTP_EBADARG, term, "a key of a map that is no variable");
    }
    if (otpi_spec_is_any(term)) {
        *out = otpi_pattern_hole('_', 0);
        return OTP_OK;
    }
    if (!variable && !argument) {
        return OTP_OK;
    }
    if (c->holes == OTPI_PATTERN_HOLES_MAX) {
        return refuse(c, OTP_ELIMIT, term, "at most 64 variables and arguments in a head");
    }
    if (variable) {
        note_variable(c->clause, number, c->holes);
    } else {
        c->clause->has_arguments = true;
        c->clause->argument[c->holes] = (uint8_t)otpi_pattern_hole_index(term);
    }
    *out = otpi_pattern_hole(variable ? 't' : 'w', c->holes++);
    return OTP_OK;
}

static otp_err head_of(compiler *c, otp_term term, size_t depth, bool key, otp_term *out);

/* n words in a row, translated into n words of the scope. */
static otp_err head_words(compiler *c, const uint64_t *words, size_t n, size_t depth, bool keys,
                          uint64_t *to) {
    otp_err err = OTP_OK;
    for (size_t i = 0; i < n && err == OTP_OK; i++) {
        otp_term made = OTP_NONE;
        err = head_of(c, (otp_term){words[i]}, depth, keys, &made);
        to[i] = made.word;
    }
    return err;
}

static otp_err head_list(compiler *c, otp_term list, size_t depth, bool key, otp_term *out) {
    uint64_t *tail = &out->word;
    otp_err err = OTP_OK;
    for (; otpi_is_cell(list) && err == OTP_OK; list.word = otpi_cell(list)[1]) {
        uint64_t *cell = otpi_scope_try(2);
        if (cell == NULL) {
            return no_memory(c);
        }
        err = head_words(c, otpi_cell(list), 1, depth, key, cell);
        *tail = otpi_cell_term(cell).word;
        tail = cell + 1;
    }
    return err ? err : head_words(c, &list.word, 1, depth, key, tail);
}

/* Keys of a map do not change, so neither does their order. */
static otp_err head_box(compiler *c, otp_term term, size_t depth, bool key, otp_term *out) {
    const uint64_t *box = otpi_box(term);
    size_t n = otpi_header_words(box[0]);
    size_t keys = otpi_header_tag(box[0]) == OTPI_BOXED_MAP ? n / 2 : 0;
    uint64_t *made = otpi_scope_try(1 + n);
    if (made == NULL) {
        return no_memory(c);
    }
    made[0] = box[0];
    otp_err err = head_words(c, box + 1, keys, depth, true, made + 1);
    err = err ? err : head_words(c, box + 1 + keys, n - keys, depth, key, made + 1 + keys);
    *out = otpi_box_term(made);
    return err;
}

/* The pattern's term; inside a key of a map (key) nothing but constants. */
static otp_err head_of(compiler *c, otp_term term, size_t depth, bool key, otp_term *out) {
    if (depth > OTPI_PATTERN_DEPTH_MAX) {
        return refuse(c, OTP_EDEPTH, OTP_NONE, "at most 32 levels");
    }
    if (otpi_is_cell(term)) {
        return head_list(c, term, depth + 1, key, out);
    }
    if (otpi_is_boxed(term) && otpi_tag_holds_terms(otpi_header_tag(otpi_box(term)[0]))) {
        return head_box(c, term, depth + 1, key, out);
    }
    return head_leaf(c, term, key, out);
}

static otp_err compile_head(compiler *c, otp_term term) {
    otp_term pattern = OTP_NONE;
    stand_in(c, "head", 0);
    c->holes = 0;
    c->clause->head_term = term;
    otp_err err = head_of(c, term, 0, false, &pattern);
    if (err == OTP_OK && otpi_pattern_of(pattern, c->holes, &c->clause->head) != OTP_OK) {
        return no_memory(c);
    }
    return err;
}

/* ---- Expressions ---- */

/* Room for n nodes side by side. */
static otp_err nodes_add(compiler *c, size_t n, uint32_t *first) {
    if (n > OTPI_SPEC_NODES_MAX - c->count) {
        return refuse(c, OTP_ELIMIT, OTP_NONE, "at most 65,536 parts");
    }
    if (c->count + n > c->capacity) {
        size_t capacity = 2 * (c->count + n);
        otpi_node *grown = otpi_realloc(c->nodes, capacity * sizeof *grown);
        if (grown == NULL) {
            return no_memory(c);
        }
        c->nodes = grown;
        c->capacity = capacity;
    }
    *first = (uint32_t)c->count;
    c->count += n;
    return OTP_OK;
}

static otp_err expression(compiler *c, otp_term term, size_t depth, uint32_t at);

/* A node at a place, and its operands. */
static otp_err operands(compiler *c, uint32_t at, otpi_node node, const otp_term *terms,
                        size_t depth) {
    otp_err err = nodes_add(c, node.n, &node.first);
    if (err != OTP_OK) {
        return err;
    }
    c->nodes[at] = node;
    for (uint32_t i = 0; i < node.n && err == OTP_OK; i++) {
        err = expression(c, terms[i], depth, node.first + i);
    }
    return err;
}

static otp_err expression_list(compiler *c, otp_term list, size_t depth, uint32_t at) {
    size_t n = 1;
    for (otp_term rest = list; otpi_is_cell(rest); rest.word = otpi_cell(rest)[1]) {
        n++;
    }
    otp_term *terms = n > OTPI_SPEC_NODES_MAX ? NULL : (otp_term *)(void *)otpi_scope_try(n);
    if (terms == NULL) {
        return no_memory(c);
    }
    size_t i = 0;
    for (; otpi_is_cell(list); list.word = otpi_cell(list)[1]) {
        terms[i++].word = otpi_cell(list)[0];
    }
    terms[i] = list;
    return operands(c, at, (otpi_node){.code = OTPI_NODE_LIST, .n = (uint32_t)n}, terms, depth);
}

static otp_err expression_map(compiler *c, const uint64_t *box, size_t depth, uint32_t at) {
    size_t n = otpi_header_words(box[0]) / 2;
    otp_term *terms = (otp_term *)(void *)otpi_scope_try(2 * n);
    if (terms == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        terms[2 * i].word = box[1 + i];
        terms[2 * i + 1].word = box[1 + n + i];
    }
    otpi_node node = {.code = OTPI_NODE_MAP, .n = (uint32_t)(2 * n)};
    return operands(c, at, node, terms, depth);
}

static void constant(compiler *c, otp_term term, uint32_t at) {
    c->nodes[at] = (otpi_node){.code = OTPI_NODE_CONSTANT, .term = term};
}

/* {Function, Operand...}, {{Element...}}, {const, Term}. */
static otp_err expression_tuple(compiler *c, otp_term term, size_t depth, uint32_t at) {
    size_t arity = otp_arity(term);
    const otp_term *parts = (const otp_term *)(const void *)(otpi_box(term) + 1);
    if (arity == 1 && otpi_box_of(parts[0], OTPI_BOXED_TUPLE)) {
        const uint64_t *box = otpi_box(parts[0]);
        otpi_node node = {.code = OTPI_NODE_TUPLE, .n = (uint32_t)otpi_header_words(box[0])};
        return operands(c, at, node, (const otp_term *)(const void *)(box + 1), depth);
    }
    if (arity == 0 || !otp_is_atom(parts[0])) {
        return refuse(c, OTP_EBADARG, term, "{Function, Operand}, {{Element}} or {const, Term}");
    }
    if (arity == 2 && otp_is(parts[0], "const")) {
        constant(c, parts[1], at);
        return OTP_OK;
    }
    otpi_function function = otpi_function_find(otp_atom_text(parts[0]), arity - 1);
    if (function == OTPI_FUNCTION_COUNT) {
        return refuse(c, OTP_EBADARG, term, "a function that is known, with as many operands");
    }
    otpi_node node = {
        .code = OTPI_NODE_CALL, .function = (uint8_t)function, .n = (uint32_t)(arity - 1)};
    return operands(c, at, node, parts + 1, depth);
}

static otp_err expression_atom(compiler *c, otp_term atom, uint32_t at) {
    const otpi_clause *clause = c->clause;
    uint32_t number;
    if (otpi_spec_is_whole(atom) || otpi_spec_is_all(atom)) {
        c->nodes[at] =
            (otpi_node){.code = otpi_spec_is_all(atom) ? OTPI_NODE_ALL : OTPI_NODE_WHOLE};
        return OTP_OK;
    }
    if (!otpi_spec_variable(atom, &number)) {
        constant(c, atom, at);
        return OTP_OK;
    }
    for (size_t i = 0; i < clause->variable_count; i++) {
        if (clause->variables[i].number == number) {
            c->nodes[at] =
                (otpi_node){.code = OTPI_NODE_VARIABLE, .first = clause->variables[i].hole};
            return OTP_OK;
        }
    }
    return refuse(c, OTP_EBADARG, atom, "a variable that is in the head");
}

/* Compiles a term to the node at a place. */
static otp_err expression(compiler *c, otp_term term, size_t depth, uint32_t at) {
    if (depth > OTPI_SPEC_DEPTH_MAX) {
        return refuse(c, OTP_EDEPTH, OTP_NONE, "at most 32 levels");
    }
    if (otpi_is_pattern_hole(term)) {
        c->nodes[at] = (otpi_node){.code = OTPI_NODE_ARGUMENT,
                                   .first = (uint32_t)otpi_pattern_hole_index(term)};
        return OTP_OK;
    }
    if (otp_is_atom(term)) {
        return expression_atom(c, term, at);
    }
    if (otpi_is_cell(term)) {
        return expression_list(c, term, depth + 1, at);
    }
    if (otpi_box_of(term, OTPI_BOXED_TUPLE)) {
        return expression_tuple(c, term, depth + 1, at);
    }
    if (otpi_box_of(term, OTPI_BOXED_MAP)) {
        return expression_map(c, otpi_box(term), depth + 1, at);
    }
    constant(c, term, at);
    return OTP_OK;
}

/* A list of guards or results. */
static otp_err expressions(compiler *c, otp_term list, const char *part, uint32_t *first,
                           uint32_t *count) {
    size_t n = otp_length(list);
    if (n == SIZE_MAX) {
        stand_in(c, part, 0);
        return refuse(c, OTP_EBADARG, list, "a list");
    }
    otp_err err = nodes_add(c, n, first);
    *count = (uint32_t)n;
    uint32_t at = 0;
    OTP_LIST_FOREACH (each, list) {
        stand_in(c, part, at + 1);
        err = err ? err : expression(c, each, 0, *first + at);
        if (err != OTP_OK) {
            return err;
        }
        at++;
    }
    return err;
}

/* ---- The whole ---- */

static otp_err compile_clause(compiler *c, otp_term term) {
    otpi_clause *clause = c->clause;
    stand_in(c, "clause", 0);
    if (otp_arity(term) != 3) {
        return refuse(c, OTP_EBADARG, term, "{Head, [Guard], [Result]}");
    }
    otp_term results = otp_element(term, 2);
    otp_err err = compile_head(c, otp_element(term, 0));
    err =
        err ? err
            : expressions(c, otp_element(term, 1), "guard", &clause->guards, &clause->guard_count);
    err = err ? err : expressions(c, results, "result", &clause->results, &clause->result_count);
    if (err == OTP_OK && clause->result_count == 0) {
        stand_in(c, "result", 0);
        return refuse(c, OTP_EBADARG, results, "a list of at least one result");
    }
    clause->results_term = results;
    return err;
}

static otp_err compile(compiler *c) {
    otp_err err = OTP_OK;
    OTP_LIST_FOREACH (each, c->spec->pack->term) {
        c->clause = &c->spec->clauses[c->spec->clause_count++];
        c->error->clause = c->spec->clause_count;
        err = compile_clause(c, each);
        if (err != OTP_OK) {
            return err;
        }
    }
    return err;
}

/* What an error found lies in what is freed now: it is told as it was given. */
static otp_term found_again(otp_term found) {
    return otp_is_none(found) ? found : otpi_make_copy(found);
}

otp_err otpi_spec_new(otp_term term, size_t arguments, otp_spec **out, otp_spec_error *error) {
    otp_spec_error unwanted;
    compiler c = {.error = error ? error : &unwanted};
    *c.error = (otp_spec_error){.part = "", .expected = ""};
    size_t n = otp_length(term);
    if (n == SIZE_MAX) {
        return refuse(&c, OTP_EBADARG, term, "a list of clauses");
    }
    c.spec = otpi_calloc(1, sizeof *c.spec + n * sizeof c.spec->clauses[0]);
    if (c.spec == NULL) {
        return no_memory(&c);
    }
    c.spec->argument_count = arguments;
    otp_scope mark = otpi_scope_mark();
    c.spec->pack = otpi_pack_new(term);
    otp_err err = c.spec->pack ? compile(&c) : no_memory(&c);
    otpi_scope_rollback(mark);
    c.spec->nodes = c.nodes;
    if (err != OTP_OK) {
        c.error->found = found_again(c.error->found);
        otp_spec_free(c.spec);
        return err;
    }
    *out = c.spec;
    return OTP_OK;
}

otp_err otp_spec_compile(otp_term term, otp_spec **out, otp_spec_error *error) {
    return otpi_spec_new(term, 0, out, error);
}

void otp_spec_free(otp_spec *spec) {
    if (spec == NULL) {
        return;
    }
    for (size_t i = 0; i < spec->clause_count; i++) {
        otp_pattern_free(spec->clauses[i].head);
    }
    otpi_free(spec->nodes);
    otpi_pack_release(spec->pack);
    otpi_free(spec);
}

/* ---- Keys ---- */

/* Does it match nothing but itself? Maps also match larger ones. */
static bool is_constant(otp_term term) {
    uint32_t number;
    for (; otpi_is_cell(term); term.word = otpi_cell(term)[1]) {
        if (!is_constant((otp_term){otpi_cell(term)[0]})) {
            return false;
        }
    }
    if (otpi_box_of(term, OTPI_BOXED_TUPLE)) {
        for (size_t i = 0; i < otp_arity(term); i++) {
            if (!is_constant(otp_element(term, i))) {
                return false;
            }
        }
        return true;
    }
    return !otpi_box_of(term, OTPI_BOXED_MAP) && !otpi_is_pattern_hole(term) &&
           !otpi_spec_is_any(term) && !otpi_spec_variable(term, &number);
}

otp_term otpi_clause_key(const otpi_clause *clause, size_t position) {
    otp_term key = otp_element(clause->head_term, position - 1);
    if (otp_is_none(key)) {
        return OTP_NONE;
    }
    return otpi_is_pattern_hole(key) || is_constant(key) ? key : OTP_NONE;
}

/* Is this expression's value the key that the head asks for? */
static bool is_key(otp_term expression, otp_term key) {
    uint32_t number;
    if (otpi_is_pattern_hole(key)) {
        return expression.word == key.word;
    }
    if (otpi_spec_variable(key, &number)) {
        return expression.word == key.word;
    }
    if (!is_constant(key)) {
        return false;
    }
    if (otp_arity(expression) == 2 && otp_is(otp_element(expression, 0), "const")) {
        return otp_equal(otp_element(expression, 1), key);
    }
    return otpi_box_of(expression, OTPI_BOXED_TUPLE) == NULL && otp_equal(expression, key);
}

bool otpi_clause_keeps_key(const otpi_clause *clause, size_t position) {
    otp_term result = OTP_NONE;
    OTP_LIST_FOREACH (each, clause->results_term) {
        result = each;
    }
    uint32_t number;
    otp_term head = clause->head_term;
    if (otpi_spec_is_whole(result) ||
        (otpi_spec_variable(result, &number) && result.word == head.word)) {
        return true;
    }
    otp_term key = otp_element(head, position - 1);
    bool literal = otp_arity(result) == 2 && otp_is(otp_element(result, 0), "const");
    bool built = otp_arity(result) == 1;
    if (otp_is_none(key) || (!literal && !built)) {
        return false;
    }
    otp_term made = otp_element(result, literal ? 1 : 0);
    otp_term its = otp_element(made, position - 1);
    if (otp_is_none(its)) {
        return false;
    }
    return literal ? is_constant(key) && otp_equal(its, key) : is_key(its, key);
}
