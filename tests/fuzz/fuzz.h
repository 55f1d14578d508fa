/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets of terms share: a limit on atoms (they stay for ever), texts with their
 * NUL, and a check that ends the program.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "term/atom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer inputs are cut: what goes wrong does so in a few hundred bytes (stacks grow from 32 levels
 * and 48 values on), and ten million runs are to take minutes. */
enum { FUZZ_SIZE_MAX = 512, FUZZ_ATOMS_MAX = 50000 };

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline bool fuzz_quota(void) {
    return otpi_atom_count() < FUZZ_ATOMS_MAX;
}

/* A scope of its own with room for most inputs, empty again at each. */
static inline void fuzz_begin(void) {
    static uint64_t words[1 << 16];
    static otpi_scope scope;
    if (scope.first == NULL) {
        otpi_terms.atom_quota = fuzz_quota;
        otpi_scope_init(&scope, words, sizeof words / sizeof words[0]);
        otpi_scope_now = &scope;
    }
    otpi_scope_reset(&scope);
}

/* The input as a text with its NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    static char text[FUZZ_SIZE_MAX + 1];
    size = size < FUZZ_SIZE_MAX ? size : FUZZ_SIZE_MAX;
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
