/* SPDX-License-Identifier: MIT */
/*
 * Building integers, floats, references, tuples and lists in the current scope. Binaries: binary.c,
 * maps: map.c.
 */
#include "term/build.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/utf8.h"

#include <math.h>
#include <string.h>

otp_term otpi_made_nothing(const char *site) {
    otpi_terms.no_memory(site);
    return OTP_NONE;
}

/* ---- Numbers ---- */

otp_term otpi_make_int(int64_t value) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return otpi_make_big(value < 0, &magnitude, 1);
}

otp_term otpi_make_uint(uint64_t value) {
    return otpi_make_big(false, &value, 1);
}

otp_term otp_int_big(int64_t value) {
    return otpi_made(otpi_make_int(value), "otp_int");
}

otp_term otp_uint(uint64_t value) {
    return otpi_made(otpi_make_uint(value), "otp_uint");
}

otp_term otpi_make_float(double value) {
    uint64_t *box = otpi_scope_try(2);
    if (box == NULL) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_FLOAT, 1);
    memcpy(&box[1], &value, sizeof value);
    return otpi_box_term(box);
}

otp_term otp_float(double value) {
    if (!isfinite(value)) {
        otpi_terms.bad_argument("otp_float", "not a finite number");
        return OTP_NONE;
    }
    return otpi_made(otpi_make_float(value), "otp_float");
}

otp_term otp_bool(bool value) {
    return value ? otpi_am(true) : otpi_am(false);
}

otp_term otpi_make_ref(otp_ref ref) {
    uint64_t *box = otpi_scope_try(4);
    if (box == NULL) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_REFERENCE, 3);
    memcpy(box + 1, ref.word, sizeof ref.word);
    return otpi_box_term(box);
}

otp_term otp_from_ref(otp_ref ref) {
    return otpi_made(otpi_make_ref(ref), "otp_from_ref");
}

/* ---- Tuples ---- */

otp_term otpi_make_tuple(size_t arity, const otp_term *elements) {
    uint64_t *box = otpi_scope_try(arity + 1);
    if (box == NULL) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, arity);
    for (size_t i = 0; i < arity; i++) {
        box[1 + i] = elements[i].word;
    }
    return otpi_box_term(box);
}

static bool any_none(size_t n, const otp_term *terms) {
    for (size_t i = 0; i < n; i++) {
        if (otp_is_none(terms[i])) {
            return true;
        }
    }
    return false;
}

otp_term otp_tuple_of(size_t arity, const otp_term *elements) {
    uint64_t *box = otpi_scope_words(arity + 1);
    if (OTPI_UNLIKELY(box == NULL)) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, arity);
    bool none = false;
    for (size_t i = 0; i < arity; i++) {
        uint64_t word = elements[i].word;
        none |= word == 0;
        box[1 + i] = word;
    }
    return OTPI_UNLIKELY(none) ? OTP_NONE : otpi_box_term(box);
}

/* ---- Lists ---- */

otp_term otp_cons(otp_term head, otp_term tail) {
    uint64_t *cell = otpi_scope_words(2);
    if (OTPI_UNLIKELY(cell == NULL || otp_is_none(head) || otp_is_none(tail))) {
        return OTP_NONE;
    }
    cell[0] = head.word;
    cell[1] = tail.word;
    return otpi_cell_term(cell);
}

/* The cells lie one behind the other. */
otp_term otpi_make_list(size_t length, const otp_term *elements, otp_term tail) {
    if (length == 0) {
        return tail;
    }
    uint64_t *cells = length < OTPI_WORDS_UNKNOWN ? otpi_scope_try(length * 2) : NULL;
    if (cells == NULL) {
        return OTP_NONE;
    }
    for (size_t i = 0; i < length; i++) {
        cells[2 * i] = elements[i].word;
        cells[2 * i + 1] = otpi_cell_term(&cells[2 * i + 2]).word;
    }
    cells[2 * length - 1] = tail.word;
    return otpi_cell_term(cells);
}

otp_term otp_list_of(size_t length, const otp_term *elements) {
    if (any_none(length, elements)) {
        return OTP_NONE;
    }
    return otpi_made(otpi_make_list(length, elements, otp_nil()), "otp_list");
}

otp_term otp_charlist(const char *utf8) {
    size_t size = strlen(utf8);
    size_t length = otpi_utf8_count((const uint8_t *)utf8, size);
    if (length == SIZE_MAX) {
        otpi_terms.bad_argument("otp_charlist", "not UTF-8");
        return OTP_NONE;
    }
    if (length == 0) {
        return otp_nil();
    }
    uint64_t *cells = otpi_scope_words(length * 2);
    if (cells == NULL) {
        return OTP_NONE;
    }
    const uint8_t *at = (const uint8_t *)utf8;
    for (size_t i = 0; i < length; i++) {
        uint32_t code = 0;
        at += otpi_utf8_read(at, (size_t)((const uint8_t *)utf8 + size - at), &code);
        cells[2 * i] = otp_int(code).word;
        cells[2 * i + 1] = i + 1 < length ? otpi_cell_term(&cells[2 * i + 2]).word : otp_nil().word;
    }
    return otpi_cell_term(cells);
}

/* ---- Facts ---- */

otp_term otpi_text_or_undefined(const char *text) {
    return text ? otpi_make_binary(text, strlen(text)) : otpi_am(undefined);
}

otp_term otpi_atom_or_undefined(const char *text) {
    otp_term atom;
    bool made = text && otpi_atom_make(text, strlen(text), &atom) == OTP_OK;
    return made ? atom : otpi_am(undefined);
}

otp_term otpi_pid_or_undefined(otp_pid pid) {
    return pid.word ? otp_from_pid(pid) : otpi_am(undefined);
}

otp_term otpi_make_facts(size_t n, const otp_term *keys_and_values) {
    for (size_t i = 0; i < 2 * n; i++) {
        if (otp_is_none(keys_and_values[i])) {
            return OTP_NONE;
        }
    }
    return otpi_make_map(n, keys_and_values);
}
