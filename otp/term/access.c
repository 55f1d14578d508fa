/* SPDX-License-Identifier: MIT */
/*
 * Looking inside terms: kinds, numbers, tuples, lists. Binaries: binary.c, maps: map.c.
 */
#include "term/atom.h"
#include "term/big.h"

#include <string.h>

static otp_kind kind_of_box(uint64_t header) {
    static const uint8_t kinds[] = {
        [OTPI_BOXED_TUPLE] = OTP_KIND_TUPLE,          [OTPI_BOXED_MAP] = OTP_KIND_MAP,
        [OTPI_BOXED_BIG_POSITIVE] = OTP_KIND_INTEGER, [OTPI_BOXED_BIG_NEGATIVE] = OTP_KIND_INTEGER,
        [OTPI_BOXED_FLOAT] = OTP_KIND_FLOAT,          [OTPI_BOXED_REFERENCE] = OTP_KIND_REFERENCE,
        [OTPI_BOXED_BINARY] = OTP_KIND_BINARY,        [OTPI_BOXED_SHARED] = OTP_KIND_BINARY,
        [OTPI_BOXED_RESOURCE] = OTP_KIND_RESOURCE,    [OTPI_BOXED_OPAQUE] = OTP_KIND_FUN,
    };
    otpi_boxed_tag tag = otpi_header_tag(header);
    OTPI_ASSERT("term-006", tag < sizeof kinds); /* else the scope of the term has ended */
    return (otp_kind)kinds[tag];
}

otp_kind otp_kind_of(otp_term term) {
    if (otpi_is_boxed(term)) {
        return kind_of_box(otpi_box(term)[0]);
    }
    if (otpi_is_cell(term)) {
        return OTP_KIND_LIST;
    }
    switch (term.word & 15) {
    case OTPI_LOW_INTEGER: return OTP_KIND_INTEGER;
    case OTPI_LOW_PID: return OTP_KIND_PID;
    case OTPI_LOW_PORT: return OTP_KIND_PORT;
    default: break;
    }
    return otp_is_atom(term) ? OTP_KIND_ATOM : otp_is_nil(term) ? OTP_KIND_NIL : OTP_KIND_NONE;
}

/* ---- Numbers ---- */

bool otp_get_int(otp_term term, int64_t *out) {
    if (OTPI_LIKELY(otpi_is_small(term))) {
        *out = otpi_small(term);
        return true;
    }
    uint64_t room;
    otpi_big big;
    if (!otpi_big_view(term, &room, &big) || big.n != 1 ||
        big.limb[0] > (uint64_t)INT64_MAX + big.negative) {
        return false;
    }
    *out = (int64_t)(big.negative ? 0 - big.limb[0] : big.limb[0]);
    return true;
}

bool otp_get_uint(otp_term term, uint64_t *out) {
    uint64_t room;
    otpi_big big;
    if (!otpi_big_view(term, &room, &big) || big.negative || big.n > 1) {
        return false;
    }
    *out = big.n ? big.limb[0] : 0;
    return true;
}

bool otp_get_float(otp_term term, double *out) {
    const uint64_t *box = otpi_box_of(term, OTPI_BOXED_FLOAT);
    if (box == NULL) {
        return false;
    }
    memcpy(out, &box[1], sizeof *out);
    return true;
}

bool otp_get_bool(otp_term term, bool *out) {
    if (term.word != OTPI_AM_true && term.word != OTPI_AM_false) {
        return false;
    }
    *out = term.word == OTPI_AM_true;
    return true;
}

bool otp_get_pid(otp_term term, otp_pid *out) {
    if (!otpi_is_pid(term)) {
        return false;
    }
    out->word = term.word;
    return true;
}

bool otp_get_ref(otp_term term, otp_ref *out) {
    const uint64_t *words = otpi_ref_words(term);
    if (words == NULL) {
        return false;
    }
    memcpy(out->word, words, sizeof out->word);
    return true;
}

/* ---- Tuples and lists ---- */

size_t otp_arity(otp_term tuple) {
    const uint64_t *box = otpi_box_of(tuple, OTPI_BOXED_TUPLE);
    return box ? otpi_header_words(box[0]) : 0;
}

otp_term otp_element(otp_term tuple, size_t index) {
    const uint64_t *box = otpi_box_of(tuple, OTPI_BOXED_TUPLE);
    return box && index < otpi_header_words(box[0]) ? (otp_term){box[1 + index]} : OTP_NONE;
}

otp_term otp_head(otp_term list) {
    return otpi_is_cell(list) ? (otp_term){otpi_cell(list)[0]} : OTP_NONE;
}

otp_term otp_tail(otp_term list) {
    return otpi_is_cell(list) ? (otp_term){otpi_cell(list)[1]} : OTP_NONE;
}

size_t otp_length(otp_term list) {
    size_t length = 0;
    for (; otpi_is_cell(list); list.word = otpi_cell(list)[1]) {
        length++;
    }
    return otp_is_nil(list) ? length : SIZE_MAX;
}
