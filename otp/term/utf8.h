/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, strictly: no surrogates, nothing beyond U+10FFFF, no longer form than needed (RFC 3629).
 */
#ifndef OTP_TERM_UTF8_H
#define OTP_TERM_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at text and how many bytes it takes (1 to 4); 0 when the bytes are not UTF-8. */
size_t otpi_utf8_read(const uint8_t *text, size_t size, uint32_t *code);
/* Writes 1 to 4 bytes; 0 when the code point can't be written. */
size_t otpi_utf8_write(uint32_t code, char out[4]);
/* Number of code points, SIZE_MAX when the text is no UTF-8. */
size_t otpi_utf8_count(const uint8_t *text, size_t size);
/* Erlang's io_lib:printable_unicode_list for one code point. */
bool otpi_utf8_printable(uint32_t code);

#endif
