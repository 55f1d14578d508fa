/* SPDX-License-Identifier: MIT */
/*
 * A term held outside of all scopes by a record that releases it: where otp_keep would have to be
 * searched for, because there are many. Words cost nothing; no term (OTP_NONE) is held as such.
 */
#ifndef OTP_BEHAVIOUR_HELD_H
#define OTP_BEHAVIOUR_HELD_H

#include "term/heap.h"

typedef struct otpi_held {
    otp_term term;
    otpi_pack *pack; /* NULL: the term is a word */
} otpi_held;

/* False when out of memory: then *held is as zeroed. */
static inline bool otpi_hold(otpi_held *held, otp_term term) {
    if (otp_is_none(term) || otpi_term_words(term) == 0) {
        *held = (otpi_held){.term = term};
        return true;
    }
    otpi_pack *pack = otpi_pack_new(term);
    *held = (otpi_held){pack ? pack->term : OTP_NONE, pack};
    return pack != NULL;
}

static inline void otpi_held_release(otpi_held *held) {
    otpi_pack_release(held->pack);
    *held = (otpi_held){.pack = NULL};
}

#endif
