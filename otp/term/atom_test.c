/* SPDX-License-Identifier: MIT */
#include "port/memory.h"
#include "port/thread.h"
#include "term/atom.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

UNIT("an atom is found again by its text") {
    otp_term a = otp_atom("some_atom");
    CHECK(otp_is_atom(a));
    CHECK_EQ(a.word, otp_atom("some_atom").word);
    CHECK_EQ(a.word, OTP_ATOM(some_atom).word);
    CHECK(a.word != otp_atom("other_atom").word);
    CHECK_STR(otp_atom_text(a), "some_atom");
    CHECK_EQ(otp_atom_length(a), 9);
    CHECK(otp_is(a, "some_atom"));
    CHECK(!otp_is(a, "some_ato"));
    CHECK(!otp_is(otp_int(1), ""));
    CHECK_STR(otp_atom_text(otp_int(1)), "");
}

UNIT("the runtime's own atoms are constants") {
    CHECK_EQ(otp_atom("ok").word, OTPI_AM_ok);
    CHECK_EQ(otp_atom("$gen_call").word, OTPI_AM_gen_call);
    CHECK_EQ(otp_atom("").word, OTPI_AM_empty);
    CHECK_EQ(OTP_ATOM(normal).word, otpi_am(normal).word);
    for (size_t i = 0; i < OTPI_ATOM_NUMBERS; i++) {
        otp_term atom = {i << 6 | OTPI_LOW_ATOM};
        CHECK_EQ(otp_atom(otp_atom_text(atom)).word, atom.word);
    }
}

UNIT("atoms have at most 255 characters of UTF-8") {
    char text[600] = "";
    otp_term atom;
    for (int i = 0; i < 255; i++) {
        memcpy(text + 2 * i, "\xc3\xa9", 3);
    }
    CHECK_EQ(otpi_atom_make(text, 510, &atom), OTP_OK);
    CHECK_EQ(otp_atom_length(atom), 510);
    memcpy(text + 510, "x", 2);
    CHECK_EQ(otpi_atom_make(text, 511, &atom), OTP_EBADARG);
    CHECK_EQ(otpi_atom_make("\xff", 1, &atom), OTP_EBADARG);
    CHECK(otp_is_none(otp_atom("\xc3")));
}

static int quota;

static bool count_quota(void) {
    return quota-- > 0;
}

UNIT("atoms from data count against the quota, known ones do not") {
    bool (*seam)(void) = otpi_terms.atom_quota;
    otpi_terms.atom_quota = count_quota;
    quota = 1;
    otp_term atom;
    CHECK_EQ(otp_atom_from_data("from_data_1", 11, &atom), OTP_OK);
    CHECK_EQ(otp_atom_from_data("from_data_2", 11, &atom), OTP_EATOMS);
    CHECK_EQ(otp_atom_from_data("from_data_1", 11, &atom), OTP_OK);
    CHECK(otp_is(atom, "from_data_1"));
    otpi_terms.atom_quota = seam;
}

static void *words[4][3000];

static void make_many(void *argument) {
    void **mine = argument;
    for (int i = 0; i < 3000; i++) {
        char name[32];
        snprintf(name, sizeof name, "many_%d", i);
        mine[i] = (void *)(uintptr_t)otp_atom(name).word;
    }
}

UNIT("threads that make the same atoms get the same words") {
    otpi_thread threads[4];
    for (int i = 0; i < 4; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "atoms", make_many, words[i]));
    }
    for (int i = 0; i < 4; i++) {
        otpi_thread_join(&threads[i]);
    }
    int different = 0;
    for (int i = 0; i < 3000; i++) {
        otp_term atom = {(uint64_t)(uintptr_t)words[0][i]};
        char name[32];
        snprintf(name, sizeof name, "many_%d", i);
        different += strcmp(otp_atom_text(atom), name) != 0;
        for (int t = 1; t < 4; t++) {
            different += words[t][i] != words[0][i];
        }
    }
    CHECK_EQ(different, 0);
}

UNIT("order is by text, a prefix before what it begins") {
    CHECK(otpi_atom_compare(otp_atom("b"), otp_atom("aa")) > 0);
    CHECK(otpi_atom_compare(otp_atom("a"), otp_atom("ab")) < 0);
    CHECK(otpi_atom_compare(otp_atom("z"), otp_atom("\xc3\xa9")) < 0);
    CHECK_EQ(otpi_atom_compare(otp_atom("z"), otp_atom("z")), 0);
}

static bool fail_always(void *context, size_t size, const char *site) {
    (void)context, (void)size, (void)site;
    return true;
}

UNIT("without memory a new atom is OTP_NONE or there, and the table stays whole") {
    otp_term before = otp_atom("before_sweep");
    int refused = 0;
    for (int i = 0; i < 40000; i++) { /* over several sizes of index, segments and text blocks */
        char name[64];
        snprintf(name, sizeof name, "sweep_%d", i);
        otpi_alloc_fault_set(fail_always, NULL);
        refused += otp_is_none(otp_atom(name));
        otpi_alloc_fault_set(NULL, NULL);
        if (otp_is_none(otp_atom(name))) {
            TEST_FAIL("made once there is memory");
        }
    }
    CHECK(refused > 10);
    CHECK_EQ(otp_atom("before_sweep").word, before.word);
    CHECK(otp_is(otp_atom("sweep_77"), "sweep_77"));
    CHECK(otpi_atom_count() > 40000);
}
