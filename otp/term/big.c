/* SPDX-License-Identifier: MIT */
/*
 * Integers of any size: only what carrying them takes (reading, writing, order); no arithmetic. See
 * big.h.
 */
#include "term/big.h"

#include "base/hash.h"
#include "port/memory.h"
#include "term/build.h"

#include <math.h>
#include <string.h>

#define DECIMAL_LIMB                                                                               \
    UINT64_C(10000000000000000000) /* 10^19, the largest power of ten in a word                    \
                                    */

enum { DECIMAL_DIGITS = 19, PRINT_LIMBS_INLINE = 32, DIGITS_MAX = 4096 * 64 };

bool otpi_big_view(otp_term integer, uint64_t *room, otpi_big *out) {
    if (otpi_is_small(integer)) {
        int64_t value = otpi_small(integer);
        *room = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        *out = (otpi_big){room, value != 0, value < 0};
        return true;
    }
    const uint64_t *box = otpi_is_boxed(integer) ? otpi_box(integer) : NULL;
    otpi_boxed_tag tag = box ? otpi_header_tag(box[0]) : OTPI_BOXED_TUPLE;
    if (tag != OTPI_BOXED_BIG_POSITIVE && tag != OTPI_BOXED_BIG_NEGATIVE) {
        return false;
    }
    *out = (otpi_big){box + 1, otpi_header_words(box[0]), tag == OTPI_BOXED_BIG_NEGATIVE};
    return true;
}

/* ---- Making ---- */

static bool fits_small(bool negative, uint64_t magnitude) {
    return magnitude <= (uint64_t)OTP_SMALL_MAX + negative;
}

static otp_term small_of(bool negative, uint64_t magnitude) {
    return (otp_term){(negative ? 0 - magnitude : magnitude) << 4 | OTPI_LOW_INTEGER};
}

/* Makes limbs that already lie behind a header word in the scope into a term. */
static otp_term seal(uint64_t *box, bool negative, size_t n) {
    while (n > 0 && box[n] == 0) {
        n--;
    }
    if (n == 0 || (n == 1 && fits_small(negative, box[1]))) {
        return small_of(negative, n == 0 ? 0 : box[1]);
    }
    box[0] = otpi_header(negative ? OTPI_BOXED_BIG_NEGATIVE : OTPI_BOXED_BIG_POSITIVE, n);
    return otpi_box_term(box);
}

otp_term otpi_make_big(bool negative, const uint64_t *limb, size_t n) {
    if (n <= 1 && fits_small(negative, n ? limb[0] : 0)) {
        return small_of(negative, n ? limb[0] : 0);
    }
    uint64_t *box = otpi_scope_try(n + 1);
    if (box == NULL) {
        return OTP_NONE;
    }
    memcpy(box + 1, limb, n * sizeof *limb);
    return seal(box, negative, n);
}

otp_term otpi_make_big_from_bytes(bool negative, const uint8_t *bytes, size_t size) {
    while (size > 0 && bytes[size - 1] == 0) {
        size--;
    }
    size_t n = otpi_words_of_bytes(size);
    uint64_t *box = otpi_scope_try(n + 1);
    if (box == NULL) {
        return OTP_NONE;
    }
    memset(box, 0, (n + 1) * sizeof *box);
    for (size_t i = 0; i < size; i++) {
        box[1 + i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
    }
    return seal(box, negative, n);
}

static unsigned digit_value(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* limb = limb * factor + addend; true when it grew by one limb. */
static bool multiply_add(uint64_t *limb, size_t n, uint64_t factor, uint64_t addend) {
    otpi_u128 carry = addend;
    for (size_t i = 0; i < n; i++) {
        carry += (otpi_u128)limb[i] * factor;
        limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    limb[n] = (uint64_t)carry;
    return carry != 0;
}

/* As many digits as fit a word; returns base to the power of their number. */
static uint64_t take_digits(const char **at, const char *end, unsigned base, uint64_t *value) {
    uint64_t power = 1;
    *value = 0;
    while (*at < end && power <= UINT64_MAX / base) {
        char c = *(*at)++;
        if (c != '_') {
            *value = *value * base + digit_value(c);
            power *= base;
        }
    }
    return power;
}

otp_err otpi_make_big_from_digits(bool negative, const char *digits, size_t length, unsigned base,
                                  otp_term *out) {
    if (length > DIGITS_MAX * 2) { /* underscores included */
        return OTP_ESIZE;
    }
    unsigned bits = 1;
    while (1u << bits < base) {
        bits++;
    }
    size_t room = length * bits / 64 + 2;
    uint64_t near[4];
    uint64_t *box = room < sizeof near / sizeof near[0] ? near : otpi_scope_try(room + 1);
    if (box == NULL) {
        return OTP_ENOMEM;
    }
    size_t n = 0;
    for (const char *at = digits, *end = digits + length; at < end;) {
        uint64_t value;
        uint64_t power = take_digits(&at, end, base, &value);
        n += multiply_add(box + 1, n, power, value);
        if (n > OTPI_BIG_LIMBS_MAX) {
            return OTP_ESIZE;
        }
    }
    *out = box == near ? otpi_make_big(negative, box + 1, n) : seal(box, negative, n);
    return otp_is_none(*out) ? OTP_ENOMEM : OTP_OK;
}

/* ---- Order ---- */

static int compare_magnitude(otpi_big a, otpi_big b) {
    if (a.n != b.n) {
        return a.n < b.n ? -1 : 1;
    }
    for (size_t i = a.n; i-- > 0;) {
        if (a.limb[i] != b.limb[i]) {
            return a.limb[i] < b.limb[i] ? -1 : 1;
        }
    }
    return 0;
}

int otpi_big_compare(otpi_big a, otpi_big b) {
    if (a.negative != b.negative) {
        return a.negative ? -1 : 1;
    }
    int order = compare_magnitude(a, b);
    return a.negative ? -order : order;
}

int otpi_int_compare_double(int64_t a, double b) {
    if (b >= 0x1p63) {
        return -1;
    }
    if (b < -0x1p63) {
        return 1;
    }
    int64_t whole = (int64_t)b;
    if (a != whole) {
        return a < whole ? -1 : 1;
    }
    double rest = b - (double)whole; /* exact: both are near */
    return rest > 0 ? -1 : rest < 0;
}

/* Limb i of mantissa << shift. */
static uint64_t shifted_limb(uint64_t mantissa, int shift, size_t i) {
    int at = shift - (int)i * 64;
    if (at <= -64 || at >= 64) {
        return 0;
    }
    return at >= 0 ? mantissa << at : mantissa >> -at;
}

int otpi_big_compare_double(otpi_big a, double b) {
    if (a.n == 0 || (a.n == 1 && a.limb[0] <= INT64_MAX)) {
        int64_t value = a.n == 0 ? 0 : (int64_t)a.limb[0];
        return otpi_int_compare_double(a.negative ? -value : value, b);
    }
    if (a.negative != (b < 0)) {
        return a.negative ? -1 : 1;
    }
    int exponent;
    double fraction = frexp(fabs(b), &exponent);
    int bits = (int)(a.n * 64) - __builtin_clzll(a.limb[a.n - 1]);
    int order = bits < exponent ? -1 : bits > exponent;
    if (order == 0) { /* same magnitude, at least 2^63, so b is a whole number too */
        uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
        for (size_t i = a.n; i-- > 0 && order == 0;) {
            uint64_t limb = shifted_limb(mantissa, exponent - 53, i);
            order = a.limb[i] < limb ? -1 : a.limb[i] > limb;
        }
    }
    return a.negative ? -order : order;
}

double otpi_big_to_double(otpi_big a) {
    if (a.n == 0) {
        return 0.0;
    }
    uint64_t top = a.limb[a.n - 1];
    int lead = __builtin_clzll(top);
    bool more = false;
    if (a.n > 1) {
        uint64_t next = a.limb[a.n - 2];
        top = lead ? top << lead | next >> (64 - lead) : top;
        more = lead ? next << lead != 0 : next != 0;
        for (size_t i = a.n - 2; i-- > 0 && !more;) {
            more = a.limb[i] != 0;
        }
    } else {
        top <<= lead;
    }
    /* The bits below the 53 of a double only decide the rounding: one sticky bit stands for the
     * rest. */
    double value = ldexp((double)(top | more), (int)(a.n * 64) - lead - 64);
    return a.negative ? -value : value;
}

bool otpi_get_number(otp_term term, double *out) {
    uint64_t room;
    otpi_big big;
    if (otp_get_float(term, out)) {
        return true;
    }
    if (!otpi_big_view(term, &room, &big)) {
        return false;
    }
    *out = otpi_big_to_double(big);
    return isfinite(*out);
}

size_t otpi_big_bytes(otpi_big a) {
    if (a.n == 0) {
        return 0;
    }
    return a.n * 8 - (size_t)__builtin_clzll(a.limb[a.n - 1]) / 8;
}

/* ---- Decimal ---- */

static uint64_t divide(uint64_t *limb, size_t n, uint64_t divisor) {
    otpi_u128 rest = 0;
    for (size_t i = n; i-- > 0;) {
        rest = rest << 64 | limb[i];
        limb[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint64_t)rest;
}

static void put_padded(uint64_t value, bool pad, void (*put)(void *, const char *, size_t),
                       void *context) {
    char digits[DECIMAL_DIGITS + 1];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (pad && at > 1) {
        digits[--at] = '0';
    }
    put(context, digits + at, sizeof digits - at);
}

/* scratch: room for the limbs and, behind them, the same number and an eighth of decimal ones. */
static void print_decimal(otpi_big a, uint64_t *scratch, void (*put)(void *, const char *, size_t),
                          void *context) {
    uint64_t *decimal = scratch + a.n;
    size_t n = a.n;
    size_t count = 0;
    memcpy(scratch, a.limb, n * sizeof *scratch);
    while (n > 0) {
        decimal[count++] = divide(scratch, n, DECIMAL_LIMB);
        while (n > 0 && scratch[n - 1] == 0) {
            n--;
        }
    }
    for (size_t i = count; i-- > 0;) {
        put_padded(decimal[i], i != count - 1, put, context);
    }
}

static void print_hexadecimal(otpi_big a, void (*put)(void *, const char *, size_t),
                              void *context) {
    put(context, "16#", 3);
    for (size_t i = otpi_big_bytes(a) * 2; i-- > 0;) {
        char digit = "0123456789ABCDEF"[a.limb[i / 16] >> i % 16 * 4 & 15];
        put(context, &digit, 1);
    }
}

void otpi_big_print(otpi_big a, void (*put)(void *context, const char *text, size_t size),
                    void *context) {
    uint64_t near[PRINT_LIMBS_INLINE * 2 + PRINT_LIMBS_INLINE / 8 + 2];
    if (a.n <= 1) {
        put_padded(a.n ? a.limb[0] : 0, false, put, context);
        return;
    }
    uint64_t *scratch = near;
    if (a.n > PRINT_LIMBS_INLINE) {
        scratch = otpi_alloc((a.n * 2 + a.n / 8 + 2) * sizeof *scratch);
    }
    if (scratch == NULL) {
        print_hexadecimal(a, put, context);
        return;
    }
    print_decimal(a, scratch, put, context);
    if (scratch != near) {
        otpi_free(scratch);
    }
}
