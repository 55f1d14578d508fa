/* SPDX-License-Identifier: MIT */
/*
 * Terms from bytes in the external term format. Any bytes are safe: sizes are compared with what is
 * left before anything is built, depth costs no machine stack, and every error names the offset.
 *
 * Containers are built in place: a frame holds the next word to fill and how many are left. A frame
 * whose last word is about to be filled is done before that, unless something is to be done when it
 * is full (maps are put in order, funs become opaque), so a chain of tails does not grow the stack.
 */
#include "term/etf_reader.h"

#include "term/box.h"
#include "term/build.h"
#include "term/parse.h"

#include <string.h>

enum { DEPTH_DEFAULT = 1000, ATOMS_DEFAULT = 10000, WORDS_DEFAULT = 64 << 20 };

/* note of a frame: its kind in the low bits; of a fun, where it begins above them. */
enum { IN_TUPLE, IN_LIST, IN_KEYS, IN_FUN, KIND_BITS = 2, KIND_MASK = 3 };

/* ---- Funs ---- */

static otp_err export_fun(otpi_etf_reader *r, otp_term *out) {
    otp_term module, function;
    otp_err err = otpi_etf_atom(r, &module);
    err = err ? err : otpi_etf_atom(r, &function);
    err = err ? err : otpi_etf_need(r, 2);
    if (err) {
        return err;
    }
    if (*r->at != OTPI_ETF_SMALL_INTEGER) {
        return otpi_etf_fail(r, OTP_EFORMAT, "the number of arguments");
    }
    err = otpi_etf_spend(r, 4 + (otp_atom_length(module) + otp_atom_length(function)) / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_export(module, function, r->at[1]);
    r->at += 2;
    return otpi_etf_built(r, *out);
}

/* Module, two integers, the creating pid, then the free variables, all of them terms: they are read
 * as a tuple, to be sure of them, and then only their bytes are kept. */
static otp_err begin_local_fun(otpi_etf_reader *r, otpi_frame *frame) {
    enum { FIXED_TERMS = 4, HEAD = 4 + 1 + 16 + 4 + 4 };
    const uint8_t *begin = r->at - 1;
    otp_err err = otpi_etf_need(r, HEAD);
    if (err) {
        return err;
    }
    size_t size = (size_t)otpi_etf_get(r, 4);
    r->at += 1 + 16 + 4;
    size_t count = (size_t)otpi_etf_get(r, 4) + FIXED_TERMS;
    if (size > (size_t)(r->end - begin) - 1 || size < HEAD || count > otpi_etf_left(r)) {
        return otpi_etf_fail(r, OTP_ETRUNCATED, "more bytes");
    }
    uint64_t *box = otpi_etf_words(r, count, &err);
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
static otp_err end_local_fun(otpi_etf_reader *r, const otpi_frame *frame, const uint64_t *first,
                             otp_term *out) {
    const uint8_t *begin = r->begin + (frame->note >> KIND_BITS);
    size_t size = (size_t)(r->at - begin);
    uint32_t claimed;
    memcpy(&claimed, begin + 1, sizeof claimed);
    if (__builtin_bswap32(claimed) != size - 1 || !is_fun_head(first)) {
        return otpi_etf_fail(r, OTP_EFORMAT, "a fun as long as it says");
    }
    otp_err err = otpi_etf_spend(r, 3 + size / 8);
    if (err) {
        return err;
    }
    *out = otpi_make_opaque(begin, size);
    return otpi_etf_built(r, *out);
}

/* ---- Containers ---- */

static otp_err begin_tuple(otpi_etf_reader *r, size_t size_size, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = otpi_etf_number(r, size_size, &n);
    err = err ? err : otpi_etf_need(r, n); /* each element takes a byte at least */
    uint64_t *box = err ? NULL : otpi_etf_words(r, n + 1, &err);
    if (box == NULL) {
        return err;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, n);
    *out = otpi_box_term(box);
    *frame = (otpi_frame){.a = box + 1, .left = n, .note = IN_TUPLE};
    return OTP_OK;
}

static otp_err begin_list(otpi_etf_reader *r, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = otpi_etf_number(r, 4, &n);
    if (err == OTP_OK && (n == 0 || otpi_etf_left(r) < n + 1)) {
        err = otpi_etf_fail(r, OTP_ETRUNCATED, "more bytes");
    }
    uint64_t *cells = err ? NULL : otpi_etf_words(r, 2 * n, &err);
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

static otp_err begin_map(otpi_etf_reader *r, otpi_frame *frame, otp_term *out) {
    uint64_t n = 0;
    otp_err err = otpi_etf_number(r, 4, &n);
    err = err ? err : otpi_etf_need(r, 2 * n);
    uint64_t *box = err ? NULL : otpi_etf_words(r, 1 + 2 * n, &err);
    if (box == NULL) {
        return err;
    }
    box[0] = otpi_header(OTPI_BOXED_MAP, 2 * n);
    *out = otpi_box_term(box);
    *frame = (otpi_frame){.a = box + 1, .b = box, .left = 2 * n, .note = IN_KEYS};
    return OTP_OK;
}

static otp_err end_map(otpi_etf_reader *r, const otpi_frame *frame) {
    uint64_t *box = (uint64_t *)(uintptr_t)frame->b;
    size_t n = otpi_header_words(box[0]) / 2;
    switch (otpi_map_sort(box + 1, box + 1 + n, n)) {
    case OTPI_MAP_STRICT: return OTP_OK;
    case OTPI_MAP_DUPLICATES: return otpi_etf_fail(r, OTP_EFORMAT, "keys of a map that differ");
    default: return otpi_etf_fail(r, OTP_ENOMEM, "more memory");
    }
}

/* ---- One tag ---- */

static otp_err begin_container(otpi_etf_reader *r, uint8_t tag, otpi_frame *frame, otp_term *out) {
    switch (tag) {
    case OTPI_ETF_EXPORT: return export_fun(r, out);
    case OTPI_ETF_SMALL_TUPLE: return begin_tuple(r, 1, frame, out);
    case OTPI_ETF_LARGE_TUPLE: return begin_tuple(r, 4, frame, out);
    case OTPI_ETF_LIST: return begin_list(r, frame, out);
    case OTPI_ETF_MAP: return begin_map(r, frame, out);
    case OTPI_ETF_NEW_FUN: return begin_local_fun(r, frame);
    case OTPI_ETF_COMPRESSED:
        r->at--;
        return otpi_etf_fail(r, OTP_EUNSUPPORTED,
                             "a term that is not compressed (libotp has no zlib)");
    case OTPI_ETF_FUN:
        r->at--;
        return otpi_etf_fail(r, OTP_EUNSUPPORTED, "a fun as written since Erlang/OTP R8");
    default: r->at--; return otpi_etf_fail(r, OTP_EFORMAT, "a tag of the external term format");
    }
}

/* A list of no elements is its tail. */
static void skip_empty_lists(otpi_etf_reader *r) {
    static const uint8_t empty[5] = {OTPI_ETF_LIST};
    while (otpi_etf_left(r) > sizeof empty && memcmp(r->at, empty, sizeof empty) == 0) {
        r->at += sizeof empty;
    }
}

/* A leaf is in *out; for a container, *frame says what is left to fill. */
static otp_err read_one(otpi_etf_reader *r, otpi_frame *frame, otp_term *out) {
    otp_err err = otpi_etf_need(r, 1);
    if (err) {
        return err;
    }
    if (*r->at == OTPI_ETF_LIST) {
        skip_empty_lists(r);
    }
    uint8_t tag = *r->at++;
    bool leaf;
    err = otpi_etf_leaf(r, tag, &leaf, out);
    return leaf ? err : begin_container(r, tag, frame, out);
}

/* ---- The walk ---- */

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
static otp_err end_full(otpi_etf_reader *r) {
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

static otp_err push(otpi_etf_reader *r, otpi_frame frame, uint64_t *slot, otp_term term) {
    if (r->frames.count >= r->limits.depth_max) {
        return otpi_etf_fail(r, OTP_EDEPTH, "less nesting");
    }
    if ((frame.note & KIND_MASK) == IN_FUN) {
        *slot = (uint64_t)(uintptr_t)frame.a; /* its terms, until it is opaque */
        frame.b = slot;
    } else {
        *slot = term.word;
    }
    return otpi_frames_push(&r->frames, frame) ? OTP_OK
                                               : otpi_etf_fail(r, OTP_ENOMEM, "more memory");
}

static otp_err read_term(otpi_etf_reader *r, otp_term *out) {
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

static void set_limits(otpi_etf_reader *r, const otp_etf_limits *limits) {
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
    otpi_etf_reader r;
    r.begin = r.at = r.error_at = bytes;
    r.end = bytes + size;
    r.expected = NULL;
    set_limits(&r, limits);
    otpi_frames_init(&r.frames);
    otp_scope mark = otpi_scope_mark();
    otp_term term = OTP_NONE;
    otp_err err = OTP_OK;
    if (skip > 0) {
        err = size == 0 ? otpi_etf_fail(&r, OTP_ETRUNCATED, "more bytes")
              : *r.at++ != OTPI_ETF_VERSION
                  ? (r.at--, otpi_etf_fail(&r, OTP_EFORMAT, "the version, a byte of 131"))
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
