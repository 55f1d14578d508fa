/* SPDX-License-Identifier: MIT */
#include "term/lex.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The kinds of all tokens, as letters in the order of the enum, A = END. */
static const char *kinds(const char *text) {
    static char letters[64];
    otpi_lexer lexer = {text, strlen(text), 0};
    otpi_token token;
    size_t n = 0;
    do {
        otpi_lex_next(&lexer, &token);
        letters[n++] = (char)('A' + token.kind);
    } while (token.kind > OTPI_TOKEN_ERROR && n < sizeof letters - 1);
    letters[n] = '\0';
    return letters;
}

static const char *kinds_are(const otpi_token_kind *expected) {
    static char letters[64];
    size_t n = 0;
    do {
        letters[n++] = (char)('A' + *expected);
    } while (*expected++ > OTPI_TOKEN_ERROR);
    letters[n] = '\0';
    return letters;
}
#define KINDS(...) kinds_are((const otpi_token_kind[]){__VA_ARGS__})

UNIT("words of each kind") {
    CHECK_STR(kinds(""), KINDS(OTPI_TOKEN_END));
    CHECK_STR(kinds(" % only a comment"), KINDS(OTPI_TOKEN_END));
    CHECK_STR(kinds("{}[]|,#{ } % c\n."),
              KINDS(OTPI_TOKEN_OPEN_TUPLE, OTPI_TOKEN_CLOSE_BRACE, OTPI_TOKEN_OPEN_LIST,
                    OTPI_TOKEN_CLOSE_LIST, OTPI_TOKEN_BAR, OTPI_TOKEN_COMMA, OTPI_TOKEN_OPEN_MAP,
                    OTPI_TOKEN_CLOSE_BRACE, OTPI_TOKEN_STOP, OTPI_TOKEN_END));
    CHECK_STR(kinds("=> := : / << >> ~i _"),
              KINDS(OTPI_TOKEN_ARROW, OTPI_TOKEN_ARROW, OTPI_TOKEN_COLON, OTPI_TOKEN_SLASH,
                    OTPI_TOKEN_OPEN_BITS, OTPI_TOKEN_CLOSE_BITS, OTPI_TOKEN_HOLE, OTPI_TOKEN_HOLE,
                    OTPI_TOKEN_END));
    CHECK_STR(kinds("a 'b c' \"s\" 1 -2 +3 1.5 16#ff $x $\\n <0.1.2> #Ref<0.1> #Port<0.1>"),
              KINDS(OTPI_TOKEN_ATOM, OTPI_TOKEN_QUOTED_ATOM, OTPI_TOKEN_STRING, OTPI_TOKEN_INTEGER,
                    OTPI_TOKEN_INTEGER, OTPI_TOKEN_INTEGER, OTPI_TOKEN_FLOAT, OTPI_TOKEN_INTEGER,
                    OTPI_TOKEN_CHAR, OTPI_TOKEN_CHAR, OTPI_TOKEN_PID, OTPI_TOKEN_REF,
                    OTPI_TOKEN_PORT, OTPI_TOKEN_END));
    CHECK_STR(kinds("1. 2.x"), KINDS(OTPI_TOKEN_INTEGER, OTPI_TOKEN_STOP, OTPI_TOKEN_INTEGER,
                                     OTPI_TOKEN_STOP, OTPI_TOKEN_ATOM, OTPI_TOKEN_END));
}

static size_t error_at(const char *text) {
    otpi_lexer lexer = {text, strlen(text), 0};
    otpi_token token;
    do {
        otpi_lex_next(&lexer, &token);
    } while (token.kind > OTPI_TOKEN_ERROR);
    CHECK(token.kind == OTPI_TOKEN_ERROR && token.expected != NULL);
    return token.start;
}

UNIT("errors say where") {
    CHECK_EQ(error_at("a Variable"), 2);
    CHECK_EQ(error_at("_x"), 0);
    CHECK_EQ(error_at("'abc"), 4);
    CHECK_EQ(error_at("\"ab\\x{110000}\""), 3);
    CHECK_EQ(error_at("\"ab\xff\""), 3);
    CHECK_EQ(error_at("1#0"), 0);
    CHECK_EQ(error_at("2#2"), 2);
    CHECK_EQ(error_at("1.5e"), 4);
    CHECK_EQ(error_at("- 1"), 1);
    CHECK_EQ(error_at("~9"), 0);
    CHECK_EQ(error_at("#Fun<a>"), 0);
    CHECK_EQ(error_at("<0.1.2"), 6);
    CHECK_EQ(error_at("= 1"), 0);
    CHECK_EQ(error_at("$"), 1);
    CHECK_EQ(error_at("a ;"), 2);
}

UNIT("escapes are undone") {
    static const struct {
        const char *text;
        uint32_t code;
    } cases[] = {{"\\n", 10},        {"\\s", 32},    {"\\e", 27},   {"\\d", 127},
                 {"\\101", 65},      {"\\x41", 65},  {"\\^A", 1},   {"\\x{1F600}", 0x1f600},
                 {"\\q", 'q'},       {"\\\\", '\\'}, {"\\\"", '"'}, {"a", 'a'},
                 {"\xc3\xa9", 0xe9}, {"\\0", 0},     {"\\377", 255}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *at = cases[i].text;
        const char *end = at + strlen(at);
        uint32_t code = 0xffffffff;
        CHECK(otpi_lex_char(&at, end, &code));
        CHECK_EQ(code, cases[i].code);
        CHECK(at == end);
    }
    for (size_t i = 0; i < 4; i++) {
        static const char *const bad[] = {"\\", "\\x4", "\\x{}", "\\x{d800}"};
        const char *at = bad[i];
        uint32_t code;
        CHECK(!otpi_lex_char(&at, at + strlen(bad[i]), &code));
    }
}
