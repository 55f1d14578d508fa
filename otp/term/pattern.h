/* SPDX-License-Identifier: MIT */
/*
 * Compiled patterns: a short program that looks into a term without allocating.
 *
 * Design notes. A pattern is first read as a term whose holes are words of their own (011011), then
 * compiled. An operation takes a word from a place (words at a register, index), tests it, and for
 * a container sets another register to its words; registers are as many as containers are nested.
 * Constants point into the pattern's own copy of itself.
 */
#ifndef OTP_TERM_PATTERN_H
#define OTP_TERM_PATTERN_H

#include <otp/match.h>

#include "term/box.h"

enum {
    OTPI_PATTERN_HOLES_MAX = 64,
    OTPI_PATTERN_DEPTH_MAX = 32,
    OTPI_MATCH_ARGS_MAX = 12,
};

typedef enum otpi_op_code {
    OTPI_OP_WORD,     /* is this very word (atoms, small integers, nil) */
    OTPI_OP_EQUAL,    /* equals the constant at word */
    OTPI_OP_TUPLE,    /* is a box whose header is word: to = its elements */
    OTPI_OP_CELL,     /* is a list cell: to = head and tail */
    OTPI_OP_MAP,      /* is a map: to = its box */
    OTPI_OP_KEY,      /* from = a map's box: has the constant key at word: to = the value */
    OTPI_OP_KEY_HOLE, /* the same with the key of argument hole */
    OTPI_OP_HOLE,     /* fits the letter, is remembered for argument hole */
    OTPI_OP_INTEGER,  /* the same for ~i */
    OTPI_OP_SAME,     /* equals the term of argument hole */
    OTPI_OP_END,
} otpi_op_code;

typedef struct otpi_op {
    uint8_t code;
    uint8_t from, to; /* registers */
    uint8_t hole;
    char letter;
    uint32_t index; /* at register from */
    uint64_t word;
} otpi_op;

struct otp_pattern {
    otpi_pack *pack;
    size_t holes;
    char type[OTPI_PATTERN_HOLES_MAX]; /* of the argument that each hole takes */
    otpi_op ops[];
};

/* own: the program's text, which may have ~w; else atoms count as data's. */
OTP_MUST_CHECK otp_err otpi_pattern_new(const char *text, bool own, otp_pattern **out,
                                        otp_parse_error *error);
/* ---- Patterns from terms ---- */

/* A hole as a word that stands in a term under construction; index below OTPI_PATTERN_HOLES_MAX. A
 * '_' matches anything and has no index, a 'w' equals the argument of its index. */
otp_term otpi_pattern_hole(char letter, size_t index);
static inline bool otpi_is_pattern_hole(otp_term term) {
    return (term.word & 0x3f) == OTPI_LOW_HOLE;
}
size_t otpi_pattern_hole_index(otp_term hole);
/* Compiles a term with that many holes, at most OTPI_PATTERN_DEPTH_MAX deep, whose map keys have
 * none but whole 'w'. OTP_ENOMEM. */
OTP_MUST_CHECK otp_err otpi_pattern_of(otp_term term, size_t holes, otp_pattern **out);

/* found[i]: the word that hole i matched; NULL = not wanted (and then there is no ~w). */
bool otpi_pattern_run(const otp_pattern *pattern, otp_term term, const otp_match_arg *args,
                      otp_term *found);

#endif
