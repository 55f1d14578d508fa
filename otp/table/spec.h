/* SPDX-License-Identifier: MIT */
/*
 * Match specifications, compiled: what select.h describes.
 *
 * Design notes. A specification is a term [{Head, Guards, Results}]; a text is first read into such
 * a term. Heads become patterns (term/pattern.h), every occurrence of a variable a hole of its own;
 * those of one variable are compared afterwards. Guards and results become trees of nodes in one
 * array, the operands of a node side by side. Constants point into the specification's own copy of
 * its term. An argument ~w of a text is, in that term, a hole of letter w.
 */
#ifndef OTP_TABLE_SPEC_H
#define OTP_TABLE_SPEC_H

#include <otp/select.h>

#include "term/pattern.h"

enum {
    OTPI_SPEC_DEPTH_MAX = OTPI_PATTERN_DEPTH_MAX,
    OTPI_SPEC_NODES_MAX = 65536,
};

typedef enum otpi_node_code {
    OTPI_NODE_CONSTANT,
    OTPI_NODE_ARGUMENT, /* first: which */
    OTPI_NODE_VARIABLE, /* first: the hole that has its value */
    OTPI_NODE_WHOLE,    /* '$_' */
    OTPI_NODE_ALL,      /* '$$' */
    OTPI_NODE_TUPLE,
    OTPI_NODE_LIST, /* the last operand is the tail */
    OTPI_NODE_MAP,  /* keys and values in turn */
    OTPI_NODE_CALL,
} otpi_node_code;

typedef struct otpi_node {
    uint8_t code;
    uint8_t function; /* otpi_function, of a call */
    uint32_t n;       /* operands, from first on */
    uint32_t first;
    otp_term term; /* the constant */
} otpi_node;

/* A variable of a head: '$Number'. */
typedef struct otpi_variable {
    uint32_t number;
    uint8_t hole;
    bool again; /* it has occurred before: must equal the entry of that number that is not */
} otpi_variable;

typedef struct otpi_clause {
    otp_pattern *head;
    uint32_t guards, guard_count; /* nodes */
    uint32_t results, result_count;
    otp_term head_term, results_term;         /* as given, in the pack */
    uint8_t argument[OTPI_PATTERN_HOLES_MAX]; /* of the holes that are arguments: which */
    bool has_arguments;
    uint8_t variable_count;
    otpi_variable variables[OTPI_PATTERN_HOLES_MAX]; /* by number, the first occurrence first */
} otpi_clause;

struct otp_spec {
    otpi_pack *pack;
    otpi_node *nodes;
    size_t argument_count;
    size_t clause_count;
    otpi_clause clauses[];
};

/* The functions of guards and results: OTPI_FUNCTION(name, text, fewest and most operands). */
#define OTPI_FUNCTIONS                                                                             \
    OTPI_FUNCTION(AND, "and", 1, 255)                                                              \
    OTPI_FUNCTION(OR, "or", 1, 255)                                                                \
    OTPI_FUNCTION(ANDALSO, "andalso", 1, 255)                                                      \
    OTPI_FUNCTION(ORELSE, "orelse", 1, 255)                                                        \
    OTPI_FUNCTION(NOT, "not", 1, 1)                                                                \
    OTPI_FUNCTION(XOR, "xor", 2, 2)                                                                \
    OTPI_FUNCTION(LESS, "<", 2, 2)                                                                 \
    OTPI_FUNCTION(LESS_EQUAL, "=<", 2, 2)                                                          \
    OTPI_FUNCTION(GREATER, ">", 2, 2)                                                              \
    OTPI_FUNCTION(GREATER_EQUAL, ">=", 2, 2)                                                       \
    OTPI_FUNCTION(EQUAL, "==", 2, 2)                                                               \
    OTPI_FUNCTION(NOT_EQUAL, "/=", 2, 2)                                                           \
    OTPI_FUNCTION(SAME, "=:=", 2, 2)                                                               \
    OTPI_FUNCTION(NOT_SAME, "=/=", 2, 2)                                                           \
    OTPI_FUNCTION(PLUS, "+", 1, 2)                                                                 \
    OTPI_FUNCTION(MINUS, "-", 1, 2)                                                                \
    OTPI_FUNCTION(TIMES, "*", 2, 2)                                                                \
    OTPI_FUNCTION(OVER, "/", 2, 2)                                                                 \
    OTPI_FUNCTION(DIV, "div", 2, 2)                                                                \
    OTPI_FUNCTION(REM, "rem", 2, 2)                                                                \
    OTPI_FUNCTION(BAND, "band", 2, 2)                                                              \
    OTPI_FUNCTION(BOR, "bor", 2, 2)                                                                \
    OTPI_FUNCTION(BXOR, "bxor", 2, 2)                                                              \
    OTPI_FUNCTION(BNOT, "bnot", 1, 1)                                                              \
    OTPI_FUNCTION(BSL, "bsl", 2, 2)                                                                \
    OTPI_FUNCTION(BSR, "bsr", 2, 2)                                                                \
    OTPI_FUNCTION(ABS, "abs", 1, 1)                                                                \
    OTPI_FUNCTION(FLOAT, "float", 1, 1)                                                            \
    OTPI_FUNCTION(ROUND, "round", 1, 1)                                                            \
    OTPI_FUNCTION(TRUNC, "trunc", 1, 1)                                                            \
    OTPI_FUNCTION(CEIL, "ceil", 1, 1)                                                              \
    OTPI_FUNCTION(FLOOR, "floor", 1, 1)                                                            \
    OTPI_FUNCTION(MIN, "min", 2, 2)                                                                \
    OTPI_FUNCTION(MAX, "max", 2, 2)                                                                \
    OTPI_FUNCTION(ELEMENT, "element", 2, 2)                                                        \
    OTPI_FUNCTION(HD, "hd", 1, 1)                                                                  \
    OTPI_FUNCTION(TL, "tl", 1, 1)                                                                  \
    OTPI_FUNCTION(LENGTH, "length", 1, 1)                                                          \
    OTPI_FUNCTION(SIZE, "size", 1, 1)                                                              \
    OTPI_FUNCTION(TUPLE_SIZE, "tuple_size", 1, 1)                                                  \
    OTPI_FUNCTION(BYTE_SIZE, "byte_size", 1, 1)                                                    \
    OTPI_FUNCTION(BIT_SIZE, "bit_size", 1, 1)                                                      \
    OTPI_FUNCTION(MAP_SIZE, "map_size", 1, 1)                                                      \
    OTPI_FUNCTION(MAP_GET, "map_get", 2, 2)                                                        \
    OTPI_FUNCTION(SELF, "self", 0, 0)                                                              \
    OTPI_FUNCTION(IS_MAP_KEY, "is_map_key", 2, 2)                                                  \
    OTPI_FUNCTION(IS_RECORD, "is_record", 3, 3)                                                    \
    OTPI_FUNCTION(IS_ATOM, "is_atom", 1, 1)                                                        \
    OTPI_FUNCTION(IS_BINARY, "is_binary", 1, 1)                                                    \
    OTPI_FUNCTION(IS_BITSTRING, "is_bitstring", 1, 1)                                              \
    OTPI_FUNCTION(IS_BOOLEAN, "is_boolean", 1, 1)                                                  \
    OTPI_FUNCTION(IS_FLOAT, "is_float", 1, 1)                                                      \
    OTPI_FUNCTION(IS_FUNCTION, "is_function", 1, 1)                                                \
    OTPI_FUNCTION(IS_INTEGER, "is_integer", 1, 1)                                                  \
    OTPI_FUNCTION(IS_LIST, "is_list", 1, 1)                                                        \
    OTPI_FUNCTION(IS_MAP, "is_map", 1, 1)                                                          \
    OTPI_FUNCTION(IS_NUMBER, "is_number", 1, 1)                                                    \
    OTPI_FUNCTION(IS_PID, "is_pid", 1, 1)                                                          \
    OTPI_FUNCTION(IS_PORT, "is_port", 1, 1)                                                        \
    OTPI_FUNCTION(IS_REFERENCE, "is_reference", 1, 1)                                              \
    OTPI_FUNCTION(IS_TUPLE, "is_tuple", 1, 1)

typedef enum otpi_function {
#define OTPI_FUNCTION(name, text, fewest, most) OTPI_FUNCTION_##name,
    OTPI_FUNCTIONS
#undef OTPI_FUNCTION
        OTPI_FUNCTION_COUNT
} otpi_function;

/* The function of that name; OTPI_FUNCTION_COUNT when there is none, or it does not take n. */
otpi_function otpi_function_find(const char *name, size_t n);
/* Its value. false: an exception, as wrong operands raise in Erlang. OTP_NONE: out of memory. The
 * results live as long as the operands and the current scope. */
bool otpi_function_call(otpi_function function, size_t n, const otp_term *operands, otp_term *out);

/* Reads a text as the term that it stands for, arguments as holes; in the current scope. own: the
 * program's text, which may have ~w; else atoms count as data's. */
OTP_MUST_CHECK otp_err otpi_spec_read(const char *text, bool own, otp_term *out, size_t *arguments,
                                      otp_spec_error *error);
/* Compiles such a term. */
OTP_MUST_CHECK otp_err otpi_spec_new(otp_term term, size_t arguments, otp_spec **out,
                                     otp_spec_error *error);

/* What became of a row. */
typedef enum otpi_spec_verdict {
    OTPI_SPEC_NO,
    OTPI_SPEC_YES, /* and *result is in the current scope, independent of the row */
    OTPI_SPEC_NO_MEMORY,
} otpi_spec_verdict;

otpi_spec_verdict otpi_spec_run(const otp_spec *spec, const otp_match_arg *arguments, otp_term row,
                                otp_term *result);

/* ---- Variables as atoms ---- */

/* Is it '$N'? */
bool otpi_spec_variable(otp_term atom, uint32_t *number);
bool otpi_spec_is_any(otp_term term);   /* '_' */
bool otpi_spec_is_whole(otp_term term); /* '$_' */
bool otpi_spec_is_all(otp_term term);   /* '$$' */

/* The key that every row has which a clause may match (an argument: the hole), OTP_NONE when it is
 * not known beforehand. */
otp_term otpi_clause_key(const otpi_clause *clause, size_t position);
/* Do its results keep the key of the row? Known from the specification alone. */
bool otpi_clause_keeps_key(const otpi_clause *clause, size_t position);

#endif
