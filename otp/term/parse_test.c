/* SPDX-License-Identifier: MIT */
#include "term/parse.h"
#include "port/memory.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

UNIT("every form of term is read") {
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"ok", "ok"},
        {" 'hello world' . ", "'hello world'"},
        {"{a , {b},{}}", "{a,{b},{}}"},
        {"[1,2|[3]]", "[1,2,3]"},
        {"[a|b]", "[a|b]"},
        {"\"h\\x{e9}\"", "\"h\xc3\xa9\""},
        {"[$h, $i]", "\"hi\""},
        {"\"\"", "[]"},
        {"16#fF", "255"},
        {"-36#zz", "-1295"},
        {"1_000_000", "1000000"},
        {"+7", "7"},
        {"-0", "0"},
        {"1.5e3", "1.5e3"},
        {"<<>>", "<<>>"},
        {"<<\"text\">>", "<<\"text\">>"},
        {"<<\"h\xc3\xa9\"/utf8, 0, $a>>", "<<104,195,169,0,97>>"},
        {"<<5:3>>", "<<5:3>>"},
        {"<<255, 21:4>>", "<<255,5:4>>"},
        {"#{}", "#{}"},
        {"#{b => 1, a := [2], a => 3}", "#{a => 3,b => 1}"},
        {"% comment\n{a, % another\n b}.\n", "{a,b}"},
        {"<0.5.0>", "<0.5.0>"},
        {"<0.4294967295.7>", "<0.4294967295.7>"},
        {"#Ref<0.1.2.3>", "#Ref<0.1.2.3>"},
        {"#Ref<0.4294967295.1>", "#Ref<0.4294967295.1>"},
        {"#Port<0.18446744073709551615>", "#Port<0.18446744073709551615>"},
        {"fun lists:map/2", "fun lists:map/2"},
        {"'fun'", "'fun'"},
        {"fun 'a b':'c'/255", "fun 'a b':c/255"},
        {"'\\'\\\\'", "'\\'\\\\'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otp_scope scope = otp_scope_begin();
        CHECK_STR(otp_show(test_term(cases[i].text)), cases[i].printed);
        otp_scope_end(scope);
    }
}

UNIT("errors say where, on which line, and what was expected") {
    static const struct {
        const char *text;
        otp_err err;
        size_t offset, line, column;
        const char *expected;
    } cases[] = {
        {"", OTP_ESYNTAX, 0, 1, 1, "a term"},
        {"{a,}", OTP_ESYNTAX, 3, 1, 4, "a term"},
        {"{a,\n b", OTP_ESYNTAX, 6, 2, 3, ", or }"},
        {"{\xc3\xa9, ]", OTP_ESYNTAX, 5, 1, 5, "a term"},
        {"[1 2]", OTP_ESYNTAX, 3, 1, 4, ", or | or ]"},
        {"[1|2,3]", OTP_ESYNTAX, 4, 1, 5, "]"},
        {"[|1]", OTP_ESYNTAX, 1, 1, 2, "a term"},
        {"#{a}", OTP_ESYNTAX, 3, 1, 4, "=> or :="},
        {"#{a => 1,}", OTP_ESYNTAX, 9, 1, 10, "a term"},
        {"a b", OTP_ESYNTAX, 2, 1, 3, "the end after one term"},
        {"a. b", OTP_ESYNTAX, 3, 1, 4, "the end after one term"},
        {"{_}", OTP_ESYNTAX, 1, 1, 2, "a term; holes are for patterns"},
        {"<<256>>", OTP_ESYNTAX, 2, 1, 3, "a byte, 0 to 255"},
        {"<<1:9>>", OTP_ESYNTAX, 4, 1, 5, "a number of bits, 1 to 8"},
        {"<<1:3,2>>", OTP_ESYNTAX, 5, 1, 6, ">> after part of a byte"},
        {"<<\"a\"/latin1>>", OTP_ESYNTAX, 6, 1, 7, "utf8: text in binaries is always UTF-8"},
        {"<0.1>", OTP_ESYNTAX, 0, 1, 1, "a pid like <0.5.0>"},
        {"<0.1.99999999999>", OTP_ESYNTAX, 0, 1, 1, "a pid like <0.5.0>"},
        {"<9.1.0>", OTP_ENOENT, 0, 1, 1, "the number of a node that is known here"},
        {"#Ref<0>", OTP_ESYNTAX, 0, 1, 1, "a reference like #Ref<0.0.0.1>"},
        {"#Port<0.>", OTP_ESYNTAX, 0, 1, 1, "a port like #Port<0.5>"},
        {"fun a:b", OTP_ESYNTAX, 7, 1, 8, "a fun like fun lists:map/2"},
        {"1.0e999", OTP_ESIZE, 0, 1, 1, "a float of at most 1.7976931348623157e308"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otp_term term = otp_int(77);
        otp_parse_error error = {0};
        CHECK_EQ(otp_parse(cases[i].text, &term, &error), cases[i].err);
        CHECK_EQ(error.offset, cases[i].offset);
        CHECK_EQ(error.line, cases[i].line);
        CHECK_EQ(error.column, cases[i].column);
        CHECK_STR(error.expected, cases[i].expected);
        CHECK_EQ(term.word, otp_int(77).word);
    }
}

UNIT("nesting is limited, not by the machine stack") {
    enum { DEPTH = OTPI_PARSE_DEPTH_MAX };
    char *text = malloc(2 * DEPTH + 8);
    otp_term term;
    otp_scope scope = otp_scope_begin();
    memset(text, '{', DEPTH);
    memset(text + DEPTH, '}', DEPTH);
    text[2 * DEPTH] = '\0';
    CHECK_EQ(otp_parse(text, &term, NULL), OTP_OK);
    memset(text, '{', DEPTH + 1);
    otp_parse_error error;
    CHECK_EQ(otp_parse(text, &term, &error), OTP_EDEPTH);
    CHECK_EQ(error.offset, DEPTH);
    otp_scope_end(scope);
    free(text);
}

UNIT("random terms read back as they were printed") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 4000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term term = test_term_random(&prng, 4);
        const char *text = otp_show(term);
        otp_term back = test_term(text);
        if (!otp_equal(term, back) || strcmp(otp_show(back), text) != 0) {
            CHECK_STR(otp_show(back), text);
        }
        otp_scope_end(scope);
    }
}

UNIT("terms of the program's text take values") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otp_term_of("{~w, [~i|~w], #{~s => ~i}}", otp_int(1), INT64_C(-2),
                                   OTP_ATOM(tail), "key", INT64_MIN)),
              "{1,[-2|tail],#{<<\"key\">> => -9223372036854775808}}");
    CHECK(otp_is_none(otp_term_of("{a")));
    CHECK(otp_is_none(otp_term_of("~z")));
    CHECK(otp_is_none(otp_term_of("~w", OTP_NONE)));
    otp_scope_end(scope);
}

static bool no_quota(void) {
    return false;
}

UNIT("text from outside makes no atoms beyond the quota, the program's own text does") {
    bool (*seam)(void) = otpi_terms.atom_quota;
    otpi_terms.atom_quota = no_quota;
    otp_term term;
    otp_parse_error error;
    CHECK_EQ(otp_parse("{ok, never_seen_before}", &term, &error), OTP_EATOMS);
    CHECK_EQ(error.offset, 5);
    CHECK(!otp_is_none(otp_term_of("seen_in_the_program")));
    otpi_terms.atom_quota = seam;
}

/* Random changes of good text, and pure noise. */
static void mutate(otpi_prng *prng, char *text, size_t size) {
    static const char marks[] = "{}[]|,#=>:<\"'$~_%.0123456789e-+ \\xabz\n\xc3\xa9\xff";
    for (size_t n = otpi_prng_below(prng, 4) + 1; n > 0 && size > 0; n--) {
        text[otpi_prng_below(prng, size)] = marks[otpi_prng_below(prng, sizeof marks - 1)];
    }
}

UNIT("changed text never does harm") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int read = 0;
    for (int i = 0; i < 20000; i++) {
        otp_scope scope = otp_scope_begin();
        char text[600];
        size_t length = otp_print(test_term_random(&prng, 3), text, sizeof text);
        length = length < sizeof text ? length : sizeof text - 1;
        mutate(&prng, text, length);
        otp_term term;
        otp_parse_error error;
        if (otp_parse(text, &term, &error) == OTP_OK) {
            otp_term again = test_term(otp_show(term));
            CHECK(otp_equal(again, term));
            read++;
        } else {
            CHECK(error.offset <= length && error.expected != NULL);
        }
        otp_scope_end(scope);
    }
    CHECK(read > 1000);
}

static const char *swept;

static bool parse_swept(bool failing) {
    (void)failing;
    uint64_t first[4];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 4);
    otpi_scope_now = &scope;
    otp_term term;
    otp_err err = otp_parse(swept, &term, NULL);
    CHECK(err == OTP_OK || (failing && err == OTP_ENOMEM));
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    return err == OTP_OK;
}

UNIT("without memory reading fails cleanly at each allocation") {
    static char text[4000] =
        "{'quoted', <<\"0123456789012345678901234567890123456789012345678901234"
        "56789012345678901234567890\">>, \"list\", 123456789012345678901234567890, "
        "#{a => 1.5}, #Ref<0.1.2.3>, fun a:b/1, ";
    char *at = text + strlen(text);
    memset(at, '[', 200);
    memset(at + 200, ']', 200);
    for (at += 400; at < text + 3900; at += 2) {
        memcpy(at, ",1", 2);
    }
    memcpy(at, "}", 2);
    swept = text;
    CHECK(test_fail_each(parse_swept, 100) >= 8);
}
