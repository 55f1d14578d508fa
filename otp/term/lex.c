/* SPDX-License-Identifier: MIT */
/*
 * The words of Erlang's term syntax; see lex.h. Follows the Erlang Reference Manual, chapter Data
 * Types; text is UTF-8.
 */
#include "term/lex.h"

#include "term/utf8.h"

#include <string.h>

static char peek(const otpi_lexer *l, size_t ahead) {
    return l->at + ahead < l->size ? l->text[l->at + ahead] : '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static unsigned digit_of(char c) {
    if (is_digit(c)) {
        return (unsigned)(c - '0');
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? (unsigned)(lower - 'a') + 10 : 99;
}

static void fail(otpi_token *token, size_t at, const char *expected) {
    token->kind = OTPI_TOKEN_ERROR;
    token->start = at;
    token->expected = expected;
}

/* ---- Characters in quotes ---- */

static bool read_octal(const char **at, const char *end, uint32_t *code) {
    *code = 0;
    for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++) {
        *code = *code * 8 + (uint32_t)(*(*at)++ - '0');
    }
    return true;
}

static bool read_hex(const char **at, const char *end, uint32_t *code) {
    bool braces = *at < end && **at == '{';
    const char *first = *at += braces;
    *code = 0;
    while (*at < end && digit_of(**at) < 16 && (braces || *at - first < 2)) {
        *code = *code * 16 + digit_of(*(*at)++);
        if (*code > 0x10ffff) {
            return false;
        }
    }
    size_t digits = (size_t)(*at - first);
    if (!braces) {
        return digits == 2;
    }
    return digits > 0 && *at < end && *(*at)++ == '}';
}

static bool read_escape(const char **at, const char *end, uint32_t *code) {
    static const char letters[] = "b\bd\177e\033f\fn\nr\rs t\tv\v";
    if (*at >= end) {
        return false;
    }
    char c = **at;
    if (c >= '0' && c <= '7') {
        return read_octal(at, end, code);
    }
    if (c == 'x') {
        (*at)++;
        return read_hex(at, end, code);
    }
    if (c == '^' && end - *at >= 2 && (*at)[1] >= '@' && (*at)[1] <= '_') {
        *code = (uint32_t)((*at)[1] - '@');
        *at += 2;
        return true;
    }
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == c) {
            *code = (uint8_t)letters[i + 1];
            (*at)++;
            return true;
        }
    }
    size_t n = otpi_utf8_read((const uint8_t *)*at, (size_t)(end - *at), code);
    *at += n;
    return n > 0;
}

bool otpi_lex_char(const char **at, const char *end, uint32_t *code) {
    if (*at < end && **at == '\\') {
        (*at)++;
        char none[4];
        return read_escape(at, end, code) && otpi_utf8_write(*code, none) > 0;
    }
    size_t n = otpi_utf8_read((const uint8_t *)*at, (size_t)(end - *at), code);
    *at += n;
    return n > 0;
}

static void lex_quoted(otpi_lexer *l, otpi_token *token, otpi_token_kind kind) {
    char quote = l->text[l->at];
    const char *at = l->text + l->at + 1;
    const char *end = l->text + l->size;
    token->kind = kind;
    token->from = l->at + 1;
    while (at < end && *at != quote) {
        const char *before = at;
        uint32_t code;
        if (!otpi_lex_char(&at, end, &code)) {
            fail(token, (size_t)(before - l->text), "a character in UTF-8, or an escape like \\n");
            return;
        }
    }
    if (at >= end) {
        fail(token, l->size, quote == '"' ? "a closing \"" : "a closing '");
        return;
    }
    token->length = (size_t)(at - l->text) - token->from;
    l->at = (size_t)(at - l->text) + 1;
}

/* ---- Numbers ---- */

/* Digits of the base with single '_' between them; false when there is none. */
static bool skip_digits(otpi_lexer *l, unsigned base) {
    if (digit_of(peek(l, 0)) >= base) {
        return false;
    }
    while (digit_of(peek(l, 0)) < base || (peek(l, 0) == '_' && digit_of(peek(l, 1)) < base)) {
        l->at++;
    }
    return true;
}

static void lex_radix(otpi_lexer *l, otpi_token *token) {
    unsigned base = 0;
    for (size_t i = 0; i < token->length && base <= 36; i++) {
        char c = l->text[token->from + i];
        base = c == '_' ? base : base * 10 + digit_of(c);
    }
    if (base < 2 || base > 36) {
        fail(token, token->from, "a base of 2 to 36 before #");
        return;
    }
    token->base = (uint8_t)base;
    token->from = ++l->at;
    if (!skip_digits(l, base)) {
        fail(token, l->at, "a digit of that base");
        return;
    }
    token->length = l->at - token->from;
}

static void lex_fraction(otpi_lexer *l, otpi_token *token) {
    token->kind = OTPI_TOKEN_FLOAT;
    l->at++;
    skip_digits(l, 10);
    if (peek(l, 0) == 'e' || peek(l, 0) == 'E') {
        l->at += peek(l, 1) == '-' || peek(l, 1) == '+' ? 2 : 1;
        if (!skip_digits(l, 10)) {
            fail(token, l->at, "the digits of an exponent");
            return;
        }
    }
    token->length = l->at - token->from;
}

static void lex_number(otpi_lexer *l, otpi_token *token) {
    token->negative = peek(l, 0) == '-';
    l->at += !is_digit(peek(l, 0));
    token->kind = OTPI_TOKEN_INTEGER;
    token->base = 10;
    token->from = l->at;
    if (!skip_digits(l, 10)) {
        fail(token, l->at, "a digit");
        return;
    }
    token->length = l->at - token->from;
    if (peek(l, 0) == '#') {
        lex_radix(l, token);
    } else if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
        lex_fraction(l, token);
    }
}

/* ---- The others ---- */

static bool is_name_start(uint32_t code) {
    return (code >= 'a' && code <= 'z') || (code >= 0xdf && code <= 0xff && code != 0xf7);
}

static bool is_name_char(uint32_t code) {
    return is_name_start(code) || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
           code == '_' || code == '@' || (code >= 0xc0 && code <= 0xde && code != 0xd7);
}

/* A name's length; 0 when none begins here. */
static size_t name_length(const otpi_lexer *l, bool (*starts)(uint32_t code)) {
    const uint8_t *text = (const uint8_t *)l->text;
    uint32_t code;
    size_t end = l->at;
    size_t n = otpi_utf8_read(text + end, l->size - end, &code);
    bool fits = n > 0 && starts(code);
    while (fits) {
        end += n;
        n = otpi_utf8_read(text + end, l->size - end, &code);
        fits = n > 0 && is_name_char(code);
    }
    return end - l->at;
}

static void lex_name(otpi_lexer *l, otpi_token *token) {
    size_t length = name_length(l, is_name_start);
    if (length == 0) {
        bool variable = name_length(l, is_name_char) > 0;
        fail(token, l->at, variable ? "a term; a variable is none" : "a term");
        return;
    }
    token->kind = OTPI_TOKEN_ATOM;
    token->from = l->at;
    token->length = length;
    l->at += length;
}

/* Numbers and dots up to the closing '>'. */
static void lex_numbers(otpi_lexer *l, otpi_token *token, otpi_token_kind kind, size_t skip) {
    l->at += skip;
    token->kind = kind;
    token->from = l->at;
    while (is_digit(peek(l, 0)) || peek(l, 0) == '.') {
        l->at++;
    }
    token->length = l->at - token->from;
    if (peek(l, 0) != '>') {
        fail(token, l->at, "a number, '.' or '>'");
        return;
    }
    l->at++;
}

static bool begins_with(const otpi_lexer *l, const char *text) {
    size_t length = strlen(text);
    return l->size - l->at >= length && memcmp(l->text + l->at, text, length) == 0;
}

static void lex_hash(otpi_lexer *l, otpi_token *token) {
    if (begins_with(l, "#{")) {
        token->kind = OTPI_TOKEN_OPEN_MAP;
        l->at += 2;
    } else if (begins_with(l, "#Ref<")) {
        lex_numbers(l, token, OTPI_TOKEN_REF, 5);
    } else if (begins_with(l, "#Port<")) {
        lex_numbers(l, token, OTPI_TOKEN_PORT, 6);
    } else {
        fail(token, l->at, "#{ or #Ref< or #Port<; other things in # are not read back");
    }
}

static void lex_angle(otpi_lexer *l, otpi_token *token) {
    if (peek(l, 1) == '<') {
        token->kind = OTPI_TOKEN_OPEN_BITS;
        l->at += 2;
    } else {
        lex_numbers(l, token, OTPI_TOKEN_PID, 1);
    }
}

static void lex_char_literal(otpi_lexer *l, otpi_token *token) {
    const char *at = l->text + l->at + 1;
    uint32_t code;
    token->kind = OTPI_TOKEN_CHAR;
    token->from = l->at + 1;
    if (!otpi_lex_char(&at, l->text + l->size, &code)) {
        fail(token, l->at + 1, "a character after $");
        return;
    }
    l->at = (size_t)(at - l->text);
    token->length = l->at - token->from;
}

static void lex_hole(otpi_lexer *l, otpi_token *token) {
    size_t length = name_length(l, is_name_char);
    if (peek(l, 0) == '_' && length == 1) {
        token->kind = OTPI_TOKEN_HOLE;
        token->letter = '_';
        l->at++;
    } else if (peek(l, 0) == '~' && peek(l, 1) >= 'a' && peek(l, 1) <= 'z') {
        token->kind = OTPI_TOKEN_HOLE;
        token->letter = peek(l, 1);
        l->at += 2;
    } else {
        fail(token, l->at, peek(l, 0) == '~' ? "a letter after ~" : "a term; a variable is none");
    }
}

static void lex_two(otpi_lexer *l, otpi_token *token, const char *text, otpi_token_kind kind) {
    if (!begins_with(l, text)) {
        fail(token, l->at, "a term, or one of => := >>");
        return;
    }
    token->kind = kind;
    l->at += 2;
}

static void skip_space(otpi_lexer *l) {
    for (;;) {
        char c = peek(l, 0);
        if (l->at >= l->size || (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '%')) {
            return;
        }
        if (c == '%') {
            const char *newline = memchr(l->text + l->at, '\n', l->size - l->at);
            l->at = newline ? (size_t)(newline - l->text) : l->size;
        } else {
            l->at++;
        }
    }
}

static otpi_token_kind kind_of_mark(char c) {
    switch (c) {
    case '{': return OTPI_TOKEN_OPEN_TUPLE;
    case '}': return OTPI_TOKEN_CLOSE_BRACE;
    case '[': return OTPI_TOKEN_OPEN_LIST;
    case ']': return OTPI_TOKEN_CLOSE_LIST;
    case '|': return OTPI_TOKEN_BAR;
    case ',': return OTPI_TOKEN_COMMA;
    case '/': return OTPI_TOKEN_SLASH;
    case '.': return OTPI_TOKEN_STOP;
    default: return OTPI_TOKEN_END;
    }
}

void otpi_lex_next(otpi_lexer *l, otpi_token *token) {
    skip_space(l);
    *token = (otpi_token){.kind = OTPI_TOKEN_END, .start = l->at, .from = l->at};
    if (l->at >= l->size) {
        return;
    }
    char c = l->text[l->at];
    token->kind = kind_of_mark(c);
    if (token->kind != OTPI_TOKEN_END) {
        l->at++;
        return;
    }
    if (is_digit(c)) {
        lex_number(l, token);
        return;
    }
    switch (c) {
    case '-':
    case '+': lex_number(l, token); return;
    case '"': lex_quoted(l, token, OTPI_TOKEN_STRING); return;
    case '\'': lex_quoted(l, token, OTPI_TOKEN_QUOTED_ATOM); return;
    case '$': lex_char_literal(l, token); return;
    case '<': lex_angle(l, token); return;
    case '>': lex_two(l, token, ">>", OTPI_TOKEN_CLOSE_BITS); return;
    case '=': lex_two(l, token, "=>", OTPI_TOKEN_ARROW); return;
    case '#': lex_hash(l, token); return;
    case '~':
    case '_': lex_hole(l, token); return;
    case ':':
        if (peek(l, 1) == '=') {
            lex_two(l, token, ":=", OTPI_TOKEN_ARROW);
        } else {
            token->kind = OTPI_TOKEN_COLON;
            l->at++;
        }
        return;
    default: lex_name(l, token); return;
    }
}
