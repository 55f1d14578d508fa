/* SPDX-License-Identifier: MIT */
/*
 * Whom to answer: between {Pid, Tag} of a request and otp_from.
 */
#ifndef OTP_BEHAVIOUR_FROM_H
#define OTP_BEHAVIOUR_FROM_H

#include <otp/gen_server.h>

#include "behaviour/wire.h"

/* otp_from.flags: what the tag of the request was. */
enum otpi_from_tag {
    OTPI_FROM_NOBODY, /* nothing to answer */
    OTPI_FROM_ALIAS,  /* [alias | Ref]: the answer goes to the alias */
    OTPI_FROM_REF,    /* Ref: the answer goes to the process */
    OTPI_FROM_TERM,   /* anything else: ref.word[0] is the term, kept by the server */
};

bool otpi_from_decode_slow(otp_term term, otp_from *out);

/* Reads {Pid, Tag}; false when the term is no such thing. */
static inline bool otpi_from_decode(otp_term term, otp_from *out) {
    const uint64_t *pair = otpi_wire_tuple(term, 2);
    const uint64_t *ref = pair ? otpi_wire_alias_ref(otpi_wire_term(pair[1])) : NULL;
    if (__builtin_expect(!ref || !otpi_is_pid(otpi_wire_term(pair[0])), 0)) {
        return otpi_from_decode_slow(term, out);
    }
    *out =
        (otp_from){.pid = {pair[0]}, .ref = {{ref[0], ref[1], ref[2]}}, .flags = OTPI_FROM_ALIAS};
    return true;
}

/* {Pid, Tag} in the current scope; undefined when there is nobody to answer. */
otp_term otpi_from_term(const otp_from *from);

#endif
