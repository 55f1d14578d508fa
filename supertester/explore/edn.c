/* SPDX-License-Identifier: MIT */
/*
 * Reading EDN. Recursion is bounded by DEPTH_MAX.
 */
#include "supertester/explore/edn.h"

#include "base/text.h"
#include "port/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, NAME_MAX_BYTES = 255, NUMBER_MAX_BYTES = 64 };

static otp_err read_value(sti_edn *edn, int depth, otp_term *out);

static otp_err fail(sti_edn *edn, otp_err err, const char *expected) {
    edn->wrong = expected;
    return err;
}

static otp_err built(sti_edn *edn, otp_term term, otp_term *out) {
    *out = term;
    return otp_is_none(term) ? fail(edn, OTP_ENOMEM, "memory") : OTP_OK;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n';
}

static bool ends_word(char c) {
    return is_space(c) || memchr("()[]{}\";", c, 8) != NULL;
}

void sti_edn_skip(sti_edn *edn) {
    while (edn->at < edn->end && is_space(*edn->at)) {
        edn->at++;
    }
}

static size_t word_size(const sti_edn *edn) {
    const char *at = edn->at;
    while (at < edn->end && !ends_word(*at)) {
        at++;
    }
    return (size_t)(at - edn->at);
}

/* ---- Words ---- */

static otp_err read_atom(sti_edn *edn, otp_term *out) {
    size_t size = word_size(edn);
    if (size == 0 || size > NAME_MAX_BYTES) {
        return fail(edn, OTP_ESYNTAX, "a value");
    }
    otp_err err = otp_atom_from_data(edn->at, size, out);
    if (err != OTP_OK) {
        return fail(edn, err == OTP_EBADARG ? OTP_ESYNTAX : err, "a name in UTF-8");
    }
    edn->at += size;
    return OTP_OK;
}

static bool is_number(const sti_edn *edn) {
    const char *at = edn->at + (*edn->at == '-' || *edn->at == '+');
    return at < edn->end && *at >= '0' && *at <= '9';
}

static otp_err read_number(sti_edn *edn, otp_term *out) {
    char text[NUMBER_MAX_BYTES + 1];
    size_t size = word_size(edn);
    if (size > NUMBER_MAX_BYTES) {
        return fail(edn, OTP_ESIZE, "a shorter number");
    }
    memcpy(text, edn->at, size);
    text[size] = '\0';
    bool suffixed = text[size - 1] == 'N' || text[size - 1] == 'M';
    text[size - suffixed] = '\0';
    const char *digits = text + (text[0] == '+');
    otp_parse_error ignored;
    otp_term term;
    int64_t number;
    if (otp_parse(digits, &term, &ignored) != OTP_OK) {
        return fail(edn, OTP_ESYNTAX, "a number");
    }
    if (otp_kind_of(term) == OTP_KIND_INTEGER && !otp_get_int(term, &number)) {
        return fail(edn, OTP_ESIZE, "a number of 64 bits");
    }
    edn->at += size;
    return built(edn, term, out);
}

/* ---- Strings ---- */

static bool read_escape(sti_edn *edn, otpi_text *text) {
    static const char escapes[] = "n\nt\tr\rb\bf\f\"\"\\\\//";
    for (const char *e = escapes; *e; e += 2) {
        if (*edn->at == *e) {
            otpi_text_char(text, e[1]);
            edn->at++;
            return true;
        }
    }
    return false;
}

static otp_err read_characters(sti_edn *edn, otpi_text *text) {
    for (edn->at++; edn->at < edn->end && *edn->at != '"';) {
        if (*edn->at != '\\') {
            otpi_text_char(text, *edn->at++);
            continue;
        }
        edn->at++;
        if (edn->at == edn->end || !read_escape(edn, text)) {
            return fail(edn, OTP_ESYNTAX, "one of \\n \\t \\r \\b \\f \\\" \\\\ \\/");
        }
    }
    if (edn->at == edn->end) {
        return fail(edn, OTP_ESYNTAX, "the \" that ends the string");
    }
    edn->at++;
    return text->failed ? fail(edn, OTP_ENOMEM, "memory") : OTP_OK;
}

static otp_err read_string(sti_edn *edn, otp_term *out) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otp_err err = read_characters(edn, &text);
    if (err == OTP_OK) {
        err = built(edn, otp_binary(text.data, text.length), out);
    }
    otpi_text_fini(&text);
    return err;
}

/* ---- Collections ---- */

/* Elements up to the closing character, as a list in their order. */
static otp_err read_elements(sti_edn *edn, char close, const char *expected, int depth,
                             otp_term *out) {
    otp_term reversed = otp_nil();
    for (sti_edn_skip(edn); edn->at < edn->end && *edn->at != close; sti_edn_skip(edn)) {
        otp_term element;
        otp_err err = read_value(edn, depth + 1, &element);
        if (err != OTP_OK) {
            return err;
        }
        reversed = otp_cons(element, reversed);
    }
    if (edn->at == edn->end) {
        return fail(edn, OTP_ESYNTAX, expected);
    }
    edn->at++;
    *out = otp_nil();
    OTP_LIST_FOREACH (element, reversed) {
        *out = otp_cons(element, *out);
    }
    return built(edn, otp_is_none(reversed) ? reversed : *out, out);
}

static otp_err read_map(sti_edn *edn, int depth, otp_term *out) {
    otp_term pairs, map = otp_map_of(0, NULL);
    otp_err err = read_elements(edn, '}', "the } that ends the map", depth, &pairs);
    if (err != OTP_OK) {
        return err;
    }
    for (; !otp_is_nil(pairs); pairs = otp_tail(otp_tail(pairs))) {
        if (otp_is_nil(otp_tail(pairs))) {
            edn->at--;
            return fail(edn, OTP_ESYNTAX, "a value for each key of the map");
        }
        map = otp_map_put(map, otp_head(pairs), otp_head(otp_tail(pairs)));
    }
    return built(edn, map, out);
}

/* #{set}, #tag value */
static otp_err read_tagged(sti_edn *edn, int depth, otp_term *out) {
    edn->at++;
    if (edn->at < edn->end && *edn->at == '{') {
        edn->at++;
        return read_elements(edn, '}', "the } that ends the set", depth, out);
    }
    edn->at += word_size(edn);
    return read_value(edn, depth + 1, out);
}

static otp_err read_value(sti_edn *edn, int depth, otp_term *out) {
    sti_edn_skip(edn);
    if (edn->at == edn->end) {
        return fail(edn, OTP_ESYNTAX, "a value");
    }
    if (depth > DEPTH_MAX) {
        return fail(edn, OTP_EDEPTH, "less nesting");
    }
    switch (*edn->at) {
    case '"': return read_string(edn, out);
    case ':': edn->at++; return read_atom(edn, out);
    case '[': edn->at++; return read_elements(edn, ']', "the ] that ends the vector", depth, out);
    case '(': edn->at++; return read_elements(edn, ')', "the ) that ends the list", depth, out);
    case '{': edn->at++; return read_map(edn, depth, out);
    case '#': return read_tagged(edn, depth, out);
    default: return is_number(edn) ? read_number(edn, out) : read_atom(edn, out);
    }
}

otp_err sti_edn_read(sti_edn *edn, otp_term *out) {
    return read_value(edn, 0, out);
}
