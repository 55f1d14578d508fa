/* SPDX-License-Identifier: MIT */
/*
 * What can be told of a fun from the wire without running it: fun lists:map/2 for an exported
 * function, #Fun<module.index.unique> for a local one. The encodings were checked when they were
 * read; tags are those of the external term format.
 */
#include "term/etf.h"
#include "term/atom.h"
#include "term/build.h"
#include "term/parse.h"
#include "term/print.h"
#include "term/utf8.h"

#include <string.h>

typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

static uint8_t take(cursor *c) {
    return c->at < c->end ? *c->at++ : 0;
}

static void print_latin1_atom(otpi_sink *sink, const uint8_t *text, size_t size) {
    char utf8[512];
    size_t n = 0;
    for (size_t i = 0; i < size && n + 4 <= sizeof utf8; i++) {
        n += otpi_utf8_write(text[i], utf8 + n);
    }
    otpi_print_atom(sink, utf8, n);
}

static void print_atom(otpi_sink *sink, cursor *c) {
    uint8_t tag = take(c);
    size_t size = take(c);
    if (tag == OTPI_ETF_ATOM || tag == OTPI_ETF_ATOM_UTF8) {
        size = size << 8 | take(c);
    }
    size = size < (size_t)(c->end - c->at) ? size : (size_t)(c->end - c->at);
    if (tag == OTPI_ETF_ATOM || tag == OTPI_ETF_SMALL_ATOM) {
        print_latin1_atom(sink, c->at, size);
    } else {
        otpi_print_atom(sink, (const char *)c->at, size);
    }
    c->at += size;
}

static void print_integer(otpi_sink *sink, cursor *c) {
    uint8_t tag = take(c);
    uint32_t value = take(c);
    for (int i = 1; tag == OTPI_ETF_INTEGER && i < 4; i++) {
        value = value << 8 | take(c);
    }
    otpi_sink_u64(sink, value);
}

enum { LOCAL_FUN_HEAD = 1 + 4 + 1 + 16 + 4 + 4 }; /* tag, size, arity, MD5, index, free variables */

void otpi_print_fun(otpi_sink *sink, const uint8_t *encoding, size_t size) {
    cursor c = {encoding, encoding + size};
    if (take(&c) == OTPI_ETF_EXPORT) {
        otpi_sink_text(sink, "fun ");
        print_atom(sink, &c);
        otpi_sink_text(sink, ":");
        print_atom(sink, &c);
        otpi_sink_text(sink, "/");
        print_integer(sink, &c);
        return;
    }
    c.at = encoding + (size < LOCAL_FUN_HEAD ? size : LOCAL_FUN_HEAD);
    otpi_sink_text(sink, "#Fun<");
    print_atom(sink, &c);
    otpi_sink_text(sink, ".");
    print_integer(sink, &c);
    otpi_sink_text(sink, ".");
    print_integer(sink, &c);
    otpi_sink_text(sink, ">");
}

static uint8_t *write_atom(uint8_t *at, otp_term atom) {
    const otpi_atom *entry = otpi_atom_of(atom);
    if (entry->length < 256) {
        *at++ = OTPI_ETF_SMALL_ATOM_UTF8;
    } else {
        *at++ = OTPI_ETF_ATOM_UTF8;
        *at++ = (uint8_t)(entry->length >> 8);
    }
    *at++ = (uint8_t)entry->length;
    memcpy(at, entry->text, entry->length);
    return at + entry->length;
}

otp_term otpi_make_export(otp_term module, otp_term function, uint8_t arity) {
    uint8_t encoding[2 * (OTPI_ATOM_CHARS_MAX * 4 + 3) + 3];
    uint8_t *at = encoding;
    *at++ = OTPI_ETF_EXPORT;
    at = write_atom(at, module);
    at = write_atom(at, function);
    *at++ = OTPI_ETF_SMALL_INTEGER;
    *at++ = arity;
    return otpi_make_opaque(encoding, (size_t)(at - encoding));
}
