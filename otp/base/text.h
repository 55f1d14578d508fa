/* SPDX-License-Identifier: MIT */
/*
 * Text (or bytes) that grows at its end. Always NUL-terminated. Failure is sticky: write on without
 * looking, ask text.failed once at the end. After a failure nothing more is added; over fixed
 * memory what fitted is kept.
 */
#ifndef OTP_BASE_TEXT_H
#define OTP_BASE_TEXT_H

#include "base/allocator.h"

#include <otp/api.h>

#include <stdarg.h>

typedef struct otpi_text {
    char *data; /* never NULL after init */
    size_t length;
    size_t capacity; /* bytes at data, the NUL included; 0 before the first growth */
    bool failed;
    const otpi_allocator *allocator; /* NULL = fixed memory */
} otpi_text;

/* Grows as needed; allocates nothing yet. */
void otpi_text_init(otpi_text *text, const otpi_allocator *allocator);
/* Over the caller's memory, which must outlive the text; size >= 1. No fini needed. */
void otpi_text_init_fixed(otpi_text *text, char *memory, size_t size);
void otpi_text_fini(otpi_text *text);
/* Empties it, keeps its memory, forgets a failure. */
void otpi_text_clear(otpi_text *text);
/* Drops everything behind length (which is at most the present one). */
void otpi_text_truncate(otpi_text *text, size_t length);
/* The NUL-terminated block, now the caller's to free; the text is empty again. NULL when it failed
 * or the memory is fixed or there is none for an empty block. */
char *otpi_text_take(otpi_text *text);

void otpi_text_char(otpi_text *text, char c);
void otpi_text_bytes(otpi_text *text, const void *bytes, size_t size);
void otpi_text_cstr(otpi_text *text, const char *string);
void otpi_text_repeat(otpi_text *text, char c, size_t times);
void otpi_text_format(otpi_text *text, const char *format, ...) OTP_PRINTF(2, 3);
void otpi_text_format_va(otpi_text *text, const char *format, va_list arguments) OTP_PRINTF(2, 0);
/* The shortest text that reads back as the same value, with '.' in every locale: "0.1", "1e+300".
 */
void otpi_text_double(otpi_text *text, double value);
/* Room for size more bytes and the NUL, to be written directly and then added to length; NULL (and
 * failed) when there is none. */
char *otpi_text_reserve(otpi_text *text, size_t size);

#endif
