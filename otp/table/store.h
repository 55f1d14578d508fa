/* SPDX-License-Identifier: MIT */
/*
 * A store: rows by key, one for each (a set) or several (a bag). Open addressing over an array of
 * words, each a row's address with some bits of its hash, or empty, or a tombstone. The words come
 * in blocks: all slots of one are probed before those of the next.
 *
 * Design notes.
 * One writer at a time (the table's lock sees to it), any number of readers, which take no lock and
 * write nothing. A reader that has loaded the array sees a key that is there all the time: a row is
 * published and replaced by one store into its slot, a removed one leaves a tombstone, and rows
 * never move within an array. Growing builds a second array and publishes it by one store; the old
 * one stays as it was for those who still read it. What was taken out is freed after quiescence.
 * The rows of a bag's key hang together by their link, the newest first, and the slot leads to that
 * one: putting is a store into the slot, replacing one into what leads to the row. So those that
 * hang on a row may become fewer or others, never more: they are copied in one pass. The home block
 * of a row is given by the high bits of its hash, the slot tried first by the lowest bits, and a
 * row lies behind its home block only while that has no empty slot. So walking the blocks is nearly
 * walking in hash order: otpi_store_after relies on it for speed, not for its result. That order,
 * by hash and then by key, does not change when the array does: it is what traversals go by. The
 * hashes of a group of consecutive integers differ in their lowest bits alone: at any capacity they
 * have one block, each with a slot of its own, and share a cache line. Groups scatter, and so does
 * every other set of keys.
 */
#ifndef OTP_TABLE_STORE_H
#define OTP_TABLE_STORE_H

#include "base/hash.h"
#include "table/row.h"

typedef struct otpi_slots {
    otpi_retired retired;
    size_t capacity; /* a power of two */
    unsigned shift;  /* hash >> shift is a slot of the home block */
    size_t low;      /* atomic; no row has its home before it: where the first is looked for */
    _Alignas(64) uint64_t at[]; /* atomic */
} otpi_slots;

enum {
    OTPI_STORE_GROUP = 4,                    /* consecutive integers */
    OTPI_SLOTS_BLOCK = OTPI_HOSTILE ? 2 : 4, /* half a cache line */
    OTPI_SLOTS_LARGE = 1 << 15,              /* more than the nearer caches hold */
    OTPI_SLOT_IS_ROW = 1,                    /* rows are aligned to 16 */
    OTPI_SLOT_TOMB = 16,
    OTPI_SLOT_TAG_SHIFT = 48, /* user memory's addresses end below it */
};
#define OTPI_SLOT_ADDRESS ((UINT64_C(1) << OTPI_SLOT_TAG_SHIFT) - 16)

typedef struct otpi_store {
    otpi_slots *slots; /* atomic; NULL before the first row */
    uint64_t seed;
    size_t key;      /* position of the key, from 1 */
    size_t used_max; /* atomic; 5/8 of the slots */
    size_t used;     /* slots that are not empty */
    size_t rows;     /* atomic: written by the writer, read by all; as row_bytes */
    size_t row_bytes;
    bool twins; /* atomic; two keys of one hash may be there */
} otpi_store;

void otpi_store_init(otpi_store *store, size_t key, uint64_t seed);

/* What the order of the rows and their slots go by. */
static inline uint64_t otpi_store_hash_seeded(otp_term key, uint64_t seed) {
    if (OTPI_LIKELY(otpi_is_small(key))) {
        uint64_t number = key.word >> 4;
        return otpi_hash_u64(number / OTPI_STORE_GROUP ^ seed) ^ number % OTPI_STORE_GROUP;
    }
    return otpi_hash_u64(otp_hash(key) ^ seed);
}
static inline uint64_t otpi_store_hash(const otpi_store *store, otp_term key) {
    return otpi_store_hash_seeded(key, store->seed);
}
static inline otp_term otpi_store_key(const otpi_store *store, const otpi_row *row) {
    return (otp_term){row->data[store->key]};
}

static inline otpi_slots *otpi_store_slots(const otpi_store *store) {
    /* acquire: pairs with the release in otpi_store_adopt, the array's words are behind it */
    return __atomic_load_n(&store->slots, __ATOMIC_ACQUIRE);
}
/* The row in a slot's word, NULL for empty ones and tombstones. */
static inline otpi_row *otpi_slot_row(uint64_t word) {
    return (word & OTPI_SLOT_IS_ROW) ? (otpi_row *)(uintptr_t)(word & OTPI_SLOT_ADDRESS) : NULL;
}
/* What the word of a row with that hash has besides the address. */
static inline uint64_t otpi_slot_tag(uint64_t hash) {
    return hash << OTPI_SLOT_TAG_SHIFT | OTPI_SLOT_IS_ROW;
}
static inline uint64_t otpi_slot_word(const otpi_slots *slots, size_t i) {
    /* acquire: pairs with the release in store.c that published the row */
    return __atomic_load_n(&slots->at[i], __ATOMIC_ACQUIRE);
}
/* =:= of two keys. An immediate equals only its own word. */
static inline bool otpi_store_key_same(otp_term a, otp_term b) {
    return a.word == b.word || (!otpi_is_immediate(a) && !otpi_is_immediate(b) && otp_equal(a, b));
}

/* The slots in which a row with that hash may lie, in order: its home block's, then each block's
 * behind it, beginning at the same place. */
static inline size_t otpi_slots_home(const otpi_slots *slots, uint64_t hash) {
    return (hash >> slots->shift) & ~(uint64_t)(OTPI_SLOTS_BLOCK - 1);
}
static inline size_t otpi_slots_first(const otpi_slots *slots, uint64_t hash) {
    return otpi_slots_home(slots, hash) | (hash & (OTPI_SLOTS_BLOCK - 1));
}
static inline size_t otpi_slots_next(const otpi_slots *slots, uint64_t hash, size_t i) {
    size_t in_block = OTPI_SLOTS_BLOCK - 1;
    size_t next = (i & ~in_block) | ((i + 1) & in_block);
    bool all_tried = ((next ^ hash) & in_block) == 0;
    return all_tried ? (next + OTPI_SLOTS_BLOCK) & (slots->capacity - 1) : next;
}

/* The row of that key and its slot; NULL and the first empty slot of those it may lie in. *twin
 * (NULL: who cares) becomes true when another key has that hash. */
static inline otpi_row *otpi_store_probe(const otpi_store *store, const otpi_slots *slots,
                                         otp_term key, uint64_t hash, size_t *slot, bool *twin) {
    uint64_t tag = otpi_slot_tag(hash);
    for (size_t i = otpi_slots_first(slots, hash);; i = otpi_slots_next(slots, hash, i)) {
        uint64_t word = otpi_slot_word(slots, i);
        if ((word & ~OTPI_SLOT_ADDRESS) == tag) {
            otpi_row *row = otpi_slot_row(word);
            if (row->hash == hash && otpi_store_key_same(otpi_store_key(store, row), key)) {
                *slot = i;
                return row;
            }
            if (twin != NULL && row->hash == hash) {
                *twin = true;
            }
        } else if (word == 0) {
            *slot = i;
            return NULL;
        }
    }
}

/* Integers are often asked for in their order. The first of each group has the block of the group
 * after the next fetched, which nothing in the processor could foresee. */
static inline void otpi_slots_foresee(const otpi_slots *slots, otp_term key, uint64_t seed) {
    const uint64_t group = (uint64_t)OTPI_STORE_GROUP << 4;
    if (slots->capacity >= OTPI_SLOTS_LARGE && key.word % group == OTPI_LOW_INTEGER) {
        uint64_t hash = otpi_store_hash_seeded((otp_term){key.word + 2 * group}, seed);
        __builtin_prefetch(&slots->at[otpi_slots_home(slots, hash)]);
    }
}

/* Fetches what putting a row will need: before the lock is taken. */
static inline void otpi_store_foresee(const otpi_store *store, otp_term key, uint64_t hash) {
    const otpi_slots *slots = otpi_store_slots(store);
    if (OTPI_LIKELY(slots != NULL)) {
        __builtin_prefetch(&slots->at[otpi_slots_home(slots, hash)], 1);
        otpi_slots_foresee(slots, key, store->seed);
    }
}

/* The row of that key, or NULL. It lives until the next visible operation or suspension. */
static inline otpi_row *otpi_store_find(const otpi_store *store, otp_term key, uint64_t hash) {
    const otpi_slots *slots = otpi_store_slots(store);
    size_t slot;
    if (OTPI_UNLIKELY(slots == NULL)) {
        return NULL;
    }
    otpi_slots_foresee(slots, key, store->seed);
    return otpi_store_probe(store, slots, key, hash, &slot, NULL);
}

/* The next row of the same key in a bag, an older one. */
static inline otpi_row *otpi_store_older(const otpi_row *row) {
    return row->links ? otpi_row_link(row, 0) : NULL;
}

/* The (newest) row of the key that follows this one in order, of the first key when it is OTP_NONE.
 * NULL at the end. The key itself may be gone. */
otpi_row *otpi_store_after(const otpi_store *store, otp_term key, uint64_t hash);

/* ---- Writing: one at a time ---- */

/* May n more rows be put without growing? */
static inline bool otpi_store_has_room(const otpi_store *store, size_t n) {
    return n <= store->used_max - store->used;
}
/* An array for that many rows and as many to come; NULL when out of memory. */
otpi_slots *otpi_slots_new(size_t rows);
void otpi_slots_free(otpi_slots *slots);
/* Moves to an array that has room for all rows and n more; false, and nothing changed, when it has
 * not. The old array is in *old, to be freed or retired. */
bool otpi_store_adopt(otpi_store *store, otpi_slots *slots, size_t n, otpi_slots **old);
/* Puts a row whose hash is set; there must be room. The one it replaced is returned, or NULL. */
otpi_row *otpi_store_put(otpi_store *store, otpi_row *row);
/* Adds a row of a bag, which has one link, in front of those of its key; there must be room. */
void otpi_store_push(otpi_store *store, otpi_row *row);
/* Puts a row of a bag, which has one link, in the place of one of its key, by one store: readers
 * see the one or the other. The old one's link stays as it was. */
void otpi_store_replace(otpi_store *store, const otpi_row *old, otpi_row *row);
/* Takes the row of the key, or all of a bag's, out; NULL when there is none. */
otpi_row *otpi_store_remove(otpi_store *store, otp_term key, uint64_t hash);
/* Takes one row of a bag out. Its link stays as it was. */
void otpi_store_unlink(otpi_store *store, otpi_row *row);

/* Empties the store: rows and array are freed when nobody can be reading them, or at once. */
void otpi_store_retire_all(otpi_store *store);
void otpi_store_free_all(otpi_store *store);
/* Retires an array (without its rows) that was given up; NULL is fine. */
void otpi_slots_retire(otpi_slots *slots);

/* Bytes in use by rows and array. */
size_t otpi_store_bytes(const otpi_store *store);
static inline size_t otpi_store_rows(const otpi_store *store) {
    return __atomic_load_n(&store->rows, __ATOMIC_RELAXED);
}

/* Would a smaller array do? Then otpi_slots_new and otpi_store_adopt make it so. relaxed: asked
 * also without the right to write, as a hint. */
static inline bool otpi_store_sparse(const otpi_store *store) {
    size_t used_max = __atomic_load_n(&store->used_max, __ATOMIC_RELAXED);
    return used_max >= 1024 && otpi_store_rows(store) < used_max / 16;
}

#endif
