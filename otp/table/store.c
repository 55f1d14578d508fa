/* SPDX-License-Identifier: MIT */
/*
 * Stores: putting, removing, growing. See store.h for what readers may rely on.
 */
#include "table/store.h"

#include "port/memory.h"
#include "term/compare.h"

#include <string.h>

enum {
    LOW_STEPS = 64,
    PREFETCH_AHEAD = 12, /* slots: a row's cache line arrives while those before it are moved */
};

void otpi_store_init(otpi_store *store, size_t key, uint64_t seed) {
    *store = (otpi_store){.key = key, .seed = seed};
}

static uint64_t slot_of_row(const otpi_row *row) {
    uint64_t address = (uintptr_t)row;
    OTPI_ASSERT("table-006", (address & ~OTPI_SLOT_ADDRESS) == 0);
    return address | otpi_slot_tag(row->hash);
}

static void slot_set(otpi_slots *slots, size_t i, uint64_t word) {
    /* release: pairs with the acquire in otpi_slot_word, the row's contents are behind it */
    __atomic_store_n(&slots->at[i], word, __ATOMIC_RELEASE);
}

/* Only the writer changes them; relaxed: readers want a number, not an order. */
static void account(otpi_store *store, size_t rows, size_t bytes) {
    __atomic_store_n(&store->rows, store->rows + rows, __ATOMIC_RELAXED);
    __atomic_store_n(&store->row_bytes, store->row_bytes + bytes, __ATOMIC_RELAXED);
}

/* ---- Arrays ---- */

static size_t slots_limit(size_t capacity) {
    return capacity / 2 + capacity / 8;
}

static size_t slots_bytes(size_t capacity) {
    return sizeof(otpi_slots) + capacity * sizeof(uint64_t);
}

otpi_slots *otpi_slots_new(size_t rows) {
    if (rows > SIZE_MAX / 64) {
        return NULL;
    }
    size_t wanted = OTPI_HOSTILE ? rows : rows + rows / 2;
    size_t capacity = OTPI_SLOTS_BLOCK;
    while (slots_limit(capacity) < wanted) {
        capacity *= 2;
    }
    size_t bytes = slots_bytes(capacity);
    bool huge = bytes >= OTPI_PAGES_HUGE;
    otpi_slots *slots =
        huge ? otpi_pages_map_huge(bytes) : otpi_alloc_aligned(_Alignof(otpi_slots), bytes);
    if (slots == NULL) {
        return NULL;
    }
    if (!huge) {
        memset(slots, 0, bytes);
    }
    slots->capacity = capacity;
    slots->shift = (unsigned)__builtin_clzll(capacity) + 1;
    return slots;
}

void otpi_slots_free(otpi_slots *slots) {
    size_t bytes = slots != NULL ? slots_bytes(slots->capacity) : 0;
    if (bytes >= OTPI_PAGES_HUGE) {
        otpi_pages_unmap(slots, bytes);
    } else {
        otpi_free(slots);
    }
}

static void slots_release(otpi_retired *retired) {
    otpi_slots_free(OTPI_CONTAINER_OF(retired, otpi_slots, retired));
}

void otpi_slots_retire(otpi_slots *slots) {
    if (slots != NULL) {
        otpi_retire(&slots->retired, slots_release);
    }
}

static void slots_free_rows(const otpi_slots *slots) {
    for (size_t i = 0; i < slots->capacity; i++) {
        otpi_row *row = otpi_slot_row(slots->at[i]);
        while (row != NULL) {
            otpi_row *older = otpi_store_older(row);
            otpi_row_free(row);
            row = older;
        }
    }
}

static void slots_release_with_rows(otpi_retired *retired) {
    otpi_slots *slots = OTPI_CONTAINER_OF(retired, otpi_slots, retired);
    slots_free_rows(slots);
    otpi_slots_free(slots);
}

static otpi_slots *store_give_up_slots(otpi_store *store) {
    otpi_slots *slots = store->slots;
    __atomic_store_n(&store->slots, NULL, __ATOMIC_RELEASE);
    store->used = 0;
    __atomic_store_n(&store->twins, false, __ATOMIC_RELAXED);
    __atomic_store_n(&store->used_max, 0, __ATOMIC_RELAXED);
    account(store, 0 - store->rows, 0 - store->row_bytes);
    return slots;
}

void otpi_store_retire_all(otpi_store *store) {
    otpi_slots *slots = store_give_up_slots(store);
    if (slots != NULL) {
        otpi_retire(&slots->retired, slots_release_with_rows);
    }
}

void otpi_store_free_all(otpi_store *store) {
    otpi_slots *slots = store_give_up_slots(store);
    if (slots != NULL) {
        slots_free_rows(slots);
        otpi_slots_free(slots);
    }
}

static void slots_fill(otpi_slots *to, const otpi_slots *from) {
    for (size_t i = 0; i < from->capacity; i++) {
        if (i + PREFETCH_AHEAD < from->capacity) {
            __builtin_prefetch(otpi_slot_row(from->at[i + PREFETCH_AHEAD]));
        }
        const otpi_row *row = otpi_slot_row(from->at[i]);
        if (row == NULL) {
            continue;
        }
        size_t at = otpi_slots_first(to, row->hash);
        while (to->at[at] != 0) {
            at = otpi_slots_next(to, row->hash, at);
        }
        to->at[at] = from->at[i];
    }
}

/* Has the slot no row that belongs there or before? One from the array's end may lie there. */
static bool slot_is_passed(const otpi_slots *slots, size_t i) {
    const otpi_row *row = otpi_slot_row(slots->at[i]);
    return row == NULL || otpi_slots_home(slots, row->hash) > i;
}

/* Moves the beginning up, some steps at a time: a table that is emptied from its first row on is
 * not walked through for each. Relaxed, as below: who knows of a row by other means sees also that
 * the beginning was before it. */
static void low_raise(otpi_slots *slots, size_t steps) {
    size_t low = slots->low;
    while (steps-- > 0 && low < slots->capacity && slot_is_passed(slots, low)) {
        low++;
    }
    if (low != slots->low) {
        __atomic_store_n(&slots->low, low, __ATOMIC_RELAXED);
    }
}

static inline void low_include(otpi_slots *slots, size_t i) {
    if (OTPI_UNLIKELY(i < slots->low)) {
        __atomic_store_n(&slots->low, i, __ATOMIC_RELAXED);
    }
}

bool otpi_store_adopt(otpi_store *store, otpi_slots *slots, size_t n, otpi_slots **old) {
    size_t limit = slots_limit(slots->capacity);
    if (limit < store->rows || limit - store->rows < n) {
        return false;
    }
    *old = store->slots;
    if (*old != NULL) {
        slots_fill(slots, *old);
        low_raise(slots, slots->capacity);
    }
    store->used = store->rows;
    __atomic_store_n(&store->used_max, limit, __ATOMIC_RELAXED);
    /* release: pairs with otpi_store_slots */
    __atomic_store_n(&store->slots, slots, __ATOMIC_RELEASE);
    return true;
}

size_t otpi_store_bytes(const otpi_store *store) {
    const otpi_slots *slots = otpi_store_slots(store);
    size_t array = slots ? slots_bytes(slots->capacity) : 0;
    return array + __atomic_load_n(&store->row_bytes, __ATOMIC_RELAXED);
}

/* ---- Order ---- */

static int row_compare(const otpi_store *store, const otpi_row *row, otp_term key, uint64_t hash) {
    if (row->hash != hash) {
        return row->hash < hash ? -1 : 1;
    }
    return otpi_compare_keys(otpi_store_key(store, row), key);
}

/* A row lies in its home block, or behind it with no empty slot between: once a block with an empty
 * slot has been seen, all rows whose home is there or before have been. Those of the last homes may
 * lie at the array's beginning. */
static inline bool after_is_known(const otpi_slots *slots, size_t block, bool open,
                                  const otpi_row *best) {
    return open && (block >= slots->capacity ||
                    (best != NULL && otpi_slots_home(slots, best->hash) <= block));
}

/* Whatever hashes the rows have; of the first key when it is OTP_NONE. */
static OTPI_NOINLINE otpi_row *after_by_key(const otpi_store *store, const otpi_slots *slots,
                                            otp_term key, uint64_t hash) {
    bool first = otp_is_none(key);
    bool open = false;
    otpi_row *best = NULL;
    size_t low = __atomic_load_n(&slots->low, __ATOMIC_RELAXED);
    size_t i = first ? low - low % OTPI_SLOTS_BLOCK : otpi_slots_home(slots, hash);
    for (;; i++) {
        uint64_t word = otpi_slot_word(slots, i & (slots->capacity - 1));
        otpi_row *row = otpi_slot_row(word);
        open |= word == 0;
        if (row != NULL && (first || row_compare(store, row, key, hash) > 0) &&
            (best == NULL ||
             row_compare(store, row, otpi_store_key(store, best), best->hash) < 0)) {
            best = row;
        }
        if ((i + 1) % OTPI_SLOTS_BLOCK == 0) {
            if (after_is_known(slots, i, open, best)) {
                return best;
            }
            open = false;
        }
    }
}

/* The row of the least hash above this one: no two have the same. No branch depends on what a block
 * holds, which cannot be predicted. */
static inline otpi_row *after_by_hash(const otpi_slots *slots, uint64_t hash) {
    uint64_t least = UINT64_MAX - hash; /* of (hash - this one - 1); those below wrap around */
    otpi_row *best = NULL;
    for (size_t block = otpi_slots_home(slots, hash);; block += OTPI_SLOTS_BLOCK) {
        const uint64_t *words = &slots->at[block & (slots->capacity - 1)];
        bool open = false;
        for (size_t i = 0; i < OTPI_SLOTS_BLOCK; i++) {
            uint64_t word = __atomic_load_n(&words[i], __ATOMIC_ACQUIRE); /* as otpi_slot_word */
            otpi_row *row = otpi_slot_row(word);
            uint64_t ahead = *(row != NULL ? &row->hash : &hash) - hash - 1;
            bool better = ahead < least;
            open |= word == 0;
            best = better ? row : best;
            least = better ? ahead : least;
        }
        /* 0: a neighbour of an integer; nothing lies between */
        if ((least == 0 && best != NULL) || after_is_known(slots, block, open, best)) {
            return best;
        }
    }
}

otpi_row *otpi_store_after(const otpi_store *store, otp_term key, uint64_t hash) {
    const otpi_slots *slots = otpi_store_slots(store);
    if (slots == NULL) {
        return NULL;
    }
    bool by_key = otp_is_none(key) || __atomic_load_n(&store->twins, __ATOMIC_RELAXED);
    return OTPI_UNLIKELY(by_key) ? after_by_key(store, slots, key, hash)
                                 : after_by_hash(slots, hash);
}

/* ---- Rows ---- */

/* Enters a row whose key is not there; empty: the first empty slot it may lie in. A tombstone
 * before that will do as well. Inlined: a table that only grows spends its time here. */
static inline __attribute__((always_inline)) void slot_take(otpi_store *store, otpi_slots *slots,
                                                            otpi_row *row, size_t empty) {
    size_t i = empty;
    if (store->used != store->rows) {
        i = otpi_slots_first(slots, row->hash);
        while (otpi_slot_row(slots->at[i]) != NULL) {
            i = otpi_slots_next(slots, row->hash, i);
        }
    }
    OTPI_ASSERT("table-001", slots->at[i] != 0 || store->used < store->used_max);
    store->used += slots->at[i] == 0;
    low_include(slots, i);
    slot_set(slots, i, slot_of_row(row));
    account(store, 1, otpi_row_bytes(row));
}

/* Where a row is to be put: that of its key, or NULL and an empty slot. */
static inline otpi_row *probe_to_put(otpi_store *store, otpi_slots *slots, const otpi_row *row,
                                     size_t *slot) {
    bool twin = false;
    otpi_row *old =
        otpi_store_probe(store, slots, otpi_store_key(store, row), row->hash, slot, &twin);
    if (OTPI_UNLIKELY(twin)) {
        /* relaxed: whoever knows of both rows sees it, they are published after it */
        __atomic_store_n(&store->twins, true, __ATOMIC_RELAXED);
    }
    return old;
}

otpi_row *otpi_store_put(otpi_store *store, otpi_row *row) {
    otpi_slots *slots = store->slots;
    size_t i;
    otpi_row *old = probe_to_put(store, slots, row, &i);
    if (old != NULL) {
        slot_set(slots, i, slot_of_row(row));
        if (row->words != old->words) {
            account(store, 0, otpi_row_bytes(row) - otpi_row_bytes(old));
        }
        return old;
    }
    slot_take(store, slots, row, i);
    return NULL;
}

void otpi_store_push(otpi_store *store, otpi_row *row) {
    otpi_slots *slots = store->slots;
    size_t i;
    const otpi_row *newest = probe_to_put(store, slots, row, &i);
    otpi_row_link_set(row, 0, newest);
    if (newest == NULL) {
        slot_take(store, slots, row, i);
    } else {
        slot_set(slots, i, slot_of_row(row));
        account(store, 1, otpi_row_bytes(row));
    }
}

/* Has the block an empty slot, and only rows whose home it is? Then none has passed the block
 * before it: it would lie here. */
static bool block_is_own(const otpi_slots *slots, size_t block) {
    bool open = false;
    for (size_t i = block; i < block + OTPI_SLOTS_BLOCK; i++) {
        const otpi_row *row = otpi_slot_row(slots->at[i]);
        open |= slots->at[i] == 0;
        if (row != NULL && otpi_slots_home(slots, row->hash) != block) {
            return false;
        }
    }
    return open;
}

static void slot_clear(otpi_store *store, otpi_slots *slots, size_t i) {
    slot_set(slots, i, 0);
    store->used--;
}

/* Tombstones that serve no probe any more become empty: those before an empty slot of their block,
 * and all of a block that holds nothing else and that no row has passed. */
static void slots_clear_tombs(otpi_store *store, otpi_slots *slots, size_t i) {
    size_t in_block = OTPI_SLOTS_BLOCK - 1;
    size_t block = i & ~in_block;
    if (slots->at[block | ((i + 1) & in_block)] == 0) {
        for (; slots->at[i] == OTPI_SLOT_TOMB; i = block | ((i - 1) & in_block)) {
            slot_clear(store, slots, i);
        }
        return;
    }
    for (i = block; i < block + OTPI_SLOTS_BLOCK; i++) {
        if (slots->at[i] != OTPI_SLOT_TOMB) {
            return;
        }
    }
    if (block_is_own(slots, i & (slots->capacity - 1))) {
        for (i = block; i < block + OTPI_SLOTS_BLOCK; i++) {
            slot_clear(store, slots, i);
        }
    }
}

otpi_row *otpi_store_remove(otpi_store *store, otp_term key, uint64_t hash) {
    otpi_slots *slots = store->slots;
    size_t i;
    otpi_row *row = slots == NULL ? NULL : otpi_store_probe(store, slots, key, hash, &i, NULL);
    if (row != NULL) {
        slot_set(slots, i, OTPI_SLOT_TOMB);
        slots_clear_tombs(store, slots, i);
        low_raise(slots, LOW_STEPS);
    }
    for (const otpi_row *each = row; each != NULL; each = otpi_store_older(each)) {
        account(store, SIZE_MAX, 0 - otpi_row_bytes(each));
    }
    return row;
}

/* What leads to a row of a bag, its slot or the next newer row, leads to another one. That is NULL
 * only for the last of several rows. */
static void lead_past(otpi_store *store, const otpi_row *row, const otpi_row *to) {
    size_t i = 0;
    otpi_row *before =
        otpi_store_probe(store, store->slots, otpi_store_key(store, row), row->hash, &i, NULL);
    if (before == row) {
        slot_set(store->slots, i, slot_of_row(to));
        return;
    }
    while (otpi_store_older(before) != row) {
        before = otpi_store_older(before);
    }
    otpi_row_link_set(before, 0, to);
}

void otpi_store_replace(otpi_store *store, const otpi_row *old, otpi_row *row) {
    otpi_row_link_set(row, 0, otpi_store_older(old));
    lead_past(store, old, row);
    account(store, 0, otpi_row_bytes(row) - otpi_row_bytes(old));
}

void otpi_store_unlink(otpi_store *store, otpi_row *row) {
    otp_term key = otpi_store_key(store, row);
    const otpi_row *older = otpi_store_older(row);
    if (older == NULL && otpi_store_find(store, key, row->hash) == row) {
        otpi_store_remove(store, key, row->hash);
        return;
    }
    lead_past(store, row, older);
    account(store, SIZE_MAX, 0 - otpi_row_bytes(row));
}
