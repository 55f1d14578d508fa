/* SPDX-License-Identifier: MIT */
/*
 * The terms without parts in the external term format: atoms, numbers, binaries, strings, pids,
 * ports and references, in all the forms that nodes have ever written.
 */
#include "term/etf_reader.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/build.h"
#include "term/float.h"
#include "term/pid.h"
#include "term/shared.h"
#include "term/utf8.h"

#include <math.h>
#include <string.h>

otp_err otpi_etf_fail(otpi_etf_reader *r, otp_err err, const char *expected) {
    r->error_at = r->at;
    r->expected = expected;
    return err;
}

/* Words of the term being built, against the limit. */
uint64_t *otpi_etf_words(otpi_etf_reader *r, size_t n, otp_err *err) {
    if (n > r->words_left) {
        *err = otpi_etf_fail(r, OTP_ESIZE, "a term within the limit of words_max");
        return NULL;
    }
    r->words_left -= n;
    uint64_t *built = otpi_scope_try(n);
    *err = built ? OTP_OK : otpi_etf_fail(r, OTP_ENOMEM, "more memory");
    return built;
}

/* For what is built elsewhere: n words of it. */
otp_err otpi_etf_spend(otpi_etf_reader *r, size_t n) {
    if (n > r->words_left) {
        return otpi_etf_fail(r, OTP_ESIZE, "a term within the limit of words_max");
    }
    r->words_left -= n;
    return OTP_OK;
}

otp_err otpi_etf_built(otpi_etf_reader *r, otp_term term) {
    return otp_is_none(term) ? otpi_etf_fail(r, OTP_ENOMEM, "more memory") : OTP_OK;
}

/* ---- Atoms ---- */

static otp_err new_atom(otpi_etf_reader *r, const char *text, size_t length, otp_term *out) {
    if (r->limits.known_atoms_only) {
        return otpi_etf_fail(r, OTP_EATOMS, "only atoms that exist already");
    }
    if (r->atoms_left == 0) {
        return otpi_etf_fail(r, OTP_EATOMS, "fewer new atoms");
    }
    r->atoms_left--;
    otp_err err = otp_atom_from_data(text, length, out);
    if (err == OTP_EBADARG) {
        return otpi_etf_fail(r, OTP_EFORMAT, "an atom of at most 255 characters in UTF-8");
    }
    return err ? otpi_etf_fail(r, err, "fewer new atoms") : OTP_OK;
}

static otp_err utf8_atom(otpi_etf_reader *r, size_t length_size, otp_term *out) {
    uint64_t length = 0;
    otp_err err = otpi_etf_number(r, length_size, &length);
    err = err ? err : otpi_etf_need(r, length);
    if (err) {
        return err;
    }
    const char *text = (const char *)r->at;
    *out = otpi_atom_find(text, length);
    if (otp_is_none(*out)) {
        err = new_atom(r, text, length, out);
    }
    r->at += err ? 0 : length;
    return err;
}

static otp_err latin1_atom(otpi_etf_reader *r, size_t length_size, otp_term *out) {
    uint64_t length = 0;
    otp_err err = otpi_etf_number(r, length_size, &length);
    err = err ? err : otpi_etf_need(r, length);
    if (err == OTP_OK && length > OTPI_ATOM_CHARS_MAX) {
        err = otpi_etf_fail(r, OTP_EFORMAT, "an atom of at most 255 characters");
    }
    if (err) {
        return err;
    }
    char text[OTPI_ATOM_CHARS_MAX * 2 + 4];
    size_t size = 0;
    for (size_t i = 0; i < length; i++) {
        size += otpi_utf8_write(r->at[i], text + size);
    }
    *out = otpi_atom_find(text, size);
    if (otp_is_none(*out)) {
        err = new_atom(r, text, size, out);
    }
    r->at += err ? 0 : length;
    return err;
}

/* An atom where nothing else may stand: node names, modules, functions. */
otp_err otpi_etf_atom(otpi_etf_reader *r, otp_term *out) {
    otp_err err = otpi_etf_need(r, 1);
    if (err) {
        return err;
    }
    switch (*r->at) {
    case OTPI_ETF_SMALL_ATOM_UTF8: r->at++; return utf8_atom(r, 1, out);
    case OTPI_ETF_ATOM_UTF8: r->at++; return utf8_atom(r, 2, out);
    case OTPI_ETF_SMALL_ATOM: r->at++; return latin1_atom(r, 1, out);
    case OTPI_ETF_ATOM: r->at++; return latin1_atom(r, 2, out);
    default: return otpi_etf_fail(r, OTP_EFORMAT, "an atom");
    }
}

/* ---- Numbers ---- */

static otp_err float_of(otpi_etf_reader *r, double value, otp_term *out) {
    if (!isfinite(value)) {
        return otpi_etf_fail(r, OTP_EFORMAT, "a finite float");
    }
    otp_err err = otpi_etf_spend(r, 2);
    if (err == OTP_OK) {
        *out = otpi_make_float(value);
        err = otpi_etf_built(r, *out);
    }
    return err;
}

static otp_err new_float(otpi_etf_reader *r, otp_term *out) {
    uint64_t bits = 0;
    double value;
    otp_err err = otpi_etf_number(r, 8, &bits);
    memcpy(&value, &bits, sizeof value);
    return err ? err : float_of(r, value, out);
}

/* digits.digits and perhaps an exponent. */
static bool is_float_text(const char *text) {
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits);
    if (whole == 0 || text[whole] != '.') {
        return false;
    }
    text += whole + 1;
    size_t fraction = strspn(text, digits);
    text += fraction;
    if (fraction > 0 && *text == 'e') {
        text += text[1] == '-' || text[1] == '+' ? 2 : 1;
        size_t exponent = strspn(text, digits);
        return exponent > 0 && text[exponent] == '\0';
    }
    return fraction > 0 && *text == '\0';
}

/* FLOAT_EXT: 31 bytes of "%.20e", filled up with zeros. */
static otp_err old_float(otpi_etf_reader *r, otp_term *out) {
    enum { SIZE = 31 };
    char text[SIZE + 1] = {0};
    double value;
    otp_err err = otpi_etf_need(r, SIZE);
    if (err) {
        return err;
    }
    memcpy(text, r->at, SIZE);
    bool negative = text[0] == '-';
    if (!is_float_text(text + negative) ||
        !otpi_float_parse(text + negative, strlen(text + negative), &value)) {
        return otpi_etf_fail(r, OTP_EFORMAT, "a float as text");
    }
    err = float_of(r, negative ? -value : value, out);
    r->at += err ? 0 : SIZE;
    return err;
}

static otp_err big(otpi_etf_reader *r, size_t length_size, otp_term *out) {
    uint64_t size = 0;
    otp_err err = otpi_etf_number(r, length_size, &size);
    err = err ? err : otpi_etf_need(r, size + 1);
    if (err) {
        return err;
    }
    bool negative = *r->at++ != 0;
    const uint8_t *bytes = r->at;
    uint64_t used = size;
    while (used > 0 && bytes[used - 1] == 0) {
        used--;
    }
    if (used > OTPI_BIG_LIMBS_MAX * 8) {
        return otpi_etf_fail(r, OTP_ESIZE, "an integer of at most 262,144 bits");
    }
    err = otpi_etf_spend(r, 1 + used / 8);
    if (err == OTP_OK) {
        *out = otpi_make_big_from_bytes(negative, bytes, used);
        err = otpi_etf_built(r, *out);
    }
    r->at += err ? 0 : size;
    return err;
}

/* ---- Binaries ---- */

static otp_err bits(otpi_etf_reader *r, bool partial, otp_term *out) {
    uint64_t size = 0;
    uint64_t last = 8;
    otp_err err = otpi_etf_number(r, 4, &size);
    if (err == OTP_OK && partial) {
        err = otpi_etf_number(r, 1, &last);
    }
    err = err ? err : otpi_etf_need(r, size);
    if (err == OTP_OK && (last < 1 || last > 8 || (size == 0 && partial && last != 8))) {
        err = otpi_etf_fail(r, OTP_EFORMAT, "1 to 8 bits of a last byte");
    }
    err = err ? err : otpi_etf_spend(r, 2 + (size_t)size / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_bits(r->at, size * 8 - (8 - last));
    r->at += size;
    return otpi_etf_built(r, *out);
}

/* STRING_EXT: a list of bytes. */
static otp_err string(otpi_etf_reader *r, otp_term *out) {
    uint64_t length = 0;
    otp_err err = otpi_etf_number(r, 2, &length);
    err = err ? err : otpi_etf_need(r, length);
    *out = otp_nil();
    if (err || length == 0) {
        return err;
    }
    uint64_t *cells = otpi_etf_words(r, 2 * length, &err);
    if (cells == NULL) {
        return err;
    }
    for (size_t i = 0; i < length; i++) {
        cells[2 * i] = otp_int(*r->at++).word;
        cells[2 * i + 1] = otpi_cell_term(&cells[2 * i + 2]).word;
    }
    cells[2 * length - 1] = otp_nil().word;
    *out = otpi_cell_term(cells);
    return OTP_OK;
}

/* ---- Pids, ports, references ---- */

static otp_err slot_of(otpi_etf_reader *r, otp_term node, uint64_t creation, uint32_t *slot) {
    const char *name = otp_atom_text(node);
    if (strlen(name) != otp_atom_length(node)) {
        return otpi_etf_fail(r, OTP_EFORMAT, "a node's name without NUL");
    }
    *slot = otpi_terms.node_slot(name, strlen(name), (uint32_t)creation);
    return *slot < OTPI_NODE_SLOTS ? OTP_OK : otpi_etf_fail(r, OTP_ELIMIT, "fewer nodes");
}

/* Node, an id and a serial of those sizes, creation of that size. */
static otp_err address(otpi_etf_reader *r, size_t id_size, size_t serial_size, size_t creation_size,
                       otpi_address *out) {
    otp_term node;
    otp_err err = otpi_etf_atom(r, &node);
    err = err ? err : otpi_etf_need(r, id_size + serial_size + creation_size);
    if (err) {
        return err;
    }
    out->id = otpi_etf_get(r, id_size);
    out->serial = (uint32_t)otpi_etf_get(r, serial_size);
    return slot_of(r, node, otpi_etf_get(r, creation_size), &out->node);
}

static otp_err pid(otpi_etf_reader *r, size_t creation_size, otp_term *out) {
    otpi_address who;
    otp_pid made;
    otp_err err = address(r, 4, 4, creation_size, &who);
    err = err ? err : otpi_pid_make(who, &made);
    if (err) {
        return r->expected ? err : otpi_etf_fail(r, err, "fewer pids of unusual size");
    }
    *out = otp_from_pid(made);
    return OTP_OK;
}

static otp_err port(otpi_etf_reader *r, size_t id_size, size_t creation_size, otp_term *out) {
    otpi_address who;
    otp_err err = address(r, id_size, 0, creation_size, &who);
    err = err ? err : otpi_port_make(who, out);
    return err && !r->expected ? otpi_etf_fail(r, err, "fewer ports of unusual size") : err;
}

/* count numbers follow the creation, or (one number) precede it. */
static otp_err reference(otpi_etf_reader *r, size_t count, size_t creation_size, bool number_first,
                         otp_term *out) {
    otp_term node;
    uint32_t numbers[OTPI_REF_NUMBERS_MAX] = {0};
    uint32_t slot;
    if (count < 1 || count > OTPI_REF_NUMBERS_MAX) {
        return otpi_etf_fail(r, OTP_EFORMAT, "1 to 5 numbers of a reference");
    }
    otp_err err = otpi_etf_atom(r, &node);
    err = err ? err : otpi_etf_need(r, creation_size + 4 * count);
    if (err) {
        return err;
    }
    numbers[0] = number_first ? (uint32_t)otpi_etf_get(r, 4) : 0;
    uint64_t creation = otpi_etf_get(r, creation_size);
    for (size_t i = 0; i < count && !number_first; i++) {
        numbers[i] = (uint32_t)otpi_etf_get(r, 4);
    }
    err = slot_of(r, node, creation, &slot);
    err = err ? err : otpi_etf_spend(r, 4);
    if (err) {
        return err;
    }
    *out = otpi_make_known_ref(otpi_ref_of_numbers(slot, numbers, count));
    return otpi_etf_built(r, *out);
}

static otp_err new_reference(otpi_etf_reader *r, size_t creation_size, otp_term *out) {
    uint64_t count = 0;
    otp_err err = otpi_etf_number(r, 2, &count);
    return err ? err : reference(r, count, creation_size, false, out);
}

/* ---- By tag ---- */

otp_err otpi_etf_leaf(otpi_etf_reader *r, uint8_t tag, bool *leaf, otp_term *out) {
    uint64_t value = 0;
    otp_err err;
    *leaf = true;
    switch (tag) {
    case OTPI_ETF_SMALL_INTEGER:
        err = otpi_etf_number(r, 1, &value);
        *out = otp_int((int64_t)value);
        return err;
    case OTPI_ETF_INTEGER:
        err = otpi_etf_number(r, 4, &value);
        *out = otp_int((int32_t)(uint32_t)value);
        return err;
    case OTPI_ETF_NIL: *out = otp_nil(); return OTP_OK;
    case OTPI_ETF_SMALL_ATOM_UTF8: return utf8_atom(r, 1, out);
    case OTPI_ETF_ATOM_UTF8: return utf8_atom(r, 2, out);
    case OTPI_ETF_SMALL_ATOM: return latin1_atom(r, 1, out);
    case OTPI_ETF_ATOM: return latin1_atom(r, 2, out);
    case OTPI_ETF_NEW_FLOAT: return new_float(r, out);
    case OTPI_ETF_FLOAT: return old_float(r, out);
    case OTPI_ETF_SMALL_BIG: return big(r, 1, out);
    case OTPI_ETF_LARGE_BIG: return big(r, 4, out);
    case OTPI_ETF_BINARY: return bits(r, false, out);
    case OTPI_ETF_BIT_BINARY: return bits(r, true, out);
    case OTPI_ETF_STRING: return string(r, out);
    case OTPI_ETF_NEW_PID: return pid(r, 4, out);
    case OTPI_ETF_PID: return pid(r, 1, out);
    case OTPI_ETF_V4_PORT: return port(r, 8, 4, out);
    case OTPI_ETF_NEW_PORT: return port(r, 4, 4, out);
    case OTPI_ETF_PORT: return port(r, 4, 1, out);
    case OTPI_ETF_NEWER_REFERENCE: return new_reference(r, 4, out);
    case OTPI_ETF_NEW_REFERENCE: return new_reference(r, 1, out);
    case OTPI_ETF_REFERENCE: return reference(r, 1, 1, true, out);
    default: *leaf = false; return OTP_OK;
    }
}
