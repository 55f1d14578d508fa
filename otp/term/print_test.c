/* SPDX-License-Identifier: MIT */
#include "term/print.h"
#include "test_term.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

UNIT("the length is the whole one, the buffer takes what fits") {
    otp_scope scope = otp_scope_begin();
    otp_term term = test_term("{hello,[1,2,3|x],#{k => \"v\"}}");
    const char *whole = otp_show(term);
    size_t length = strlen(whole);
    for (size_t size = 0; size <= length + 1; size++) {
        char *buffer = malloc(size + 1); /* one more, for a guard */
        buffer[size] = '!';
        CHECK_EQ(otp_print(term, buffer, size), length);
        if (size > 0) {
            CHECK(memcmp(buffer, whole, size - 1) == 0);
            CHECK_EQ(buffer[size - 1], '\0');
        }
        CHECK_EQ(buffer[size], '!');
        free(buffer);
    }
    CHECK_EQ(otp_print(term, NULL, 0), length);
    otp_scope_end(scope);
}

UNIT("atoms get quotes when they need them") {
    static const struct {
        const char *name, *text;
    } cases[] = {{"abc", "abc"},
                 {"a@b_C9", "a@b_C9"},
                 {"", "''"},
                 {"Abc", "'Abc'"},
                 {"_a", "'_a'"},
                 {"a b", "'a b'"},
                 {"end", "'end'"},
                 {"fun", "'fun'"},
                 {"maybe", "maybe"},
                 {"a'b", "'a\\'b'"},
                 {"\n\001", "'\\n\\001'"},
                 {"\xc3\xa9t\xc3\x89", "\xc3\xa9t\xc3\x89"},
                 {"\xce\xb1", "'\xce\xb1'"},
                 {"receive", "'receive'"},
                 {"receiver", "receiver"},
                 {"or", "'or'"},
                 {"9a", "'9a'"}};
    otp_scope scope = otp_scope_begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_STR(otp_show(otp_atom(cases[i].name)), cases[i].text);
    }
    otp_scope_end(scope);
}

UNIT("lists of printable characters print as text, others do not") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(otp_show(otp_charlist("say \"hi\"\n")), "\"say \\\"hi\\\"\\n\"");
    CHECK_STR(otp_show(otp_list(otp_int(104), otp_int(1))), "[104,1]");
    CHECK_STR(otp_show(otp_cons(otp_int(104), otp_int(105))), "[104|105]");
    CHECK_STR(otp_show(otp_list(otp_int(-1))), "[-1]");
    CHECK_STR(otp_show(otp_list(otp_float(104))), "[104.0]");
    CHECK_STR(otp_show(otp_binary("a\0b", 3)), "<<97,0,98>>");
    CHECK_STR(otp_show(otp_binary("\xff", 1)), "<<255>>");
    otp_scope_end(scope);
}

UNIT("OTP_NONE shows as what it is") {
    CHECK_STR(otp_show(OTP_NONE), "#None");
}

UNIT("long and deep terms print") {
    otp_scope scope = otp_scope_begin();
    otp_term deep = test_term_deep(100000);
    size_t length = otp_print(deep, NULL, 0);
    CHECK_EQ(length, 1 + 100000 * 4);
    CHECK_EQ(strlen(otp_show(deep)), length);
    otp_scope_end(scope);
}

static bool print_deep(bool failing) {
    char text[8000] = "";
    otp_scope scope = otp_scope_begin();
    otp_term deep = test_term_deep(200);
    size_t length = otp_print(deep, text, sizeof text);
    otp_scope_end(scope);
    CHECK(failing || length == 801);
    return strstr(text, "...") == NULL && !otp_is_none(deep);
}

UNIT("without memory the depths of a term print as three dots") {
    CHECK(test_fail_each(print_deep, 30) >= 3);
}

UNIT("a term that is too long for its place ends with dots") {
    char text[8];
    otpi_print_cut(otp_int(1234567), text, sizeof text);
    CHECK_STR(text, "1234567");
    otpi_print_cut(otp_int(12345678), text, sizeof text);
    CHECK_STR(text, "1234...");
}
