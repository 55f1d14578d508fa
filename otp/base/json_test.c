/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/assert.h"
#include "tests/unit.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>

static char space[4096];
static otpi_text text;
static otpi_json json;

static void open_json(int indent) {
    otpi_text_init_fixed(&text, space, sizeof space);
    otpi_json_init(&json, &text, indent);
}

static void write_sample(void) {
    otpi_json_object_begin(&json);
    otpi_json_key(&json, "name");
    otpi_json_string(&json, "a\"b");
    otpi_json_key(&json, "list");
    otpi_json_array_begin(&json);
    otpi_json_int64(&json, INT64_MIN);
    otpi_json_uint64(&json, UINT64_MAX);
    otpi_json_array_begin(&json);
    otpi_json_array_end(&json);
    otpi_json_bool(&json, false);
    otpi_json_array_end(&json);
    otpi_json_key_bytes(&json, "emptyX", 5);
    otpi_json_object_begin(&json);
    otpi_json_object_end(&json);
    otpi_json_key(&json, "x");
    otpi_json_null(&json);
    otpi_json_object_end(&json);
    otpi_json_finish(&json);
}

UNIT("a document on one line has no spaces") {
    open_json(0);
    write_sample();
    CHECK_STR(text.data, "{\"name\":\"a\\\"b\",\"list\":[-9223372036854775808,18446744073709551615,"
                         "[],false],\"empty\":{},\"x\":null}");
}

UNIT("an indented document has one member a line") {
    open_json(2);
    write_sample();
    CHECK_STR(text.data, "{\n"
                         "  \"name\": \"a\\\"b\",\n"
                         "  \"list\": [\n"
                         "    -9223372036854775808,\n"
                         "    18446744073709551615,\n"
                         "    [],\n"
                         "    false\n"
                         "  ],\n"
                         "  \"empty\": {},\n"
                         "  \"x\": null\n"
                         "}");
}

UNIT("a document may be one plain value") {
    open_json(0);
    otpi_json_bool(&json, true);
    otpi_json_finish(&json);
    CHECK_STR(text.data, "true");
    open_json(0);
    otpi_json_string(&json, NULL);
    otpi_json_finish(&json);
    CHECK_STR(text.data, "null");
}

static const char *escaped(const char *bytes, size_t size) {
    otpi_text_init_fixed(&text, space, sizeof space);
    otpi_json_escape(&text, bytes, size);
    return text.data;
}

UNIT("control characters, quotes and backslashes are escaped") {
    CHECK_STR(escaped("\"\\\b\f\n\r\t", 7), "\\\"\\\\\\b\\f\\n\\r\\t");
    CHECK_STR(escaped("\0\x01\x1f\x7f/", 5), "\\u0000\\u0001\\u001f\x7f/");
}

UNIT("well-formed UTF-8 passes unchanged") {
    const char *samples[] = {
        "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
        "\xed\x9f\xbf",     "\xee\x80\x80",     "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        CHECK_STR(escaped(samples[i], strlen(samples[i])), samples[i]);
    }
}

UNIT("each byte of ill-formed UTF-8 becomes one U+FFFD") {
    const char *samples[] = {"\x80",
                             "\xff",
                             "\xc0\x80",
                             "\xc2",
                             "\xe0\x80\x80",
                             "\xed\xa0\x80",
                             "\xf0\x80\x80\x80",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xe2\x82",
                             "\xf0\x9f\x98"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char expected[64] = "";
        for (size_t k = 0; k < strlen(samples[i]); k++) {
            strcat(expected, "\xef\xbf\xbd");
        }
        CHECK_STR(escaped(samples[i], strlen(samples[i])), expected);
    }
    CHECK_STR(escaped("a\xe2(b", 4), "a\xef\xbf\xbd(b");
}

UNIT("numbers that JSON has no word for are null") {
    open_json(0);
    otpi_json_array_begin(&json);
    otpi_json_double(&json, NAN);
    otpi_json_double(&json, -INFINITY);
    otpi_json_double(&json, 1.5);
    otpi_json_raw(&json, "[1]", 3);
    otpi_json_array_end(&json);
    CHECK_STR(text.data, "[null,null,1.5,[1]]");
}

UNIT("a text that is too small shows in the text's failure only") {
    char small[4];
    otpi_text_init_fixed(&text, small, sizeof small);
    otpi_json_init(&json, &text, 0);
    write_sample();
    CHECK(text.failed);
    CHECK_STR(small, "{\"n");
}

static jmp_buf way_out;
static const char *panic_id;

static void leave(const char *id, const char *file, int line, const char *what) {
    (void)file, (void)line, (void)what;
    panic_id = id;
    longjmp(way_out, 1);
}

static void value_without_key(void) {
    otpi_json_object_begin(&json);
    otpi_json_null(&json);
}

static void key_in_array(void) {
    otpi_json_array_begin(&json);
    otpi_json_key(&json, "k");
}

static void wrong_end(void) {
    otpi_json_array_begin(&json);
    otpi_json_object_end(&json);
}

static void key_without_value(void) {
    otpi_json_object_begin(&json);
    otpi_json_key(&json, "k");
    otpi_json_object_end(&json);
}

static void two_values(void) {
    otpi_json_null(&json);
    otpi_json_null(&json);
}

static void unfinished(void) {
    otpi_json_array_begin(&json);
    otpi_json_finish(&json);
}

UNIT("wrong nesting is a broken invariant") {
    static const struct {
        void (*misuse)(void);
        const char *id;
    } cases[] = {{value_without_key, "base-052"}, {key_in_array, "base-056"},
                 {wrong_end, "base-054"},         {key_without_value, "base-055"},
                 {two_values, "base-051"},        {unfinished, "base-050"}};
    for (volatile size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_json(0);
        panic_id = "none";
        otpi_panic_hook = leave;
        if (setjmp(way_out) == 0) {
            cases[i].misuse();
        }
        otpi_panic_hook = NULL;
        CHECK_STR(panic_id, cases[i].id);
    }
}
