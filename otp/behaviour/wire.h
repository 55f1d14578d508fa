/* SPDX-License-Identifier: MIT */
/*
 * The messages of gen, gen_server and sys, word by word: what goes over the wire is exactly what
 * Erlang/OTP 25 sends.
 *     call    {'$gen_call', {Pid, [alias | Ref]}, Request}   (a plain Ref as tag is understood too)
 *     system  {system, {Pid, [alias | Ref]}, Request}
 *     reply   {[alias | Ref], Reply}
 *     cast    {'$gen_cast', Request}
 * Built and taken apart here without patterns: this is the path of every call.
 */
#ifndef OTP_BEHAVIOUR_WIRE_H
#define OTP_BEHAVIOUR_WIRE_H

#include "term/atom.h"

/* The elements of a tuple of that arity, else NULL. */
static inline const uint64_t *otpi_wire_tuple(otp_term term, size_t arity) {
    if (!otpi_is_boxed(term)) {
        return NULL;
    }
    const uint64_t *box = otpi_box(term);
    return box[0] == otpi_header(OTPI_BOXED_TUPLE, arity) ? box + 1 : NULL;
}

static inline otp_term otpi_wire_term(uint64_t word) {
    return (otp_term){word};
}

/* {first, second} in the current scope. OTP_NONE when out of memory outside of a process. */
static inline otp_term otpi_wire_pair(otp_term first, otp_term second) {
    uint64_t *box = otpi_scope_words(3);
    if (!box) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, 2);
    box[1] = first.word;
    box[2] = second.word;
    return otpi_box_term(box);
}

/* The reference as a term, in the current scope. */
static inline otp_term otpi_wire_ref(otp_ref ref) {
    uint64_t *box = otpi_scope_words(4);
    if (!box) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_REFERENCE, 3);
    box[1] = ref.word[0];
    box[2] = ref.word[1];
    box[3] = ref.word[2];
    return otpi_box_term(box);
}

/* [alias | Ref], in the current scope. */
static inline otp_term otpi_wire_alias_tag(otp_ref ref) {
    otp_term tail = otpi_wire_ref(ref);
    uint64_t *cell = otpi_scope_words(2);
    if (!cell) {
        return OTP_NONE;
    }
    cell[0] = OTPI_AM_alias;
    cell[1] = tail.word;
    return otpi_cell_term(cell);
}

/* {Label, {Self, [alias | Ref]}, Request}, in the current scope. */
static inline otp_term otpi_wire_request(otp_term label, otp_pid self, otp_ref ref,
                                         otp_term request) {
    otp_term from = otpi_wire_pair(otp_from_pid(self), otpi_wire_alias_tag(ref));
    uint64_t *box = otpi_scope_words(4);
    if (!box) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_TUPLE, 3);
    box[1] = label.word;
    box[2] = from.word;
    box[3] = request.word;
    return otpi_box_term(box);
}

/* The reference of an [alias | Ref], else NULL. */
static inline const uint64_t *otpi_wire_alias_ref(otp_term tag) {
    if (!otpi_is_cell(tag) || otpi_cell(tag)[0] != OTPI_AM_alias) {
        return NULL;
    }
    return otpi_ref_words(otpi_wire_term(otpi_cell(tag)[1]));
}

#endif
