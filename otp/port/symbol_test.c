/* SPDX-License-Identifier: MIT */
#include "port/symbol.h"

#include "base/assert.h"
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

static OTPI_NOINLINE int hidden_function(int n) {
    return n * 3 + 1;
}

static const void *address_of(int (*function)(int), size_t offset) {
    return (const char *)(uintptr_t)function + offset;
}

UNIT("a static function is named, with the offset in it") {
    char text[128];
    otpi_symbol_show(address_of(hidden_function, 0), text, sizeof text);
    CHECK_STR(text, "hidden_function+0x0");
    otpi_symbol_show(address_of(hidden_function, 1), text, sizeof text);
    CHECK_STR(text, "hidden_function+0x1");
    CHECK_EQ(hidden_function(2), 7);
}

/* As a compiler names a copy that it has made for one caller. */
static int copied_function(int n) __asm__("copied_function.constprop.0");
static OTPI_NOINLINE __attribute__((used)) int copied_function(int n) {
    return n * 5 + 1;
}

UNIT("a compiler's copy of a function goes by the function's name") {
    char text[128];
    otpi_symbol_show(address_of(copied_function, 0), text, sizeof text);
    CHECK_STR(text, "copied_function+0x0");
}

UNIT("a function of a library is named") {
    char text[128];
    otpi_symbol_show(address_of(abs, 0), text, sizeof text);
    CHECK(strstr(text, "abs+0x0") != NULL);
}

UNIT("an address of no file is shown as a number") {
    char text[128];
    otpi_symbol_show((const void *)0x10, text, sizeof text);
    CHECK_STR(text, "0x10");
}

UNIT("a text that is too long is cut") {
    char text[7];
    otpi_symbol_show(address_of(hidden_function, 0), text, sizeof text);
    CHECK_STR(text, "hidden");
}
