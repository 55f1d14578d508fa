/* SPDX-License-Identifier: MIT */
/*
 * Slots and twins of a part: made once, when the search has its first choice there.
 */
#include "supertester/explore/slots.h"

#include "base/map64.h"
#include "port/memory.h"

#include <string.h>

enum { TWINS_TRIED = 16 };

uint64_t sti_slots_key_hash(const uint64_t *key, size_t words) {
    uint64_t hash = 0;
    for (size_t word = 1; word < words; word++) {
        for (uint64_t bits = key[word]; bits != 0; bits &= bits - 1) {
            hash ^= otpi_hash_u64((word - 1) * 64 + (size_t)__builtin_ctzll(bits) + 1);
        }
    }
    return sti_slots_hash(hash, key[0]);
}

/* ---- Slots ---- */

static uint32_t lowest_free(const uint64_t *used) {
    uint32_t word = 0;
    while (used[word] == UINT64_MAX) {
        word++;
    }
    return word * 64 + (uint32_t)__builtin_ctzll(~used[word]);
}

/* Gives each operation the lowest slot that is free at its call. used: cleared, one bit for each
 * operation. Returns how many words of slots there are. */
static size_t give_slots(sti_search *s, uint32_t part, uint64_t *used) {
    uint32_t most = 0;
    for (uint32_t at = s->part_starts[part] + 1; at < s->part_starts[part + 1] - 1; at++) {
        uint32_t operation = sti_search_operation(s, at);
        uint32_t slot = s->slots[operation];
        if (!(s->links[at].event & 1)) {
            slot = s->slots[operation] = lowest_free(used);
            most = slot > most ? slot : most;
        }
        used[slot / 64] ^= UINT64_C(1) << slot % 64;
    }
    return most / 64 + 1;
}

void sti_slots_fill_mask(sti_search *s, uint32_t part, uint32_t stop) {
    memset(s->key, 0, (1 + s->mask_words) * sizeof *s->key);
    s->mask_hash = 0;
    s->masked = stop;
    for (uint32_t at = s->part_starts[part] + 1; at < stop; at++) {
        uint32_t operation = sti_search_operation(s, at);
        if (!(s->links[at].event & 1) && s->is_taken[operation] && s->links[at].peer >= stop) {
            sti_slots_flip(s, operation);
        }
    }
}

/* ---- Twins ---- */

static bool is_equal(const sti_call *a, const sti_call *b) {
    return a->kind == b->kind && a->key == b->key && a->a == b->a && a->b == b->b &&
           a->reply == b->reply;
}

static uint64_t class_of(const sti_call *call) {
    uint64_t arguments = otpi_hash_mix(call->a, call->b);
    return otpi_hash_mix(arguments + call->key, (uint64_t)call->kind << 32 | call->reply);
}

/* The latest equal operation before this one that returned no later. olders: of each operation the
 * equal one before it. */
static uint32_t twin_of(const sti_search *s, const uint32_t *olders, uint32_t call,
                        const uint32_t *calls) {
    uint32_t older = olders[sti_search_operation(s, call)];
    for (int i = 0; i < TWINS_TRIED && older != STI_NO_LINK; i++) {
        if (s->links[calls[older]].peer <= s->links[call].peer) {
            return older;
        }
        older = olders[older];
    }
    return STI_NO_LINK;
}

static otp_err find_twins(sti_search *s, uint32_t part, uint32_t *olders, uint32_t *calls) {
    otpi_map64 latest; /* of each class its latest operation */
    otp_err err = OTP_OK;
    otpi_map64_init(&latest, &otpi_heap_allocator);
    for (uint32_t at = s->part_starts[part] + 1; at < s->part_starts[part + 1] - 1; at++) {
        if (s->links[at].event & 1) {
            continue;
        }
        uint32_t operation = sti_search_operation(s, at);
        const sti_call *call = &s->machine->calls[operation];
        uint64_t class = class_of(call), older;
        olders[operation] = STI_NO_LINK;
        calls[operation] = at;
        if (otpi_map64_get(&latest, class, &older) && is_equal(call, &s->machine->calls[older])) {
            olders[operation] = (uint32_t)older;
        }
        s->twins[operation] = twin_of(s, olders, at, calls);
        if (otpi_map64_put(&latest, class, operation) == OTPI_MAP64_ENOMEM) {
            err = OTP_ENOMEM;
            break;
        }
    }
    otpi_map64_fini(&latest);
    return err;
}

/* ---- Both ---- */

static bool make_memory(sti_search *s, size_t operations) {
    s->slots = s->slots ? s->slots : otpi_calloc(operations, sizeof *s->slots);
    s->twins = s->twins ? s->twins : otpi_alloc(3 * operations * sizeof *s->twins);
    return s->slots && s->twins;
}

/* Of the branches there are, which have none yet. */
static bool grow_masks(sti_search *s) {
    otpi_free(s->masks);
    s->masks = otpi_alloc(s->branch_capacity * s->mask_capacity * sizeof *s->masks + 1);
    return s->masks != NULL;
}

static bool make_mask(sti_search *s, size_t words) {
    s->mask_words = words;
    sti_memo_clear(&s->memo, 1 + words);
    if (words > s->mask_capacity) {
        otpi_free(s->key);
        s->key = otpi_alloc((1 + words) * sizeof *s->key);
        s->mask_capacity = s->key ? words : 0;
        return s->key && grow_masks(s);
    }
    return true;
}

otp_err sti_slots_make(sti_search *s, uint32_t part, uint32_t stop) {
    size_t operations = s->machine->history->count;
    size_t links = s->part_starts[part + 1] - s->part_starts[part];
    uint64_t *used = otpi_calloc(links / 64 + 1, sizeof *used);
    otp_err err = OTP_ENOMEM;
    if (used && make_memory(s, operations) && make_mask(s, give_slots(s, part, used))) {
        sti_slots_fill_mask(s, part, stop);
        err = find_twins(s, part, s->twins + operations, s->twins + 2 * operations);
    }
    otpi_free(used);
    s->branching = err == OTP_OK;
    return err;
}
