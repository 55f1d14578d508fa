/* SPDX-License-Identifier: MIT */
/*
 * Match specifications: what they mean, and what is none.
 */
#include <otp/select.h>

#include "base/prng.h"
#include "table/in_world.h"

#include <string.h>

/* ---- Expressions ---- */

/* The result of [{{'$1', '$2', '_'}, [], [Expression]}] for {1, a, [x]}. The expected values are
 * those of Erlang/OTP 25's ets:select, but for ceil, floor, min, max, tuple_size, is_boolean and
 * is_bitstring, which it refuses. */
static const char *const evaluations[][2] = {
    {"'$1'", "1"},
    {"'$$'", "[1,a]"},
    {"'$_'", "{1,a,[x]}"},
    {"{{'$1', {{'$2'}}}}", "{1,{a}}"},
    {"{{}}", "{}"},
    {"{const, {'$1'}}", "{'$1'}"},
    {"[{const, '$1'} | '$2']", "['$1'|a]"},
    {"#{'$1' => '$2', k => ['$1']}", "#{1 => a,k => [1]}"},
    {"{hd, a}", "'EXIT'"},
    {"{hd, []}", "'EXIT'"},
    {"{'andalso', true, '$1'}", "1"},
    {"{'andalso', '$1', true}", "'EXIT'"},
    {"{'andalso', false, {hd, a}}", "false"},
    {"{'orelse', false, '$2'}", "a"},
    {"{'orelse', true, {hd, a}}", "true"},
    {"{'orelse', {hd, a}, true}", "'EXIT'"},
    {"{'and', true}", "true"},
    {"{'and', true, false, true}", "false"},
    {"{'and', false, '$1'}", "'EXIT'"},
    {"{'or', false, true}", "true"},
    {"{'xor', true, true}", "false"},
    {"{'not', false}", "true"},
    {"{'not', '$1'}", "'EXIT'"},
    {"{'+', '$1', 2}", "3"},
    {"{'+', '$1', 0.5}", "1.5"},
    {"{'+', '$1'}", "1"},
    {"{'-', '$1'}", "-1"},
    {"{'-', 1.5}", "-1.5"},
    {"{'*', 4294967296, 4294967296}", "18446744073709551616"},
    {"{'*', 1.0e200, 1.0e200}", "'EXIT'"},
    {"{'+', a, 1}", "'EXIT'"},
    {"{'/', 1, 2}", "0.5"},
    {"{'/', 4, 0}", "'EXIT'"},
    {"{'div', -7, 2}", "-3"},
    {"{'rem', -7, 2}", "-1"},
    {"{'rem', -7, 0}", "'EXIT'"},
    {"{'div', 7.0, 2}", "'EXIT'"},
    {"{'band', -2, 7}", "6"},
    {"{'bor', 8, 1}", "9"},
    {"{'bxor', 9, 1}", "8"},
    {"{'bnot', '$1'}", "-2"},
    {"{'bsl', 1, 70}", "1180591620717411303424"},
    {"{'bsr', -5, 1}", "-3"},
    {"{abs, -3}", "3"},
    {"{abs, -1.5}", "1.5"},
    {"{float, 3}", "3.0"},
    {"{round, 2.5}", "3"},
    {"{round, -2.5}", "-3"},
    {"{trunc, -1.0e20}", "-100000000000000000000"},
    {"{ceil, 2.1}", "3"},
    {"{floor, -1.5}", "-2"},
    {"{min, 1, 1.0}", "1"},
    {"{max, 2, a}", "a"},
    {"{element, 3, '$_'}", "[x]"},
    {"{element, 4, '$_'}", "'EXIT'"},
    {"{element, 0, '$_'}", "'EXIT'"},
    {"{tl, [a, b]}", "[b]"},
    {"{length, [1, 2]}", "2"},
    {"{length, [1 | 2]}", "'EXIT'"},
    {"{size, {{1, 2}}}", "2"},
    {"{size, <<1:3>>}", "0"},
    {"{size, a}", "'EXIT'"},
    {"{byte_size, <<1:3>>}", "1"},
    {"{bit_size, <<1:3>>}", "3"},
    {"{tuple_size, '$_'}", "3"},
    {"{map_size, #{a => 7}}", "1"},
    {"{map_size, a}", "'EXIT'"},
    {"{map_get, a, #{a => 7}}", "7"},
    {"{map_get, b, #{a => 7}}", "'EXIT'"},
    {"{is_map_key, a, #{a => 7}}", "true"},
    {"{is_map_key, a, b}", "'EXIT'"},
    {"{is_record, '$_', a, 3}", "false"},
    {"{is_record, '$_', 1, 3}", "'EXIT'"},
    {"{is_record, {{x, 1}}, x, 2}", "true"},
    {"{'=:=', 1, 1.0}", "false"},
    {"{'==', 1, 1.0}", "true"},
    {"{'=/=', 1, 1.0}", "true"},
    {"{'/=', 1, 1.0}", "false"},
    {"{'<', 1, a}", "true"},
    {"{'=<', 1, 1.0}", "true"},
    {"{'>', 1, a}", "false"},
    {"{'>=', [], {{}}}", "true"},
    {"{is_atom, '$2'}", "true"},
    {"{is_float, 1.0}", "true"},
    {"{is_integer, 1.0}", "false"},
    {"{is_number, 1.0}", "true"},
    {"{is_boolean, '$2'}", "false"},
    {"{is_list, []}", "true"},
    {"{is_tuple, '$_'}", "true"},
    {"{is_map, #{}}", "true"},
    {"{is_binary, <<1:3>>}", "false"},
    {"{is_bitstring, <<1:3>>}", "true"},
    {"{is_pid, {self}}", "true"},
    {"{is_port, a}", "false"},
    {"{is_reference, a}", "false"},
    {"{is_function, a}", "false"},
};

static void evaluates(otp_term arg) {
    (void)arg;
    otp_term row = otp_term_of("{1, a, [x]}");
    for (size_t i = 0; i < sizeof evaluations / sizeof evaluations[0]; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term spec = otp_list(otp_tuple(otp_term_of("{'$1', '$2', '_'}"), otp_nil(),
                                           otp_list(otp_term_of(evaluations[i][0]))));
        otp_spec *compiled;
        otp_spec_error error;
        otp_term result = OTP_NONE;
        bool matches = false;
        if (CHECK_EQ(otp_spec_compile(spec, &compiled, &error), OTP_OK)) {
            CHECK_EQ(otp_spec_run(compiled, row, &matches, &result), OTP_OK);
            CHECK(matches);
            if (!CHECK_STR(otp_show(result), evaluations[i][1])) {
                CHECK_STR(evaluations[i][0], "the expression above");
            }
            otp_spec_free(compiled);
        }
        otp_scope_end(scope);
    }
}

UNIT("expressions have the values that they have in Erlang") {
    in_both_worlds(evaluates);
}

/* ---- Texts ---- */

/* A text, and the result for {1, a, #{x => 1, y => [2]}}; NULL: it does not match. */
static const char *const texts[][2] = {
    {"'$1' -> '$1'", "{1,a,#{x => 1,y => [2]}}"},
    {"{'$1', '$2', _} -> {'$1', '$2'}", "{1,a}"},
    {"{'$1', _, #{x := '$1'}} -> yes", "yes"},
    {"{'$1', _, #{y := '$1'}} -> yes", NULL},
    {"{_, _, #{}} -> yes", "yes"},
    {"{_, _, #{x => 2}} -> yes", NULL},
    {"{_, _, #{y := ['$1' | '$2']}} -> {'$1', '$2'}", "{2,[]}"},
    {"{'$1', '_', '_'} when '$1' < 1 -> low; {'$1', '_', '_'} when '$1' > 0 -> high", "high"},
    {"{'$1', '$2', _} when is_integer('$1'), is_atom('$2') -> yes", "yes"},
    {"{'$1', '$2', _} when is_atom('$1'), is_atom('$2') -> yes", NULL},
    {"{'$1', '$2', _} when is_atom('$1'); is_atom('$2') -> yes", "yes"},
    {"{'$1', '$2', _} when hd('$1'); true -> yes", "yes"},
    {"{'$1', '$2', _} when hd('$1') -> yes", NULL},
    {"{'$1', '_', '_'} -> '$1' + 2 * 3 - 4", "3"},
    {"{'$1', '_', '_'} -> ('$1' + 2) * 3", "9"},
    {"{'$1', '_', '_'} -> 10 - 3 - 2", "5"},
    {"{'$1', '_', '_'} -> 7 div 2 rem 2", "1"},
    {"{'$1', '_', '_'} -> - '$1'", "-1"},
    {"{'$1', '_', '_'} -> -1", "-1"},
    {"{'$1', '_', '_'} -> '$1'-1", "0"},
    {"{'$1', '_', '_'} -> not ('$1' == 1)", "false"},
    {"{'$1', '_', '_'} -> not false and true", "true"},
    {"{'$1', '_', '_'} -> 1 bsl 4 bor 1", "17"},
    {"{'$1', '_', '_'} -> '$1' =:= 1 andalso '$1' =/= 2 orelse hd(a)", "true"},
    {"{'$1', '_', '_'} -> '$1' >= 1 andalso '$1' =< 1 andalso '$1' /= 2", "true"},
    {"{'$1', '_', '_'} -> bnot '$1'", "-2"},
    {"{'$1', '_', '$3'} -> map_get(x, '$3') + 1", "2"},
    {"{'$1', '_', '$3'} -> #{k => '$1', '$1' => []}", "#{1 => [],k => 1}"},
    {"{'$1', '_', '_'} -> [a, '$1' | b]", "[a,1|b]"},
    {"{'$1', '_', '_'} -> {}", "{}"},
    {"{'$1', '_', '_'} -> \"text\"", "\"text\""},
    {"{'$1', '_', '_'} -> <<\"text\", 1>>", "<<116,101,120,116,1>>"},
    {"{'$1', '_', '_'} -> 16#ff + $a", "352"},
    {"{'$1', '_', '_'} -> first, 2.5 .", "2.5"},
    {"% a comment\n{'$1', % and more\n '_', '_'}\n-> 'quoted atom'", "'quoted atom'"},
    {"{'$2', '$11', '_'} -> '$$'", "[1,a]"},
    {"[] -> nil; #{} -> map; 1 -> one", NULL},
};

static void reads(otp_term arg) {
    (void)arg;
    otp_term row = otp_term_of("{1, a, #{x => 1, y => [2]}}");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        otp_scope scope = otp_scope_begin();
        otp_spec *spec;
        otp_spec_error error;
        otp_term result = OTP_NONE;
        bool matches = false;
        otp_err err = otp_spec_parse(texts[i][0], &spec, &error);
        if (!CHECK_EQ(err, OTP_OK)) {
            CHECK_STR(texts[i][0], otp_spec_error_show(&error));
        } else {
            CHECK_EQ(otp_spec_run(spec, row, &matches, &result), OTP_OK);
            if (!CHECK_STR(matches ? otp_show(result) : "no match",
                           texts[i][1] ? texts[i][1] : "no match")) {
                CHECK_STR(texts[i][0], "the text above");
            }
            otp_spec_free(spec);
        }
        otp_scope_end(scope);
    }
}

UNIT("a text means what its clauses, guards and operators mean in Erlang") {
    in_both_worlds(reads);
}

/* ---- What is none ---- */

static const struct {
    const char *text;
    const char *says;
} bad_texts[] = {
    {"", "line 1, column 1: expected a pattern"},
    {"{'$1'", "line 1, column 6: expected , or }"},
    {"{'$1'} '$1'", "line 1, column 8: expected when, or ->"},
    {"{'$1'} ->", "line 1, column 10: expected an expression"},
    {"{'$1'}\n  when ->", "line 2, column 8: expected a guard"},
    {"{'$1'} -> foo('$1')",
     "line 1, column 11: expected a function that is known, with as many operands"},
    {"{'$1'} -> hd('$1', 1)",
     "line 1, column 11: expected a function that is known, with as many operands"},
    {"{'$1'} -> '$1' < 2 < 3",
     "line 1, column 21: expected brackets around one of two comparisons"},
    {"{'$1'} -> '$1' '$1'", "line 1, column 16: expected an operator, a comma, ; or the end"},
    {"{'$1'} -> ('$1'", "line 1, column 16: expected )"},
    {"{'$1'} -> _", "line 1, column 11: expected an expression"},
    {"{~w} -> 1", "line 1, column 2: expected a specification without ~w: it has no arguments"},
    {"{'$1'} -> Variable", "line 1, column 11: expected a term; a variable is none"},
    {"{'$1'} -> #{a => 1, a => 2}", "line 1, column 28: expected keys that differ"},
    {"{'$1'} -> '$2'", "clause 1, result 1: expected a variable that is in the head, not '$2'"},
    {"{'$1'} -> 1; {_} when true, '$9' -> 2",
     "clause 2, guard 2: expected a variable that is in the head, not '$9'"},
    {"#{'$1' := 2} -> 1", "clause 1, head: expected a key of a map that is no variable, not '$1'"},
};

static const struct {
    const char *term;
    const char *says;
} bad_terms[] = {
    {"a", "specification: expected a list of clauses, not a"},
    {"[a]", "clause 1, clause: expected {Head, [Guard], [Result]}, not a"},
    {"[{'$1', [], []}]", "clause 1, result: expected a list of at least one result, not []"},
    {"[{'$1', a, ['$1']}]", "clause 1, guard: expected a list, not a"},
    {"[{'_', [], [{}]}]",
     "clause 1, result 1: expected {Function, Operand}, {{Element}} or {const, Term}, not {}"},
    {"[{'_', [], [1]}, {{'$1'}, [true, {'$1'}], [1]}]",
     "clause 2, guard 2: expected a function that is known, with as many operands, not {'$1'}"},
    {"[{'_', [], [{foo, 1}]}]",
     "clause 1, result 1: expected a function that is known, with as many operands, not {foo,1}"},
    {"[{{'$1'}, [], [[{{a, '$2'}}]]}]",
     "clause 1, result 1: expected a variable that is in the head, not '$2'"},
};

static void refuses(otp_term arg) {
    (void)arg;
    otp_spec *spec;
    otp_spec_error error;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        CHECK(otp_spec_parse(bad_texts[i].text, &spec, NULL) != OTP_OK);
        otp_err err = otp_spec_parse(bad_texts[i].text, &spec, &error);
        CHECK(err == OTP_ESYNTAX || err == OTP_EBADARG);
        CHECK_STR(otp_spec_error_show(&error), bad_texts[i].says);
    }
    for (size_t i = 0; i < sizeof bad_terms / sizeof bad_terms[0]; i++) {
        CHECK_EQ(otp_spec_compile(otp_term_of(bad_terms[i].term), &spec, &error), OTP_EBADARG);
        CHECK_STR(otp_spec_error_show(&error), bad_terms[i].says);
    }
    otp_term deep = OTP_ATOM(x);
    for (int i = 0; i < 80; i++) {
        deep = otp_tuple(deep);
    }
    otp_term any = otp_atom("_");
    CHECK_EQ(otp_spec_compile(otp_list(otp_tuple(deep, otp_nil(), otp_list(any))), &spec, &error),
             OTP_EDEPTH);
    CHECK_STR(otp_spec_error_show(&error), "clause 1, head: expected at most 32 levels");
    CHECK_EQ(otp_spec_compile(otp_list(otp_tuple(any, otp_nil(), otp_list(deep))), &spec, &error),
             OTP_EDEPTH);
    otp_term wide = otp_nil();
    for (int i = 0; i < 65; i++) {
        wide = otp_cons(otp_atom("$1"), wide);
    }
    CHECK_EQ(otp_spec_compile(otp_list(otp_tuple(wide, otp_nil(), otp_list(any))), &spec, &error),
             OTP_ELIMIT);
    char brackets[200];
    memset(brackets, '(', sizeof brackets);
    memcpy(brackets, "_ ->", 4);
    brackets[sizeof brackets - 1] = '\0';
    CHECK_EQ(otp_spec_parse(brackets, &spec, &error), OTP_EDEPTH);
    otp_spec_free(NULL);
}

UNIT("what is no specification is refused with its place") {
    in_both_worlds(refuses);
}

/* ---- Any text ---- */

enum { TEXTS = 6000 };

/* A text with some characters changed, left out or doubled. */
static size_t spoil(otpi_prng *prng, const char *text, char *out, size_t size) {
    static const char marks[] = "{}[]()<>#$'\"|,;.:=-+*/~_% \n0az\xc3";
    size_t n = 0;
    for (; *text != '\0' && n + 2 < size; text++) {
        switch (otpi_prng_below(prng, 60)) {
        case 0: break;
        case 1: out[n++] = marks[otpi_prng_below(prng, sizeof marks - 1)]; break;
        case 2:
            out[n++] = *text; /* twice */
            __attribute__((fallthrough));
        default: out[n++] = *text;
        }
    }
    out[n] = '\0';
    return n;
}

static void any_text(otp_term arg) {
    (void)arg;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otp_term row = otp_term_of("{1, a, #{x => 1, y => [2]}}");
    size_t good = 0;
    for (int i = 0; i < TEXTS; i++) {
        otp_scope scope = otp_scope_begin();
        char text[200];
        size_t n = sizeof texts / sizeof texts[0];
        size_t length = spoil(&prng, texts[otpi_prng_below(&prng, n)][0], text, sizeof text);
        otp_spec *spec;
        otp_spec_error error;
        otp_err err = otp_spec_parse(text, &spec, &error);
        if (err == OTP_OK) {
            bool matches;
            otp_term result;
            CHECK_EQ(otp_spec_run(spec, row, &matches, &result), OTP_OK);
            otp_spec_free(spec);
            good++;
        } else {
            CHECK(err != OTP_ENOMEM && error.offset <= length);
            CHECK((error.line != 0) != (error.clause != 0));
            CHECK(otp_spec_error_show(&error)[0] != '\0');
        }
        otp_scope_end(scope);
    }
    CHECK(good > TEXTS / 20 && good < TEXTS);
}

UNIT("any text is read, or refused with a place inside of it") {
    in_both_worlds(any_text);
}
