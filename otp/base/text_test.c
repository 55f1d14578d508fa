/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/prng.h"
#include "base/test_allocator.h"
#include "tests/unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

static test_memory memory;
static otpi_allocator allocator;

static void open_text(otpi_text *text) {
    allocator = test_allocator(&memory);
    otpi_text_init(text, &allocator);
}

UNIT("an empty text is an empty string and owns nothing") {
    otpi_text text;
    open_text(&text);
    CHECK_STR(text.data, "");
    CHECK_EQ(memory.live, 0);
    otpi_text_clear(&text);
    otpi_text_fini(&text);
    CHECK_STR(text.data, "");
}

UNIT("pieces of all kinds follow each other") {
    otpi_text text;
    open_text(&text);
    otpi_text_char(&text, 'a');
    otpi_text_cstr(&text, "bc");
    otpi_text_bytes(&text, "def", 2);
    otpi_text_format(&text, "-%d-%s-", 7, "x");
    otpi_text_repeat(&text, '!', 3);
    otpi_text_format(&text, "%s", "");
    CHECK_STR(text.data, "abcde-7-x-!!!");
    CHECK_EQ(text.length, 13);
    otpi_text_truncate(&text, 5);
    CHECK_STR(text.data, "abcde");
    otpi_text_fini(&text);
    CHECK_EQ(memory.live, 0);
}

UNIT("a text grows through any number of pieces") {
    otpi_text text;
    open_text(&text);
    for (int i = 0; i < 2000; i++) {
        otpi_text_format(&text, "%04d%*s", i, i % 100, "");
        REQUIRE(text.data[text.length] == '\0' && text.length < text.capacity);
    }
    CHECK(!text.failed);
    CHECK_EQ(text.length, 2000 * 4 + 20 * 4950);
    CHECK_EQ(strlen(text.data), text.length);
    otpi_text_fini(&text);
}

UNIT("fixed memory keeps what fits, and the failure sticks") {
    char space[8];
    otpi_text text;
    otpi_text_init_fixed(&text, space, sizeof space);
    otpi_text_cstr(&text, "12345");
    CHECK(!text.failed);
    otpi_text_cstr(&text, "6789");
    CHECK(text.failed);
    CHECK_STR(text.data, "1234567");
    otpi_text_clear(&text);
    CHECK(!text.failed);
    otpi_text_format(&text, "%d", 1234567);
    CHECK(!text.failed);
    CHECK_STR(text.data, "1234567");
    otpi_text_clear(&text);
    otpi_text_format(&text, "%d", 12345678);
    CHECK(text.failed);
    CHECK_STR(text.data, "1234567");
    otpi_text_char(&text, 'x');
    CHECK_EQ(text.length, 7);
    CHECK(otpi_text_take(&text) == NULL);
}

UNIT("fixed memory of one byte holds the empty string") {
    char space[1];
    otpi_text text;
    otpi_text_init_fixed(&text, space, sizeof space);
    otpi_text_format(&text, "%s", "");
    CHECK(!text.failed);
    otpi_text_char(&text, 'x');
    CHECK(text.failed);
    CHECK_STR(text.data, "");
}

UNIT("refused memory fails the text but does not lose what it has") {
    otpi_text text;
    open_text(&text);
    memory.refuse_from = 2;
    otpi_text_repeat(&text, 'x', 1000);
    CHECK(text.failed);
    CHECK_EQ(strspn(text.data, "x"), text.length);
    CHECK_EQ(text.length, 63);
    otpi_text_fini(&text);
    CHECK_EQ(memory.live, 0);
    open_text(&text);
    memory.refuse_from = 1;
    otpi_text_format(&text, "%d", 5);
    CHECK(text.failed);
    CHECK_STR(text.data, "");
    otpi_text_fini(&text);
}

UNIT("take hands over the block and leaves an empty text") {
    otpi_text text;
    open_text(&text);
    otpi_text_cstr(&text, "mine");
    char *block = otpi_text_take(&text);
    CHECK_STR(block, "mine");
    CHECK_STR(text.data, "");
    test_free(&memory, block);
    block = otpi_text_take(&text);
    CHECK_STR(block, "");
    test_free(&memory, block);
    CHECK_EQ(memory.live, 0);
}

static const char *text_of_double(double value) {
    static char space[64];
    otpi_text text;
    otpi_text_init_fixed(&text, space, sizeof space);
    otpi_text_double(&text, value);
    return space;
}

UNIT("doubles have their shortest text") {
    CHECK_STR(text_of_double(0.1), "0.1");
    CHECK_STR(text_of_double(1.0 / 3), "0.3333333333333333");
    CHECK_STR(text_of_double(100), "100");
    CHECK_STR(text_of_double(-0.0), "-0");
    CHECK_STR(text_of_double(5e-324), "5e-324");
    CHECK_STR(text_of_double(1e300), "1e+300");
}

UNIT("every finite double reads back as the same value") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = otpi_prng_next(&prng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            REQUIRE(strtod(text_of_double(value), NULL) == value);
        }
    }
    CHECK(strtod(text_of_double(DBL_MAX), NULL) == DBL_MAX);
    CHECK(strtod(text_of_double(DBL_MIN), NULL) == DBL_MIN);
}
