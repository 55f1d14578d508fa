/* SPDX-License-Identifier: MIT */
/*
 * Integers of any size; see number.h. Schoolbook methods: what tables count with is small.
 */
#include "table/number.h"

#include "base/hash.h"
#include "term/build.h"

#include <string.h>

typedef struct operand {
    uint64_t room;
    otpi_big big;
} operand;

static void operand_of(otp_term term, operand *out) {
    bool integer = otpi_big_view(term, &out->room, &out->big);
    OTPI_ASSERT("table-004", integer);
}

/* n limbs of the current scope; NULL also when there may not be so many. */
static uint64_t *limbs_new(size_t n) {
    return n <= OTPI_BIG_LIMBS_MAX + 1 ? otpi_scope_try(n) : NULL;
}

static otp_term make(bool negative, const uint64_t *limb, size_t n) {
    while (n > 0 && limb[n - 1] == 0) {
        n--;
    }
    return n <= OTPI_BIG_LIMBS_MAX ? otpi_make_big(negative && n > 0, limb, n) : OTP_NONE;
}

/* ---- Sums ---- */

static int magnitude_compare(otpi_big a, otpi_big b) {
    a.negative = b.negative = false;
    return otpi_big_compare(a, b);
}

/* a has at least as many limbs; out has one more. */
static void magnitude_add(uint64_t *out, otpi_big a, otpi_big b) {
    otpi_u128 carry = 0;
    for (size_t i = 0; i < a.n; i++) {
        carry += (otpi_u128)a.limb[i] + (i < b.n ? b.limb[i] : 0);
        out[i] = (uint64_t)carry;
        carry >>= 64;
    }
    out[a.n] = (uint64_t)carry;
}

/* a is not less than b. */
static void magnitude_subtract(uint64_t *out, otpi_big a, otpi_big b) {
    bool borrow = false;
    for (size_t i = 0; i < a.n; i++) {
        uint64_t less = i < b.n ? b.limb[i] : 0;
        uint64_t once;
        borrow = __builtin_sub_overflow(a.limb[i], (uint64_t)borrow, &once);
        borrow |= __builtin_sub_overflow(once, less, &out[i]);
    }
}

static otp_term sum(otpi_big a, otpi_big b) {
    if (magnitude_compare(a, b) < 0) {
        otpi_big larger = b;
        b = a;
        a = larger;
    }
    uint64_t *limb = limbs_new(a.n + 1);
    if (limb == NULL) {
        return OTP_NONE;
    }
    if (a.negative == b.negative) {
        magnitude_add(limb, a, b);
        return make(a.negative, limb, a.n + 1);
    }
    magnitude_subtract(limb, a, b);
    return make(a.negative, limb, a.n);
}

otp_term otpi_integer_add(otp_term a, otp_term b) {
    int64_t small;
    if (otpi_is_small(a) && otpi_is_small(b)) {
        small = otpi_small(a) + otpi_small(b); /* of 60 bits each */
        return otpi_make_int(small);
    }
    operand x;
    operand y;
    operand_of(a, &x);
    operand_of(b, &y);
    return sum(x.big, y.big);
}

otp_term otpi_integer_subtract(otp_term a, otp_term b) {
    operand x;
    operand y;
    operand_of(a, &x);
    operand_of(b, &y);
    y.big.negative = !y.big.negative;
    return sum(x.big, y.big);
}

/* ---- Products ---- */

otp_term otpi_integer_multiply(otp_term a, otp_term b) {
    operand x;
    operand y;
    operand_of(a, &x);
    operand_of(b, &y);
    size_t n = x.big.n + y.big.n;
    uint64_t *limb = limbs_new(n);
    if (limb == NULL) {
        return OTP_NONE;
    }
    memset(limb, 0, n * sizeof *limb);
    for (size_t i = 0; i < x.big.n; i++) {
        otpi_u128 carry = 0;
        for (size_t j = 0; j < y.big.n; j++) {
            carry += (otpi_u128)x.big.limb[i] * y.big.limb[j] + limb[i + j];
            limb[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        limb[i + y.big.n] = (uint64_t)carry;
    }
    return make(x.big.negative != y.big.negative, limb, n);
}

/* ---- Quotients ---- */

static uint64_t divide_by_limb(uint64_t *quotient, otpi_big a, uint64_t by) {
    otpi_u128 rest = 0;
    for (size_t i = a.n; i-- > 0;) {
        rest = rest << 64 | a.limb[i];
        quotient[i] = (uint64_t)(rest / by);
        rest %= by;
    }
    return (uint64_t)rest;
}

/* rest = 2 rest + bit; its n limbs have room for it. */
static void push_bit(uint64_t *rest, size_t n, bool bit) {
    uint64_t carry = bit;
    for (size_t i = 0; i < n; i++) {
        uint64_t out = rest[i] >> 63;
        rest[i] = rest[i] << 1 | carry;
        carry = out;
    }
}

static size_t significant(const uint64_t *limb, size_t n) {
    while (n > 0 && limb[n - 1] == 0) {
        n--;
    }
    return n;
}

/* Bit by bit; rest has b.n + 1 limbs, all 0. */
static void divide_by_many(uint64_t *quotient, uint64_t *rest, otpi_big a, otpi_big b) {
    memset(quotient, 0, a.n * sizeof *quotient);
    for (size_t i = a.n * 64; i-- > 0;) {
        push_bit(rest, b.n + 1, a.limb[i / 64] >> (i % 64) & 1);
        otpi_big now = {rest, significant(rest, b.n + 1), false};
        if (magnitude_compare(now, b) >= 0) {
            magnitude_subtract(rest, (otpi_big){rest, b.n + 1, false}, b);
            quotient[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
}

bool otpi_integer_divide(otp_term a, otp_term b, otp_term *quotient, otp_term *remainder) {
    operand x;
    operand y;
    operand_of(a, &x);
    operand_of(b, &y);
    uint64_t *limb = limbs_new(x.big.n);
    uint64_t *rest = limbs_new(y.big.n + 1);
    if (limb == NULL || rest == NULL) {
        return false;
    }
    memset(rest, 0, (y.big.n + 1) * sizeof *rest);
    if (y.big.n == 1) {
        rest[0] = divide_by_limb(limb, x.big, y.big.limb[0]);
    } else {
        divide_by_many(limb, rest, x.big, y.big);
    }
    *quotient = make(x.big.negative != y.big.negative, limb, x.big.n);
    *remainder = make(x.big.negative, rest, y.big.n + 1);
    return !otp_is_none(*quotient) && !otp_is_none(*remainder);
}

/* ---- Bits ---- */

static otp_term power_of_two(size_t n) {
    uint64_t *limb = n < (size_t)OTPI_BIG_LIMBS_MAX * 64 ? limbs_new(n / 64 + 1) : NULL;
    if (limb == NULL) {
        return OTP_NONE;
    }
    memset(limb, 0, (n / 64 + 1) * sizeof *limb);
    limb[n / 64] = UINT64_C(1) << (n % 64);
    return make(false, limb, n / 64 + 1);
}

otp_term otpi_integer_shift(otp_term a, int64_t n) {
    operand x;
    operand_of(a, &x);
    if (n >= 0) {
        otp_term power = x.big.n == 0 ? a : power_of_two((size_t)n);
        return otp_is_none(power) ? power : otpi_integer_multiply(a, power);
    }
    size_t right = 0 - (size_t)n;
    otp_term quotient;
    otp_term remainder;
    if (right >= x.big.n * 64) {
        return otp_int(x.big.negative ? -1 : 0);
    }
    otp_term power = power_of_two(right);
    if (otp_is_none(power) || !otpi_integer_divide(a, power, &quotient, &remainder)) {
        return OTP_NONE;
    }
    bool down = x.big.negative && remainder.word != otp_int(0).word;
    return down ? otpi_integer_add(quotient, otp_int(-1)) : quotient;
}

/* The i-th limb of two's complement; *borrow is true before the first. */
static uint64_t complement_limb(otpi_big a, size_t i, bool *borrow) {
    uint64_t limb = i < a.n ? a.limb[i] : 0;
    if (!a.negative) {
        return limb;
    }
    uint64_t less = limb - *borrow;
    *borrow = *borrow && limb == 0;
    return ~less; /* -m is the complement of m - 1 */
}

otp_term otpi_integer_bits(otp_term a, otp_term b, char operation) {
    operand x;
    operand y;
    operand_of(a, &x);
    operand_of(b, &y);
    size_t n = (x.big.n > y.big.n ? x.big.n : y.big.n) + 1; /* one for the sign */
    uint64_t *limb = limbs_new(n);
    if (limb == NULL) {
        return OTP_NONE;
    }
    bool borrow_x = true;
    bool borrow_y = true;
    for (size_t i = 0; i < n; i++) {
        uint64_t u = complement_limb(x.big, i, &borrow_x);
        uint64_t v = complement_limb(y.big, i, &borrow_y);
        limb[i] = operation == '&' ? u & v : operation == '|' ? u | v : u ^ v;
    }
    bool negative = limb[n - 1] >> 63;
    bool carry = negative;
    for (size_t i = 0; negative && i < n; i++) {
        limb[i] = ~limb[i] + carry;
        carry = carry && limb[i] == 0;
    }
    return make(negative, limb, n);
}

double otpi_integer_to_double(otp_term a) {
    operand x;
    operand_of(a, &x);
    return otpi_big_to_double(x.big);
}
