/* SPDX-License-Identifier: MIT */
/*
 * The atom table.
 *
 * Entries lie in segments that double in size and never move: entry i of segment s is atom
 * (FIRST << s) - FIRST + i. The index by text is an open-addressing table of atom numbers + 1; when
 * it is half full a larger one replaces it, and the old one is kept, because readers take no lock
 * and may still be in it (all old ones together are smaller than the newest).
 */
#include "term/atom.h"

#include "base/hash.h"
#include "port/memory.h"
#include "port/thread.h"
#include "term/build.h"
#include "term/utf8.h"

#include <string.h>

enum {
    FIRST = 1024, /* atoms in segment 0 */
    SEGMENTS = 11,
    FIRST_SLOTS = 4096,
    TEXT_BLOCK = 16384,
};

typedef struct text_index {
    struct text_index *older;
    size_t slots; /* a power of two */
    uint32_t *slot;
} text_index;

static otpi_atom first_segment[FIRST] = {
#define OTPI_ATOM(name, string) {.text = string, .length = sizeof(string) - 1},
#include "term/atoms.def"
#undef OTPI_ATOM
};
static otpi_atom *segments[SEGMENTS] = {first_segment};
static uint32_t first_slots[FIRST_SLOTS];
static text_index first_index = {NULL, FIRST_SLOTS, first_slots};
static text_index *newest = &first_index;
static uint32_t atom_count = OTPI_ATOM_NUMBERS;

/* Protects growth: everything above when it is written. Taken last, nothing is called under it but
 * the allocator. */
static otpi_mutex growing = OTPI_MUTEX_INIT;
static char *text_at, *text_end; /* where the next text is stored */

static otpi_atom *entry_of(size_t number) {
    size_t segment = 63 - (size_t)__builtin_clzll(number / FIRST + 1);
    /* acquire: pairs with the release of new_entry */
    otpi_atom *base = __atomic_load_n(&segments[segment], __ATOMIC_ACQUIRE);
    return &base[number - (((size_t)FIRST << segment) - FIRST)];
}

const otpi_atom *otpi_atom_of(otp_term atom) {
    otpi_atom *entry = entry_of(otpi_atom_index(atom));
    /* acquire: pairs with the release of the text in add_atom; the site that cached the word may
     * have been written by another thread without any order of its own */
    (void)__atomic_load_n(&entry->text, __ATOMIC_ACQUIRE);
    return entry;
}

size_t otpi_atom_count(void) {
    return __atomic_load_n(&atom_count, __ATOMIC_ACQUIRE);
}

static otp_term atom_word(size_t number) {
    return (otp_term){(uint64_t)number << 6 | OTPI_LOW_ATOM};
}

/* ---- By text ---- */

static uint64_t hash_text(const char *text, size_t length) {
    return otpi_hash_bytes(text, length, 0);
}

static void insert_slot(text_index *index, uint64_t hash, uint32_t number) {
    size_t mask = index->slots - 1;
    size_t at = hash & mask;
    while (index->slot[at] != 0) {
        at = (at + 1) & mask;
    }
    /* release: pairs with the acquire in find_in: the entry is complete */
    __atomic_store_n(&index->slot[at], number + 1, __ATOMIC_RELEASE);
}

static otp_term find_in(text_index *index, const char *text, size_t length, uint64_t hash) {
    size_t mask = index->slots - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t number = __atomic_load_n(&index->slot[at], __ATOMIC_ACQUIRE);
        if (number == 0) {
            return OTP_NONE;
        }
        const otpi_atom *entry = entry_of(number - 1);
        if (entry->hash == hash && entry->length == length &&
            memcmp(entry->text, text, length) == 0) {
            return atom_word(number - 1);
        }
    }
}

static otp_term find_hashed(const char *text, size_t length, uint64_t hash) {
    /* acquire: pairs with the release in grow_index */
    return find_in(__atomic_load_n(&newest, __ATOMIC_ACQUIRE), text, length, hash);
}

otp_term otpi_atom_find(const char *text, size_t length) {
    return find_hashed(text, length, hash_text(text, length));
}

__attribute__((constructor(101))) static void index_known_atoms(void) {
    for (uint32_t i = 0; i < OTPI_ATOM_NUMBERS; i++) {
        otpi_atom *entry = &first_segment[i];
        entry->hash = hash_text(entry->text, entry->length);
        entry->chars = entry->length;
        insert_slot(newest, entry->hash, i);
    }
}

/* ---- New atoms, under the lock ---- */

static bool grow_index(void) {
    if (atom_count < newest->slots / 2) {
        return true;
    }
    size_t slots = newest->slots * 2;
    text_index *grown = otpi_calloc(1, sizeof *grown + slots * sizeof grown->slot[0]);
    if (grown == NULL) {
        return false;
    }
    grown->slots = slots;
    grown->slot = (uint32_t *)(void *)(grown + 1);
    grown->older = newest;
    for (uint32_t i = 0; i < atom_count; i++) {
        insert_slot(grown, entry_of(i)->hash, i);
    }
    __atomic_store_n(&newest, grown, __ATOMIC_RELEASE);
    return true;
}

static otpi_atom *new_entry(void) {
    size_t number = atom_count;
    size_t segment = 63 - (size_t)__builtin_clzll(number / FIRST + 1);
    if (segments[segment] == NULL) {
        otpi_atom *fresh = otpi_calloc((size_t)FIRST << segment, sizeof *fresh);
        if (fresh == NULL) {
            return NULL;
        }
        __atomic_store_n(&segments[segment], fresh, __ATOMIC_RELEASE);
    }
    return entry_of(number);
}

static char *store_text(const char *text, size_t length) {
    if ((size_t)(text_end - text_at) < length + 1) {
        char *block = otpi_alloc(TEXT_BLOCK);
        if (block == NULL) {
            return NULL;
        }
        text_at = block;
        text_end = block + TEXT_BLOCK;
    }
    char *stored = text_at;
    memcpy(stored, text, length);
    stored[length] = '\0';
    text_at += length + 1;
    return stored;
}

static otp_err add_atom(const char *text, size_t length, size_t chars, uint64_t hash,
                        otp_term *out) {
    *out = find_hashed(text, length, hash);
    if (!otp_is_none(*out)) {
        return OTP_OK; /* somebody was faster */
    }
    if (atom_count >= OTPI_ATOMS_MAX) {
        return OTP_ELIMIT;
    }
    otpi_atom *entry = new_entry();
    char *stored = entry && grow_index() ? store_text(text, length) : NULL;
    if (stored == NULL) {
        return OTP_ENOMEM;
    }
    entry->hash = hash;
    entry->length = (uint32_t)length;
    entry->chars = (uint32_t)chars;
    __atomic_store_n(&entry->text, stored, __ATOMIC_RELEASE);
    insert_slot(newest, hash, atom_count);
    *out = atom_word(atom_count);
    __atomic_store_n(&atom_count, atom_count + 1, __ATOMIC_RELEASE);
    return OTP_OK;
}

otp_err otpi_atom_make(const char *text, size_t length, otp_term *out) {
    uint64_t hash = hash_text(text, length);
    *out = find_hashed(text, length, hash);
    if (!otp_is_none(*out)) {
        return OTP_OK;
    }
    size_t chars = otpi_utf8_count((const uint8_t *)text, length);
    if (chars > OTPI_ATOM_CHARS_MAX) {
        return OTP_EBADARG;
    }
    otpi_mutex_lock(&growing);
    otp_err err = add_atom(text, length, chars, hash, out);
    otpi_mutex_unlock(&growing);
    return err;
}

/* ---- The public face ---- */

otp_term otp_atom(const char *name) {
    otp_term atom;
    otp_err err = otpi_atom_make(name, strlen(name), &atom);
    if (err == OTP_EBADARG) {
        otpi_terms.bad_argument("otp_atom", "not UTF-8, or more than 255 characters");
        return OTP_NONE;
    }
    return err ? otpi_made_nothing("otp_atom") : atom;
}

otp_term otp_atom_of_site_slow(otp_atom_site *site) {
    otp_term atom = otp_atom(site->name);
    /* release: the entry is complete before the word is seen; readers follow the word to it */
    __atomic_store_n(&site->word, atom.word, __ATOMIC_RELEASE);
    return atom;
}

otp_err otp_atom_from_data(const char *name, size_t length, otp_term *out) {
    otp_term atom = otpi_atom_find(name, length);
    if (!otp_is_none(atom)) {
        *out = atom;
        return OTP_OK;
    }
    if (!otpi_terms.atom_quota()) {
        return OTP_EATOMS;
    }
    otp_err err = otpi_atom_make(name, length, &atom);
    if (err == OTP_OK) {
        *out = atom;
    }
    return err;
}

const char *otp_atom_text(otp_term atom) {
    return otp_is_atom(atom) ? otpi_atom_of(atom)->text : "";
}

size_t otp_atom_length(otp_term atom) {
    return otp_is_atom(atom) ? otpi_atom_of(atom)->length : 0;
}

bool otp_is(otp_term term, const char *atom_name) {
    return otp_is_atom(term) && strcmp(otp_atom_text(term), atom_name) == 0 &&
           otp_atom_length(term) == strlen(atom_name);
}

int otpi_atom_compare(otp_term a, otp_term b) {
    if (a.word == b.word) {
        return 0;
    }
    const otpi_atom *x = otpi_atom_of(a);
    const otpi_atom *y = otpi_atom_of(b);
    size_t common = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, common); /* UTF-8 orders as its code points */
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return x->length < y->length ? -1 : 1;
}
