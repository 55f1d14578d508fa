/* SPDX-License-Identifier: MIT */
/*
 * Generators as values: descriptions of terms, to be passed around, combined and drawn from.
 *
 *     static const st_generator *const users =
 *         st_list_of(st_tuple_of(st_integers(1, 999), st_strings(0, 20)), 0, 10);
 *
 *     otp_term drawn = st_draw(users);                  // [{17, <<"ab">>}, ...]
 *
 * Where a property draws what it needs itself, the draws of property.h are simpler. A generator is
 * a constant without memory of its own: at file scope it lives for ever, in a function as long as
 * the block it is written in. Drawn terms live in the scope of the caller, in st_check until the
 * case ends. They shrink as all draws do; nothing has to be said about it.
 */
#ifndef SUPERTESTER_GENERATOR_H
#define SUPERTESTER_GENERATOR_H

#include <supertester/property.h>

typedef struct st_generator st_generator;

/* A term drawn from the generator; in a process, or in a case of st_check. */
#define st_draw(generator) st_draw_generated((generator), ST_DRAWN_("st_draw(" #generator ")"))
ST_API otp_term st_draw_generated(const st_generator *generator, const char *label);

/* What the functions in generators are: they may draw, too. */
typedef otp_term st_map_fn(otp_term drawn);
typedef bool st_filter_fn(otp_term drawn);
typedef otp_term st_sized_fn(int size); /* 0, for small runs, to 100 */

typedef enum st_generator_kind {
    ST_GEN_INTEGER,
    ST_GEN_BOOLEAN,
    ST_GEN_FLOAT,
    ST_GEN_BINARY,
    ST_GEN_STRING,
    ST_GEN_TERM,
    ST_GEN_CONSTANT,
    ST_GEN_ATOM,
    ST_GEN_CHOICE,
    ST_GEN_TUPLE,
    ST_GEN_LIST,
    ST_GEN_UNIQUE_LIST,
    ST_GEN_MAP,
    ST_GEN_MAPPED,
    ST_GEN_FILTERED,
    ST_GEN_SIZED
} st_generator_kind;

/* Made by the macros below. */
struct st_generator {
    st_generator_kind kind;
    int64_t lo, hi; /* bounds, of values or lengths */
    double from, to;
    otp_term constant;
    const char *text;
    const st_generator *of, *values;
    const st_generator *const *parts;
    const uint32_t *weights;
    size_t count;
    st_map_fn *map;
    st_filter_fn *filter;
    st_sized_fn *sized;
};

#ifndef __cplusplus

/* ---- Of one value: simplest as in property.h ---- */

#define st_integers(low, high) ST_GEN_(.kind = ST_GEN_INTEGER, .lo = (low), .hi = (high))
#define st_booleans()          ST_GEN_(.kind = ST_GEN_BOOLEAN)
#define st_floats(low, high)   ST_GEN_(.kind = ST_GEN_FLOAT, .from = (low), .to = (high))
#define st_binaries(low, high) ST_GEN_(.kind = ST_GEN_BINARY, .lo = (low), .hi = (high))
/* Binaries of printable ASCII characters; at most 4,096. */
#define st_strings(low, high) ST_GEN_(.kind = ST_GEN_STRING, .lo = (low), .hi = (high))
#define st_any_terms(depth)   ST_GEN_(.kind = ST_GEN_TERM, .hi = (depth))
/* Always this term. At file scope only an atom by its text can be written: st_atom_of("ok"). */
#define st_constant(term)     ST_GEN_(.kind = ST_GEN_CONSTANT, .constant = (term))
#define st_atom_of(atom_text) ST_GEN_(.kind = ST_GEN_ATOM, .text = (atom_text))

/* ---- Of one of several: simplest is the first ---- */

#define st_any_of(...) ST_GEN_(.kind = ST_GEN_CHOICE, ST_GEN_PARTS_(__VA_ARGS__))
/* With weights: st_frequency(st_weights(8, 1), small, large). Not all are 0. */
#define st_frequency(the_weights, ...)                                                             \
    ST_GEN_(.kind = ST_GEN_CHOICE, .weights = the_weights, ST_GEN_PARTS_(__VA_ARGS__))
#define st_weights(...) ((const uint32_t[]){__VA_ARGS__})

/* ---- Of several ---- */

#define st_tuple_of(...) ST_GEN_(.kind = ST_GEN_TUPLE, ST_GEN_PARTS_(__VA_ARGS__))
/* low..high elements, at most 4,096. */
#define st_list_of(element, low, high)                                                             \
    ST_GEN_(.kind = ST_GEN_LIST, .of = (element), .lo = (low), .hi = (high))
/* No two of them equal. When there are too few different ones the case is discarded. */
#define st_unique_list_of(element, low, high)                                                      \
    ST_GEN_(.kind = ST_GEN_UNIQUE_LIST, .of = (element), .lo = (low), .hi = (high))
/* low..high keys, all different, and their values. */
#define st_map_of(key, value, low, high)                                                           \
    ST_GEN_(.kind = ST_GEN_MAP, .of = (key), .values = (value), .lo = (low), .hi = (high))

/* ---- Made from others ---- */

/* What the function makes of the drawn term; it may draw more that depends on it (bind). */
#define st_mapped(generator, function)                                                             \
    ST_GEN_(.kind = ST_GEN_MAPPED, .of = (generator), .map = (function))
#define st_bind(generator, function) st_mapped(generator, function)
/* Only those of which the function says true: after ten others in a row the case is discarded. */
#define st_filter(generator, function)                                                             \
    ST_GEN_(.kind = ST_GEN_FILTERED, .of = (generator), .filter = (function))
/* What the function draws for a run of that size. */
#define st_sized(function) ST_GEN_(.kind = ST_GEN_SIZED, .sized = (function))

#define ST_GEN_(...) (&(const st_generator){__VA_ARGS__})
#define ST_GEN_PARTS_(...)                                                                         \
    .parts = (const st_generator *const[]){__VA_ARGS__},                                           \
    .count = sizeof((const st_generator *const[]){__VA_ARGS__}) / sizeof(const st_generator *)

#endif

#endif
