/* SPDX-License-Identifier: MIT */
/*
 * The words of Erlang's term syntax. A token is a range of the text; quoted text is checked here,
 * so that reading its characters afterwards can't fail.
 */
#ifndef OTP_TERM_LEX_H
#define OTP_TERM_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum otpi_token_kind {
    OTPI_TOKEN_END,
    OTPI_TOKEN_ERROR,   /* expected says what should stand at start */
    OTPI_TOKEN_INTEGER, /* digits of base, sign apart */
    OTPI_TOKEN_FLOAT,   /* sign apart */
    OTPI_TOKEN_CHAR,    /* $a: the character, to be read by otpi_lex_char */
    OTPI_TOKEN_ATOM,
    OTPI_TOKEN_QUOTED_ATOM, /* what is inside the quotes */
    OTPI_TOKEN_STRING,      /* what is inside the quotes */
    OTPI_TOKEN_HOLE,        /* ~i, and _ */
    OTPI_TOKEN_PID,         /* what is inside <...> */
    OTPI_TOKEN_REF,         /* what is inside #Ref<...> */
    OTPI_TOKEN_PORT,        /* what is inside #Port<...> */
    OTPI_TOKEN_OPEN_TUPLE,
    OTPI_TOKEN_OPEN_MAP,
    OTPI_TOKEN_CLOSE_BRACE,
    OTPI_TOKEN_OPEN_LIST,
    OTPI_TOKEN_CLOSE_LIST,
    OTPI_TOKEN_OPEN_BITS,
    OTPI_TOKEN_CLOSE_BITS,
    OTPI_TOKEN_BAR,
    OTPI_TOKEN_COMMA,
    OTPI_TOKEN_ARROW, /* => and := */
    OTPI_TOKEN_COLON,
    OTPI_TOKEN_SLASH,
    OTPI_TOKEN_STOP,
} otpi_token_kind;

typedef struct otpi_token {
    otpi_token_kind kind;
    uint8_t base;
    bool negative;
    char letter;         /* of a hole */
    size_t start;        /* offset of its first byte */
    size_t from, length; /* the range that the kind speaks of */
    const char *expected;
} otpi_token;

typedef struct otpi_lexer {
    const char *text;
    size_t size;
    size_t at;
} otpi_lexer;

void otpi_lex_next(otpi_lexer *lexer, otpi_token *token);

/* The next character of quoted text, escapes undone; *at moves behind it. false at a bad escape or
 * bytes that are no UTF-8. */
bool otpi_lex_char(const char **at, const char *end, uint32_t *code);

#endif
