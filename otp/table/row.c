/* SPDX-License-Identifier: MIT */
/*
 * Rows: copied in, freed, retired.
 */
#include "table/row.h"

static size_t row_size(size_t words) {
    return sizeof(otpi_row) + words * sizeof(uint64_t);
}

static size_t row_size_of(const otpi_row *row) {
    return row_size((size_t)row->words + row->links);
}

size_t otpi_row_bytes(const otpi_row *row) {
    return otpi_block_size(row_size_of(row));
}

static otp_term changed(otp_term element, size_t position, const otpi_row_change *changes,
                        size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (changes[i].position == position) {
            return changes[i].term;
        }
    }
    return element;
}

/* An element of the tuple; atomic, because a tuple to be changed is often a row (see row.h). */
static inline otp_term element_of(const uint64_t *box, size_t position) {
    return (otp_term){__atomic_load_n(&box[position], __ATOMIC_RELAXED)};
}

static size_t words_of(const uint64_t *box, size_t arity, const otpi_row_change *changes,
                       size_t n) {
    size_t words = 1 + arity;
    for (size_t i = 1; i <= arity; i++) {
        words += otpi_term_words(changed(element_of(box, i), i, changes, n));
        if (words >= OTPI_WORDS_UNKNOWN) {
            return OTPI_WORDS_UNKNOWN;
        }
    }
    return words;
}

otpi_row *otpi_row_new(otp_term tuple, const otpi_row_change *changes, size_t n, unsigned links) {
    const uint64_t *box = otpi_box(tuple);
    size_t arity = otpi_header_words(box[0]);
    size_t words = n == 0 ? otpi_term_words(tuple) : words_of(box, arity, changes, n);
    otpi_row *row =
        words < 1U << OTPI_ROW_MARK_BITS ? otpi_block_alloc(row_size(words + links)) : NULL;
    if (row == NULL) {
        return NULL;
    }
    uint64_t *at = row->data + 1 + arity;
    uint64_t *offheap = NULL;
    row->words = (uint32_t)words;
    row->links = links & OTPI_ROW_LINKS_MAX;
    row->retired.next = NULL;
    row->data[0] = box[0];
    for (size_t i = 0; i < links; i++) {
        row->data[words + i] = 0;
    }
    if (OTPI_LIKELY(n == 0 && words == arity + 1)) {
        for (size_t i = 1; i <= arity; i++) {
            row->data[i] = box[i];
        }
        row->mark = 0;
        return row;
    }
    for (size_t i = 1; i <= arity; i++) {
        otp_term element = changed(element_of(box, i), i, changes, n);
        row->data[i] = otpi_term_copy(element, &at, &offheap).word;
    }
    row->mark = (offheap ? (uint32_t)(offheap - row->data) + 1 : 0) & OTPI_ROW_MARK_MASK;
    return row;
}

void otpi_row_free(otpi_row *row) {
    if (!otpi_row_flat(row) && row->mark != 0) {
        otpi_offheap_release(row->data + row->mark - 1);
    }
    otpi_block_free(row, row_size_of(row));
}

static void row_release(otpi_retired *retired) {
    otpi_row_free(OTPI_CONTAINER_OF(retired, otpi_row, retired));
}

void otpi_row_retire(otpi_row *row) {
    otpi_retire(&row->retired, row_release);
}
