/* SPDX-License-Identifier: MIT */
/*
 * The list of choices: memory, labels, and reading it back. See list.h for how it lies in memory.
 */
#include "supertester/choices/list.h"

#include "base/hash.h"
#include "port/memory.h"
#include "port/shm.h"

#include <string.h>

enum { WORDS_FIRST = 1024 };

/* ---- Birth and death ---- */

static void list_init(st_choices *list) {
    list->labels.count = 1; /* id 0: no label */
    list->labels.text_length = 1;
    for (uint64_t lane = 0; lane < OTP_LANES; lane++) {
        otpi_prng_seed(&list->prng[lane], lane); /* never the state of zeros, which stays so */
    }
    sti_choices_begin(list, STI_SIMPLEST);
}

st_choices *st_choices_new(void) {
    st_choices *list = otpi_calloc(1, sizeof *list);
    if (list) {
        list_init(list);
    }
    return list;
}

st_choices *sti_choices_new_shared(size_t words) {
    size_t size = sizeof(st_choices) + words * sizeof(uint64_t);
    st_choices *list = otpi_shm_map(size);
    if (list) {
        list->shared_size = size;
        list->words = (uint64_t *)(list + 1);
        list->capacity = words;
        list_init(list);
    }
    return list;
}

void st_choices_free(st_choices *list) {
    if (!list) {
        return;
    }
    if (list->shared_size > 0) {
        otpi_shm_unmap(list, list->shared_size);
        return;
    }
    otpi_free(list->words);
    otpi_free(list);
}

void sti_choices_begin(st_choices *list, sti_source source) {
    list->length = list->count = list->others = 0;
    list->overflow = false;
    list->source = source;
    list->recorded = NULL;
    memset(list->cursor, 0, sizeof list->cursor);
    list->player = (sti_player){0};
    list->misfits = list->beyond = list->consumed = 0;
    list->beyond_random = false;
    list->anew = 0;
    list->picker = NULL;
    list->count_max = SIZE_MAX;
    list->depth = 0;
    list->untyped = false;
    list->quick = false;
    list->taste = (sti_taste){.size = STI_SIZE_MAX};
}

/* ---- Labels ---- */

/* The id under the key, or a new one with the text; 0 when the table is full. */
static uint32_t label_find(sti_labels *labels, uint64_t key, const char *text, size_t size) {
    size_t slot = (size_t)((key * OTPI_HASH_K0) >> 52);
    while (labels->keys[slot] != 0 && labels->keys[slot] != key) {
        slot = (slot + 1) % STI_LABEL_SLOTS;
    }
    if (labels->keys[slot] == key) {
        return labels->ids[slot];
    }
    if (labels->count == STI_LABELS_MAX || size >= STI_LABEL_TEXT - labels->text_length) {
        return 0;
    }
    uint32_t id = labels->count++;
    labels->offsets[id] = labels->text_length;
    memcpy(labels->text + labels->text_length, text, size);
    labels->text[labels->text_length + size] = '\0';
    labels->text_length += (uint32_t)size + 1;
    labels->ids[slot] = (uint16_t)id;
    labels->keys[slot] = key;
    return id;
}

uint32_t sti_label_slow(sti_labels *labels, const char *label) {
    if (!label || !*label) {
        return 0;
    }
    return label_find(labels, (uint64_t)(uintptr_t)label, label, strlen(label));
}

uint32_t sti_label_of_text(sti_labels *labels, const char *text, size_t size) {
    /* Bit 63 is never set in an address of this process: the two kinds of key don't meet. */
    return size == 0
               ? 0
               : label_find(labels, otpi_hash_bytes(text, size, 0) | UINT64_C(1) << 63, text, size);
}

const char *sti_label_text(const sti_labels *labels, uint32_t id) {
    return id > 0 && id < labels->count ? labels->text + labels->offsets[id] : "";
}

/* ---- Writing ---- */

bool sti_choices_grow(st_choices *list, size_t words) {
    if (list->length + words <= list->capacity) {
        return true;
    }
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : WORDS_FIRST;
    uint64_t *grown =
        list->shared_size > 0 ? NULL : otpi_realloc(list->words, capacity * sizeof(uint64_t));
    if (!grown) {
        list->overflow = true;
        return false;
    }
    list->words = grown;
    list->capacity = capacity;
    list->quick = list->quick && capacity <= list->count_max;
    return true;
}

static sti_target target_of(const sti_choice *choice) {
    return choice->target == choice->lo   ? STI_TARGET_LO
           : choice->target == 0          ? STI_TARGET_ZERO
           : choice->target == choice->hi ? STI_TARGET_HI
                                          : STI_TARGET_OWN;
}

void sti_choices_add_wide(st_choices *list, const sti_choice *choice) {
    if (list->overflow || !sti_choices_grow(list, STI_WIDE_WORDS + 1)) {
        return;
    }
    if (choice->lo == 0 && choice->target == 0 && choice->hi < (1 << STI_NARROW_BITS)) {
        sti_choices_put(list, *choice);
        return;
    }
    sti_target target = target_of(choice);
    uint64_t *word = list->words + list->length;
    word[0] = (uint64_t)choice->lane | (uint64_t)choice->kind << 3 | (uint64_t)choice->label << 8 |
              STI_WIDE_FLAG | (uint64_t)target << 21 | (uint64_t)choice->type << 61;
    word[1] = (uint64_t)choice->lo;
    word[2] = (uint64_t)choice->hi;
    word[3] = (uint64_t)choice->value;
    word[4] = (uint64_t)choice->target;
    sti_choices_tally(list, choice->lane);
    atomic_signal_fence(memory_order_release); /* as in sti_choices_put */
    list->length += target == STI_TARGET_OWN ? STI_WIDE_WORDS + 1 : STI_WIDE_WORDS;
}

/* ---- Reading ---- */

size_t st_choices_count(const st_choices *list) {
    return list->count + list->others;
}

bool st_choices_complete(const st_choices *list) {
    return !list->overflow;
}

static bool read_wide(const st_choices *list, size_t *cursor, sti_choice *out) {
    const uint64_t *word = list->words + *cursor;
    sti_target target = (sti_target)(word[0] >> 21 & 3);
    size_t words = target == STI_TARGET_OWN ? STI_WIDE_WORDS + 1 : STI_WIDE_WORDS;
    if (*cursor + words > list->length) {
        return false;
    }
    out->lo = (int64_t)word[1];
    out->hi = (int64_t)word[2];
    out->value = (int64_t)word[3];
    out->target = target == STI_TARGET_LO     ? out->lo
                  : target == STI_TARGET_ZERO ? 0
                  : target == STI_TARGET_HI   ? out->hi
                                              : (int64_t)word[4];
    *cursor += words;
    return true;
}

bool sti_choices_read(const st_choices *list, size_t *cursor, sti_choice *out) {
    if (*cursor >= list->length) {
        return false;
    }
    uint64_t word = list->words[*cursor];
    const uint64_t low = (UINT64_C(1) << STI_NARROW_BITS) - 1;
    *out = (sti_choice){.lane = (otp_lane)(word & 7),
                        .kind = (uint32_t)(word >> 3 & 31),
                        .label = (uint32_t)(word >> 8 & 4095),
                        .type = (sti_type)(word >> 61)};
    if ((word & STI_WIDE_FLAG) != 0) {
        return read_wide(list, cursor, out);
    }
    out->hi = (int64_t)(word >> 21 & low);
    out->value = (int64_t)(word >> 41 & low);
    (*cursor)++;
    return true;
}

bool st_choices_next(const st_choices *list, size_t *cursor, st_choice *out) {
    sti_choice choice;
    do {
        if (!sti_choices_read(list, cursor, &choice)) {
            return false;
        }
    } while (choice.kind >= STI_KIND_MARKS);
    *out = (st_choice){.lane = choice.lane,
                       .kind = (otp_choice)choice.kind,
                       .lo = choice.lo,
                       .hi = choice.hi,
                       .value = choice.value,
                       .label = sti_label_text(&list->labels, choice.label)};
    return true;
}
