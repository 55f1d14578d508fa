/* SPDX-License-Identifier: MIT */
/*
 * Where printed text goes, for those who write parts of terms (funs, quoted text).
 */
#ifndef OTP_TERM_PRINT_H
#define OTP_TERM_PRINT_H

#include "term/heap.h"

/* A buffer that is filled as far as it goes, while the whole length is counted. */
typedef struct otpi_sink {
    char *buffer;
    size_t size;
    size_t length;
} otpi_sink;

void otpi_sink_put(otpi_sink *sink, const char *text, size_t size);
void otpi_sink_text(otpi_sink *sink, const char *text);
void otpi_sink_u64(otpi_sink *sink, uint64_t value);

/* An atom as Erlang writes it, with quotes when it needs them. */
void otpi_print_atom(otpi_sink *sink, const char *text, size_t length);
/* One code point inside quotes. */
void otpi_print_quoted(otpi_sink *sink, uint32_t code, char quote);
/* The term as otp_print has it; what is too long ends with three dots. size >= 4. Allocates
 * nothing.
 */
void otpi_print_cut(otp_term term, char *out, size_t size);
/* A fun from the wire (fun.c). */
void otpi_print_fun(otpi_sink *sink, const uint8_t *encoding, size_t size);

#endif
