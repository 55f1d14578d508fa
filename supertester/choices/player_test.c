/* SPDX-License-Identifier: MIT */
#include "supertester/choices/draw.h"
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

/* A record as text: numbers are choices, ( and ) spans, + and . another element or none, ! an
 * element that must be there. */
static void record(st_choices *list, const char *text) {
    st_choices_simplest(list);
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '(': sti_draw_begin(list, "span"); break;
        case ')': sti_draw_end(list); break;
        case '!': sti_draw_element(list); break;
        case '+': sti_draw_note(list, STI_MORE, 0, 1, 0, 1, "more"); break;
        case '.': sti_draw_note(list, STI_MORE, 0, 1, 0, 0, "more"); break;
        case ' ': break;
        default: sti_draw_note(list, STI_INT, 0, 9, 0, *c - '0', "n");
        }
    }
}

/* What a run that asks in this form gets; n is a number, m whether there is more. */
static void plays(const char *recorded, const char *asked, const char *expected) {
    st_choices *from = st_choices_new(), *list = st_choices_new();
    char got[64];
    size_t n = 0;
    REQUIRE(from && list);
    record(from, recorded);
    st_choices_from_list(list, from);
    for (const char *c = asked; *c; c++) {
        switch (*c) {
        case '(': sti_draw_begin(list, "span"); break;
        case ')': sti_draw_end(list); break;
        case '!': sti_draw_element(list); break;
        case 'm': got[n++] = (char)('0' + sti_draw_recorded(list, STI_MORE, 0, 1, 0)); break;
        default: got[n++] = (char)('0' + sti_draw_int(list, 0, 9, 0, "n"));
        }
    }
    got[n] = '\0';
    CHECK_STR(got, expected);
    st_choices_free(from);
    st_choices_free(list);
}

UNIT("a run that asks as before gets what it got") {
    plays("12(3+4+5.)6", "nn(nmnmnm)n", "123141506");
}

UNIT("what is left of a span is passed over at its end") {
    plays("1(234)5", "n(n)n", "125");
    plays("1(2(34)5)6", "n(n)n", "126");
    plays("(1(2)3)(4)", "(n)(n)", "14");
}

UNIT("a span that holds too little gives the simplest for the rest, and the next begins in its "
     "place") {
    plays("1(2)3", "n(nnn)n", "12003");
    plays("(+1.)(+2.)", "(mnmnm)(mn)", "1100012");
}

UNIT("elements are kept apart, whatever each of them asks for") {
    plays("(+12+3+45.)", "(mnmnmnm)", "1113140");
    plays("(+1+2+3.)", "(mnnmnnm)", "1101201");
    plays("(+(12)+(3).)", "(mnmnm)", "11130");
}

UNIT("elements that must be there and those that need not take one another's place") {
    plays("(!1!2+3.)", "(!n!nmnm)", "12130");
    plays("(+3.)", "(!nm)", "30");
    plays("(!1!2.)", "(mnmnm)", "11120");
}

UNIT("behind the end all is the simplest") {
    plays("", "n(nm)n", "0000");
    plays("7", "n(n)n", "700");
}
