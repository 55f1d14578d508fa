/* SPDX-License-Identifier: MIT */
/*
 * The functions of guards and results; see spec.h. Their meaning is that of Erlang's BIFs.
 */
#include "table/number.h"
#include "table/spec.h"
#include "term/atom.h"
#include "term/build.h"

#include <otp/process.h>

#include <math.h>
#include <string.h>

/* ---- Names ---- */

static const struct {
    const char *name;
    uint8_t fewest, most;
} known[] = {
#define OTPI_FUNCTION(name, text, fewest, most) {text, fewest, most},
    OTPI_FUNCTIONS
#undef OTPI_FUNCTION
};

otpi_function otpi_function_find(const char *name, size_t n) {
    otpi_function function = 0;
    while (function < OTPI_FUNCTION_COUNT &&
           (strcmp(known[function].name, name) != 0 || n < known[function].fewest ||
            n > known[function].most)) {
        function++;
    }
    return function;
}

/* ---- Kinds ---- */

static bool is_integer(otp_term term) {
    return otp_kind_of(term) == OTP_KIND_INTEGER;
}
static bool is_float(otp_term term) {
    return otp_kind_of(term) == OTP_KIND_FLOAT;
}
static bool is_number(otp_term term) {
    return is_integer(term) || is_float(term);
}
static bool is_boolean(otp_term term) {
    return term.word == OTPI_AM_true || term.word == OTPI_AM_false;
}

/* Each returns false for an exception, and out. */
static bool say(bool value, otp_term *out) {
    out->word = value ? OTPI_AM_true : OTPI_AM_false;
    return true;
}

static bool is_record(const otp_term *a, otp_term *out) {
    int64_t size;
    if (!otp_is_atom(a[1]) || !otp_get_int(a[2], &size) || size <= 0) {
        return false;
    }
    otp_term tag = otp_element(a[0], 0);
    return say(!otp_is_none(tag) && otp_arity(a[0]) == (size_t)size && tag.word == a[1].word, out);
}

static bool test_kind(otpi_function function, const otp_term *a, otp_term *out) {
    otp_kind kind = otp_kind_of(a[0]);
    switch (function) {
    case OTPI_FUNCTION_IS_ATOM: return say(kind == OTP_KIND_ATOM, out);
    case OTPI_FUNCTION_IS_BINARY:
        return say(kind == OTP_KIND_BINARY && otp_bit_size(a[0]) % 8 == 0, out);
    case OTPI_FUNCTION_IS_BITSTRING: return say(kind == OTP_KIND_BINARY, out);
    case OTPI_FUNCTION_IS_BOOLEAN: return say(is_boolean(a[0]), out);
    case OTPI_FUNCTION_IS_FLOAT: return say(kind == OTP_KIND_FLOAT, out);
    case OTPI_FUNCTION_IS_FUNCTION: return say(kind == OTP_KIND_FUN, out);
    case OTPI_FUNCTION_IS_INTEGER: return say(kind == OTP_KIND_INTEGER, out);
    case OTPI_FUNCTION_IS_LIST: return say(kind == OTP_KIND_LIST || kind == OTP_KIND_NIL, out);
    case OTPI_FUNCTION_IS_MAP: return say(kind == OTP_KIND_MAP, out);
    case OTPI_FUNCTION_IS_NUMBER: return say(is_number(a[0]), out);
    case OTPI_FUNCTION_IS_PID: return say(kind == OTP_KIND_PID, out);
    case OTPI_FUNCTION_IS_PORT: return say(kind == OTP_KIND_PORT, out);
    case OTPI_FUNCTION_IS_REFERENCE:
        return say(kind == OTP_KIND_REFERENCE || kind == OTP_KIND_RESOURCE, out);
    case OTPI_FUNCTION_IS_TUPLE: return say(kind == OTP_KIND_TUPLE, out);
    case OTPI_FUNCTION_IS_RECORD: return is_record(a, out);
    default: /* is_map_key */
        return otp_kind_of(a[1]) == OTP_KIND_MAP && say(!otp_is_none(otp_map_get(a[1], a[0])), out);
    }
}

/* ---- Truth and order ---- */

/* andalso and orelse do not come here: they do not evaluate all operands. */
static bool logic(otpi_function function, size_t n, const otp_term *a, otp_term *out) {
    bool value = function == OTPI_FUNCTION_AND;
    for (size_t i = 0; i < n; i++) {
        bool each = a[i].word == OTPI_AM_true;
        if (!is_boolean(a[i])) {
            return false;
        }
        value = function == OTPI_FUNCTION_AND   ? value && each
                : function == OTPI_FUNCTION_OR  ? value || each
                : function == OTPI_FUNCTION_XOR ? value != each
                                                : !each;
    }
    return say(value, out);
}

static bool order(otpi_function function, const otp_term *a, otp_term *out) {
    switch (function) {
    case OTPI_FUNCTION_LESS: return say(otp_compare(a[0], a[1]) < 0, out);
    case OTPI_FUNCTION_LESS_EQUAL: return say(otp_compare(a[0], a[1]) <= 0, out);
    case OTPI_FUNCTION_GREATER: return say(otp_compare(a[0], a[1]) > 0, out);
    case OTPI_FUNCTION_GREATER_EQUAL: return say(otp_compare(a[0], a[1]) >= 0, out);
    case OTPI_FUNCTION_EQUAL: return say(otp_compare(a[0], a[1]) == 0, out);
    case OTPI_FUNCTION_NOT_EQUAL: return say(otp_compare(a[0], a[1]) != 0, out);
    case OTPI_FUNCTION_SAME: return say(otp_equal(a[0], a[1]), out);
    case OTPI_FUNCTION_NOT_SAME: return say(!otp_equal(a[0], a[1]), out);
    case OTPI_FUNCTION_MIN: *out = otp_compare(a[0], a[1]) <= 0 ? a[0] : a[1]; return true;
    default: *out = otp_compare(a[0], a[1]) >= 0 ? a[0] : a[1]; return true; /* max */
    }
}

/* ---- Arithmetic ---- */

static bool to_double(otp_term term, double *out) {
    if (otp_get_float(term, out)) {
        return true;
    }
    *out = is_integer(term) ? otpi_integer_to_double(term) : HUGE_VAL;
    return isfinite(*out);
}

static bool make_float(double value, otp_term *out) {
    if (!isfinite(value)) {
        return false;
    }
    *out = otpi_make_float(value);
    return true;
}

static bool float_arithmetic(otpi_function function, const otp_term *a, otp_term *out) {
    double x;
    double y;
    if (!to_double(a[0], &x) || !to_double(a[1], &y)) {
        return false;
    }
    switch (function) {
    case OTPI_FUNCTION_PLUS: return make_float(x + y, out);
    case OTPI_FUNCTION_MINUS: return make_float(x - y, out);
    case OTPI_FUNCTION_TIMES: return make_float(x * y, out);
    default: return y != 0 && make_float(x / y, out);
    }
}

static bool divide(otpi_function function, const otp_term *a, otp_term *out) {
    otp_term quotient;
    otp_term remainder;
    if (a[1].word == otp_int(0).word) {
        return false;
    }
    bool done = otpi_integer_divide(a[0], a[1], &quotient, &remainder);
    *out = !done ? OTP_NONE : function == OTPI_FUNCTION_DIV ? quotient : remainder;
    return true;
}

static bool shift(otpi_function function, const otp_term *a, otp_term *out) {
    int64_t n;
    if (!otp_get_int(a[1], &n)) {
        n = otp_compare(a[1], otp_int(0)) < 0 ? -INT64_MAX : INT64_MAX;
    }
    n = n < -INT64_MAX ? -INT64_MAX : n;
    *out = otpi_integer_shift(a[0], function == OTPI_FUNCTION_BSL ? n : -n);
    return true;
}

static bool two_integers(otpi_function function, const otp_term *a, otp_term *out) {
    if (!is_integer(a[0]) || !is_integer(a[1])) {
        return false;
    }
    switch (function) {
    case OTPI_FUNCTION_PLUS: *out = otpi_integer_add(a[0], a[1]); return true;
    case OTPI_FUNCTION_MINUS: *out = otpi_integer_subtract(a[0], a[1]); return true;
    case OTPI_FUNCTION_TIMES: *out = otpi_integer_multiply(a[0], a[1]); return true;
    case OTPI_FUNCTION_BAND: *out = otpi_integer_bits(a[0], a[1], '&'); return true;
    case OTPI_FUNCTION_BOR: *out = otpi_integer_bits(a[0], a[1], '|'); return true;
    case OTPI_FUNCTION_BXOR: *out = otpi_integer_bits(a[0], a[1], '^'); return true;
    case OTPI_FUNCTION_BSL:
    case OTPI_FUNCTION_BSR: return shift(function, a, out);
    default: return divide(function, a, out);
    }
}

static bool arithmetic(otpi_function function, size_t n, const otp_term *a, otp_term *out) {
    const otp_term from_zero[] = {otp_int(0), a[0]};
    const otp_term *operands = n == 1 ? from_zero : a;
    if (n == 1 && is_float(a[0])) {
        double value = 0;
        (void)otp_get_float(a[0], &value);
        return make_float(function == OTPI_FUNCTION_MINUS ? -value : value, out);
    }
    bool floats = is_float(operands[0]) || is_float(operands[1]);
    if (function == OTPI_FUNCTION_OVER || (floats && function <= OTPI_FUNCTION_TIMES)) {
        return float_arithmetic(function, operands, out);
    }
    return two_integers(function, operands, out);
}

/* The integer that a whole float is. */
static otp_term whole(double value) {
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    otp_term mantissa = otpi_make_int((int64_t)ldexp(fraction, 53));
    otp_term magnitude =
        otp_is_none(mantissa) ? mantissa : otpi_integer_shift(mantissa, exponent - 53);
    bool negate = value < 0 && !otp_is_none(magnitude);
    return negate ? otpi_integer_subtract(otp_int(0), magnitude) : magnitude;
}

static bool one_number(otpi_function function, otp_term a, otp_term *out) {
    double value;
    if (function == OTPI_FUNCTION_FLOAT) {
        return to_double(a, &value) && make_float(value, out);
    }
    if (is_integer(a)) {
        bool negate = function == OTPI_FUNCTION_ABS && otp_compare(a, otp_int(0)) < 0;
        *out = negate ? otpi_integer_subtract(otp_int(0), a) : a;
        return true;
    }
    if (!otp_get_float(a, &value)) {
        return false;
    }
    switch (function) {
    case OTPI_FUNCTION_ABS: return make_float(fabs(value), out);
    case OTPI_FUNCTION_ROUND: *out = whole(round(value)); return true;
    case OTPI_FUNCTION_TRUNC: *out = whole(trunc(value)); return true;
    case OTPI_FUNCTION_CEIL: *out = whole(ceil(value)); return true;
    default: *out = whole(floor(value)); return true;
    }
}

/* ---- Parts ---- */

static bool count(size_t n, otp_term *out) {
    *out = otp_int((int64_t)n);
    return n != SIZE_MAX;
}

static bool size_of(otpi_function function, otp_term a, otp_term *out) {
    otp_kind kind = otp_kind_of(a);
    size_t bits = kind == OTP_KIND_BINARY ? otp_bit_size(a) : 0;
    switch (function) {
    case OTPI_FUNCTION_LENGTH: return count(otp_length(a), out);
    case OTPI_FUNCTION_MAP_SIZE: return kind == OTP_KIND_MAP && count(otp_map_size(a), out);
    case OTPI_FUNCTION_TUPLE_SIZE: return kind == OTP_KIND_TUPLE && count(otp_arity(a), out);
    case OTPI_FUNCTION_BIT_SIZE: return kind == OTP_KIND_BINARY && count(bits, out);
    case OTPI_FUNCTION_BYTE_SIZE:
        return kind == OTP_KIND_BINARY && count(bits / 8 + (bits % 8 != 0), out);
    default: /* size: of a tuple, or whole bytes */
        return kind == OTP_KIND_TUPLE ? count(otp_arity(a), out)
                                      : kind == OTP_KIND_BINARY && count(bits / 8, out);
    }
}

static bool found(otp_term term, otp_term *out) {
    *out = term;
    return !otp_is_none(term);
}

static bool part(otpi_function function, const otp_term *a, otp_term *out) {
    int64_t position;
    switch (function) {
    case OTPI_FUNCTION_HD: return found(otp_head(a[0]), out);
    case OTPI_FUNCTION_TL: return found(otp_tail(a[0]), out);
    case OTPI_FUNCTION_MAP_GET:
        return otp_kind_of(a[1]) == OTP_KIND_MAP && found(otp_map_get(a[1], a[0]), out);
    default: /* element */
        return otp_get_int(a[0], &position) && position >= 1 &&
               found(otp_element(a[1], (size_t)position - 1), out);
    }
}

static bool self(otp_term *out) {
    *out = otp_from_pid(otp_in_process() ? otp_self() : OTP_PID_NONE);
    return otp_in_process();
}

bool otpi_function_call(otpi_function function, size_t n, const otp_term *a, otp_term *out) {
    if (function >= OTPI_FUNCTION_IS_MAP_KEY) {
        return test_kind(function, a, out);
    }
    if (function >= OTPI_FUNCTION_SIZE && function <= OTPI_FUNCTION_MAP_SIZE) {
        return size_of(function, a[0], out);
    }
    switch (function) {
    case OTPI_FUNCTION_AND:
    case OTPI_FUNCTION_OR:
    case OTPI_FUNCTION_XOR:
    case OTPI_FUNCTION_NOT: return logic(function, n, a, out);
    case OTPI_FUNCTION_ABS:
    case OTPI_FUNCTION_FLOAT:
    case OTPI_FUNCTION_ROUND:
    case OTPI_FUNCTION_TRUNC:
    case OTPI_FUNCTION_CEIL:
    case OTPI_FUNCTION_FLOOR: return one_number(function, a[0], out);
    case OTPI_FUNCTION_BNOT: {
        const otp_term minus_one[] = {otp_int(-1), a[0]};
        return two_integers(OTPI_FUNCTION_MINUS, minus_one, out);
    }
    case OTPI_FUNCTION_LENGTH: return size_of(function, a[0], out);
    case OTPI_FUNCTION_ELEMENT:
    case OTPI_FUNCTION_HD:
    case OTPI_FUNCTION_TL:
    case OTPI_FUNCTION_MAP_GET: return part(function, a, out);
    case OTPI_FUNCTION_SELF: return self(out);
    default:
        return function >= OTPI_FUNCTION_PLUS && function <= OTPI_FUNCTION_BSR
                   ? arithmetic(function, n, a, out)
                   : order(function, a, out);
    }
}
