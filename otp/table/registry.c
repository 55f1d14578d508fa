/* SPDX-License-Identifier: MIT */
/*
 * Which tables a system has: places, names, and the part of the system that holds them.
 */
#include "table/registry.h"

#include "port/memory.h"
#include "table/index.h"
#include "term/atom.h"
#include "term/build.h"

enum { PLACES_MIN = OTPI_HOSTILE ? 1 : 16, PLACES_MAX = 1 << OTPI_TABLE_PLACE_BITS };

/* ---- Places: under the mutex ---- */

static void places_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_places, retired));
}

static otp_err places_grow(otpi_tables *tables) {
    otpi_places *old = tables->places;
    size_t filled = old ? old->capacity : 0;
    size_t capacity = old ? 2 * filled : PLACES_MIN;
    if (capacity > PLACES_MAX) {
        return OTP_ELIMIT;
    }
    otpi_places *places = otpi_alloc(sizeof *places + capacity * sizeof places->at[0]);
    if (places == NULL) {
        return OTP_ENOMEM;
    }
    places->capacity = capacity;
    for (size_t i = 0; i < capacity; i++) {
        places->at[i].table = i < filled ? old->at[i].table : (i + 1) << 1 | 1;
        places->at[i].ties = NULL;
    }
    if (old != NULL) {
        otpi_ties_move(places, old);
    }
    /* release: pairs with the acquire in otpi_table_find */
    __atomic_store_n(&tables->places, places, __ATOMIC_RELEASE);
    if (old != NULL) {
        otpi_retire(&old->retired, places_release);
    }
    return OTP_OK;
}

static void place_set(otpi_tables *tables, size_t place, uint64_t word) {
    /* release: pairs with the acquire in otpi_table_find */
    __atomic_store_n(&tables->places->at[place].table, word, __ATOMIC_RELEASE);
}

static size_t place_of(const otpi_table *table) {
    return table->word & (PLACES_MAX - 1);
}

/* ---- Names: under the mutex ---- */

static otp_term place_term(size_t place) {
    return (otp_term){(uint64_t)place << 4 | OTPI_LOW_INTEGER};
}

/* Enters {Name, Place}. */
static otp_err name_enter(otpi_tables *tables, otp_term name, size_t place) {
    uint64_t box[3] = {otpi_header(OTPI_BOXED_TUPLE, 2), name.word, place_term(place).word};
    otpi_store *names = &tables->names;
    otpi_slots *old = NULL;
    if (!otpi_store_has_room(names, 1)) {
        otpi_slots *slots = otpi_slots_new(names->rows + 1);
        if (slots == NULL) {
            return OTP_ENOMEM;
        }
        OTPI_ASSERT("table-002", otpi_store_adopt(names, slots, 1, &old));
        otpi_slots_retire(old);
    }
    otpi_row *row = otpi_row_new(otpi_box_term(box), NULL, 0, 0);
    if (row == NULL) {
        return OTP_ENOMEM;
    }
    row->hash = otpi_store_hash(names, name);
    otpi_store_put(names, row);
    return OTP_OK;
}

static otpi_row *name_find(const otpi_tables *tables, otp_term name) {
    return otpi_store_find(&tables->names, name, otpi_store_hash(&tables->names, name));
}

static void name_leave(otpi_tables *tables, otp_term name) {
    otpi_access(OTP_WRITE, otp_hash(name), 0);
    otpi_store *names = &tables->names;
    otpi_row_retire(otpi_store_remove(names, name, otpi_store_hash(names, name)));
}

otp_err otpi_table_rename(otpi_tables *tables, otpi_table *table, otp_term name) {
    if (name_find(tables, name) != NULL) {
        return OTP_EEXIST;
    }
    otp_err err = name_enter(tables, name, place_of(table));
    if (err == OTP_OK) {
        name_leave(tables, table->name);
        __atomic_store_n(&table->name.word, name.word, __ATOMIC_RELAXED);
    }
    return err;
}

/* ---- Tables ---- */

otp_err otpi_table_register(otpi_tables *tables, otpi_table *table, uint32_t node) {
    if (table->name.word != 0 && name_find(tables, table->name) != NULL) {
        return OTP_EEXIST;
    }
    bool full = tables->places == NULL || tables->first_free == tables->places->capacity;
    otp_err err = full ? places_grow(tables) : OTP_OK;
    size_t place = tables->first_free;
    if (err == OTP_OK && table->name.word != 0) {
        err = name_enter(tables, table->name, place);
    }
    if (err != OTP_OK) {
        return err;
    }
    uint64_t creation = ++tables->created & ((1U << OTPI_TABLE_CREATION_BITS) - 1);
    table->word = (uint64_t)node << OTPI_TABLE_NODE_SHIFT |
                  (table->protection == OTP_PRIVATE ? OTPI_TABLE_PRIVATE : 0) |
                  creation << OTPI_TABLE_PLACE_BITS | place;
    tables->first_free = (size_t)(tables->places->at[place].table >> 1);
    tables->count++;
    otpi_tie_enter(tables, &table->owned);
    place_set(tables, place, (uint64_t)(uintptr_t)table);
    return OTP_OK;
}

otpi_tie *otpi_table_unregister(otpi_tables *tables, otpi_table *table) {
    size_t place = place_of(table);
    place_set(tables, place, (uint64_t)tables->first_free << 1 | 1);
    tables->first_free = place;
    tables->count--;
    if (table->name.word != 0) {
        name_leave(tables, table->name);
    }
    otpi_tie_leave(tables, &table->owned);
    for (otpi_tie *fix = table->fixes; fix != NULL; fix = fix->next_fix) {
        otpi_tie_leave(tables, fix);
    }
    return table->fixes;
}

/* ---- By name ---- */

otp_err otp_table_named(otp_term name, otp_table *out) {
    if (!otp_is_atom(name)) {
        return OTP_EBADARG;
    }
    if (__builtin_expect(otpi_visible_on, 0)) {
        otpi_visible_slow("table_named", otp_hash(name));
        otpi_access_slow(OTP_READ, otp_hash(name), 0);
    }
    const otpi_tables *tables = otpi_tables_of(otpi_self()->system);
    const otpi_row *row = name_find(tables, name);
    if (row == NULL) {
        return OTP_ENOENT;
    }
    const otpi_places *places = __atomic_load_n(&tables->places, __ATOMIC_ACQUIRE);
    uint64_t at =
        __atomic_load_n(&places->at[otpi_small(otpi_row_element(row, 2))].table, __ATOMIC_ACQUIRE);
    const otpi_table *table = (at & 1) ? NULL : (const otpi_table *)(uintptr_t)at;
    if (table == NULL || otpi_table_name(table).word != name.word) {
        return OTP_ENOENT; /* deleted between the two looks */
    }
    *out = (otp_table){table->word};
    return OTP_OK;
}

/* ---- The part of the system ---- */

static otp_err part_init(otp_system *system, void *data) {
    (void)system;
    otpi_tables *tables = data;
    otpi_mutex_init(&tables->mutex);
    otpi_store_init(&tables->names, 1, 0);
    return OTP_OK;
}

static void part_fini(otp_system *system, void *data) {
    (void)system;
    otpi_tables *tables = data;
    OTPI_ASSERT("table-003", tables->count == 0);
    otpi_store_free_all(&tables->names);
    otpi_free(tables->places);
    otpi_mutex_fini(&tables->mutex);
}

otp_term otpi_protection_atom(otp_protection protection) {
    return protection == OTP_PUBLIC    ? OTP_ATOM(public)
           : protection == OTP_PRIVATE ? OTP_ATOM(private)
                                       : OTP_ATOM(protected);
}

otp_term otpi_table_type_atom(otp_table_type type) {
    switch (type) {
    case OTP_ORDERED_SET: return OTP_ATOM(ordered_set);
    case OTP_BAG: return OTP_ATOM(bag);
    case OTP_DUPLICATE_BAG: return OTP_ATOM(duplicate_bag);
    default: return OTP_ATOM(set);
    }
}

static otp_term table_describe(const otpi_table *table) {
    otp_term pairs[] = {
        OTP_ATOM(name),       otp_is_none(table->name) ? otpi_am(undefined) : table->name,
        OTP_ATOM(owner),      otp_from_pid(table->owner),
        OTP_ATOM(protection), otpi_protection_atom(table->protection),
        OTP_ATOM(size),       otp_int((int64_t)otpi_index_rows(table))};
    return otpi_make_map(sizeof pairs / sizeof pairs[0] / 2, pairs);
}

/* In order of places: of birth, as long as none is deleted. The system is quiet. */
static void part_walk(otp_system *system, void *data,
                      void (*visit)(void *context, const char *kind, otp_term what),
                      void *context) {
    (void)system;
    const otpi_tables *tables = data;
    const otpi_places *places = tables->places;
    for (size_t i = 0; places != NULL && i < places->capacity; i++) {
        uint64_t at = places->at[i].table;
        if (!(at & 1)) {
            visit(context, "table", table_describe((otpi_table *)(uintptr_t)at));
        }
    }
}

otpi_part otpi_tables_part = {.name = "tables",
                              .size = sizeof(otpi_tables),
                              .init = part_init,
                              .fini = part_fini,
                              .walk = part_walk};

__attribute__((constructor)) static void part_register(void) {
    otpi_part_register(&otpi_tables_part);
}
