/* SPDX-License-Identifier: MIT */
/*
 * How a list of choices lies in memory, for its answering half (answer.c) and its files.
 *
 * Design notes.
 * The record is an array of 64-bit words. A choice takes one word when it is small, as nearly all
 * are (lo == 0, the target too, hi below 2^20: every scheduling decision), and four otherwise:
 *     bits 0-2 lane | 3-7 kind | 8-19 label | 20 wide | 21-40 hi | 41-60 value | 61-63 type
 *     wide: bits 21-60 say where the target is, and the words lo, hi, value follow; the word target
 *     comes last when it is neither a bound nor 0
 * Between the choices stand marks (kinds from STI_KIND_MARKS): where a span of choices that make
 * one value begins and ends. They are no choices: nobody is asked, and readers pass over them.
 * Labels are static texts, found again by their address in a small table and copied into the list,
 * so that a list in shared memory can be read after the child that wrote it has crashed. The length
 * is stored after the words it counts: what is counted is complete.
 */
#ifndef SUPERTESTER_CHOICES_LIST_H
#define SUPERTESTER_CHOICES_LIST_H

#include "supertester/choices/player.h"

#include <supertester/choices.h>

#include "base/assert.h"
#include "base/prng.h"

#include <stdatomic.h>

enum {
    STI_LABEL_SLOTS = 4096,
    STI_LABELS_MAX = 3072,
    STI_LABEL_TEXT = 128 * 1024,
    STI_NARROW_BITS = 20,
    STI_WIDE_WORDS = 4, /* and one more for a target of its own */
    STI_RECENT = 8,     /* a power of two */
    STI_SIZE_MAX = 100,
};

/* Kinds of words that are no choices. */
enum {
    STI_KIND_MARKS = 29,
    STI_KIND_NEXT = STI_KIND_MARKS, /* the next element of a list whose length is not chosen here */
    STI_KIND_BEGIN,
    STI_KIND_END,
};

/* What a number drawn as data stands for. It guides how values are picked and how they shrink. */
typedef enum sti_type {
    STI_INT,
    STI_LENGTH, /* how many of something follow */
    STI_MORE,   /* 1: another element of the innermost span follows; 0: it ends */
    STI_BOOL,
    STI_INDEX, /* which of several alternatives */
    STI_BYTE,
    STI_CHAR,
} sti_type;

/* Where the simplest value of a wide choice is. */
typedef enum sti_target {
    STI_TARGET_LO,
    STI_TARGET_ZERO,
    STI_TARGET_HI,
    STI_TARGET_OWN
} sti_target;

#define STI_WIDE_FLAG (UINT64_C(1) << 20)

typedef enum sti_source { STI_SIMPLEST, STI_RANDOM, STI_RECORDED } sti_source;

/* How random data is picked in this run. */
typedef struct sti_taste {
    uint32_t size;          /* 0..STI_SIZE_MAX: small runs have short lists and small numbers */
    uint64_t swarm;         /* which alternatives this run leaves out, by hash; 0 = none */
    bool is_long;           /* lists are as long as they may be */
    bool is_mild;           /* the swarm leaves out few */
    bool is_without;        /* one more alternative is left out: */
    uint32_t without_label; /* of the choices with this label */
    int64_t without;        /* this one */
    uint32_t recent_count;
    int64_t recent[STI_RECENT]; /* numbers drawn before: they, and their neighbours, come again */
} sti_taste;

typedef struct sti_labels {
    uint64_t keys[STI_LABEL_SLOTS]; /* address of the text, or hash of one from a file; 0 = free */
    uint16_t ids[STI_LABEL_SLOTS];
    uint32_t offsets[STI_LABELS_MAX]; /* in text; id 0 is "" */
    uint32_t count, text_length;
    char text[STI_LABEL_TEXT];
} sti_labels;

/* A way to pick among the enabled events: see explore/strategy.h. One run is one life of it. */
typedef struct sti_picker {
    /* The rank of the event that happens, below n, which is 2 or more. */
    uint32_t (*pick)(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n);
    /* As a chooser's; may be NULL. */
    void (*observe)(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n);
    void *context;
} sti_picker;

struct st_choices {
    otp_chooser chooser;
    uint64_t *words;
    size_t length, capacity; /* in words */
    size_t count;            /* choices of data */
    size_t others;           /* of the other lanes */
    bool overflow;           /* more were taken than there was room for */
    size_t shared_size;      /* of the mapping it lies in; 0 = from the heap, and grows */

    sti_source source;
    otpi_prng prng[OTP_LANES];  /* STI_RANDOM: one a lane, so that lanes don't shift each other */
    const st_choices *recorded; /* STI_RECORDED */
    size_t cursor[OTP_LANES];   /* next word of each lane to look at in recorded */
    sti_player player; /* the same for data that is drawn here (draw.h), in step with spans */
    uint64_t misfits, beyond, consumed;
    bool beyond_random; /* data after the end of the recorded ones: random, not the simplest */
    uint32_t anew;      /* a bit for each lane that is random, whatever is recorded of it */
    size_t count_max;   /* so much data; one more calls stop, which may leave the run for good */
    void (*stop)(st_choices *list);
    const sti_picker *picker; /* who picks schedules that are random, until the source begins anew;
                                 NULL = evenly */
    sti_taste taste;
    bool quick;     /* random, of full size, and no choice is one too many before memory ends */
    uint32_t depth; /* of open spans */
    bool untyped;   /* it is from a token, which does not say what numbers stand for */

    sti_labels labels;
};

/* A list of fixed size in memory shared with children forked later. NULL when there is none. */
OTP_MUST_CHECK st_choices *sti_choices_new_shared(size_t words);

/* Empties the record; the source begins anew. */
void sti_choices_begin(st_choices *list, sti_source source);
/* The same for a list whose source is random and stays so: its numbers go on. */
static inline void sti_choices_rewind(st_choices *list) {
    list->length = list->count = list->others = 0;
    list->overflow = false;
    list->depth = 0;
    list->taste.recent_count = 0;
}
/* After the source, the taste or count_max was set. */
static inline void sti_choices_hasten(st_choices *list) {
    list->quick = list->source == STI_RANDOM && list->taste.size == STI_SIZE_MAX &&
                  list->capacity <= list->count_max;
}

bool sti_choices_grow(st_choices *list, size_t words);
uint32_t sti_label_slow(sti_labels *labels, const char *label);
/* For texts that are not static: found again by content. */
uint32_t sti_label_of_text(sti_labels *labels, const char *text, size_t size);
const char *sti_label_text(const sti_labels *labels, uint32_t id);

/* A choice as it is recorded: what st_choice tells, and what it was for. */
typedef struct sti_choice {
    otp_lane lane;
    uint32_t kind; /* otp_choice or a mark */
    sti_type type;
    uint32_t label;
    int64_t lo, hi, target, value;
} sti_choice;

/* The next word or words, marks too. *cursor starts at 0; false after the last entry. */
bool sti_choices_read(const st_choices *list, size_t *cursor, sti_choice *out);
void sti_choices_add_wide(st_choices *list, const sti_choice *choice);

static inline uint32_t sti_label(sti_labels *labels, const char *label) {
    uint64_t key = (uint64_t)(uintptr_t)label;
    size_t slot = (size_t)((key * OTPI_HASH_K0) >> 52);
    return OTPI_LIKELY(labels->keys[slot] == key) ? labels->ids[slot]
                                                  : sti_label_slow(labels, label);
}

static inline void sti_choices_tally(st_choices *list, otp_lane lane) {
    if (lane == OTP_LANE_DATA) {
        list->count++;
    } else {
        list->others++;
    }
}

static inline void sti_choices_put(st_choices *list, sti_choice choice) {
    bool narrow = choice.lo == 0 && choice.target == 0 && choice.hi < (1 << STI_NARROW_BITS);
    if (OTPI_UNLIKELY(!narrow || list->length == list->capacity)) {
        sti_choices_add_wide(list, &choice);
        return;
    }
    list->words[list->length] = (uint64_t)choice.lane | (uint64_t)choice.kind << 3 |
                                (uint64_t)choice.label << 8 | (uint64_t)choice.hi << 21 |
                                (uint64_t)choice.value << 41 | (uint64_t)choice.type << 61;
    sti_choices_tally(list, choice.lane);
    atomic_signal_fence(memory_order_release); /* a crash may come between the two stores */
    list->length++;
}

/* A number that a test drew, with the target nearest to 0, where there is room for it. */
static inline void sti_choices_put_quick(st_choices *list, int64_t lo, int64_t hi, int64_t value,
                                         uint32_t label) {
    uint64_t *word = list->words + list->length;
    uint64_t head = (uint64_t)OTP_LANE_DATA | (uint64_t)OTP_CHOICE_USER << 3 | (uint64_t)label << 8;
    list->count++;
    if (lo == 0 && hi < (1 << STI_NARROW_BITS)) {
        word[0] = head | (uint64_t)hi << 21 | (uint64_t)value << 41;
        atomic_signal_fence(memory_order_release); /* as in sti_choices_put */
        list->length++;
        return;
    }
    uint64_t target = lo >= 0 ? STI_TARGET_LO : hi < 0 ? STI_TARGET_HI : STI_TARGET_ZERO;
    word[0] = head | STI_WIDE_FLAG | target << 21;
    word[1] = (uint64_t)lo;
    word[2] = (uint64_t)hi;
    word[3] = (uint64_t)value;
    atomic_signal_fence(memory_order_release);
    list->length += STI_WIDE_WORDS;
}

static inline void sti_choices_add(st_choices *list, otp_lane lane, otp_choice kind,
                                   const char *label, int64_t lo, int64_t hi, int64_t value) {
    sti_choices_put(list, (sti_choice){.lane = lane,
                                       .kind = kind,
                                       .label = sti_label(&list->labels, label),
                                       .lo = lo,
                                       .hi = hi,
                                       .target = lo,
                                       .value = value});
}

/* The choice that another element follows, as it is recorded. */
static inline uint64_t sti_choices_more_word(uint32_t label) {
    return (uint64_t)OTP_LANE_DATA | (uint64_t)OTP_CHOICE_USER << 3 | (uint64_t)label << 8 |
           UINT64_C(1) << 21 | UINT64_C(1) << 41 | (uint64_t)STI_MORE << 61;
}

/* A mark in the data lane. */
static inline void sti_choices_mark(st_choices *list, uint32_t kind, uint32_t label) {
    if (OTPI_UNLIKELY(list->length == list->capacity) && !sti_choices_grow(list, 1)) {
        return;
    }
    list->words[list->length] =
        (uint64_t)OTP_LANE_DATA | (uint64_t)kind << 3 | (uint64_t)label << 8;
    atomic_signal_fence(memory_order_release);
    list->length++;
}

#endif
