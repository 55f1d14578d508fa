/* SPDX-License-Identifier: MIT */
/*
 * Terms: the immutable values that processes exchange. Integers of any size, atoms, pids,
 * references, floats, binaries, tuples, lists, maps and resources, as in Erlang.
 *
 *     otp_term t = otp_tuple(OTP_ATOM(add), otp_int(5));
 *     int64_t n;
 *     if (otp_match(t, "{add, ~i}", &n)) {
 *         printf("%s says %lld\n", otp_show(t), (long long)n);
 *     }
 *     otp_term m = otp_term_of("#{name => ~s, tags => [a, b]}", "todo");
 *     otp_term name = otp_map_get(m, OTP_ATOM(name));
 *
 * A term is one word, passed by value. Small integers, atoms, pids and the empty list are the word
 * itself; everything else lies in memory that belongs to a scope. Terms never change, so they may
 * be read by several threads and shared inside other terms; only their lifetime is to be thought
 * of.
 *
 * Lifetime. A term is built in the current scope and lives until that scope ends. In a callback
 * the scope is the callback: what it received and what it built live until it returns. In a
 * process that receives in a loop, a top-level otp_receive ends the scope of the one before.
 * otp_scope_begin and otp_scope_end nest inside. otp_keep copies a term out of all scopes. Outside
 * of processes the scope is the thread's: put what you build there between otp_scope_begin and
 * otp_scope_end, which also gives back all of the thread's memory for terms. What otp_get_binary,
 * otp_atom_text and otp_show point to lives as long as the term, for ever, and as long as the
 * scope. Builds for debugging overwrite what has ended, and ASan reports a later use.
 *
 * Failure. A failed allocation inside a process is the exit {enomem, Site}; outside of one the
 * builder returns OTP_NONE, and building from OTP_NONE gives OTP_NONE, so that one check at the end
 * is enough. A misuse inside a process is the exit {badarg, {Site, What}}; outside of one,
 * OTP_NONE.
 *
 * All functions may be called from any thread, in and out of processes, and never suspend.
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

/* In the order of Erlang's term order, but for the last. */
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

#define OTP_NONE     OTP_LITERAL(otp_term, 0)
#define OTP_PID_NONE OTP_LITERAL(otp_pid, 0)

/* ---- Atoms ---- */

/* The atom of that name: OTP_ATOM(ok) is ok. For names that are C words; others are made by
 * otp_atom. Looked up once per call site, afterwards one load. */
#ifdef __cplusplus
#define OTP_ATOM(name)                                                                             \
    ([]() -> otp_term {                                                                            \
        static otp_atom_site otp_site_ = {0, #name};                                               \
        return otp_atom_of_site(&otp_site_);                                                       \
    }())
#else
#define OTP_ATOM(name)                                                                             \
    __extension__({                                                                                \
        static otp_atom_site otp_site_ = {0, #name};                                               \
        otp_atom_of_site(&otp_site_);                                                              \
    })
#endif

/* What OTP_ATOM remembers. */
typedef struct otp_atom_site {
    uint64_t word; /* written once, by any thread, always with the same value */
    const char *name;
} otp_atom_site;

/* What OTP_ATOM calls; of no use by itself. */
OTP_API otp_term otp_atom_of_site_slow(otp_atom_site *site);

static inline otp_term otp_atom_of_site(otp_atom_site *site) {
    uint64_t word = __atomic_load_n(&site->word, __ATOMIC_RELAXED);
    return __builtin_expect(word != 0, 1) ? OTP_LITERAL(otp_term, word)
                                          : otp_atom_of_site_slow(site);
}

/* The atom of UTF-8 text of at most 255 characters, else a misuse. Counted as the program's own.
 * Atoms stay for ever: never make them of open sets of names. */
OTP_API otp_term otp_atom(const char *name);
/* The same for names that come from data: OTP_EATOMS when the atom is new and the quota of the
 * system is used up, OTP_EBADARG when the text is no atom's, OTP_ELIMIT or OTP_ENOMEM when the
 * table can't grow. */
OTP_API OTP_MUST_CHECK otp_err otp_atom_from_data(const char *name, size_t length, otp_term *out);
/* Text of an atom, in UTF-8 and with a NUL behind it, for ever. "" when the term is no atom. */
OTP_API const char *otp_atom_text(otp_term atom);
OTP_API size_t otp_atom_length(otp_term atom);             /* in bytes */
OTP_API bool otp_is(otp_term term, const char *atom_name); /* is it the atom of that name? */

/* ---- Building ---- */

/* An integer of the 64-bit range: what otp_int calls for those that do not fit a word. */
OTP_API otp_term otp_int_big(int64_t value);

/* Integers between these are words: 60 bits. */
#define OTP_SMALL_MAX ((INT64_C(1) << 59) - 1)
#define OTP_SMALL_MIN (-(INT64_C(1) << 59))

static inline otp_term otp_int(int64_t value) {
    return __builtin_expect(value >= OTP_SMALL_MIN && value <= OTP_SMALL_MAX, 1)
               ? OTP_LITERAL(otp_term, (uint64_t)value << 4 | 15)
               : otp_int_big(value);
}

/* Numbers, booleans, pids and references as terms. A float must be finite: else it is a misuse. */
OTP_API otp_term otp_uint(uint64_t value);
OTP_API otp_term otp_float(double value);
OTP_API otp_term otp_bool(bool value); /* the atom true or false */
static inline otp_term otp_nil(void) { /* the empty list */
    return OTP_LITERAL(otp_term, 0x3b);
}
static inline otp_term otp_from_pid(otp_pid pid) {
    return OTP_LITERAL(otp_term, pid.word);
}
OTP_API otp_term otp_from_ref(otp_ref ref);

/* Binaries of a copy of the bytes. Above 64 bytes they are counted and shared, not copied, between
 * terms, processes and tables. */
OTP_API otp_term otp_binary(const void *bytes, size_t size);
OTP_API otp_term otp_string(const char *utf8);   /* a binary of the text, without its NUL */
OTP_API otp_term otp_charlist(const char *utf8); /* a list of code points */

/* Tuples, lists and maps from arrays; the macros below are shorter. otp_cons puts one element
 * before a list (or makes an improper one); n of them in a loop build a list from its end. */
OTP_API otp_term otp_tuple_of(size_t arity, const otp_term *elements);
OTP_API otp_term otp_cons(otp_term head, otp_term tail);
OTP_API otp_term otp_list_of(size_t length, const otp_term *elements);
/* keys_and_values: n pairs; a later equal key wins. */
OTP_API otp_term otp_map_of(size_t n, const otp_term *keys_and_values);

/* otp_tuple(a, b, c), otp_list(a, b, c), otp_map(k1, v1, k2, v2); at least one element (empty ones:
 * otp_tuple_of(0, NULL), otp_nil(), otp_map_of(0, NULL)). */
#ifdef __cplusplus
template <typename... Terms> inline otp_term otp_tuple(otp_term first, Terms... rest) {
    const otp_term elements[] = {first, rest...};
    return otp_tuple_of(1 + sizeof...(rest), elements);
}
template <typename... Terms> inline otp_term otp_list(otp_term first, Terms... rest) {
    const otp_term elements[] = {first, rest...};
    return otp_list_of(1 + sizeof...(rest), elements);
}
template <typename... Terms> inline otp_term otp_map(otp_term key, otp_term value, Terms... rest) {
    static_assert(sizeof...(rest) % 2 == 0, "a key without its value");
    const otp_term elements[] = {key, value, rest...};
    return otp_map_of(1 + sizeof...(rest) / 2, elements);
}
#else
#define otp_tuple(...) otp_tuple_of(OTP_COUNT_OF_(__VA_ARGS__), (const otp_term[]){__VA_ARGS__})
#define otp_list(...)  otp_list_of(OTP_COUNT_OF_(__VA_ARGS__), (const otp_term[]){__VA_ARGS__})
#define otp_map(...)   otp_map_of(OTP_COUNT_OF_(__VA_ARGS__) / 2, (const otp_term[]){__VA_ARGS__})

#define OTP_COUNT_OF_(...) (sizeof((otp_term[]){__VA_ARGS__}) / sizeof(otp_term))
#endif

/* ---- Resources ---- */

/* What a C pointer is as a term. destroy runs once, when the last term that holds the object is
 * gone, on whatever thread that happens; it may not suspend. describe (may be NULL) gives what
 * reports show. The type must live as long as any of its resources: make it static. */
typedef struct otp_resource_type {
    const char *name;
    void (*destroy)(void *object);
    otp_term (*describe)(void *object);
} otp_resource_type;

/* The object as a term, which owns it from here on; when it is OTP_NONE the object is still yours.
 * It prints, orders and hashes as a reference, never as an address. Sent to another node it is that
 * reference; where it came from, the reference is the resource again while it lives. */
OTP_API otp_term otp_resource(const otp_resource_type *type, void *object);
/* The object, or NULL when the term is no resource of that type. */
OTP_API void *otp_resource_get(otp_term term, const otp_resource_type *type);
/* What reports show of a resource: its describe, else the type's name; OTP_NONE when the term is no
 * resource. */
OTP_API otp_term otp_resource_describe(otp_term term);

/* ---- Looking inside ---- */

/* What a term is. The three below are the same question for one kind. */
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

/* Each returns false and leaves *out alone when the term is of another kind or out of range: an
 * integer is no float (the hole ~f of patterns takes both), a bitstring of 3 bits is no binary. */
OTP_API bool otp_get_int(otp_term term, int64_t *out);
OTP_API bool otp_get_uint(otp_term term, uint64_t *out);
OTP_API bool otp_get_float(otp_term term, double *out);
OTP_API bool otp_get_bool(otp_term term, bool *out);
OTP_API bool otp_get_pid(otp_term term, otp_pid *out);
OTP_API bool otp_get_ref(otp_term term, otp_ref *out);
OTP_API bool otp_get_binary(otp_term term, const uint8_t **bytes, size_t *size);
/* Size in bits of a binary or bitstring; SIZE_MAX when the term is none. */
OTP_API size_t otp_bit_size(otp_term term);

/* Tuples and lists. */
OTP_API size_t otp_arity(otp_term tuple);                   /* 0 when no tuple */
OTP_API otp_term otp_element(otp_term tuple, size_t index); /* from 0; OTP_NONE out of range */
OTP_API otp_term otp_head(otp_term list);                   /* OTP_NONE when no cell */
OTP_API otp_term otp_tail(otp_term list);
/* Number of cells of a proper list, SIZE_MAX when improper or no list. */
OTP_API size_t otp_length(otp_term list);
/* OTP_LIST_FOREACH(element, list) { ... }: the elements of a list, an improper tail left out. */
#define OTP_LIST_FOREACH(element, list)                                                            \
    for (otp_term element##_rest_ = (list), element = otp_head(element##_rest_);                   \
         !otp_is_none(element);                                                                    \
         element##_rest_ = otp_tail(element##_rest_), element = otp_head(element##_rest_))

/* Maps. Keys are the same when otp_equal, so 1 and 1.0 are two. get takes a logarithmic number of
 * steps; put and remove copy the map's words and leave the old one as it is. What is no map has no
 * keys, but to put into it is a misuse. */
OTP_API size_t otp_map_size(otp_term map);
OTP_API otp_term otp_map_get(otp_term map, otp_term key); /* OTP_NONE when absent */
OTP_API otp_term otp_map_put(otp_term map, otp_term key, otp_term value);
OTP_API otp_term otp_map_remove(otp_term map, otp_term key);
/* The i-th pair in key order, from 0; false when there is none. */
OTP_API bool otp_map_at(otp_term map, size_t i, otp_term *key, otp_term *value);

/* ---- Order and equality ---- */

/* Erlang's order of terms: number < atom < reference < fun < port < pid < tuple < map < nil < list
 * < bit string. Negative, 0 or positive. Numbers compare by value and exactly, whatever their size:
 * 1 == 1.0. Atoms by text. Tuples by size, then element by element; lists element by element; maps
 * by size, then by their keys in order, then by their values. Inside of keys all integers come
 * before all floats. */
OTP_API int otp_compare(otp_term a, otp_term b);
/* Erlang's =:=: 1 and 1.0 differ, also inside; 0.0 and -0.0 do not. */
OTP_API bool otp_equal(otp_term a, otp_term b);
/* Equal terms have equal hashes, in every run of every program on every machine. */
OTP_API uint64_t otp_hash(otp_term term);

/* ---- Text ---- */

/* Prints in Erlang syntax, at most size - 1 bytes and a NUL; returns the full length as snprintf.
 * Lists of printable characters print as "text", binaries of printable UTF-8 as <<"text">>, floats
 * with the fewest digits that read back as the same value. */
OTP_API size_t otp_print(otp_term term, char *buffer, size_t size);
/* A printed copy in the current scope, never NULL: for messages and reports. */
OTP_API const char *otp_show(otp_term term);

/* Where and why a text or bytes could not be read. */
typedef struct otp_parse_error {
    size_t offset;        /* in bytes from the beginning */
    size_t line, column;  /* of a text, from 1; columns count characters */
    const char *expected; /* what should have stood there; static text */
} otp_parse_error;

/* Reads one term in Erlang syntax: the whole text, with or without a final full stop. On an error
 * *out is left alone, nothing stays in the scope, and *error (may be NULL) says where and why:
 * OTP_ESYNTAX, OTP_EDEPTH (more than 10,000 levels), OTP_ESIZE (a number), OTP_EATOMS, OTP_ENOENT
 * (a node that is not known), OTP_ENOMEM. Any text is safe to give.
 *
 * Read are integers (also 16#ff, 1_000, $a), floats, atoms with and without quotes, "text" and its
 * escapes, <<1, 2, "text", 5:3>>, tuples, lists [a, b | c], maps #{k => v}, fun m:f/1 and comments
 * from % to the end of the line. Pids, ports and references are written <0.5.0>, #Port<0.5> and
 * #Ref<0.1.2.3>, and read back in the world where they were printed; the first number is the node,
 * 0 for the caller's own. */
OTP_API OTP_MUST_CHECK otp_err otp_parse(const char *text, otp_term *out, otp_parse_error *error);
/* The same for text the program itself contains, with values for its holes: ~w an otp_term, ~i an
 * int64_t, ~s a C string as a binary. otp_term_of("{~i, #{name => ~s}}", (int64_t)1, "ada"). What
 * can't be read is a misuse. The arguments are not checked: prefer otp_tuple and its like. */
OTP_API otp_term otp_term_of(const char *text, ...);

/* ---- Scopes ---- */

/* Where a nested scope began; opaque. */
typedef struct otp_scope {
    void *mark[4];
} otp_scope;

/* Begins a nested scope: the terms built and the messages received from here on end with
 * otp_scope_end. Scopes end in the reverse order of their beginning; an exit ends them all. */
OTP_API otp_scope otp_scope_begin(void);
OTP_API void otp_scope_end(otp_scope scope);
/* Ends the scope but carries one term out of it: a copy in the enclosing scope. */
OTP_API otp_term otp_scope_end_with(otp_scope scope, otp_term result);

/*
 * Differences from Erlang
 *
 * - Terms are freed when their scope ends, not by a garbage collector: a loop that builds for long
 *   wants otp_scope_begin and otp_scope_end.
 * - Integers have at most 262,144 bits; reading a longer one is OTP_ESIZE.
 * - Text is UTF-8 everywhere: <<"é">> is two bytes (Erlang: one, unless marked /utf8), and atoms
 *   with characters beyond Latin-1 print as themselves, between quotes.
 * - Binaries of printable UTF-8 print as <<"text">>, without /utf8. Bit syntax reads bytes, text,
 *   and V:N with N up to 8 as the last part.
 * - Atoms belong to the OS process and so to all its systems; the order of terms, hashes and
 *   printed maps go by their text.
 * - Maps are ordered arrays of any size: putting into a large one costs its size. They print and
 *   iterate in key order.
 * - 0.0 and -0.0 are equal (=:=), as up to Erlang/OTP 26.
 * - Funs come from other nodes, or as fun m:f/1 from a text. They are kept byte for byte, can be
 *   sent on, compared and printed, but not called. Two local funs that differ only in their free
 *   variables order by their bytes.
 * - Resources have no counterpart in the language; NIFs have them, and they print alike.
 */

#endif
