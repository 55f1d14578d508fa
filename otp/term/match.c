/* SPDX-License-Identifier: MIT */
/*
 * Running patterns. Nothing is allocated and nothing written before the whole pattern has matched.
 */
#include <otp/match.h>

#include "port/memory.h"
#include "term/atom.h"
#include "term/big.h"
#include "term/build.h"
#include "term/pattern.h"

#include <string.h>

/* ---- What fits a hole ---- */

static OTPI_NOINLINE bool fits_rarer(char letter, otp_term term) {
    int64_t i;
    uint64_t u;
    double f;
    const uint8_t *bytes;
    size_t size;
    switch (letter) {
    case 'i': return otp_get_int(term, &i);
    case 'u': return otp_get_uint(term, &u);
    case 'f': return otpi_get_number(term, &f);
    case 'r': return otpi_ref_words(term) != NULL;
    case 'b': return otp_get_binary(term, &bytes, &size);
    case 'l': return otpi_is_cell(term) || otp_is_nil(term);
    case 'm': return otpi_box_of(term, OTPI_BOXED_MAP) != NULL;
    default: return term.word == OTPI_AM_true || term.word == OTPI_AM_false; /* o */
    }
}

static inline bool fits(char letter, otp_term term) {
    if (letter == 't') {
        return true;
    }
    if (letter == 'p') {
        return otpi_is_pid(term);
    }
    return letter == 'a' ? otp_is_atom(term) : fits_rarer(letter, term);
}

static void write_out(const otp_match_arg *arg, otp_term term) {
    switch (arg->type) {
    case 't': ((otp_term *)arg->out)->word = term.word; return;
    case 'i': (void)otp_get_int(term, arg->out); return;
    case 'u': (void)otp_get_uint(term, arg->out); return;
    case 'f': (void)otpi_get_number(term, arg->out); return;
    case 'p': ((otp_pid *)arg->out)->word = term.word; return;
    case 'r': (void)otp_get_ref(term, arg->out); return;
    case 'o': *(bool *)arg->out = term.word == OTPI_AM_true; return;
    case 'b': {
        otp_bytes *bytes = arg->out;
        (void)otp_get_binary(term, &bytes->data, &bytes->size);
        return;
    }
    default: return; /* w: was an argument */
    }
}

/* ---- Running ---- */

static const uint64_t *value_of_key(const uint64_t *box, otp_term key) {
    size_t at = otp_is_none(key) ? SIZE_MAX : otpi_map_find(box, key);
    return at == SIZE_MAX ? NULL : box + 1 + otpi_header_words(box[0]) / 2 + at;
}

static otp_term key_of(const otpi_op *op, const otp_match_arg *args) {
    return op->code == OTPI_OP_KEY ? (otp_term){op->word} : args[op->hole].in;
}

/* Inlined into both of its callers: a match costs little more than a call. */
static inline __attribute__((always_inline)) bool run(const otp_pattern *pattern, otp_term root,
                                                      const otp_match_arg *args, otp_term *found) {
    const uint64_t *reg[2 * OTPI_PATTERN_DEPTH_MAX + 2];
    reg[0] = &root.word;
    for (const otpi_op *op = pattern->ops;; op++) {
        if (op->code == OTPI_OP_END) {
            return true;
        }
        otp_term term = {reg[op->from][op->index]};
        switch ((otpi_op_code)op->code) {
        case OTPI_OP_WORD:
            if (term.word != op->word) {
                return false;
            }
            break;
        case OTPI_OP_TUPLE:
            if (!otpi_is_boxed(term) || otpi_box(term)[0] != op->word) {
                return false;
            }
            reg[op->to] = otpi_box(term) + 1;
            break;
        case OTPI_OP_INTEGER:
            if (!otpi_is_small(term) && !fits_rarer('i', term)) {
                return false;
            }
            if (found != NULL) {
                found[op->hole] = term;
            }
            break;
        case OTPI_OP_HOLE:
            if (!fits(op->letter, term)) {
                return false;
            }
            if (found != NULL) {
                found[op->hole] = term;
            }
            break;
        case OTPI_OP_CELL:
            if (!otpi_is_cell(term)) {
                return false;
            }
            reg[op->to] = otpi_cell(term);
            break;
        case OTPI_OP_EQUAL:
            if (!otp_equal(term, (otp_term){op->word})) {
                return false;
            }
            break;
        case OTPI_OP_SAME:
            if (!otp_equal(term, args[op->hole].in)) {
                return false;
            }
            break;
        case OTPI_OP_MAP:
            reg[op->to] = otpi_box_of(term, OTPI_BOXED_MAP);
            if (reg[op->to] == NULL) {
                return false;
            }
            break;
        case OTPI_OP_KEY:
        case OTPI_OP_KEY_HOLE:
            reg[op->to] = value_of_key(reg[op->from], key_of(op, args));
            if (reg[op->to] == NULL) {
                return false;
            }
            break;
        case OTPI_OP_END: return true;
        }
    }
}

bool otpi_pattern_run(const otp_pattern *pattern, otp_term term, const otp_match_arg *args,
                      otp_term *found) {
    return run(pattern, term, args, found);
}

/* ---- Call sites ---- */

static OTPI_COLD bool misused(const otp_match_site *site, const char *what) {
    otpi_terms.bad_argument(site->site, what);
    otpi_panic("match-001", __FILE__, __LINE__, what);
}

static OTPI_COLD OTPI_NOINLINE const otp_pattern *compile_site(otp_match_site *site) {
    otp_pattern *fresh;
    otp_parse_error error;
    otp_err err = otpi_pattern_new(site->pattern, true, &fresh, &error);
    if (err == OTP_ENOMEM) {
        otpi_terms.no_memory(site->site);
        return NULL;
    }
    if (err != OTP_OK) {
        misused(site, error.expected);
    }
    void *expected = NULL;
    /* release: the program is complete before others find it; pairs with the acquire in
     * otp_match_at */
    if (!__atomic_compare_exchange_n(&site->compiled, &expected, fresh, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        otp_pattern_free(fresh); /* another thread was faster */
        return expected;
    }
    return fresh;
}

bool otp_match_at(otp_match_site *site, otp_term term, size_t n, const otp_match_arg *args) {
    const otp_pattern *pattern = __atomic_load_n(&site->compiled, __ATOMIC_ACQUIRE);
    if (OTPI_UNLIKELY(pattern == NULL)) {
        pattern = compile_site(site);
        if (pattern == NULL) {
            return false;
        }
    }
    if (OTPI_UNLIKELY(pattern->holes != n || n > OTPI_MATCH_ARGS_MAX)) {
        return misused(site, "as many arguments as the pattern has holes");
    }
    for (size_t i = 0; i < n; i++) {
        if (OTPI_UNLIKELY(pattern->type[i] != args[i].type)) {
            return misused(site, "arguments of the types that the pattern's holes have");
        }
    }
    otp_term found[OTPI_MATCH_ARGS_MAX];
    if (otp_is_none(term) || !run(pattern, term, args, found)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (OTPI_LIKELY(args[i].type == 'i' && otpi_is_small(found[i]))) {
            *(int64_t *)args[i].out = otpi_small(found[i]);
        } else if (args[i].type != 'w') {
            write_out(&args[i], found[i]);
        }
    }
    return true;
}
