/* SPDX-License-Identifier: MIT */
/*
 * Interned terms. Open addressing with linear probing; slots hold numbers, the terms lie in an
 * arena that is freed whole.
 */
#include "supertester/explore/values.h"

#include "port/memory.h"
#include "term/heap.h"

#include <string.h>

enum { FIRST_SLOTS = 64, FIRST_VALUES = 32 };

/* The base of the polynomial that binaries are hashed by: odd, so that its powers are too. */
#define TEXT_BASE UINT64_C(0x9e3779b97f4a7c15)

void sti_values_init(sti_values *values, sti_equal_fn *equal, sti_hash_fn *hash) {
    *values = (sti_values){.equal = equal ? equal : otp_equal, .hash = hash ? hash : otp_hash};
    otpi_arena_init(&values->arena, &otpi_heap_allocator, 0);
}

void sti_values_fini(sti_values *values) {
    otpi_offheap_release(values->offheap);
    otpi_arena_fini(&values->arena);
    otpi_free(values->all);
    otpi_free(values->slots);
}

/* The slot that leads to the term, or the free one where it belongs. */
static uint32_t *slot_of(const sti_values *values, otp_term term, uint64_t hash) {
    uint32_t mask = values->slot_count - 1;
    uint32_t at = (uint32_t)hash & mask;
    while (values->slots[at] != 0) {
        const sti_value *value = &values->all[values->slots[at] - 1];
        if (value->hash == hash && values->equal(value->term, term)) {
            break;
        }
        at = (at + 1) & mask;
    }
    return &values->slots[at];
}

static bool grow_slots(sti_values *values) {
    uint32_t count = values->slot_count ? values->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots = otpi_calloc(count, sizeof *slots);
    if (!slots) {
        return false;
    }
    for (uint32_t i = 0; i < values->count; i++) {
        uint32_t at = (uint32_t)values->all[i].hash & (count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = i + 1;
    }
    otpi_free(values->slots);
    values->slots = slots;
    values->slot_count = count;
    return true;
}

static bool make_room(sti_values *values) {
    if (values->count == values->capacity) {
        uint32_t capacity = values->capacity ? values->capacity * 2 : FIRST_VALUES;
        sti_value *all = otpi_realloc(values->all, capacity * sizeof *all);
        if (!all) {
            return false;
        }
        values->all = all;
        values->capacity = capacity;
    }
    return values->count * 2 < values->slot_count || grow_slots(values);
}

static void hash_text(sti_value *value) {
    value->text_power = 1;
    if (!otp_get_binary(value->term, &value->bytes, &value->size)) {
        value->bytes = NULL;
        return;
    }
    for (size_t i = 0; i < value->size; i++) {
        value->text_hash = value->text_hash * TEXT_BASE + value->bytes[i] + 1;
        value->text_power *= TEXT_BASE;
    }
}

uint32_t sti_values_add(sti_values *values, otp_term term) {
    if (otp_is_none(term) || !make_room(values)) {
        return STI_NO_VALUE;
    }
    uint64_t hash = values->hash(term);
    uint32_t *slot = slot_of(values, term, hash);
    if (*slot != 0) {
        return *slot - 1;
    }
    uint64_t *at = otpi_arena_alloc(&values->arena, otpi_term_words(term) * sizeof *at);
    if (!at) {
        return STI_NO_VALUE;
    }
    sti_value *value = &values->all[values->count];
    *value = (sti_value){.term = otpi_term_copy(term, &at, &values->offheap), .hash = hash};
    hash_text(value);
    *slot = ++values->count;
    return values->count - 1;
}

uint32_t sti_values_find(const sti_values *values, otp_term term) {
    if (values->count == 0) {
        return STI_NO_VALUE;
    }
    return *slot_of(values, term, values->hash(term)) - 1;
}
