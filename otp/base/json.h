/* SPDX-License-Identifier: MIT */
/*
 * Streaming JSON writer (RFC 8259) over otpi_text. Commas, colons and indentation are its business;
 * wrong nesting is a bug of the caller and asserted. Strings are UTF-8; invalid sequences become
 * U+FFFD. Doubles are the shortest text that reads back as the same value; NaN and infinities are
 * null.
 *
 *     otpi_json_object_begin(&json);
 *     otpi_json_key(&json, "runs");  otpi_json_uint64(&json, 200);
 *     otpi_json_object_end(&json);
 */
#ifndef OTP_BASE_JSON_H
#define OTP_BASE_JSON_H

#include "base/text.h"

enum { OTPI_JSON_DEPTH_MAX = 100 };

typedef struct otpi_json {
    otpi_text *text;
    int indent; /* spaces per level; 0 = all on one line */
    int depth;
    bool after_key; /* a value must follow */
    bool done;      /* the one top-level value is complete */
    struct {
        bool object;
        bool some; /* has at least one member */
    } levels[OTPI_JSON_DEPTH_MAX];
} otpi_json;

/* Starts a document at the end of text; text.failed says at the end if all found room. */
void otpi_json_init(otpi_json *json, otpi_text *text, int indent);
/* Asserts that the document is complete. Call init again for the next one (of JSON lines). */
void otpi_json_finish(otpi_json *json);

void otpi_json_object_begin(otpi_json *json);
void otpi_json_object_end(otpi_json *json);
void otpi_json_array_begin(otpi_json *json);
void otpi_json_array_end(otpi_json *json);

void otpi_json_key(otpi_json *json, const char *key);
void otpi_json_key_bytes(otpi_json *json, const char *key, size_t size);
/* NULL is written as null. */
void otpi_json_string(otpi_json *json, const char *string);
void otpi_json_string_bytes(otpi_json *json, const char *bytes, size_t size);
void otpi_json_int64(otpi_json *json, int64_t value);
void otpi_json_uint64(otpi_json *json, uint64_t value);
void otpi_json_double(otpi_json *json, double value);
void otpi_json_bool(otpi_json *json, bool value);
void otpi_json_null(otpi_json *json);
/* A value that is JSON text already. */
void otpi_json_raw(otpi_json *json, const char *value, size_t size);

/* The bytes of a JSON string without its quotes: for other formats with the same escapes. */
void otpi_json_escape(otpi_text *text, const char *bytes, size_t size);

#endif
