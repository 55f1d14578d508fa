/* SPDX-License-Identifier: MIT */
/*
 * Terms from bytes in the external term format. Any bytes are safe: sizes are compared with what is
 * left before anything is built, depth costs no machine stack, and every error names the offset.
 *
 * Containers are built in place: a frame holds the next word to fill and how many are left. A frame
 * whose last word is about to be filled is done before that, unless something is to be done when it
 * is full (maps are put in order, funs become opaque), so a chain of tails does not grow the stack.
 */
#include "term/etf.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/build.h"
#include "term/float.h"
#include "term/frames.h"
#include "term/parse.h"
#include "term/pid.h"
#include "term/shared.h"
#include "term/utf8.h"

#include <math.h>
#include <string.h>

enum { DEPTH_DEFAULT = 1000, ATOMS_DEFAULT = 10000, WORDS_DEFAULT = 64 << 20 };

/* note of a frame: its kind in the low bits; of a fun, where it begins above them. */
enum { IN_TUPLE, IN_LIST, IN_KEYS, IN_FUN, KIND_BITS = 2, KIND_MASK = 3 };

typedef struct reader {
    const uint8_t *begin, *at, *end;
    otp_etf_limits limits;
    size_t words_left;
    size_t atoms_left;
    otpi_frames frames;
    const uint8_t *error_at;
    const char *expected;
} reader;

static otp_err fail(reader *r, otp_err err, const char *expected) {
    r->error_at = r->at;
    r->expected = expected;
    return err;
}

/* ---- Bytes
 * ---------------------------------------------------------------------------------------------- */

static size_t left(const reader *r) {
    return (size_t)(r->end - r->at);
}

static otp_err need(reader *r, size_t size) {
    return OTPI_LIKELY(left(r) >= size) ? OTP_OK : fail(r, OTP_ETRUNCATED, "more bytes");
}

static uint64_t get(reader *r, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | *r->at++;
    }
    return value;
}

static otp_err get_number(reader *r, size_t size, uint64_t *out) {
    otp_err err = need(r, size);
    if (err == OTP_OK) {
        *out = get(r, size);
    }
    return err;
}

/* Words of the term being built, against the limit. */
static uint64_t *words(reader *r, size_t n, otp_err *err) {
    if (n > r->words_left) {
        *err = fail(r, OTP_ESIZE, "a term within the limit of words_max");
        return NULL;
    }
    r->words_left -= n;
    uint64_t *built = otpi_scope_try(n);
    *err = built ? OTP_OK : fail(r, OTP_ENOMEM, "more memory");
    return built;
}

/* For what is built elsewhere: n words of it. */
static otp_err spend(reader *r, size_t n) {
    if (n > r->words_left) {
        return fail(r, OTP_ESIZE, "a term within the limit of words_max");
    }
    r->words_left -= n;
    return OTP_OK;
}

static otp_err built(reader *r, otp_term term) {
    return otp_is_none(term) ? fail(r, OTP_ENOMEM, "more memory") : OTP_OK;
}

/* ---- Atoms
 * ------------------------------------------------------------------------------------------------
 */

static otp_err new_atom(reader *r, const char *text, size_t length, otp_term *out) {
    if (r->limits.known_atoms_only) {
        return fail(r, OTP_EATOMS, "only atoms that exist already");
    }
    if (r->atoms_left == 0) {
        return fail(r, OTP_EATOMS, "fewer new atoms");
    }
    r->atoms_left--;
    otp_err err = otp_atom_from_data(text, length, out);
    if (err == OTP_EBADARG) {
        return fail(r, OTP_EFORMAT, "an atom of at most 255 characters in UTF-8");
    }
    return err ? fail(r, err, "fewer new atoms") : OTP_OK;
}

static otp_err utf8_atom(reader *r, size_t length_size, otp_term *out) {
    uint64_t length = 0;
    otp_err err = get_number(r, length_size, &length);
    err = err ? err : need(r, length);
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

static otp_err latin1_atom(reader *r, size_t length_size, otp_term *out) {
    uint64_t length = 0;
    otp_err err = get_number(r, length_size, &length);
    err = err ? err : need(r, length);
    if (err == OTP_OK && length > OTPI_ATOM_CHARS_MAX) {
        err = fail(r, OTP_EFORMAT, "an atom of at most 255 characters");
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
static otp_err atom(reader *r, otp_term *out) {
    otp_err err = need(r, 1);
    if (err) {
        return err;
    }
    switch (*r->at) {
    case OTPI_ETF_SMALL_ATOM_UTF8: r->at++; return utf8_atom(r, 1, out);
    case OTPI_ETF_ATOM_UTF8: r->at++; return utf8_atom(r, 2, out);
    case OTPI_ETF_SMALL_ATOM: r->at++; return latin1_atom(r, 1, out);
    case OTPI_ETF_ATOM: r->at++; return latin1_atom(r, 2, out);
    default: return fail(r, OTP_EFORMAT, "an atom");
    }
}

/* ---- Numbers
 * -------------------------------------------------------------------------------------------------
 */

static otp_err float_of(reader *r, double value, otp_term *out) {
    if (!isfinite(value)) {
        return fail(r, OTP_EFORMAT, "a finite float");
    }
    otp_err err = spend(r, 2);
    if (err == OTP_OK) {
        *out = otpi_make_float(value);
        err = built(r, *out);
    }
    return err;
}

static otp_err new_float(reader *r, otp_term *out) {
    uint64_t bits = 0;
    double value;
    otp_err err = get_number(r, 8, &bits);
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
static otp_err old_float(reader *r, otp_term *out) {
    enum { SIZE = 31 };
    char text[SIZE + 1] = {0};
    double value;
    otp_err err = need(r, SIZE);
    if (err) {
        return err;
    }
    memcpy(text, r->at, SIZE);
    bool negative = text[0] == '-';
    if (!is_float_text(text + negative) ||
        !otpi_float_parse(text + negative, strlen(text + negative), &value)) {
        return fail(r, OTP_EFORMAT, "a float as text");
    }
    err = float_of(r, negative ? -value : value, out);
    r->at += err ? 0 : SIZE;
    return err;
}

static otp_err big(reader *r, size_t length_size, otp_term *out) {
    uint64_t size = 0;
    otp_err err = get_number(r, length_size, &size);
    err = err ? err : need(r, size + 1);
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
        return fail(r, OTP_ESIZE, "an integer of at most 262,144 bits");
    }
    err = spend(r, 1 + used / 8);
    if (err == OTP_OK) {
        *out = otpi_make_big_from_bytes(negative, bytes, used);
        err = built(r, *out);
    }
    r->at += err ? 0 : size;
    return err;
}

/* ---- Binaries
 * --------------------------------------------------------------------------------------------------
 */

static otp_err bits(reader *r, bool partial, otp_term *out) {
    uint64_t size = 0;
    uint64_t last = 8;
    otp_err err = get_number(r, 4, &size);
    if (err == OTP_OK && partial) {
        err = get_number(r, 1, &last);
    }
    err = err ? err : need(r, size);
    if (err == OTP_OK && (last < 1 || last > 8 || (size == 0 && partial && last != 8))) {
        err = fail(r, OTP_EFORMAT, "1 to 8 bits of a last byte");
    }
    err = err ? err : spend(r, 2 + (size_t)size / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_bits(r->at, size * 8 - (8 - last));
    r->at += size;
    return built(r, *out);
}

/* STRING_EXT: a list of bytes. */
static otp_err string(reader *r, otp_term *out) {
    uint64_t length = 0;
    otp_err err = get_number(r, 2, &length);
    err = err ? err : need(r, length);
    *out = otp_nil();
    if (err || length == 0) {
        return err;
    }
    uint64_t *cells = words(r, 2 * length, &err);
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

/* ---- Pids, ports, references
 * ------------------------------------------------------------------------------------- */

static otp_err slot_of(reader *r, otp_term node, uint64_t creation, uint32_t *slot) {
    const char *name = otp_atom_text(node);
    if (strlen(name) != otp_atom_length(node)) {
        return fail(r, OTP_EFORMAT, "a node's name without NUL");
    }
    *slot = otpi_terms.node_slot(name, strlen(name), (uint32_t)creation);
    return *slot < OTPI_NODE_SLOTS ? OTP_OK : fail(r, OTP_ELIMIT, "fewer nodes");
}

/* Node, an id and a serial of those sizes, creation of that size. */
static otp_err address(reader *r, size_t id_size, size_t serial_size, size_t creation_size,
                       otpi_address *out) {
    otp_term node;
    otp_err err = atom(r, &node);
    err = err ? err : need(r, id_size + serial_size + creation_size);
    if (err) {
        return err;
    }
    out->id = get(r, id_size);
    out->serial = (uint32_t)get(r, serial_size);
    return slot_of(r, node, get(r, creation_size), &out->node);
}

static otp_err pid(reader *r, size_t creation_size, otp_term *out) {
    otpi_address who;
    otp_pid made;
    otp_err err = address(r, 4, 4, creation_size, &who);
    err = err ? err : otpi_pid_make(who, &made);
    if (err) {
        return r->expected ? err : fail(r, err, "fewer pids of unusual size");
    }
    *out = otp_from_pid(made);
    return OTP_OK;
}

static otp_err port(reader *r, size_t id_size, size_t creation_size, otp_term *out) {
    otpi_address who;
    otp_err err = address(r, id_size, 0, creation_size, &who);
    err = err ? err : otpi_port_make(who, out);
    return err && !r->expected ? fail(r, err, "fewer ports of unusual size") : err;
}

/* count numbers follow the creation, or (one number) precede it. */
static otp_err reference(reader *r, size_t count, size_t creation_size, bool number_first,
                         otp_term *out) {
    otp_term node;
    uint32_t numbers[OTPI_REF_NUMBERS_MAX] = {0};
    uint32_t slot;
    if (count < 1 || count > OTPI_REF_NUMBERS_MAX) {
        return fail(r, OTP_EFORMAT, "1 to 5 numbers of a reference");
    }
    otp_err err = atom(r, &node);
    err = err ? err : need(r, creation_size + 4 * count);
    if (err) {
        return err;
    }
    numbers[0] = number_first ? (uint32_t)get(r, 4) : 0;
    uint64_t creation = get(r, creation_size);
    for (size_t i = 0; i < count && !number_first; i++) {
        numbers[i] = (uint32_t)get(r, 4);
    }
    err = slot_of(r, node, creation, &slot);
    err = err ? err : spend(r, 4);
    if (err) {
        return err;
    }
    *out = otpi_make_known_ref(otpi_ref_of_numbers(slot, numbers, count));
    return built(r, *out);
}

static otp_err new_reference(reader *r, size_t creation_size, otp_term *out) {
    uint64_t count = 0;
    otp_err err = get_number(r, 2, &count);
    return err ? err : reference(r, count, creation_size, false, out);
}

/* ---- Funs
 * ---------------------------------------------------------------------------------------------------------
 */

static otp_err export_fun(reader *r, otp_term *out) {
    otp_term module, function;
    otp_err err = atom(r, &module);
    err = err ? err : atom(r, &function);
    err = err ? err : need(r, 2);
    if (err) {
        return err;
    }
    if (*r->at != OTPI_ETF_SMALL_INTEGER) {
        return fail(r, OTP_EFORMAT, "the number of arguments");
    }
    err = spend(r, 4 + (otp_atom_length(module) + otp_atom_length(function)) / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_export(module, function, r->at[1]);
    r->at += 2;
    return built(r, *out);
}

/* Module, two integers, the creating pid, then the free variables, all of them terms: they are read
 * as a tuple, to be sure of them, and then only their bytes are kept. */
static otp_err begin_local_fun(reader *r, otpi_frame *frame) {
    enum { FIXED_TERMS = 4, HEAD = 4 + 1 + 16 + 4 + 4 };
    const uint8_t *begin = r->at - 1;
    otp_err err = need(r, HEAD);
    if (err) {
        return err;
    }
    size_t size = (size_t)get(r, 4);
    r->at += 1 + 16 + 4;
    size_t count = (size_t)get(r, 4) + FIXED_TERMS;
    if (size > (size_t)(r->end - begin) - 1 || size < HEAD || count > left(r)) {
        return fail(r, OTP_ETRUNCATED, "more bytes");
    }
    uint64_t *box = words(r, count, &err);
    *frame = (otpi_frame){
        .a = box, .left = count, .note = IN_FUN | (uint64_t)(begin - r->begin) << KIND_BITS};
    return err;
}

static bool is_fun_head(const uint64_t *terms) {
    otp_term pid = {terms[3]};
    return otp_is_atom((otp_term){terms[0]}) && otpi_is_small((otp_term){terms[1]}) &&
           otpi_is_small((otp_term){terms[2]}) && otpi_is_pid(pid);
}

/* first: its terms, of which the first four have fixed kinds. */
static otp_err end_local_fun(reader *r, const otpi_frame *frame, const uint64_t *first,
                             otp_term *out) {
    const uint8_t *begin = r->begin + (frame->note >> KIND_BITS);
    size_t size = (size_t)(r->at - begin);
    uint32_t claimed;
    memcpy(&claimed, begin + 1, sizeof claimed);
    if (__builtin_bswap32(claimed) != size - 1 || !is_fun_head(first)) {
        return fail(r, OTP_EFORMAT, "a fun as long as it says");
    }
    otp_err err = spend(r, 3 + size / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_opaque(begin, size);
    return built(r, *out);
}

/* ---- Containers
 * -------------------------------------------------------------------------------------------------------
 */

static otp_err begin_tuple(reader *r, size_t size_size, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = get_number(r, size_size, &n);
    err = err ? err : need(r, n); /* each element takes a byte at least */
    uint64_t *box = err ? NULL : words(r, n + 1, &err);
    if (box == NULL) {
        return err;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, n);
    *out = otpi_box_term(box);
    *frame = (otpi_frame){.a = box + 1, .left = n, .note = IN_TUPLE};
    return OTP_OK;
}

static otp_err begin_list(reader *r, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = get_number(r, 4, &n);
    if (err == OTP_OK && (n == 0 || left(r) < n + 1)) {
        err = fail(r, OTP_ETRUNCATED, "more bytes");
    }
    uint64_t *cells = err ? NULL : words(r, 2 * n, &err);
    if (cells == NULL) {
        return err;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        cells[2 * i + 1] = otpi_cell_term(&cells[2 * i + 2]).word;
    }
    *out = otpi_cell_term(cells);
    *frame = (otpi_frame){.a = cells, .left = n + 1, .note = IN_LIST};
    return OTP_OK;
}

static otp_err begin_map(reader *r, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = get_number(r, 4, &n);
    err = err ? err : need(r, 2 * n);
    uint64_t *box = err ? NULL : words(r, 1 + 2 * n, &err);
    if (box == NULL) {
        return err;
    }
    box[0] = otpi_header(OTPI_BOXED_MAP, 2 * n);
    *out = otpi_box_term(box);
    *frame = (otpi_frame){.a = box + 1, .b = box, .left = 2 * n, .note = IN_KEYS};
    return OTP_OK;
}

static otp_err end_map(reader *r, const otpi_frame *frame) {
    uint64_t *box = (uint64_t *)(uintptr_t)frame->b;
    size_t n = otpi_header_words(box[0]) / 2;
    switch (otpi_map_sort(box + 1, box + 1 + n, n)) {
    case OTPI_MAP_STRICT: return OTP_OK;
    case OTPI_MAP_DUPLICATES: return fail(r, OTP_EFORMAT, "keys of a map that differ");
    default: return fail(r, OTP_ENOMEM, "more memory");
    }
}

/* ---- One tag
 * --------------------------------------------------------------------------------------------------------------
 */

static otp_err begin_container(reader *r, uint8_t tag, otpi_frame *frame, otp_term *out) {
    switch (tag) {
    case OTPI_ETF_SMALL_TUPLE: return begin_tuple(r, 1, frame, out);
    case OTPI_ETF_LARGE_TUPLE: return begin_tuple(r, 4, frame, out);
    case OTPI_ETF_LIST: return begin_list(r, frame, out);
    case OTPI_ETF_MAP: return begin_map(r, frame, out);
    case OTPI_ETF_NEW_FUN: return begin_local_fun(r, frame);
    case OTPI_ETF_COMPRESSED:
        r->at--;
        return fail(r, OTP_EUNSUPPORTED, "a term that is not compressed (libotp has no zlib)");
    case OTPI_ETF_FUN:
        r->at--;
        return fail(r, OTP_EUNSUPPORTED, "a fun as written since Erlang/OTP R8");
    default: r->at--; return fail(r, OTP_EFORMAT, "a tag of the external term format");
    }
}

/* A list of no elements is its tail. */
static void skip_empty_lists(reader *r) {
    static const uint8_t empty[5] = {OTPI_ETF_LIST};
    while (left(r) > sizeof empty && memcmp(r->at, empty, sizeof empty) == 0) {
        r->at += sizeof empty;
    }
}

/* A leaf is in *out; for a container, *frame says what is left to fill. */
static otp_err read_one(reader *r, otpi_frame *frame, otp_term *out) {
    uint64_t value = 0;
    otp_err err = need(r, 1);
    if (err) {
        return err;
    }
    if (*r->at == OTPI_ETF_LIST) {
        skip_empty_lists(r);
    }
    uint8_t tag = *r->at++;
    switch (tag) {
    case OTPI_ETF_SMALL_INTEGER:
        err = get_number(r, 1, &value);
        *out = otp_int((int64_t)value);
        return err;
    case OTPI_ETF_INTEGER:
        err = get_number(r, 4, &value);
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
    case OTPI_ETF_EXPORT: return export_fun(r, out);
    default: return begin_container(r, tag, frame, out);
    }
}

/* ---- The walk
 * -----------------------------------------------------------------------------------------------------------
 */

/* The word to fill next; the frame moves on. */
static uint64_t *next_slot(otpi_frame *frame) {
    uint64_t *slot = (uint64_t *)(uintptr_t)frame->a;
    frame->left--;
    if ((frame->note & KIND_MASK) == IN_LIST) {
        frame->a += frame->left == 1 ? 1 : 2; /* after the last head comes the tail */
    } else if ((frame->note & KIND_MASK) == IN_KEYS) {
        size_t n = otpi_header_words(frame->b[0]) / 2;
        frame->a = frame->left % 2 ? slot + n : slot - n + 1;
    } else {
        frame->a++;
    }
    return slot;
}

static bool has_end(const otpi_frame *frame) {
    return (frame->note & KIND_MASK) >= IN_KEYS;
}

/* Everything that is full now. *slot of a fun is where its opaque form goes. */
static otp_err end_full(reader *r) {
    while (r->frames.count > 0 && otpi_frames_top(&r->frames)->left == 0) {
        otpi_frame *top = otpi_frames_top(&r->frames);
        otp_err err;
        if ((top->note & KIND_MASK) == IN_KEYS) {
            err = end_map(r, top);
        } else {
            otp_term fun = OTP_NONE;
            uint64_t *slot = (uint64_t *)(uintptr_t)top->b;
            err = end_local_fun(r, top, (const uint64_t *)(uintptr_t)*slot, &fun);
            *slot = fun.word;
        }
        if (err) {
            return err;
        }
        r->frames.count--;
    }
    return OTP_OK;
}

static otp_err push(reader *r, otpi_frame frame, uint64_t *slot, otp_term term) {
    if (r->frames.count >= r->limits.depth_max) {
        return fail(r, OTP_EDEPTH, "less nesting");
    }
    if ((frame.note & KIND_MASK) == IN_FUN) {
        *slot = (uint64_t)(uintptr_t)frame.a; /* its terms, until it is opaque */
        frame.b = slot;
    } else {
        *slot = term.word;
    }
    return otpi_frames_push(&r->frames, frame) ? OTP_OK : fail(r, OTP_ENOMEM, "more memory");
}

static otp_err read_term(reader *r, otp_term *out) {
    uint64_t *slot = &out->word;
    for (;;) {
        otpi_frame frame = {.left = 0};
        otp_term term = OTP_NONE;
        otp_err err = read_one(r, &frame, &term);
        if (err) {
            return err;
        }
        if (frame.left > 0) {
            err = push(r, frame, slot, term);
        } else {
            *slot = term.word;
            err = end_full(r);
        }
        if (err) {
            return err;
        }
        if (r->frames.count == 0) {
            return OTP_OK;
        }
        otpi_frame *top = otpi_frames_top(&r->frames);
        slot = next_slot(top);
        if (top->left == 0 && !has_end(top)) {
            r->frames.count--;
        }
    }
}

static void set_limits(reader *r, const otp_etf_limits *limits) {
    static const otp_etf_limits none = {0};
    r->limits = limits ? *limits : none;
    if (r->limits.depth_max == 0) {
        r->limits.depth_max = DEPTH_DEFAULT;
    }
    r->words_left = r->limits.words_max ? r->limits.words_max : WORDS_DEFAULT;
    r->atoms_left = r->limits.atoms_max ? r->limits.atoms_max : ATOMS_DEFAULT;
}

static otp_err decode(const uint8_t *bytes, size_t size, size_t skip, const otp_etf_limits *limits,
                      otp_term *out, size_t *used, otp_parse_error *error) {
    reader r;
    r.begin = r.at = r.error_at = bytes;
    r.end = bytes + size;
    r.expected = NULL;
    set_limits(&r, limits);
    otpi_frames_init(&r.frames);
    otp_scope mark = otpi_scope_mark();
    otp_term term = OTP_NONE;
    otp_err err = OTP_OK;
    if (skip > 0) {
        err = size == 0 ? fail(&r, OTP_ETRUNCATED, "more bytes")
              : *r.at++ != OTPI_ETF_VERSION
                  ? (r.at--, fail(&r, OTP_EFORMAT, "the version, a byte of 131"))
                  : OTP_OK;
    }
    err = err ? err : read_term(&r, &term);
    otpi_frames_fini(&r.frames);
    if (err) {
        otpi_scope_rollback(mark);
        if (error != NULL) {
            *error =
                (otp_parse_error){.offset = (size_t)(r.error_at - bytes), .expected = r.expected};
        }
        return err;
    }
    *out = term;
    if (used != NULL) {
        *used = (size_t)(r.at - bytes);
    }
    return OTP_OK;
}

otp_err otpi_etf_decode_bare(const uint8_t *bytes, size_t size, const otp_etf_limits *limits,
                             otp_term *out, size_t *used, otp_parse_error *error) {
    return decode(bytes, size, 0, limits, out, used, error);
}

otp_err otp_etf_decode(const uint8_t *bytes, size_t size, const otp_etf_limits *limits,
                       otp_term *out, size_t *used, otp_parse_error *error) {
    return decode(bytes, size, 1, limits, out, used, error);
}
