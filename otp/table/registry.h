/* SPDX-License-Identifier: MIT */
/*
 * The tables of a system: by handle, by name, by owner.
 *
 * A handle is  node slot << 51 | private << 50 | creation number << 20 | place.  The place leads to
 * the table, the whole word must be the table's: handles of tables that are gone, or of other
 * nodes, lead nowhere. Looking up takes no lock. Which tables there are is changed under a mutex;
 * what lies in one, under its own spin lock.
 */
#ifndef OTP_TABLE_REGISTRY_H
#define OTP_TABLE_REGISTRY_H

#include <otp/table.h>

#include "port/thread.h"
#include "process/process.h"
#include "table/order.h"
#include "table/store.h"

enum {
    OTPI_TABLE_PLACE_BITS = 20,
    OTPI_TABLE_CREATION_BITS = 30,
    OTPI_TABLE_NODE_SHIFT = 51,
};
#define OTPI_TABLE_PRIVATE (UINT64_C(1) << 50)

typedef struct otpi_tables otpi_tables;
typedef struct otpi_table otpi_table;

/* What a process has of a table that must end with the process: it is the owner, or has fixed it.
 * All of it is read and changed under the registry's mutex. */
typedef struct otpi_tie {
    struct otpi_tie *next; /* in the same bucket */
    otp_pid pid;
    otpi_table *table;
    uint64_t count;            /* how often it is fixed; 0 = this is the owner's */
    struct otpi_tie *next_fix; /* of the same table */
} otpi_tie;

/* Who becomes the owner when the owner exits. */
typedef struct otpi_will {
    otp_pid heir; /* OTP_PID_NONE = nobody, and the rest is NULL */
    otpi_pack *data;
    otpi_signal *gift; /* the message with the data, made beforehand: exits never allocate. NULL
                          while the heir itself is the owner */
} otpi_will;

struct otpi_table {
    _Alignas(64) uint64_t word; /* the handle */
    otp_pid owner;              /* atomic */
    otp_term name;              /* atomic; OTP_NONE when it has none */
    uint8_t protection;         /* otp_protection */
    uint8_t type;               /* otp_table_type */
    uint32_t key;               /* position of the key, from 1 */
    otpi_store store;           /* of a table that is not ordered */
    otpi_spin lock;             /* of writing to the rows, unless private; taken after the mutex */
    bool dead;                  /* deleted: writers that still hold the pointer give up */
    otpi_order order;
    /* Under the mutex: */
    uint32_t fixed; /* atomic: how many processes have it fixed */
    otpi_tie owned;
    otpi_tie *fixes;
    otpi_will will;
    otpi_tables *tables;
    otpi_retired retired;
};

/* What readers look at and what writers write lie on different cache lines. */
_Static_assert(offsetof(otpi_table, store.used) == 64, "the line that writers write");

/* Places of a system's tables: an array that is replaced when it must grow. */
typedef struct otpi_places {
    otpi_retired retired;
    size_t capacity; /* a power of two */
    struct {
        uint64_t table; /* atomic: a table's address, or next free place << 1 | 1 */
        otpi_tie *ties; /* atomic: of the processes whose pids lead to this bucket */
    } at[];
} otpi_places;

/* The part of a system that this room has. */
struct otpi_tables {
    otpi_places *places; /* atomic; NULL before the first table */
    otpi_mutex mutex;    /* of all the rest, and of changes to places; rank above a table's lock */
    size_t first_free;   /* place */
    size_t count;
    uint64_t created;
    otpi_store names; /* {Name, Place}; read without the mutex */
};

extern otpi_part otpi_tables_part;

/* Gives the table its handle and enters it by place and name; takes it out. Under the mutex.
 * OTP_EEXIST, OTP_ELIMIT, OTP_ENOMEM. */
otp_err otpi_table_register(otpi_tables *tables, otpi_table *table, uint32_t node);
/* The fixations of it are handed back, to be freed. */
otpi_tie *otpi_table_unregister(otpi_tables *tables, otpi_table *table);
/* Gives a table another name. OTP_EEXIST, OTP_ENOMEM. Under the mutex. */
otp_err otpi_table_rename(otpi_tables *tables, otpi_table *table, otp_term name);

/* Enters a tie under its process, takes it out, finds one. Under the mutex; there is a table. The
 * process may have left meanwhile: look it up afterwards (see ties.c). */
void otpi_tie_enter(otpi_tables *tables, otpi_tie *tie);
void otpi_tie_leave(otpi_tables *tables, otpi_tie *tie);
/* Any of the process's (table NULL), or its fixation of that table. */
otpi_tie *otpi_tie_find(const otpi_tables *tables, otp_pid pid, const otpi_table *table);
/* Has it any? Without the mutex, for a process that has left. */
bool otpi_ties_any(const otpi_tables *tables, otp_pid pid);
void otpi_ties_move(otpi_places *to, const otpi_places *from);

/* The handle as a reference. */
otp_ref otpi_table_ref(otp_table table);
otp_term otpi_protection_atom(otp_protection protection);

static inline otpi_tables *otpi_tables_of(otp_system *system) {
    return otpi_part_data(system, &otpi_tables_part);
}

/* The table of a handle, NULL when gone. Valid until the next visible operation or suspension. */
static inline otpi_table *otpi_table_find(const otpi_tables *tables, uint64_t word) {
    /* acquire, twice: pairs with the releases in registry.c */
    const otpi_places *places = __atomic_load_n(&tables->places, __ATOMIC_ACQUIRE);
    size_t place = word & ((1U << OTPI_TABLE_PLACE_BITS) - 1);
    if (places == NULL || place >= places->capacity) {
        return NULL;
    }
    uint64_t at = __atomic_load_n(&places->at[place].table, __ATOMIC_ACQUIRE);
    otpi_table *table = (at & 1) ? NULL : (otpi_table *)(uintptr_t)at;
    return table && table->word == word ? table : NULL;
}

/* What a chooser and its observer know a table by: the same in every run. */
static inline uint64_t otpi_table_object(uint64_t word) {
    return otpi_hash_u64(word);
}
static inline bool otpi_table_is_private(uint64_t word) {
    return (word & OTPI_TABLE_PRIVATE) != 0;
}

typedef enum otpi_table_need {
    OTPI_TABLE_LOOKS,
    OTPI_TABLE_READS,
    OTPI_TABLE_WRITES
} otpi_table_need;

/* The way into every operation: switches when that is visible, finds the table, checks the right
 * (looking is always allowed). label: static text. OTP_ENOENT, OTP_EACCESS. */
otp_err otpi_table_enter(otp_table handle, const char *label, otpi_table_need need,
                         otpi_table **out);

/* acquire: what the owner before did to the rows of a private table comes first; pairs with life.c
 */
static inline otp_pid otpi_table_owner(const otpi_table *table) {
    return (otp_pid){__atomic_load_n(&table->owner.word, __ATOMIC_ACQUIRE)};
}
static inline otp_term otpi_table_name(const otpi_table *table) {
    return (otp_term){__atomic_load_n(&table->name.word, __ATOMIC_RELAXED)};
}

/* What the observer knows a key by: the same for keys that are one in this table. */
uint64_t otpi_table_key_of(const otpi_table *table, otp_term key);

/* The hash of a key in that table; tells the observer of the access. */
static inline uint64_t otpi_table_hash(const otpi_table *table, otp_term key, otp_access_how how) {
    if (OTPI_UNLIKELY(otpi_visible_on)) {
        otpi_access_slow(how, otpi_table_object(table->word), otpi_table_key_of(table, key));
    }
    return otpi_store_hash(&table->store, key);
}
/* The same for all of the table. */
static inline void otpi_table_touch(const otpi_table *table, otp_access_how how) {
    otpi_access(how, otpi_table_object(table->word), 0);
}

/* Taking the right to write. False when the table has been deleted meanwhile. */
static inline bool otpi_table_lock(otpi_table *table) {
    if (table->protection == OTP_PRIVATE) {
        return true;
    }
    otpi_spin_lock(&table->lock);
    if (OTPI_LIKELY(!table->dead)) {
        return true;
    }
    otpi_spin_unlock(&table->lock);
    return false;
}
static inline void otpi_table_unlock(otpi_table *table) {
    if (table->protection != OTP_PRIVATE) {
        otpi_spin_unlock(&table->lock);
    }
}
/* The same with room for n more rows. OTP_ENOENT, OTP_ENOMEM: not locked, nothing changed. */
otp_err otpi_table_lock_for(otpi_table *table, size_t n);
/* Drops a row that has been taken out. */
static inline void otpi_table_drop(const otpi_table *table, otpi_row *row) {
    if (row != NULL) {
        if (table->protection == OTP_PRIVATE) {
            otpi_row_free(row); /* nobody else reads it */
        } else {
            otpi_row_retire(row);
        }
    }
}

otp_term otpi_table_type_atom(otp_table_type type);

#endif
