/* SPDX-License-Identifier: MIT */
#include "term/utf8.h"
#include "unit.h"

UNIT("every code point is written and read back") {
    for (uint32_t code = 0; code <= 0x110000; code++) {
        char text[4];
        uint32_t back = 0;
        size_t n = otpi_utf8_write(code, text);
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        if (surrogate || code > 0x10ffff) {
            if (n != 0) {
                CHECK_EQ(n, 0);
            }
            continue;
        }
        if (otpi_utf8_read((const uint8_t *)text, n, &back) != n || back != code) {
            CHECK_EQ(back, code);
        }
        if (n > 1 && otpi_utf8_read((const uint8_t *)text, n - 1, &back) != 0) {
            CHECK_EQ(code, 0); /* read although cut off */
        }
    }
}

static size_t count(const char *text, size_t size) {
    return otpi_utf8_count((const uint8_t *)text, size);
}

UNIT("what is not UTF-8 is refused") {
    CHECK_EQ(count("", 0), 0);
    CHECK_EQ(count("h\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
    CHECK_EQ(count("\x80", 1), SIZE_MAX);
    CHECK_EQ(count("\xc0\x80", 2), SIZE_MAX);     /* too long a form */
    CHECK_EQ(count("\xe0\x80\x80", 3), SIZE_MAX); /* too long a form */
    CHECK_EQ(count("\xed\xa0\x80", 3), SIZE_MAX); /* surrogate */
    CHECK_EQ(count("\xf4\x90\x80\x80", 4), SIZE_MAX);
    CHECK_EQ(count("\xf5\x80\x80\x80", 4), SIZE_MAX);
    CHECK_EQ(count("a\xc3", 2), SIZE_MAX);
}

UNIT("printable is what Erlang prints") {
    CHECK(otpi_utf8_printable('a') && otpi_utf8_printable('\n') && otpi_utf8_printable(27));
    CHECK(otpi_utf8_printable(0xa0) && otpi_utf8_printable(0x1f600));
    CHECK(!otpi_utf8_printable(0) && !otpi_utf8_printable(7) && !otpi_utf8_printable(0x7f));
    CHECK(!otpi_utf8_printable(0x9f) && !otpi_utf8_printable(0xfffe));
}
