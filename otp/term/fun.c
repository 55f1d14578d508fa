/* SPDX-License-Identifier: MIT */
/*
 * What can be told of a fun from the wire without running it: fun lists:map/2 for an exported
 * function, #Fun<module.index.unique> for a local one. The encodings were checked when they were
 * read; tags are those of the external term format.
 */
#include "term/etf.h"
#include "term/atom.h"
#include "term/binary.h"
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

enum { FUN_ATOM_MAX = OTPI_ATOM_CHARS_MAX * 4 };

/* The text of an atom in UTF-8. */
typedef struct fun_atom {
    size_t length;
    char text[FUN_ATOM_MAX + 4];
} fun_atom;

static void take_atom(cursor *c, fun_atom *out) {
    uint8_t tag = take(c);
    size_t size = take(c);
    if (tag == OTPI_ETF_ATOM || tag == OTPI_ETF_ATOM_UTF8) {
        size = size << 8 | take(c);
    }
    size = size < (size_t)(c->end - c->at) ? size : (size_t)(c->end - c->at);
    size = size < FUN_ATOM_MAX ? size : FUN_ATOM_MAX;
    out->length = 0;
    for (size_t i = 0; i < size && out->length < FUN_ATOM_MAX; i++) {
        if (tag == OTPI_ETF_ATOM || tag == OTPI_ETF_SMALL_ATOM) { /* Latin-1 */
            out->length += otpi_utf8_write(c->at[i], out->text + out->length);
        } else {
            out->text[out->length++] = (char)c->at[i];
        }
    }
    c->at += size;
}

static uint32_t take_integer(cursor *c) {
    uint8_t tag = take(c);
    uint32_t value = take(c);
    for (int i = 1; tag == OTPI_ETF_INTEGER && i < 4; i++) {
        value = value << 8 | take(c);
    }
    return value;
}

enum { LOCAL_FUN_HEAD = 1 + 4 + 1 + 16 + 4 + 4 }; /* tag, size, arity, MD5, index, free variables */

/* Where the module stands; true for an exported function. */
static bool open_fun(cursor *c, const uint8_t *encoding, size_t size) {
    bool exported = size > 0 && encoding[0] == OTPI_ETF_EXPORT;
    size_t head = exported ? 1 : LOCAL_FUN_HEAD;
    *c = (cursor){encoding + (size < head ? size : head), encoding + size};
    return exported;
}

void otpi_print_fun(otpi_sink *sink, const uint8_t *encoding, size_t size) {
    cursor c;
    fun_atom name;
    bool exported = open_fun(&c, encoding, size);
    take_atom(&c, &name);
    otpi_sink_text(sink, exported ? "fun " : "#Fun<");
    otpi_print_atom(sink, name.text, name.length);
    if (exported) {
        take_atom(&c, &name);
        otpi_sink_text(sink, ":");
        otpi_print_atom(sink, name.text, name.length);
    } else {
        otpi_sink_text(sink, ".");
        otpi_sink_u64(sink, take_integer(&c));
    }
    otpi_sink_text(sink, exported ? "/" : ".");
    otpi_sink_u64(sink, take_integer(&c));
    otpi_sink_text(sink, exported ? "" : ">");
}

static int compare_atoms(cursor *a, cursor *b) {
    fun_atom x, y;
    take_atom(a, &x);
    take_atom(b, &y);
    int order = memcmp(x.text, y.text, x.length < y.length ? x.length : y.length);
    return order ? order : (x.length > y.length) - (x.length < y.length);
}

static int compare_next_integers(cursor *a, cursor *b) {
    uint32_t x = take_integer(a);
    uint32_t y = take_integer(b);
    return x < y ? -1 : x > y;
}

/* Local ones first, by module, index, unique; then exported ones by module, function, arity. */
int otpi_compare_funs(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b) {
    cursor x, y;
    bool exported = open_fun(&x, a, size_a);
    if (open_fun(&y, b, size_b) != exported) {
        return exported ? 1 : -1;
    }
    int order = compare_atoms(&x, &y);
    order = order ? order : exported ? compare_atoms(&x, &y) : compare_next_integers(&x, &y);
    order = order ? order : compare_next_integers(&x, &y);
    order = order ? order : memcmp(a, b, size_a < size_b ? size_a : size_b);
    return order ? order : (size_a > size_b) - (size_a < size_b);
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
