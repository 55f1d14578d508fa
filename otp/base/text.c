/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/assert.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

/* What data points at before the first growth: written to by nobody, capacity is 0. */
static char nothing[1];

void otpi_text_init(otpi_text *text, const otpi_allocator *allocator) {
    *text = (otpi_text){.data = nothing, .allocator = allocator};
}

void otpi_text_init_fixed(otpi_text *text, char *memory, size_t size) {
    OTPI_ASSERT("base-040", size > 0);
    *text = (otpi_text){.data = memory, .capacity = size};
    memory[0] = '\0';
}

void otpi_text_fini(otpi_text *text) {
    if (text->allocator && text->capacity) {
        text->allocator->free(text->allocator->ctx, text->data);
    }
    *text = (otpi_text){.data = nothing, .allocator = text->allocator};
}

void otpi_text_clear(otpi_text *text) {
    text->failed = false;
    otpi_text_truncate(text, 0);
}

void otpi_text_truncate(otpi_text *text, size_t length) {
    OTPI_ASSERT("base-041", length <= text->length);
    text->length = length;
    if (text->capacity) {
        text->data[length] = '\0';
    }
}

char *otpi_text_take(otpi_text *text) {
    if (text->failed || !text->allocator || !otpi_text_reserve(text, 0)) {
        return NULL;
    }
    char *data = text->data;
    otpi_text_init(text, text->allocator);
    return data;
}

/* Makes capacity > length + size. */
static bool grow(otpi_text *text, size_t size) {
    if (!text->allocator || size >= SIZE_MAX / 4 - text->length) {
        return false;
    }
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    while (capacity <= text->length + size) {
        capacity *= 2;
    }
    void *old = text->capacity ? text->data : NULL;
    char *data = text->allocator->resize(text->allocator->ctx, old, capacity);
    if (!data) {
        return false;
    }
    data[text->length] = '\0';
    text->data = data;
    text->capacity = capacity;
    return true;
}

static size_t room_of(const otpi_text *text) {
    return text->capacity ? text->capacity - text->length - 1 : 0;
}

char *otpi_text_reserve(otpi_text *text, size_t size) {
    if (text->failed) {
        return NULL;
    }
    if (text->capacity == 0 || room_of(text) < size) {
        if (!grow(text, size)) {
            text->failed = true;
            return NULL;
        }
    }
    return text->data + text->length;
}

/* Adds what fits of the bytes when the rest can't be had. */
void otpi_text_bytes(otpi_text *text, const void *bytes, size_t size) {
    if (text->failed || size == 0) {
        return;
    }
    if (!otpi_text_reserve(text, size)) {
        size = room_of(text);
        if (size == 0) {
            return;
        }
    }
    memcpy(text->data + text->length, bytes, size);
    text->length += size;
    text->data[text->length] = '\0';
}

void otpi_text_char(otpi_text *text, char c) {
    otpi_text_bytes(text, &c, 1);
}

void otpi_text_cstr(otpi_text *text, const char *string) {
    otpi_text_bytes(text, string, strlen(string));
}

void otpi_text_repeat(otpi_text *text, char c, size_t times) {
    for (size_t i = 0; i < times && !text->failed; i++) {
        otpi_text_bytes(text, &c, 1);
    }
}

void otpi_text_format(otpi_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    otpi_text_format_va(text, format, arguments);
    va_end(arguments);
}

void otpi_text_format_va(otpi_text *text, const char *format, va_list arguments) {
    if (text->failed) {
        return;
    }
    va_list again;
    va_copy(again, arguments);
    size_t room = room_of(text);
    int needed = vsnprintf(text->capacity ? text->data + text->length : NULL,
                           text->capacity ? room + 1 : 0, format, arguments);
    if (needed < 0) {
        text->failed = true;
        otpi_text_truncate(text, text->length);
    } else if ((size_t)needed <= room && text->capacity) {
        text->length += (size_t)needed;
    } else if (otpi_text_reserve(text, (size_t)needed)) {
        vsnprintf(text->data + text->length, (size_t)needed + 1, format, again);
        text->length += (size_t)needed;
    } else {
        text->length += room; /* what fitted is there already */
    }
    va_end(again);
}

void otpi_text_double(otpi_text *text, double value) {
    char digits[40];
    /* 15 digits, trailing zeros dropped, are the shortest if they read back; denormals have fewer.
     */
    bool denormal = value > -DBL_MIN && value < DBL_MIN && value != 0;
    for (int precision = denormal ? 1 : 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (precision == 17 || strtod(digits, NULL) == value) {
            break;
        }
    }
    char *point = strchr(digits, ','); /* the decimal point of some locales */
    if (point) {
        *point = '.';
    }
    otpi_text_cstr(text, digits);
}
