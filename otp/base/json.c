/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/assert.h"

#include <math.h>
#include <string.h>

void otpi_json_init(otpi_json *json, otpi_text *text, int indent) {
    json->text = text;
    json->indent = indent;
    json->depth = 0;
    json->after_key = false;
    json->done = false;
}

void otpi_json_finish(otpi_json *json) {
    OTPI_ASSERT("base-050", json->depth == 0 && json->done);
}

static void start_line(otpi_json *json) {
    if (json->indent > 0) {
        otpi_text_char(json->text, '\n');
        otpi_text_repeat(json->text, ' ', (size_t)(json->depth * json->indent));
    }
}

/* The comma before and the place of a member of the innermost level. */
static void begin_member(otpi_json *json) {
    if (json->levels[json->depth - 1].some) {
        otpi_text_char(json->text, ',');
    }
    json->levels[json->depth - 1].some = true;
    start_line(json);
}

/* What is to be written before a value, which must be allowed here. */
static void begin_value(otpi_json *json) {
    if (json->depth == 0) {
        OTPI_ASSERT("base-051", !json->done);
    } else if (json->levels[json->depth - 1].object) {
        OTPI_ASSERT("base-052", json->after_key);
        json->after_key = false;
    } else {
        begin_member(json);
    }
}

static void end_value(otpi_json *json) {
    json->done = json->depth == 0;
}

static void begin_level(otpi_json *json, bool object) {
    begin_value(json);
    OTPI_ASSERT("base-053", json->depth < OTPI_JSON_DEPTH_MAX);
    json->levels[json->depth].object = object;
    json->levels[json->depth].some = false;
    json->depth++;
    otpi_text_char(json->text, object ? '{' : '[');
}

static void end_level(otpi_json *json, bool object) {
    OTPI_ASSERT("base-054", json->depth > 0 && json->levels[json->depth - 1].object == object);
    OTPI_ASSERT("base-055", !json->after_key);
    json->depth--;
    if (json->levels[json->depth].some) {
        start_line(json);
    }
    otpi_text_char(json->text, object ? '}' : ']');
    end_value(json);
}

void otpi_json_object_begin(otpi_json *json) {
    begin_level(json, true);
}

void otpi_json_object_end(otpi_json *json) {
    end_level(json, true);
}

void otpi_json_array_begin(otpi_json *json) {
    begin_level(json, false);
}

void otpi_json_array_end(otpi_json *json) {
    end_level(json, false);
}

/* Bytes of the well-formed UTF-8 sequence at the start (The Unicode Standard, table 3-7), 0 when
 * there is none. */
static size_t utf8_length(const unsigned char *s, size_t size) {
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = forms[i].length;
        if (s[0] < forms[i].first_low || s[0] > forms[i].first_high || size < length) {
            continue;
        }
        bool fits = length < 2 || (s[1] >= forms[i].second_low && s[1] <= forms[i].second_high);
        for (size_t k = 2; k < length; k++) {
            fits = fits && s[k] >= 0x80 && s[k] <= 0xbf;
        }
        return fits ? length : 0;
    }
    return 0;
}

static void escape_control(otpi_text *text, unsigned char c) {
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *at = letters; *at; at += 2) {
        if ((unsigned char)*at == c) {
            otpi_text_char(text, '\\');
            otpi_text_char(text, at[1]);
            return;
        }
    }
    otpi_text_format(text, "\\u%04x", c);
}

/* How many bytes from the start can be copied as they are. */
static size_t plain_run(const unsigned char *s, size_t size) {
    size_t run = 0;
    while (run < size && s[run] >= 0x20 && s[run] != '"' && s[run] != '\\') {
        size_t length = s[run] < 0x80 ? 1 : utf8_length(s + run, size - run);
        if (length == 0) {
            break;
        }
        run += length;
    }
    return run;
}

void otpi_json_escape(otpi_text *text, const char *bytes, size_t size) {
    const unsigned char *at = (const unsigned char *)bytes;
    while (size > 0) {
        size_t run = plain_run(at, size);
        otpi_text_bytes(text, at, run);
        at += run;
        size -= run;
        if (size == 0) {
            return;
        }
        if (*at < 0x80) {
            escape_control(text, *at);
        } else {
            otpi_text_cstr(text, "\xef\xbf\xbd");
        }
        at++;
        size--;
    }
}

static void quoted(otpi_json *json, const char *bytes, size_t size) {
    otpi_text_char(json->text, '"');
    otpi_json_escape(json->text, bytes, size);
    otpi_text_char(json->text, '"');
}

void otpi_json_key_bytes(otpi_json *json, const char *key, size_t size) {
    OTPI_ASSERT("base-056", json->depth > 0 && json->levels[json->depth - 1].object);
    OTPI_ASSERT("base-057", !json->after_key);
    begin_member(json);
    quoted(json, key, size);
    otpi_text_cstr(json->text, json->indent > 0 ? ": " : ":");
    json->after_key = true;
}

void otpi_json_key(otpi_json *json, const char *key) {
    otpi_json_key_bytes(json, key, strlen(key));
}

void otpi_json_raw(otpi_json *json, const char *value, size_t size) {
    begin_value(json);
    otpi_text_bytes(json->text, value, size);
    end_value(json);
}

void otpi_json_string_bytes(otpi_json *json, const char *bytes, size_t size) {
    begin_value(json);
    quoted(json, bytes, size);
    end_value(json);
}

void otpi_json_string(otpi_json *json, const char *string) {
    if (string) {
        otpi_json_string_bytes(json, string, strlen(string));
    } else {
        otpi_json_null(json);
    }
}

void otpi_json_int64(otpi_json *json, int64_t value) {
    begin_value(json);
    otpi_text_format(json->text, "%lld", (long long)value);
    end_value(json);
}

void otpi_json_uint64(otpi_json *json, uint64_t value) {
    begin_value(json);
    otpi_text_format(json->text, "%llu", (unsigned long long)value);
    end_value(json);
}

void otpi_json_double(otpi_json *json, double value) {
    if (!isfinite(value)) {
        otpi_json_null(json);
        return;
    }
    begin_value(json);
    otpi_text_double(json->text, value);
    end_value(json);
}

void otpi_json_bool(otpi_json *json, bool value) {
    otpi_json_raw(json, value ? "true" : "false", value ? 4 : 5);
}

void otpi_json_null(otpi_json *json) {
    otpi_json_raw(json, "null", 4);
}
