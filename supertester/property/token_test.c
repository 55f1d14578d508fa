/* SPDX-License-Identifier: MIT */
#include "supertester/property/token.h"
#include "tests/unit.h"

#include <string.h>

static void fill(st_choices *list, otpi_prng *prng, uint32_t n) {
    st_choices_simplest(list);
    for (uint32_t i = 0; i < n; i++) {
        int64_t value = (int64_t)(otpi_prng_next(prng) >> otpi_prng_below(prng, 64));
        sti_choices_add(list, OTP_LANE_DATA, OTP_CHOICE_USER, "n", INT64_MIN, INT64_MAX,
                        i % 2 ? value : -value);
    }
}

UNIT("a token holds every value, and reads back as it was written") {
    st_choices *list = st_choices_new(), *back = st_choices_new();
    sti_tape before = {0}, after = {0};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    REQUIRE(list && back);
    for (uint32_t n = 0; n < 60; n++) {
        char memory[2048];
        otpi_text token;
        otpi_text_init_fixed(&token, memory, sizeof memory);
        fill(list, &prng, n);
        REQUIRE(sti_tape_read(&before, list));
        sti_token_write(&before, "name", &token);
        REQUIRE(!token.failed);
        CHECK(sti_token_read(token.data, "name", back) == NULL);
        REQUIRE(sti_tape_read(&after, back));
        CHECK_EQ(after.choices, n);
        for (uint32_t i = 0; i < n; i++) {
            CHECK_EQ(after.entries[i].value, before.entries[i].value);
        }
        CHECK(sti_token_read(token.data, "other", back) != NULL);
    }
    sti_tape_fini(&before);
    sti_tape_fini(&after);
    st_choices_free(list);
    st_choices_free(back);
}

UNIT("every token that is not whole is refused in words") {
    st_choices *list = st_choices_new();
    sti_tape tape = {0};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    REQUIRE(list);
    fill(list, &prng, 5);
    REQUIRE(sti_tape_read(&tape, list));
    char memory[256];
    otpi_text token;
    otpi_text_init_fixed(&token, memory, sizeof memory);
    sti_token_write(&tape, "name", &token);
    for (size_t i = 0; i < token.length; i++) {
        char spoilt[256];
        memcpy(spoilt, token.data, token.length + 1);
        spoilt[i] = (char)(spoilt[i] == 'x' ? 'y' : 'x');
        CHECK(sti_token_read(spoilt, "name", list) != NULL);
        memcpy(spoilt, token.data, token.length + 1);
        spoilt[i] = '\0';
        CHECK(sti_token_read(spoilt, "name", list) != NULL);
    }
    CHECK(sti_token_read("", "name", list) != NULL);
    CHECK(sti_token_read("1-zzzz-zzzz-AAAA", "name", list) != NULL);
    CHECK(sti_token_read("1-", "name", list) != NULL);
    sti_tape_fini(&tape);
    st_choices_free(list);
}
