/* SPDX-License-Identifier: MIT */
/*
 * Patterns: looking into a term and taking it apart, all or nothing.
 *
 *     otp_bytes bin; int64_t n; otp_term rest;
 *     if (otp_match(message, "{data, ~b, [~i | ~t]}", &bin, &n, &rest)) { ... }
 *
 *     otp_term reply;
 *     if (otp_match(message, "{~w, ~t}", otp_from_ref(ref), &reply)) { ... }
 *
 * A pattern is a term in Erlang syntax (see otp_parse) with holes and wildcards:
 *     _      anything                  ~t     otp_term     any term
 *     ~i     int64_t                   ~u     uint64_t
 *     ~f     double (integers too)     ~a     otp_term     an atom
 *     ~p     otp_pid                   ~r     otp_ref
 *     ~b     otp_bytes  a binary       ~l     otp_term     a list (nil too)
 *     ~m     otp_term   a map          ~o     bool         true or false
 *     ~w     in: an otp_term (by value) that must be equal here
 *     #{k := P}  the map has key k and its value matches P (other keys allowed)
 *     #{k => P}  the same, as in a printed map
 * What is not a hole must be equal (=:=): 1 does not match 1.0. A number that does not fit its
 * variable
 * (~i of 2^63, ~u of -1) does not match. #{} matches every map. A key is a term without holes, or
 * ~w.
 *
 * Each out-pointer's type is recorded and checked against its hole: a wrong type or number of
 * arguments, or a pattern that is none, is the exit {badarg, {Site, What}} (outside of a process:
 * the panic "match-001"). Nothing is written unless the whole pattern matches.
 *
 * A call site compiles its pattern once, at its first match, and keeps it as long as the program;
 * without memory for that, the match is the exit {enomem, Site}, or false outside of a process.
 * Matching itself allocates nothing: {add, ~i} takes some 15 ns.
 */
#ifndef OTP_MATCH_H
#define OTP_MATCH_H

#include <otp/term.h>

/* What ~b fills. */
typedef struct otp_bytes {
    const uint8_t *data; /* lives as long as the matched term */
    size_t size;
} otp_bytes;

/* One argument of otp_match. */
typedef struct otp_match_arg {
    char type; /* the letter of the hole it fits; t for all that are filled with an otp_term */
    void *out;
    otp_term in;
} otp_match_arg;

/* One call site. */
typedef struct otp_match_site {
    void *compiled; /* set once by the first match, atomically; lives as long as the program */
    const char *pattern;
    const char *site;
} otp_match_site;

static inline otp_match_arg otp_match_in_(otp_term t) {
    return OTP_LITERAL(otp_match_arg, 'w', 0, t);
}
#define OTP_MATCH_OUT_(letter, type, name)                                                         \
    static inline otp_match_arg otp_match_##name##_(type *p) {                                     \
        return OTP_LITERAL(otp_match_arg, letter, p, OTP_NONE);                                    \
    }
OTP_MATCH_OUT_('t', otp_term, term)
OTP_MATCH_OUT_('i', int64_t, int)
OTP_MATCH_OUT_('u', uint64_t, uint)
OTP_MATCH_OUT_('f', double, float)
OTP_MATCH_OUT_('p', otp_pid, pid)
OTP_MATCH_OUT_('r', otp_ref, ref)
OTP_MATCH_OUT_('b', otp_bytes, bytes)
OTP_MATCH_OUT_('o', bool, bool)
#undef OTP_MATCH_OUT_

#ifdef __cplusplus
#define OTP_MATCH_ARG_(type, name)                                                                 \
    inline otp_match_arg otp_match_arg_(type x) {                                                  \
        return otp_match_##name##_(x);                                                             \
    }
OTP_MATCH_ARG_(otp_term, in)
OTP_MATCH_ARG_(otp_term *, term)
OTP_MATCH_ARG_(int64_t *, int)
OTP_MATCH_ARG_(uint64_t *, uint)
OTP_MATCH_ARG_(double *, float)
OTP_MATCH_ARG_(otp_pid *, pid)
OTP_MATCH_ARG_(otp_ref *, ref)
OTP_MATCH_ARG_(otp_bytes *, bytes)
OTP_MATCH_ARG_(bool *, bool)
#undef OTP_MATCH_ARG_
#define OTP_MATCH_ARG(x) otp_match_arg_(x)
#else
#define OTP_MATCH_ARG(x)                                                                           \
    _Generic((x), otp_term: otp_match_in_, otp_term *: otp_match_term_, int64_t *: otp_match_int_, \
        uint64_t *: otp_match_uint_, double *: otp_match_float_, otp_pid *: otp_match_pid_,        \
        otp_ref *: otp_match_ref_, otp_bytes *: otp_match_bytes_, bool *: otp_match_bool_)(x)
#endif

/* What otp_match calls. For ~t, ~a, ~l and ~m the argument is an otp_term *: the hole's letter adds
 * the kind. OTP_NONE matches nothing. */
OTP_API bool otp_match_at(otp_match_site *site, otp_term term, size_t n, const otp_match_arg *args);

/* ---- Patterns from data ---- */

/* A compiled pattern. May be used by several threads. */
typedef struct otp_pattern otp_pattern;

/* Compiles a pattern that comes from data. It has no arguments: its holes only ask for their kinds,
 * and there is no ~w. At most 32 levels and 64 holes; its atoms count as data's. Errors as
 * otp_parse, and OTP_ELIMIT for too many holes; *out is then left alone. */
OTP_API OTP_MUST_CHECK otp_err otp_pattern_compile(const char *text, otp_pattern **out,
                                                   otp_parse_error *error);
OTP_API bool otp_pattern_match(const otp_pattern *pattern, otp_term term);
OTP_API void otp_pattern_free(otp_pattern *pattern); /* NULL is fine */

/* ---- otp_match ---- */

/* otp_match(term, "pattern", &out...): at most 12 arguments. The pattern is a string literal. The
 * value is a bool. */
#ifdef __cplusplus
/* As in C, one more than there are: an array is never empty. */
#define OTP_MATCH_ALL_(all, args)                                                                  \
    static_assert(sizeof...(args) <= 12, "at most 12 arguments");                                  \
    const otp_match_arg all[] = {OTP_MATCH_ARG(OTP_NONE), OTP_MATCH_ARG(args)...}
template <typename... Args>
inline bool otp_match_with_(otp_match_site *site, otp_term term, const char *, Args... args) {
    OTP_MATCH_ALL_(all, args);
    return otp_match_at(site, term, sizeof...(args), all + 1);
}
#define otp_match(term, ...)                                                                       \
    otp_match_with_(OTP_MATCH_SITE_(OTP_FIRST_(__VA_ARGS__, )), (term), __VA_ARGS__)

/* The call site of a pattern; and the pattern, which is the first of the arguments. */
#define OTP_MATCH_SITE_(text)                                                                      \
    ([]() -> otp_match_site * {                                                                    \
        static otp_match_site otp_match_site_ = {nullptr, "" text, OTP_SITE};                      \
        return &otp_match_site_;                                                                   \
    }())
#define OTP_FIRST_(first, ...) first
#else
#define otp_match(term, text, ...)                                                                 \
    __extension__({                                                                                \
        static otp_match_site otp_match_site_ = {0, "" text, OTP_SITE};                            \
        const otp_match_arg otp_match_args_[] = {{0, 0, {0}} OTP_MATCH_MAP_(__VA_ARGS__)};         \
        otp_match_at(&otp_match_site_, (term),                                                     \
                     sizeof otp_match_args_ / sizeof otp_match_args_[0] - 1, otp_match_args_ + 1); \
    })

#define OTP_MATCH_MAP_(...)                                                                        \
    OTP_MATCH_PICK_(_, ##__VA_ARGS__, OTP_MATCH_12_, OTP_MATCH_11_, OTP_MATCH_10_, OTP_MATCH_9_,   \
                    OTP_MATCH_8_, OTP_MATCH_7_, OTP_MATCH_6_, OTP_MATCH_5_, OTP_MATCH_4_,          \
                    OTP_MATCH_3_, OTP_MATCH_2_, OTP_MATCH_1_, OTP_MATCH_0_)                        \
    (__VA_ARGS__)
#define OTP_MATCH_PICK_(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, N, ...) N
#define OTP_MATCH_0_(...)
#define OTP_MATCH_1_(x)       , OTP_MATCH_ARG(x)
#define OTP_MATCH_2_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_1_(__VA_ARGS__)
#define OTP_MATCH_3_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_2_(__VA_ARGS__)
#define OTP_MATCH_4_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_3_(__VA_ARGS__)
#define OTP_MATCH_5_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_4_(__VA_ARGS__)
#define OTP_MATCH_6_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_5_(__VA_ARGS__)
#define OTP_MATCH_7_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_6_(__VA_ARGS__)
#define OTP_MATCH_8_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_7_(__VA_ARGS__)
#define OTP_MATCH_9_(x, ...)  , OTP_MATCH_ARG(x) OTP_MATCH_8_(__VA_ARGS__)
#define OTP_MATCH_10_(x, ...) , OTP_MATCH_ARG(x) OTP_MATCH_9_(__VA_ARGS__)
#define OTP_MATCH_11_(x, ...) , OTP_MATCH_ARG(x) OTP_MATCH_10_(__VA_ARGS__)
#define OTP_MATCH_12_(x, ...) , OTP_MATCH_ARG(x) OTP_MATCH_11_(__VA_ARGS__)
#endif

/*
 * Differences from Erlang
 *
 * - A hole may occur once and always matches anew; that two parts are equal is written with ~w, or
 *   asked with otp_equal afterwards.
 * - #{k => P} means #{k := P}, so that a printed map is a pattern for maps that have at least its
 *   keys.
 * - There are no guards, no bit syntax beyond constants, and no matching of a binary's beginning:
 *   ~b gives the bytes.
 * - A pattern does not match in one go over clauses; write one otp_match after the other.
 */

#endif
