/* SPDX-License-Identifier: MIT */
/*
 * Comparing and showing the two sides of a check.
 */
#include "supertester/runner/value.h"

#include "base/json.h"
#include "port/memory.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_MAX = 1000 };

/* ---- Comparing ---- */

static int sign_of(bool less, bool greater) {
    return greater - less;
}

static bool is_integer(st_value v) {
    return v.kind == ST_VALUE_INT || v.kind == ST_VALUE_UINT || v.kind == ST_VALUE_BOOL;
}

static bool is_number(st_value v) {
    return is_integer(v) || v.kind == ST_VALUE_FLOAT;
}

/* Negative, or the magnitude of a value that is not. */
static bool negative(st_value v, uint64_t *magnitude) {
    *magnitude = v.kind == ST_VALUE_UINT ? v.u : v.kind == ST_VALUE_BOOL ? v.b : (uint64_t)v.i;
    return v.kind == ST_VALUE_INT && v.i < 0;
}

static int compare_integers(st_value a, st_value b) {
    uint64_t x, y;
    bool a_negative = negative(a, &x), b_negative = negative(b, &y);
    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    return sign_of(x<y, x> y); /* two's complement keeps the order of negatives */
}

static double as_float(st_value v) {
    return v.kind == ST_VALUE_FLOAT  ? v.f
           : v.kind == ST_VALUE_UINT ? (double)v.u
           : v.kind == ST_VALUE_BOOL ? v.b
                                     : (double)v.i;
}

static int compare_strings(const char *a, const char *b) {
    return a && b ? strcmp(a, b) : sign_of(!a && b, a && !b);
}

/* A term beside a C value: the value as a term. */
static bool as_term(st_value v, otp_term *out) {
    switch (v.kind) {
    case ST_VALUE_INT: *out = otp_int(v.i); return true;
    case ST_VALUE_UINT: *out = otp_uint(v.u); return true;
    case ST_VALUE_FLOAT: *out = otp_float(v.f); return true;
    case ST_VALUE_BOOL: *out = otp_bool(v.b); return true;
    case ST_VALUE_STRING: *out = v.s ? otp_string(v.s) : OTP_NONE; return v.s != NULL;
    case ST_VALUE_TERM: *out = v.t; return true;
    case ST_VALUE_PID: *out = otp_from_pid(v.p); return true;
    default: return false;
    }
}

static bool is_term(st_value v) {
    return v.kind == ST_VALUE_TERM || v.kind == ST_VALUE_PID;
}

/* Beside an atom the integers 0 and 1 are false and true, as C writes them. */
static void as_boolean(st_value beside, st_value *v) {
    if (beside.kind == ST_VALUE_TERM && otp_is_atom(beside.t) && v->kind == ST_VALUE_INT &&
        (v->i == 0 || v->i == 1)) {
        *v = (st_value){.kind = ST_VALUE_BOOL, .b = v->i == 1};
    }
}

static bool compare_terms(st_value a, st_value b, int *order, bool *equal) {
    otp_term x, y;
    as_boolean(a, &b);
    as_boolean(b, &a);
    if (!as_term(a, &x) || !as_term(b, &y)) {
        return false;
    }
    if (otp_is_none(x) || otp_is_none(y)) {
        *order = sign_of(otp_is_none(x), otp_is_none(y));
        *equal = *order == 0;
        return true;
    }
    *order = otp_compare(x, y);
    *equal = otp_equal(x, y);
    return true;
}

bool sti_value_compare(st_value a, st_value b, int *order, bool *equal) {
    if (is_term(a) || is_term(b)) {
        return compare_terms(a, b, order, equal);
    }
    if (is_integer(a) && is_integer(b)) {
        *order = compare_integers(a, b);
    } else if (is_number(a) && is_number(b)) {
        double x = as_float(a), y = as_float(b);
        *order = sign_of(x<y, x> y);
        *equal = x == y; /* a NaN is equal to nothing */
        return true;
    } else if (a.kind == ST_VALUE_STRING && b.kind == ST_VALUE_STRING) {
        *order = compare_strings(a.s, b.s);
    } else if (a.kind == ST_VALUE_POINTER || b.kind == ST_VALUE_POINTER) {
        const void *x = a.kind == ST_VALUE_STRING ? a.s : a.pointer;
        const void *y = b.kind == ST_VALUE_STRING ? b.s : b.pointer;
        *order = sign_of((uintptr_t)x<(uintptr_t)y, (uintptr_t)x>(uintptr_t) y);
        *equal = x == y;
        return !is_number(a) && !is_number(b);
    } else {
        return false;
    }
    *equal = *order == 0;
    return true;
}

/* ---- Showing ---- */

void sti_term_show(otpi_text *out, otp_term term) {
    char text[SHOWN_MAX + 1];
    if (otp_is_none(term)) {
        otpi_text_cstr(out, "no term (OTP_NONE)");
        return;
    }
    size_t length = otp_print(term, text, sizeof text);
    otpi_text_cstr(out, text);
    if (length >= sizeof text) {
        otpi_text_format(out, "... (%zu bytes in all)", length);
    }
}

static void show_string(otpi_text *out, const char *s) {
    if (!s) {
        otpi_text_cstr(out, "NULL");
        return;
    }
    size_t size = strlen(s);
    otpi_text_char(out, '"');
    otpi_json_escape(out, s, size < SHOWN_MAX ? size : SHOWN_MAX);
    otpi_text_char(out, '"');
    if (size > SHOWN_MAX) {
        otpi_text_format(out, "... (%zu bytes in all)", size);
    }
}

static void show_float(otpi_text *out, double value) {
    if (value != value) {
        otpi_text_cstr(out, "nan");
    } else if (value - value != 0.0) {
        otpi_text_cstr(out, value < 0 ? "-inf" : "inf");
    } else {
        otpi_text_double(out, value);
    }
}

void sti_value_show(otpi_text *out, st_value value) {
    switch (value.kind) {
    case ST_VALUE_INT: otpi_text_format(out, "%" PRId64, value.i); break;
    case ST_VALUE_UINT: otpi_text_format(out, "%" PRIu64, value.u); break;
    case ST_VALUE_FLOAT: show_float(out, value.f); break;
    case ST_VALUE_BOOL: otpi_text_cstr(out, value.b ? "true" : "false"); break;
    case ST_VALUE_STRING: show_string(out, value.s); break;
    case ST_VALUE_TERM: sti_term_show(out, value.t); break;
    case ST_VALUE_PID: sti_term_show(out, otp_from_pid(value.p)); break;
    case ST_VALUE_POINTER: otpi_text_format(out, "%p", value.pointer); break;
    }
}

const char *sti_value_kind(st_value value) {
    switch (value.kind) {
    case ST_VALUE_INT:
    case ST_VALUE_UINT: return "an integer";
    case ST_VALUE_FLOAT: return "a float";
    case ST_VALUE_BOOL: return "a boolean";
    case ST_VALUE_STRING: return "a string";
    case ST_VALUE_TERM: return "a term";
    case ST_VALUE_PID: return "a pid";
    default: return "a pointer";
    }
}
