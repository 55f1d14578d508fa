/* SPDX-License-Identifier: MIT */
/*
 * The atom table: one for the OS process, append-only, so a word once given out stays valid for
 * ever and over all systems. Reading by index or by text takes no lock; only a new atom does.
 */
#ifndef OTP_TERM_ATOM_H
#define OTP_TERM_ATOM_H

#include "term/box.h"

/* Atoms known at compile time: OTPI_AM_ok is a word, otpi_am(ok) a term. */
enum otpi_atom_number {
#define OTPI_ATOM(name, text) OTPI_ATOM_NUMBER_##name,
#include "term/atoms.def"
#undef OTPI_ATOM
    OTPI_ATOM_NUMBERS
};
enum otpi_atom_word {
#define OTPI_ATOM(name, text) OTPI_AM_##name = OTPI_ATOM_NUMBER_##name << 6 | OTPI_LOW_ATOM,
#include "term/atoms.def"
#undef OTPI_ATOM
};
#define otpi_am(name) ((otp_term){OTPI_AM_##name})

enum {
    OTPI_ATOM_CHARS_MAX = 255,
    OTPI_ATOMS_MAX = 1048576, /* as the BEAM's default */
};

typedef struct otpi_atom {
    const char *text; /* atomic: written last, so whoever sees it sees the rest */
    uint64_t hash;    /* of the text */
    uint32_t length;  /* in bytes */
    uint32_t chars;
} otpi_atom;

/* What the table knows of an atom. The term must be one. */
const otpi_atom *otpi_atom_of(otp_term atom);

/* Finds an atom by text; OTP_NONE when there is none of that name (the text may be anything). */
otp_term otpi_atom_find(const char *text, size_t length);
/* The same, made when new. OTP_EBADARG: no UTF-8, or more than 255 characters; OTP_ELIMIT: the
 * table is full; OTP_ENOMEM. Asks no quota. */
OTP_MUST_CHECK otp_err otpi_atom_make(const char *text, size_t length, otp_term *out);

/* Order of two atoms by text: by code points, as Erlang. */
int otpi_atom_compare(otp_term a, otp_term b);
size_t otpi_atom_count(void);

#endif
