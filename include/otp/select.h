/* SPDX-License-Identifier: MIT */
/*
 * select: rows of a table by pattern, as Erlang's match specifications.
 *
 *     otp_term cheap;
 *     e = otp_table_select(prices, "{'$1', '$2'} when '$2' < ~w -> '$1'", &cheap, otp_int(5));
 *
 *     size_t gone;
 *     e = otp_table_select_delete(sessions, "{'_', #{user := ~w}} -> true", &gone, user);
 *
 * A text is one or more clauses:    Head when Guard, Guard -> Result; Head -> Result
 * Head is a pattern in Erlang syntax. '_' and _ match anything, '$1', '$2', ... anything, but the
 * same where they occur again; #{k := P} a map that has at least that key. What else must be equal
 * (=:=). Guards and results are expressions: '$1' is what it matched, '$_' the whole row, '$$' the
 * list of all variables' values in order; constants, tuples, lists and maps of expressions;
 *     + - * / div rem band bor bxor bnot bsl bsr   abs float round trunc ceil floor min max
 *     < =< > >= == /= =:= =/=   not and or xor andalso orelse
 *     element hd tl length size tuple_size byte_size bit_size map_size map_get self
 *     is_atom is_binary is_bitstring is_boolean is_float is_function is_integer is_list is_map
 *     is_map_key is_number is_pid is_port is_record(T, Tag, Size) is_reference is_tuple
 * with Erlang's precedence and brackets. All guards must be true; one that fails, fails as in
 * Erlang the clause alone. The first clause that matches gives its last result, the atom 'EXIT'
 * where that fails. ~w, anywhere but in the name of a function, is an argument: an otp_term by
 * value.
 *
 * A call site reads its text once. A text that is none is the exit {badarg, {Site, What}}, where
 * What says what should have stood where.
 *
 * Rows are looked at one by one, in the table's order, each as a whole. Where every clause asks for
 * the same key, only its rows are looked at. Who may call, and errors, as in otp/table.h.
 */
#ifndef OTP_SELECT_H
#define OTP_SELECT_H

#include <otp/table.h>

/* A specification, read. May be used by several threads. */
typedef struct otp_spec otp_spec;

/* Where and why a specification is none. */
typedef struct otp_spec_error {
    const char *expected; /* what should have been there; static text */
    /* Of a text: where it stops being one; line and column from 1, 0 = the text is one, but: */
    size_t offset, line, column;
    /* In which clause (from 1, 0 = none), part ("clause", "head", "guard", "result") and which of
     * its guards or results (from 1), and what is there instead. */
    size_t clause, index;
    const char *part;
    otp_term found; /* lives as long as the term, or as the current scope */
} otp_spec_error;

/* ---- By text ---- */

/* All take the table, the text, where the result goes, and then the text's arguments. */

/* The results of all rows that match, as a list: otp_table_select(table, text, &rows, ...). */
#define otp_table_select(table, text, ...)                                                         \
    OTP_SELECT_(otp_table_select_at, table, text, __VA_ARGS__)
/* *n: how many rows give true. */
#define otp_table_select_count(table, text, ...)                                                   \
    OTP_SELECT_(otp_table_select_count_at, table, text, __VA_ARGS__)
/* Deletes the rows that give true. *n: how many. */
#define otp_table_select_delete(table, text, ...)                                                  \
    OTP_SELECT_(otp_table_select_delete_at, table, text, __VA_ARGS__)
/* Puts their results in the place of rows, each in one atomic step; not in a bag. OTP_EBADARG, and
 * nothing changed, unless every result is plain to have its row's key: '$_', or a tuple with the
 * head's key in its place. */
#define otp_table_select_replace(table, text, ...)                                                 \
    OTP_SELECT_(otp_table_select_replace_at, table, text, __VA_ARGS__)

/* By a head alone: the lists of its variables' values; the rows; deleting the rows. */
#define otp_table_match(table, head, ...)                                                          \
    OTP_SELECT_(otp_table_select_at, table, head " -> '$$'", __VA_ARGS__)
#define otp_table_match_object(table, head, ...)                                                   \
    OTP_SELECT_(otp_table_select_at, table, head " -> '$_'", __VA_ARGS__)
#define otp_table_match_delete(table, head, ...)                                                   \
    OTP_SELECT_(otp_table_select_delete_at, table, head " -> true", __VA_ARGS__)

/* ---- In portions ---- */

/* Where a selection has come to. {.limit = 100} begins one. */
typedef struct otp_table_cursor {
    size_t limit;   /* results at a time, at least 1 */
    bool backwards; /* from the last row on */
    otp_term at;    /* the key looked at last; lives as long as the results it came with */
} otp_table_cursor;

/* The next results, at most cursor->limit, but all of a bag's key together. OTP_ENOENT, and an
 * empty list, when there are no more. What happens to the table between two calls does no harm:
 * rows that stay are looked at once. */
#define otp_table_select_some(table, text, cursor, ...)                                            \
    OTP_SELECT_SOME_(table, text, cursor, __VA_ARGS__)

/* ---- By specification ---- */

/* A specification from a term [{Head, [Guard], [Result]}] as ets and its relatives take it, and
 * from a text that comes from data: no ~w, and its atoms count as data's. OTP_EBADARG and
 * OTP_ESYNTAX (with *error, which may be NULL), OTP_EDEPTH (32 levels), OTP_ELIMIT (64 variables
 * and arguments in a head; 65,536 parts), OTP_EATOMS, OTP_ENOMEM; *out is then left alone. */
OTP_API OTP_MUST_CHECK otp_err otp_spec_compile(otp_term term, otp_spec **out,
                                                otp_spec_error *error);
OTP_API OTP_MUST_CHECK otp_err otp_spec_parse(const char *text, otp_spec **out,
                                              otp_spec_error *error);
OTP_API void otp_spec_free(otp_spec *spec); /* NULL is fine */
/* The error in words, in the current scope; never NULL. */
OTP_API const char *otp_spec_error_show(const otp_spec_error *error);
/* One term instead of a row: Erlang's match_spec_run. *matches says whether there is a result. */
OTP_API OTP_MUST_CHECK otp_err otp_spec_run(const otp_spec *spec, otp_term term, bool *matches,
                                            otp_term *result);

/* As the macros above; cursor NULL: all at once. */
OTP_API OTP_MUST_CHECK otp_err otp_table_select_by(otp_table table, const otp_spec *spec,
                                                   otp_table_cursor *cursor, otp_term *rows);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_count_by(otp_table table, const otp_spec *spec,
                                                         size_t *n);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_delete_by(otp_table table, const otp_spec *spec,
                                                          size_t *n);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_replace_by(otp_table table, const otp_spec *spec,
                                                           size_t *n);

/* What the macros call; of no use by themselves. */
OTP_API OTP_MUST_CHECK otp_err otp_table_select_at(otp_table table, otp_match_site *site, size_t n,
                                                   const otp_match_arg *args, otp_term *rows);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_some_at(otp_table table, otp_match_site *site,
                                                        size_t n, const otp_match_arg *args,
                                                        otp_table_cursor *cursor, otp_term *rows);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_count_at(otp_table table, otp_match_site *site,
                                                         size_t n, const otp_match_arg *args,
                                                         size_t *count);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_delete_at(otp_table table, otp_match_site *site,
                                                          size_t n, const otp_match_arg *args,
                                                          size_t *count);
OTP_API OTP_MUST_CHECK otp_err otp_table_select_replace_at(otp_table table, otp_match_site *site,
                                                           size_t n, const otp_match_arg *args,
                                                           size_t *count);
#ifdef __cplusplus
template <typename Out, typename... Args>
OTP_MUST_CHECK inline otp_err otp_select_with_(
    otp_err (*function)(otp_table, otp_match_site *, size_t, const otp_match_arg *, Out *),
    otp_table table, otp_match_site *site, Out *out, Args... args) {
    OTP_MATCH_ALL_(all, args);
    return function(table, site, sizeof...(args), all + 1, out);
}
template <typename... Args>
OTP_MUST_CHECK inline otp_err otp_select_some_with_(otp_table table, otp_match_site *site,
                                                    otp_table_cursor *cursor, otp_term *rows,
                                                    Args... args) {
    OTP_MATCH_ALL_(all, args);
    return otp_table_select_some_at(table, site, sizeof...(args), all + 1, cursor, rows);
}
#define OTP_SELECT_(function, table, text, ...)                                                    \
    otp_select_with_(function, (table), OTP_MATCH_SITE_(text), __VA_ARGS__)
#define OTP_SELECT_SOME_(table, text, cursor, ...)                                                 \
    otp_select_some_with_((table), OTP_MATCH_SITE_(text), (cursor), __VA_ARGS__)
#else
#define OTP_SELECT_(function, table, text, out, ...)                                               \
    __extension__({                                                                                \
        static otp_match_site otp_select_site_ = {0, "" text, OTP_SITE};                           \
        const otp_match_arg otp_select_args_[] = {{0, 0, {0}} OTP_MATCH_MAP_(__VA_ARGS__)};        \
        function((table), &otp_select_site_,                                                       \
                 sizeof otp_select_args_ / sizeof otp_select_args_[0] - 1, otp_select_args_ + 1,   \
                 (out));                                                                           \
    })
#define OTP_SELECT_SOME_(table, text, cursor, rows, ...)                                           \
    __extension__({                                                                                \
        static otp_match_site otp_select_site_ = {0, "" text, OTP_SITE};                           \
        const otp_match_arg otp_select_args_[] = {{0, 0, {0}} OTP_MATCH_MAP_(__VA_ARGS__)};        \
        otp_table_select_some_at((table), &otp_select_site_,                                       \
                                 sizeof otp_select_args_ / sizeof otp_select_args_[0] - 1,         \
                                 otp_select_args_ + 1, (cursor), (rows));                          \
    })
#endif

/*
 * Differences from OTP
 *
 * - A text is what ets:fun2ms reads, with '$1' in the place of a variable: {'$1', '$2'} in a result
 *   is a tuple, {{'$1', '$2'}} in a term.
 * - A continuation is a cursor: the specification is given again with it. Portions of a bag are not
 *   cut within a key.
 * - ceil, floor, min, max, tuple_size, is_boolean and is_bitstring are taken; ets of OTP 25 refuses
 *   them.
 * - A guard's operands are evaluated from left to right; and, or evaluate all of them.
 * - There is no node/0,1, binary_part, is_seq_trace, and none of the functions of trace
 *   specifications; select_reverse is a cursor that goes backwards.
 * - A key is looked up only when it is known as a whole: an ordered_set is not searched by the
 *   beginning of a key.
 */

#endif
