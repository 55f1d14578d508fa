/* SPDX-License-Identifier: MIT */
#include "supertester/choices/list.h"
#include "port/child.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>
#include <stdio.h>

UNIT("every choice reads back as it was written, small or wide") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    static const int64_t cases[][3] = {
        {0, 1, 1},  {0, (1 << 20) - 1, (1 << 20) - 1}, {0, 1 << 20, 1 << 20},
        {-1, 1, 0}, {INT64_MIN, INT64_MAX, -7},        {0, INT64_MAX, INT64_MAX}};
    enum { CASES = sizeof cases / sizeof cases[0], ROUNDS = 5000 };
    for (int i = 0; i < ROUNDS; i++) {
        const int64_t *c = cases[i % CASES];
        sti_choices_add(list, (otp_lane)(i % OTP_LANES), (otp_choice)(i % 15),
                        i % 2 ? "odd" : "even", c[0], c[1], c[2]);
    }
    CHECK_EQ(st_choices_count(list), ROUNDS);
    size_t cursor = 0;
    st_choice choice;
    int i = 0, wrong = 0;
    for (; st_choices_next(list, &cursor, &choice); i++) {
        const int64_t *c = cases[i % CASES];
        wrong += choice.lane != (otp_lane)(i % OTP_LANES) || choice.kind != (otp_choice)(i % 15) ||
                 choice.lo != c[0] || choice.hi != c[1] || choice.value != c[2] ||
                 strcmp(choice.label, i % 2 ? "odd" : "even") != 0;
    }
    CHECK_EQ(i, ROUNDS);
    CHECK_EQ(wrong, 0);
    st_choices_free(list);
}

UNIT("more labels than there is room for lose their text, nothing else") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    for (int i = 0; i < 5000; i++) {
        char label[32];
        int size = snprintf(label, sizeof label, "label %d", i);
        uint32_t id = sti_label_of_text(&list->labels, label, (size_t)size);
        CHECK(id == 0 ? i + 1 >= STI_LABELS_MAX
                      : strcmp(sti_label_text(&list->labels, id), label) == 0);
    }
    CHECK_EQ(sti_label_of_text(&list->labels, "label 7", 7), 8);
    CHECK_EQ(sti_label(&list->labels, ""), 0);
    st_choices_free(list);
}

UNIT("out of memory: the list says that it is not complete") {
    st_choices *list = sti_choices_new_shared(100);
    REQUIRE(list);
    for (int i = 0; i < 200; i++) {
        sti_choices_add(list, OTP_LANE_DATA, OTP_CHOICE_USER, "n", 0, 9, 1);
    }
    CHECK(!st_choices_complete(list));
    CHECK_EQ(st_choices_count(list), 100);
    st_choices_simplest(list);
    CHECK(st_choices_complete(list));
    st_choices_free(list);
    st_choices_free(NULL);
}

static int write_and_die(void *arg) {
    st_choices *list = arg;
    st_choices_from_seed(list, 7);
    const otp_chooser *chooser = st_choices_chooser(list);
    for (int i = 0; i < 1000; i++) {
        chooser->draw(chooser->context, OTP_LANE_DATA, OTP_CHOICE_USER, -9, 9, 0, "in the child");
    }
    __builtin_trap();
}

UNIT("what a child wrote into a shared list survives its crash") {
    st_choices *list = sti_choices_new_shared(1 << 20);
    REQUIRE(list);
    otpi_child child;
    REQUIRE(otpi_fork(&child, &(otpi_child_opts){.err = OTPI_CHILD_NULL}, write_and_die, list) ==
            OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK(child.exit.signalled || child.exit.code != 0);
    otpi_child_close(&child);
    CHECK_EQ(st_choices_count(list), 1000);
    size_t cursor = 0;
    st_choice choice;
    REQUIRE(st_choices_next(list, &cursor, &choice));
    CHECK_STR(choice.label, "in the child");
    st_choices_free(list);
}
