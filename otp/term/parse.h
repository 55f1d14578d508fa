/* SPDX-License-Identifier: MIT */
/*
 * Reading text that may have holes: plain terms, otp_term_of and patterns share one parser.
 */
#ifndef OTP_TERM_PARSE_H
#define OTP_TERM_PARSE_H

#include "term/heap.h"

enum { OTPI_PARSE_DEPTH_MAX = 10000 };

typedef struct otpi_parse_source {
    const char *text;
    size_t size;
    size_t depth_max; /* 0 = OTPI_PARSE_DEPTH_MAX */
    bool own_atoms;   /* the program's text: no quota */
    bool keys_differ; /* two equal keys of a map are an error, not a replacement */
    /* What stands for ~letter (or _). expected says why not. NULL = no holes here. */
    otp_err (*hole)(void *context, char letter, otp_term *out, const char **expected);
    void *context;
} otpi_parse_source;

/* Builds in the current scope; on an error what was built is gone again. Never exits the process.
 */
OTP_MUST_CHECK otp_err otpi_parse(const otpi_parse_source *source, otp_term *out,
                                  otp_parse_error *error);

/* The fun m:f/a as read from text (fun.c). */
otp_term otpi_make_export(otp_term module, otp_term function, uint8_t arity);

#endif
