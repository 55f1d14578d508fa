/* SPDX-License-Identifier: MIT */
/*
 * Terms: the immutable values that processes exchange. Integers of any size, atoms, pids,
 * references, floats, binaries, tuples, lists, maps and resources, as in Erlang.
 *
 *     otp_term t = otp_tuple(OTP_ATOM(add), otp_int(5));
 *     int64_t n;
 *     if (otp_match(t, "{add, ~i}", &n)) { ... }
 *
 * Lifetime. A term is built in the current scope and lives until that scope ends. In a callback
 * the scope is the callback: what it received and what it built live until it returns. In a
 * process that receives in a loop, a top-level otp_receive ends the scope of the one before.
 * otp_scope_begin/otp_scope_end nest inside. otp_keep copies a term out of all scopes. Outside of
 * processes the scope is the thread's, until otp_scope_end of an explicit one.
 *
 * A failed allocation inside a process is the exit {enomem, Site}; outside one the builder returns
 * OTP_NONE, and building from OTP_NONE gives OTP_NONE.
 */
#ifndef OTP_TERM_H
#define OTP_TERM_H

#include <otp/err.h>

/* One tagged word. Compare with otp_equal or otp_compare, never the word itself. */
typedef struct otp_term {
    uint64_t word;
} otp_term;

/* A process identifier: names a process for ever, also after its exit. Is a term's word too. */
typedef struct otp_pid {
    uint64_t word;
} otp_pid;

/* A reference: unique within the cluster. Small enough to pass by value; opaque. */
typedef struct otp_ref {
    uint64_t word[3];
} otp_ref;

typedef enum otp_kind {
    OTP_KIND_NONE, /* no term: the result of a failed allocation outside of a process */
    OTP_KIND_INTEGER,
    OTP_KIND_FLOAT,
    OTP_KIND_ATOM,
    OTP_KIND_REFERENCE,
    OTP_KIND_FUN, /* a fun from the wire: opaque, kept byte for byte */
    OTP_KIND_PORT,
    OTP_KIND_PID,
    OTP_KIND_TUPLE,
    OTP_KIND_MAP,
    OTP_KIND_NIL,
    OTP_KIND_LIST,
    OTP_KIND_BINARY, /* bitstrings too: otp_bit_size tells */
    OTP_KIND_RESOURCE,
} otp_kind;

#define OTP_NONE     ((otp_term){0})
#define OTP_PID_NONE ((otp_pid){0})

/* ---- Atoms ---- */

/* The atom of that name, written as in OTP_ATOM(ok). Looked up once per call site. */
#define OTP_ATOM(name)                                                                             \
    __extension__({                                                                                \
        static otp_atom_site otp_site_ = {0, #name};                                               \
        otp_atom_of_site(&otp_site_);                                                              \
    })

typedef struct otp_atom_site {
    uint64_t word; /* written once, by any thread, always with the same value */
    const char *name;
} otp_atom_site;

/* What OTP_ATOM calls; of no use by itself. */
OTP_API otp_term otp_atom_of_site_slow(otp_atom_site *site);

static inline otp_term otp_atom_of_site(otp_atom_site *site) {
    uint64_t word = __atomic_load_n(&site->word, __ATOMIC_RELAXED);
    return __builtin_expect(word != 0, 1) ? (otp_term){word} : otp_atom_of_site_slow(site);
}

/* The atom of UTF-8 text of at most 255 characters; counted as the program's own. */
OTP_API otp_term otp_atom(const char *name);
/* The same for names that come from data: OTP_EATOMS when the quota is used up. */
OTP_API OTP_MUST_CHECK otp_err otp_atom_from_data(const char *name, size_t length, otp_term *out);
/* Text of an atom, UTF-8 and NUL terminated; static storage. "" when the term is no atom. */
OTP_API const char *otp_atom_text(otp_term atom);
OTP_API size_t otp_atom_length(otp_term atom);             /* in bytes */
OTP_API bool otp_is(otp_term term, const char *atom_name); /* is it the atom of that name? */

/* ---- Building ---- */

OTP_API otp_term otp_int_big(int64_t value); /* for integers that do not fit a word */

#define OTP_SMALL_MAX ((INT64_C(1) << 59) - 1)
#define OTP_SMALL_MIN (-(INT64_C(1) << 59))

static inline otp_term otp_int(int64_t value) {
    return __builtin_expect(value >= OTP_SMALL_MIN && value <= OTP_SMALL_MAX, 1)
               ? (otp_term){(uint64_t)value << 4 | 15}
               : otp_int_big(value);
}

/* Numbers, booleans, pids and references as terms. */
OTP_API otp_term otp_uint(uint64_t value);
OTP_API otp_term otp_float(double value); /* {badarg, Site} / OTP_NONE when not finite */
OTP_API otp_term otp_bool(bool value);    /* the atom true or false */
static inline otp_term otp_nil(void) {    /* the empty list */
    return (otp_term){0x3b};
}
static inline otp_term otp_from_pid(otp_pid pid) {
    return (otp_term){pid.word};
}
OTP_API otp_term otp_from_ref(otp_ref ref);

/* Copies the bytes. Above 64 bytes they are shared, not copied, between terms and processes. */
OTP_API otp_term otp_binary(const void *bytes, size_t size);
OTP_API otp_term otp_string(const char *utf8);   /* a binary of the text, without its NUL */
OTP_API otp_term otp_charlist(const char *utf8); /* a list of code points */

/* Composite terms from arrays of their elements; the macros below are shorter. */
OTP_API otp_term otp_tuple_of(size_t arity, const otp_term *elements);
OTP_API otp_term otp_cons(otp_term head, otp_term tail);
OTP_API otp_term otp_list_of(size_t length, const otp_term *elements);
/* keys_and_values: n pairs; a later equal key wins. */
OTP_API otp_term otp_map_of(size_t n, const otp_term *keys_and_values);

#define OTP_COUNT_OF_(...) (sizeof((otp_term[]){__VA_ARGS__}) / sizeof(otp_term))
/* otp_tuple(a, b, c), otp_list(a, b, c); otp_map(k1, v1, k2, v2). */
#define otp_tuple(...) otp_tuple_of(OTP_COUNT_OF_(__VA_ARGS__), (const otp_term[]){__VA_ARGS__})
#define otp_list(...)  otp_list_of(OTP_COUNT_OF_(__VA_ARGS__), (const otp_term[]){__VA_ARGS__})
#define otp_map(...)   otp_map_of(OTP_COUNT_OF_(__VA_ARGS__) / 2, (const otp_term[]){__VA_ARGS__})

/* A C pointer as a term. The destructor runs once, when the last term that holds it is gone; it may
 * run on any thread and may not suspend. Prints and orders as a reference, never as an address. */
typedef struct otp_resource_type {
    const char *name;
    void (*destroy)(void *object);
    otp_term (*describe)(void *object); /* optional: what reports show */
} otp_resource_type;

/* The object as a term; the term owns it from here on. */
OTP_API otp_term otp_resource(const otp_resource_type *type, void *object);
/* The object, or NULL when the term is no resource of that type. */
OTP_API void *otp_resource_get(otp_term term, const otp_resource_type *type);
/* What reports show of a resource: its describe, else the type's name; OTP_NONE when it is none. */
OTP_API otp_term otp_resource_describe(otp_term term);

/* ---- Looking inside ---- */

/* What a term is. */
OTP_API otp_kind otp_kind_of(otp_term term);
static inline bool otp_is_atom(otp_term term) {
    return (term.word & 0x3f) == 0x0b;
}
static inline bool otp_is_nil(otp_term term) {
    return term.word == 0x3b;
}
static inline bool otp_is_none(otp_term term) {
    return term.word == 0;
}

/* Each returns false and leaves *out alone when the term is of another kind or out of range. */
OTP_API bool otp_get_int(otp_term term, int64_t *out);
OTP_API bool otp_get_uint(otp_term term, uint64_t *out);
OTP_API bool otp_get_float(otp_term term, double *out);
OTP_API bool otp_get_bool(otp_term term, bool *out);
OTP_API bool otp_get_pid(otp_term term, otp_pid *out);
OTP_API bool otp_get_ref(otp_term term, otp_ref *out);
OTP_API bool otp_get_binary(otp_term term, const uint8_t **bytes, size_t *size);
OTP_API size_t otp_bit_size(otp_term term); /* of a binary or bitstring; SIZE_MAX when it is none */

OTP_API size_t otp_arity(otp_term tuple);                   /* 0 when no tuple */
OTP_API otp_term otp_element(otp_term tuple, size_t index); /* from 0; OTP_NONE out of range */
OTP_API otp_term otp_head(otp_term list);                   /* OTP_NONE when no cell */
OTP_API otp_term otp_tail(otp_term list);
/* Number of cells of a proper list, SIZE_MAX when improper or no list. */
OTP_API size_t otp_length(otp_term list);
/* OTP_LIST_FOREACH(element, list) { ... }: the elements of a list, an improper tail left out. */
#define OTP_LIST_FOREACH(element, list)                                                            \
    for (otp_term otp_rest_ = (list), element = otp_head(otp_rest_); !otp_is_none(element);        \
         otp_rest_ = otp_tail(otp_rest_), element = otp_head(otp_rest_))

/* Maps; put and remove give a new map and leave the old one as it is. */
OTP_API size_t otp_map_size(otp_term map);
OTP_API otp_term otp_map_get(otp_term map, otp_term key); /* OTP_NONE when absent */
OTP_API otp_term otp_map_put(otp_term map, otp_term key, otp_term value);
OTP_API otp_term otp_map_remove(otp_term map, otp_term key);
/* The i-th pair in key order; false when there is none. */
OTP_API bool otp_map_at(otp_term map, size_t i, otp_term *key, otp_term *value);

/* ---- Order and equality -----------------------------------------------------------------------
 */

/* Erlang's order of terms: number < atom < reference < fun < port < pid < tuple < map < nil < list
 * < bit string; 1 == 1.0 compare equal. Negative, 0 or positive. */
OTP_API int otp_compare(otp_term a, otp_term b);
/* Erlang's =:= (1 and 1.0 differ). */
OTP_API bool otp_equal(otp_term a, otp_term b);
/* Equal terms have equal hashes, in every run of every program. */
OTP_API uint64_t otp_hash(otp_term term);

/* ---- Text ---------------------------------------------------------------------------------------
 */

/* Prints in Erlang syntax, at most size - 1 bytes and a NUL; returns the full length as snprintf.
 */
OTP_API size_t otp_print(otp_term term, char *buffer, size_t size);
/* A printed copy in the current scope, never NULL: for messages and reports. */
OTP_API const char *otp_show(otp_term term);

/* Where and why a text or bytes could not be read. */
typedef struct otp_parse_error {
    size_t offset; /* in bytes from the beginning */
    size_t line, column;
    const char *expected; /* static text */
} otp_parse_error;

/* Reads one term in Erlang syntax: the whole text, with or without a final full stop. error may be
 * NULL. Pids and references print as <0.5.0> and #Ref<...>, and read back in the same world. */
OTP_API OTP_MUST_CHECK otp_err otp_parse(const char *text, otp_term *out, otp_parse_error *error);
/* The same for text the program itself contains: the exit {badarg, Site}, or OTP_NONE, on an error.
 * otp_term_of("#{name => ~w}", t): printf-like holes ~w (otp_term) ~i (int64_t) ~s (C string as
 * binary). */
OTP_API otp_term otp_term_of(const char *text, ...);

/* ---- Scopes -----------------------------------------------------------------------------------
 */

typedef struct otp_scope {
    void *mark[4];
} otp_scope;

/* Begins a nested scope: the terms built from here on end with otp_scope_end. */
OTP_API otp_scope otp_scope_begin(void);
OTP_API void otp_scope_end(otp_scope scope);
/* Ends the scope but carries one term out of it, into the enclosing scope. */
OTP_API otp_term otp_scope_end_with(otp_scope scope, otp_term result);

#endif
