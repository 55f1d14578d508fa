/* SPDX-License-Identifier: MIT */
/*
 * Reading match specifications from text: Erlang's patterns and guard expressions, by recursive
 * descent, into the term that ets would be given. Words and literals are the term room's to read.
 */
#include "table/spec.h"
#include "term/build.h"
#include "term/lex.h"
#include "term/parse.h"

#include <string.h>

enum { ARGUMENTS_MAX = OTPI_MATCH_ARGS_MAX, NAME_MAX_LENGTH = 16 };

/* Its functions return OTP_NONE when they have set the error. */
typedef struct reader {
    const char *text;
    size_t size, at;
    bool own;
    bool head; /* in a pattern, not in an expression */
    size_t depth;
    size_t arguments;
    otp_err err;
    otp_spec_error *error;
} reader;

static otp_term fail_at(reader *r, size_t at, otp_err err, const char *expected) {
    *r->error = (otp_spec_error){
        .expected = expected, .offset = at, .line = 1, .column = 1, .part = "text"};
    for (size_t i = 0; i < at; i++) {
        bool continues = ((unsigned char)r->text[i] & 0xc0) == 0x80;
        r->error->column = r->text[i] == '\n' ? 1 : r->error->column + !continues;
        r->error->line += r->text[i] == '\n';
    }
    r->err = err;
    return OTP_NONE;
}

static otp_term fail(reader *r, const char *expected) {
    return fail_at(r, r->at, OTP_ESYNTAX, expected);
}

static otp_term made(reader *r, otp_term term) {
    return otp_is_none(term) ? fail_at(r, r->at, OTP_ENOMEM, "more memory") : term;
}

/* ---- Marks and words ---- */

static void skip_space(reader *r) {
    bool comment = false;
    for (; r->at < r->size; r->at++) {
        char c = r->text[r->at];
        comment = c == '%' || (comment && c != '\n');
        if (!comment && (c == '\0' || strchr(" \t\r\n", c) == NULL)) {
            return;
        }
    }
}

static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || (unsigned char)c >= 0x80;
}

/* Is this what comes next? A word must end there. */
static bool sees(reader *r, const char *text) {
    size_t length = strlen(text);
    skip_space(r);
    if (r->size - r->at < length || memcmp(r->text + r->at, text, length) != 0) {
        return false;
    }
    bool word = is_word_char(text[0]);
    return !word || r->at + length == r->size || !is_word_char(r->text[r->at + length]);
}

static bool take(reader *r, const char *text) {
    bool seen = sees(r, text);
    r->at += seen ? strlen(text) : 0;
    return seen;
}

/* ---- Literals ---- */

static otp_term argument(reader *r, char letter) {
    if (letter == '_' && r->head) {
        return otp_atom("_");
    }
    if (letter != 'w') {
        return fail(r, letter == '_' ? "an expression" : "no other hole than ~w");
    }
    if (!r->own) {
        return fail(r, "a specification without ~w: it has no arguments");
    }
    if (r->arguments == ARGUMENTS_MAX) {
        return fail_at(r, r->at, OTP_ELIMIT, "at most 12 arguments");
    }
    return otpi_pattern_hole('w', r->arguments++);
}

/* A scalar, a string or a binary: the slice of the text that it is, read as a term. */
static otp_term literal(reader *r) {
    otpi_lexer lexer = {r->text, r->size, r->at};
    otpi_token token;
    otpi_lex_next(&lexer, &token);
    if (token.kind == OTPI_TOKEN_HOLE) {
        otp_term term = argument(r, token.letter);
        r->at = lexer.at;
        return term;
    }
    if (token.kind == OTPI_TOKEN_ERROR) {
        return fail_at(r, token.start, OTP_ESYNTAX, token.expected);
    }
    if (token.kind == OTPI_TOKEN_END || token.kind >= OTPI_TOKEN_OPEN_TUPLE) {
        if (token.kind != OTPI_TOKEN_OPEN_BITS) {
            return fail(r, r->head ? "a pattern" : "an expression");
        }
        while (token.kind != OTPI_TOKEN_CLOSE_BITS && token.kind != OTPI_TOKEN_END &&
               token.kind != OTPI_TOKEN_ERROR) {
            otpi_lex_next(&lexer, &token);
        }
    }
    otpi_parse_source source = {
        .text = r->text + r->at, .size = lexer.at - r->at, .own_atoms = r->own};
    otp_parse_error error;
    otp_term term = OTP_NONE;
    otp_err err = otpi_parse(&source, &term, &error);
    if (err != OTP_OK) {
        return fail_at(r, r->at + error.offset, err, error.expected);
    }
    r->at = lexer.at;
    return term;
}

/* ---- Sequences ---- */

static otp_term expression(reader *r);

/* Elements up to the closing mark as an array in the scope. NULL: the error is set. */
static otp_term *items(reader *r, const char *close, size_t *n) {
    otp_term reversed = otp_nil();
    *n = 0;
    for (bool more = !sees(r, close); more; more = take(r, ",")) {
        otp_term each = expression(r);
        reversed = otp_is_none(each) ? each : made(r, otpi_make_list(1, &each, reversed));
        if (otp_is_none(reversed)) {
            return NULL;
        }
        ++*n;
    }
    otp_term *all = (otp_term *)(void *)otpi_scope_try(*n + 1);
    if (all == NULL) {
        made(r, OTP_NONE);
        return NULL;
    }
    size_t at = *n;
    OTP_LIST_FOREACH (each, reversed) {
        all[--at] = each;
    }
    return all;
}

/* A tuple is built by an expression {{...}}. */
static otp_term tuple(reader *r) {
    size_t n;
    const otp_term *all = items(r, "}", &n);
    if (all == NULL) {
        return OTP_NONE;
    }
    if (!take(r, "}")) {
        return fail(r, ", or }");
    }
    otp_term plain = made(r, otpi_make_tuple(n, all));
    return r->head || otp_is_none(plain) ? plain : made(r, otpi_make_tuple(1, &plain));
}

static otp_term list(reader *r) {
    size_t n;
    const otp_term *all = items(r, "]", &n);
    if (all == NULL) {
        return OTP_NONE;
    }
    otp_term tail = otp_nil();
    if (n > 0 && take(r, "|")) {
        tail = expression(r);
        if (otp_is_none(tail)) {
            return tail;
        }
    }
    return take(r, "]") ? made(r, otpi_make_list(n, all, tail)) : fail(r, ", or | or ]");
}

/* Keys and values in turn; NULL: the error is set. => builds, := matches; in a pattern either will
 * do, as in a printed map. */
static otp_term *pairs(reader *r, size_t *n) {
    otp_term *all = NULL;
    size_t room = 0;
    *n = 0;
    for (bool more = !sees(r, "}"); more; more = take(r, ",")) {
        if (2 * *n == room) {
            otp_term *grown = (otp_term *)(void *)otpi_scope_try(2 * room + 8);
            if (grown == NULL) {
                made(r, OTP_NONE);
                return NULL;
            }
            memcpy(grown, all ? all : grown, room * sizeof *grown);
            all = grown;
            room = 2 * room + 8;
        }
        all[2 * *n] = expression(r);
        if (r->err == OTP_OK && !take(r, "=>") && !(r->head && take(r, ":="))) {
            fail(r, r->head ? "=> or :=" : "=>");
        }
        if (r->err == OTP_OK) {
            all[2 * *n + 1] = expression(r);
        }
        if (r->err != OTP_OK) {
            return NULL;
        }
        ++*n;
    }
    return all ? all : (otp_term *)(void *)otpi_scope_try(1);
}

static otp_term map(reader *r) {
    size_t n;
    const otp_term *all = pairs(r, &n);
    if (all == NULL) {
        return r->err ? OTP_NONE : made(r, OTP_NONE);
    }
    if (!take(r, "}")) {
        return fail(r, ", or }");
    }
    otp_term term = made(r, otpi_make_map(n, all));
    return otp_is_none(term) || otp_map_size(term) == n ? term : fail(r, "keys that differ");
}

/* {Function, Operand...} */
static otp_term apply(reader *r, const char *name, size_t n, const otp_term *operands) {
    otp_term *all = (otp_term *)(void *)otpi_scope_try(n + 1);
    if (all == NULL) {
        return made(r, OTP_NONE);
    }
    all[0] = otp_atom(name);
    memcpy(all + 1, operands, n * sizeof *operands);
    return made(r, otpi_make_tuple(n + 1, all));
}

/* name(...), if that is what stands here. */
static bool call(reader *r, otp_term *out) {
    char name[NAME_MAX_LENGTH];
    size_t start = r->at;
    size_t length = 0;
    while (start + length < r->size && length < sizeof name - 1 &&
           is_word_char(r->text[start + length])) {
        name[length] = r->text[start + length];
        length++;
    }
    name[length] = '\0';
    if (length == 0 || start + length == r->size || r->text[start + length] != '(') {
        return false;
    }
    size_t n;
    r->at += length + 1;
    const otp_term *all = items(r, ")", &n);
    if (all == NULL) {
        *out = OTP_NONE;
    } else if (!take(r, ")")) {
        *out = fail(r, ", or )");
    } else if (otpi_function_find(name, n) == OTPI_FUNCTION_COUNT) {
        *out = fail_at(r, start, OTP_ESYNTAX, "a function that is known, with as many operands");
    } else {
        *out = apply(r, name, n, all);
    }
    return true;
}

static otp_term primary(reader *r) {
    otp_term term;
    skip_space(r);
    if (!r->head && call(r, &term)) {
        return term;
    }
    if (!r->head && take(r, "(")) {
        term = expression(r);
        return otp_is_none(term) || take(r, ")") ? term : fail(r, ")");
    }
    if (take(r, "{")) {
        return tuple(r);
    }
    if (take(r, "[")) {
        return list(r);
    }
    return take(r, "#{") ? map(r) : literal(r);
}

/* ---- Operators ---- */

enum { LEVEL_ORELSE, LEVEL_ANDALSO, LEVEL_COMPARE, LEVEL_ADD, LEVEL_MULTIPLY, LEVELS };

/* Longer ones before those that begin them. */
static const struct {
    const char *text;
    int level;
} operators[] = {
    {"orelse", LEVEL_ORELSE}, {"andalso", LEVEL_ANDALSO}, {"=:=", LEVEL_COMPARE},
    {"=/=", LEVEL_COMPARE},   {"==", LEVEL_COMPARE},      {"/=", LEVEL_COMPARE},
    {"=<", LEVEL_COMPARE},    {">=", LEVEL_COMPARE},      {"<", LEVEL_COMPARE},
    {">", LEVEL_COMPARE},     {"+", LEVEL_ADD},           {"-", LEVEL_ADD},
    {"bor", LEVEL_ADD},       {"bxor", LEVEL_ADD},        {"bsl", LEVEL_ADD},
    {"bsr", LEVEL_ADD},       {"or", LEVEL_ADD},          {"xor", LEVEL_ADD},
    {"*", LEVEL_MULTIPLY},    {"/", LEVEL_MULTIPLY},      {"div", LEVEL_MULTIPLY},
    {"rem", LEVEL_MULTIPLY},  {"band", LEVEL_MULTIPLY},   {"and", LEVEL_MULTIPLY},
};

/* The operator of that level that comes next, or NULL. */
static const char *operator_take(reader *r, int level) {
    if (sees(r, "->")) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (sees(r, operators[i].text)) {
            bool wanted = operators[i].level == level;
            r->at += wanted ? strlen(operators[i].text) : 0;
            return wanted ? operators[i].text : NULL;
        }
    }
    return NULL;
}

static otp_term unary(reader *r) {
    static const char *const names[] = {"not", "bnot", "-", "+"};
    skip_space(r);
    bool number = r->at + 1 < r->size && r->text[r->at + 1] >= '0' && r->text[r->at + 1] <= '9';
    for (size_t i = 0; i < 4; i++) {
        bool sign = i >= 2;
        if ((sign && number) || !take(r, names[i])) {
            continue;
        }
        if (++r->depth > OTPI_SPEC_DEPTH_MAX) {
            return fail_at(r, r->at, OTP_EDEPTH, "at most 32 levels");
        }
        otp_term operand = unary(r);
        r->depth--;
        return otp_is_none(operand) ? operand : apply(r, names[i], 1, &operand);
    }
    return primary(r);
}

/* All operators but the comparisons group to the left; it makes no difference for the first two. */
static otp_term binary(reader *r, int level) {
    if (level == LEVELS) {
        return unary(r);
    }
    otp_term left = binary(r, level + 1);
    const char *name;
    while (!otp_is_none(left) && (name = operator_take(r, level)) != NULL) {
        otp_term pair[] = {left, binary(r, level + 1)};
        left = otp_is_none(pair[1]) ? pair[1] : apply(r, name, 2, pair);
        if (level == LEVEL_COMPARE && !otp_is_none(left) && operator_take(r, level) != NULL) {
            return fail(r, "brackets around one of two comparisons");
        }
    }
    return left;
}

static otp_term expression(reader *r) {
    if (++r->depth > OTPI_SPEC_DEPTH_MAX) {
        return fail_at(r, r->at, OTP_EDEPTH, "at most 32 levels");
    }
    otp_term term = r->head ? primary(r) : binary(r, 0);
    r->depth--;
    return term;
}

/* ---- Clauses ---- */

/* Expressions with commas between them, as a list. */
static otp_term sequence(reader *r) {
    size_t n;
    const otp_term *all = items(r, "->", &n);
    return all == NULL ? OTP_NONE : made(r, otpi_make_list(n, all, otp_nil()));
}

/* when A, B; C ->: of several sequences one must hold. A guard that fails, fails its sequence
 * alone, so each becomes a clause of its own. */
static otp_term guard_sequence(reader *r) {
    otp_term guards = sequence(r);
    if (!otp_is_none(guards) && otp_is_nil(guards)) {
        return fail(r, "a guard");
    }
    return guards;
}

/* One clause for each sequence of guards, in front of those before. */
static otp_term clauses_of(reader *r, otp_term head, otp_term alternatives, otp_term results,
                           otp_term before) {
    OTP_LIST_FOREACH (guards, alternatives) {
        const otp_term parts[] = {head, guards, results};
        otp_term clause = made(r, otpi_make_tuple(3, parts));
        before = otp_is_none(clause) ? clause : made(r, otpi_make_list(1, &clause, before));
        if (otp_is_none(before)) {
            return before;
        }
    }
    return before;
}

/* The list of guard sequences, in order. */
static otp_term alternatives(reader *r) {
    size_t n = 0;
    otp_term all[OTPI_MATCH_ARGS_MAX];
    do {
        if (n == OTPI_MATCH_ARGS_MAX) {
            return fail_at(r, r->at, OTP_ELIMIT, "at most 12 alternatives");
        }
        all[n] = guard_sequence(r);
        if (otp_is_none(all[n++])) {
            return OTP_NONE;
        }
    } while (take(r, ";"));
    return made(r, otpi_make_list(n, all, otp_nil()));
}

/* Reads a clause and puts it in front of those before. */
static otp_term clause(reader *r, otp_term before) {
    otp_term no_guards = otp_nil();
    r->head = true;
    otp_term head = expression(r);
    r->head = false;
    if (otp_is_none(head)) {
        return head;
    }
    otp_term guards =
        take(r, "when") ? alternatives(r) : made(r, otpi_make_list(1, &no_guards, otp_nil()));
    if (otp_is_none(guards)) {
        return guards;
    }
    if (!take(r, "->")) {
        return fail(r, "when, or ->");
    }
    otp_term results = sequence(r);
    if (otp_is_none(results)) {
        return results;
    }
    return clauses_of(r, head, guards, results, before);
}

static otp_term specification(reader *r) {
    otp_term reversed = otp_nil();
    do {
        reversed = clause(r, reversed);
    } while (!otp_is_none(reversed) && take(r, ";"));
    if (otp_is_none(reversed)) {
        return reversed;
    }
    (void)take(r, ".");
    skip_space(r);
    if (r->at != r->size) {
        return fail(r, "an operator, a comma, ; or the end");
    }
    otp_term list = otp_nil();
    OTP_LIST_FOREACH (each, reversed) {
        list = made(r, otpi_make_list(1, &each, list));
        if (otp_is_none(list)) {
            return list;
        }
    }
    return list;
}

otp_err otpi_spec_read(const char *text, bool own, otp_term *out, size_t *arguments,
                       otp_spec_error *error) {
    reader r = {.text = text, .size = strlen(text), .own = own, .error = error};
    otp_term term = specification(&r);
    if (otp_is_none(term)) {
        return r.err;
    }
    *out = term;
    *arguments = r.arguments;
    return OTP_OK;
}

otp_err otp_spec_parse(const char *text, otp_spec **out, otp_spec_error *error) {
    otp_spec_error unwanted;
    size_t arguments = 0;
    otp_term term;
    otp_scope mark = otpi_scope_mark();
    error = error ? error : &unwanted;
    otp_err err = otpi_spec_read(text, false, &term, &arguments, error);
    err = err ? err : otpi_spec_new(term, arguments, out, error);
    if (err == OTP_OK) {
        otpi_scope_rollback(mark);
    }
    return err;
}
