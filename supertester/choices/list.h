/* SPDX-License-Identifier: MIT */
/*
 * How a list of choices lies in memory, for its answering half (answer.c) and its files.
 *
 * Design notes.
 * The record is an array of 64-bit words. A choice takes one word when it is small, as nearly all
 * are (lo == 0, hi below 2^21: every scheduling decision), and four otherwise:
 *     bits 0-2 lane | 3-7 kind | 8-19 label | 20 wide | 21-41 hi | 42-62 value
 *     wide: the bits from 21 are 0, and the words lo, hi, value follow
 * Labels are static texts, found again by their address in a small table and copied into the list,
 * so that a list in shared memory can be read after the child that wrote it has crashed. The length
 * is stored after the words it counts: what is counted is complete.
 */
#ifndef SUPERTESTER_CHOICES_LIST_H
#define SUPERTESTER_CHOICES_LIST_H

#include <supertester/choices.h>

#include "base/assert.h"
#include "base/prng.h"

#include <stdatomic.h>

enum {
    STI_LABEL_SLOTS = 4096,
    STI_LABELS_MAX = 3072,
    STI_LABEL_TEXT = 128 * 1024,
    STI_NARROW_BITS = 21,
    STI_WIDE_WORDS = 4,
};

typedef enum sti_source { STI_SIMPLEST, STI_RANDOM, STI_RECORDED } sti_source;

typedef struct sti_labels {
    uint64_t keys[STI_LABEL_SLOTS]; /* address of the text, or hash of one from a file; 0 = free */
    uint16_t ids[STI_LABEL_SLOTS];
    uint32_t offsets[STI_LABELS_MAX]; /* in text; id 0 is "" */
    uint32_t count, text_length;
    char text[STI_LABEL_TEXT];
} sti_labels;

struct st_choices {
    otp_chooser chooser;
    uint64_t *words;
    size_t length, capacity; /* in words */
    size_t count;            /* choices */
    bool overflow;           /* more were taken than there was room for */
    size_t shared_size;      /* of the mapping it lies in; 0 = from the heap, and grows */

    sti_source source;
    otpi_prng prng[OTP_LANES];  /* STI_RANDOM: one a lane, so that lanes don't shift each other */
    const st_choices *recorded; /* STI_RECORDED */
    size_t cursor[OTP_LANES];   /* next word of each lane to look at in recorded */
    uint64_t misfits, beyond, consumed;

    sti_labels labels;
};

/* A list of fixed size in memory shared with children forked later. NULL when there is none. */
OTP_MUST_CHECK st_choices *sti_choices_new_shared(size_t words);

/* Empties the record; the source begins anew. */
void sti_choices_begin(st_choices *list, sti_source source);

bool sti_choices_grow(st_choices *list, size_t words);
uint32_t sti_label_slow(sti_labels *labels, const char *label);
/* For texts that are not static: found again by content. */
uint32_t sti_label_of_text(sti_labels *labels, const char *text, size_t size);
const char *sti_label_text(const sti_labels *labels, uint32_t id);
void sti_choices_add_wide(st_choices *list, otp_lane lane, otp_choice kind, uint32_t label,
                          int64_t lo, int64_t hi, int64_t value);

static inline uint32_t sti_label(sti_labels *labels, const char *label) {
    uint64_t key = (uint64_t)(uintptr_t)label;
    size_t slot = (size_t)((key * OTPI_HASH_K0) >> 52);
    return OTPI_LIKELY(labels->keys[slot] == key) ? labels->ids[slot]
                                                  : sti_label_slow(labels, label);
}

static inline void sti_choices_add_id(st_choices *list, otp_lane lane, otp_choice kind,
                                      uint32_t label, int64_t lo, int64_t hi, int64_t value) {
    bool narrow = lo == 0 && hi < (1 << STI_NARROW_BITS);
    if (OTPI_UNLIKELY(!narrow || list->length == list->capacity)) {
        sti_choices_add_wide(list, lane, kind, label, lo, hi, value);
        return;
    }
    list->words[list->length] = (uint64_t)lane | (uint64_t)kind << 3 | (uint64_t)label << 8 |
                                (uint64_t)hi << 21 | (uint64_t)value << 42;
    list->count++;
    atomic_signal_fence(memory_order_release); /* a crash may come between the two stores */
    list->length++;
}

static inline void sti_choices_add(st_choices *list, otp_lane lane, otp_choice kind,
                                   const char *label, int64_t lo, int64_t hi, int64_t value) {
    sti_choices_add_id(list, lane, kind, sti_label(&list->labels, label), lo, hi, value);
}

#endif
