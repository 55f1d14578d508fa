/* SPDX-License-Identifier: MIT */
/*
 * Birth and end of tables.
 *
 * A table ends when it is deleted or its owner exits. Only the owner can take it off its list of
 * owned objects: what another process deletes stays there as a husk, without rows, until the owner
 * makes its next table or exits.
 */
#include "table/registry.h"

#include "port/memory.h"
#include "process/system.h"

/* ---- End ---- */

static void table_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_table, retired));
}

/* The rows of a table that has left the registry. */
static void table_empty(otpi_table *table) {
    otpi_spin_lock(&table->lock);
    table->dead = true;
    otpi_spin_unlock(&table->lock);
    otpi_store_retire_all(&table->store);
}

static void husk_remove(otpi_tables *tables, const otpi_table *table) {
    otpi_table **at = &tables->husks;
    while (*at != table) {
        at = &(*at)->next_husk;
    }
    *at = table->next_husk;
}

/* The owner exits. */
static void owner_gone(otpi_owned *owned, otp_pid owner) {
    (void)owner;
    otpi_table *table = OTPI_CONTAINER_OF(owned, otpi_table, owned);
    otpi_tables *tables = table->tables;
    otpi_mutex_lock(&tables->mutex);
    bool husk = table->husk;
    if (husk) {
        husk_remove(tables, table);
    } else {
        otpi_table_unregister(tables, table);
    }
    otpi_mutex_unlock(&tables->mutex);
    if (!husk) {
        table_empty(table);
    }
    otpi_retire(&table->retired, table_release);
}

/* Tables of this owner that others deleted: only now can they leave its list. */
static void husks_sweep(otpi_tables *tables, otp_pid owner) {
    otpi_table *mine = NULL;
    otpi_mutex_lock(&tables->mutex);
    for (otpi_table **at = &tables->husks; *at != NULL;) {
        otpi_table *table = *at;
        if (table->owner.word != owner.word) {
            at = &table->next_husk;
            continue;
        }
        *at = table->next_husk;
        table->next_husk = mine;
        mine = table;
    }
    otpi_mutex_unlock(&tables->mutex);
    while (mine != NULL) {
        otpi_table *table = mine;
        mine = table->next_husk;
        otpi_disown(&table->owned);
        otpi_retire(&table->retired, table_release);
    }
}

otp_err otp_table_delete(otp_table handle) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "table_delete", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_process *self = otpi_self();
    otpi_tables *tables = otpi_tables_of(self->system);
    bool own = table->owner.word == self->pid.word;
    otpi_access(OTP_WRITE, otpi_table_object(handle.word), 0);
    otpi_mutex_lock(&tables->mutex);
    bool there = otpi_table_find(tables, handle.word) == table;
    if (there) {
        otpi_table_unregister(tables, table);
        table->husk = !own;
        if (!own) {
            table->next_husk = tables->husks;
            tables->husks = table;
        }
    }
    otpi_mutex_unlock(&tables->mutex);
    if (!there) {
        return OTP_ENOENT; /* another process was faster */
    }
    table_empty(table);
    if (own) {
        otpi_disown(&table->owned);
        otpi_retire(&table->retired, table_release);
    }
    return OTP_OK;
}

/* ---- Birth ---- */

static otpi_table *table_make(otpi_process *self, const otp_table_opts *opts) {
    otpi_table *table = otpi_alloc_aligned(_Alignof(otpi_table), sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    *table = (otpi_table){.owner = self->pid,
                          .name = opts->name,
                          .protection = opts->protection,
                          .tables = otpi_tables_of(self->system),
                          .owned = {.kind = "table", .release = owner_gone}};
    otpi_spin_init(&table->lock);
    otpi_store_init(&table->store, opts->key_position ? opts->key_position : 1,
                    otp_system_world(self->system)->opts.seed);
    return table;
}

static otp_err table_add(otpi_process *self, otpi_table *table) {
    otpi_tables *tables = otpi_tables_of(self->system);
    otpi_mutex_lock(&tables->mutex);
    otp_err err = tables->count < self->system->limits.tables_max
                      ? otpi_table_register(tables, table, self->system->slot)
                      : OTP_ELIMIT;
    otpi_mutex_unlock(&tables->mutex);
    return err;
}

static bool opts_valid(const otp_table_opts *opts) {
    return (otp_is_none(opts->name) || otp_is_atom(opts->name)) &&
           (unsigned)opts->protection <= OTP_PRIVATE;
}

otp_err otp_table_new(const otp_table_opts *opts, otp_table *out) {
    static const otp_table_opts defaults = {0};
    opts = opts ? opts : &defaults;
    if (!opts_valid(opts)) {
        return OTP_EBADARG;
    }
    otpi_process *self = otpi_self();
    if (!otp_is_none(opts->name) || opts->protection != OTP_PRIVATE) {
        uint64_t name = otp_is_none(opts->name) ? 0 : otp_hash(opts->name);
        otpi_visible("table_new", name);
        otpi_access(OTP_WRITE, name, 0);
    }
    husks_sweep(otpi_tables_of(self->system), self->pid);
    otpi_table *table = table_make(self, opts);
    if (table == NULL) {
        return OTP_ENOMEM;
    }
    otp_err err = otpi_own(self, &table->owned);
    if (err == OTP_OK) {
        err = table_add(self, table);
        if (err != OTP_OK) {
            otpi_disown(&table->owned);
        }
    }
    if (err != OTP_OK) {
        otpi_free(table);
        return err;
    }
    *out = (otp_table){table->word};
    return OTP_OK;
}
