/* SPDX-License-Identifier: MIT */
/*
 * Builders that never exit the process: OTP_NONE when out of memory. For code that holds something
 * to release before it gives up (readers, carriers). The public builders are these plus otpi_made.
 */
#ifndef OTP_TERM_BUILD_H
#define OTP_TERM_BUILD_H

#include "term/heap.h"

otp_term otpi_make_copy(otp_term term); /* into the current scope */
otp_term otpi_make_int(int64_t value);
otp_term otpi_make_uint(uint64_t value);
otp_term otpi_make_float(double value); /* finite */
otp_term otpi_make_ref(otp_ref ref);
otp_term otpi_make_binary(const void *bytes, size_t size);
otp_term otpi_make_bits(const uint8_t *bytes,
                        size_t bits); /* trailing bits of the last byte cleared */
otp_term otpi_make_opaque(const uint8_t *encoding, size_t size);
otp_term otpi_make_tuple(size_t arity, const otp_term *elements);
otp_term otpi_make_list(size_t length, const otp_term *elements, otp_term tail);

/* What reports are made of. Undefined stands for what is not known: no text, no process; also for
 * an atom that can't be made. */
otp_term otpi_text_or_undefined(const char *text);
otp_term otpi_atom_or_undefined(const char *text);
otp_term otpi_pid_or_undefined(otp_pid pid);
/* A map, OTP_NONE as soon as one of the words is. */
otp_term otpi_make_facts(size_t n, const otp_term *keys_and_values);

/* A later equal key wins. */
otp_term otpi_make_map(size_t n, const otp_term *keys_and_values);
/* Brings n keys and their values into key order, in place; pairs of equal keys keep their order. */
typedef enum otpi_map_order {
    OTPI_MAP_STRICT,
    OTPI_MAP_DUPLICATES,
    OTPI_MAP_NO_MEMORY
} otpi_map_order;
otpi_map_order otpi_map_sort(uint64_t *keys, uint64_t *values, size_t n);
/* Index of the key in a map's box, or SIZE_MAX. */
size_t otpi_map_find(const uint64_t *box, otp_term key);

/* Reports a failed builder: exits the process with enomem, returns OTP_NONE outside of one. */
otp_term otpi_made_nothing(const char *site);
static inline otp_term otpi_made(otp_term term, const char *site) {
    return __builtin_expect(term.word != 0, 1) ? term : otpi_made_nothing(site);
}

#endif
