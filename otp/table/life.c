/* SPDX-License-Identifier: MIT */
/*
 * Birth and end of tables, and from one owner to the next.
 *
 * A table ends when it is deleted, or when its owner exits and there is no heir. The message to an
 * heir is made when the heir is named, because an exit must not need memory.
 */
#include "table/index.h"

#include "port/memory.h"
#include "process/signal.h"
#include "process/system.h"
#include "term/atom.h"
#include "term/build.h"

#include <string.h>

/* ---- End ---- */

static void table_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, otpi_table, retired));
}

static void will_free(otpi_will *will) {
    if (will->gift != NULL) {
        otpi_signal_free(will->gift);
    }
    otpi_pack_release(will->data);
}

/* The end of a table that has left the registry. */
static void table_end(otpi_table *table, otpi_tie *fixes) {
    while (fixes != NULL) {
        otpi_tie *next = fixes->next_fix;
        otpi_free(fixes);
        fixes = next;
    }
    will_free(&table->will);
    otpi_spin_lock(&table->lock);
    table->dead = true;
    otpi_spin_unlock(&table->lock);
    otpi_index_retire_all(table);
    otpi_retire(&table->retired, table_release);
}

otp_err otp_table_delete(otp_table handle) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "table_delete", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_tables *tables = table->tables;
    otpi_tie *fixes = NULL;
    otpi_table_touch(table, OTP_WRITE);
    otpi_mutex_lock(&tables->mutex);
    bool there = otpi_table_find(tables, handle.word) == table;
    if (there) {
        fixes = otpi_table_unregister(tables, table);
    }
    otpi_mutex_unlock(&tables->mutex);
    if (!there) {
        return OTP_ENOENT; /* another process was faster */
    }
    table_end(table, fixes);
    return OTP_OK;
}

/* ---- Owners ---- */

/* {'ETS-TRANSFER', Table, From, Data} as a message; NULL when out of memory. Table and From are
 * filled in when it is sent. */
static otpi_signal *gift_new(otp_term data) {
    otp_scope mark = otpi_scope_mark();
    otpi_signal *message = NULL;
    static const char name[] = "ETS-TRANSFER";
    otp_term atom;
    otp_term ref = otpi_make_ref(otpi_table_ref((otp_table){0}));
    if (!otp_is_none(ref) && otpi_atom_make(name, sizeof name - 1, &atom) == OTP_OK) {
        const otp_term parts[] = {atom, ref, otp_from_pid(otp_self()), data};
        otp_term term = otpi_make_tuple(4, parts);
        message = otp_is_none(term) ? NULL : otpi_message_new(otp_self(), term);
    }
    otpi_scope_rollback(mark);
    return message;
}

static void gift_send(otpi_process *to, otpi_signal *message, otp_table table, otp_pid from) {
    otp_ref ref = otpi_table_ref(table);
    uint64_t *words = (uint64_t *)(uintptr_t)otpi_box(message->term);
    memcpy((uint64_t *)(uintptr_t)otpi_ref_words((otp_term){words[2]}), ref.word, sizeof ref.word);
    words[3] = from.word;
    message->from = from;
    otpi_access(OTP_SEND, to->pid.word, 0);
    if (!otpi_signal_push(to, message)) {
        otpi_signal_free(message); /* it exits, and will find that the table is its own */
    }
}

/* Makes the process the owner; NULL, and nothing changed, when it has left. Under the mutex. */
static otpi_process *owner_set(otpi_table *table, otp_pid pid) {
    otpi_tables *tables = table->tables;
    otp_pid before = table->owned.pid;
    otpi_tie_leave(tables, &table->owned);
    table->owned.pid = pid;
    otpi_tie_enter(tables, &table->owned);
    otpi_process *process = otpi_pid_lookup(otpi_self()->system, pid);
    if (process == NULL) {
        otpi_tie_leave(tables, &table->owned);
        table->owned.pid = before;
        otpi_tie_enter(tables, &table->owned);
        return NULL;
    }
    __atomic_store_n(&table->owner.word, pid.word, __ATOMIC_RELEASE);
    return process;
}

/* gift: for the heir, if none lies ready. */
static otp_err give(otpi_table *table, otp_pid to, otpi_signal *message, otpi_signal *gift) {
    otpi_process *self = otpi_self();
    otpi_tables *tables = table->tables;
    uint64_t word = table->word;
    otpi_mutex_lock(&tables->mutex);
    bool mine =
        otpi_table_find(tables, table->word) == table && table->owner.word == self->pid.word;
    otpi_process *receiver = mine ? owner_set(table, to) : NULL;
    if (receiver != NULL && gift != NULL) {
        table->will.gift = gift;
    }
    otpi_mutex_unlock(&tables->mutex);
    if (receiver == NULL) {
        otpi_signal_free(message);
        if (gift != NULL) {
            otpi_signal_free(gift);
        }
        return mine ? OTP_ENOPROC : OTP_ENOENT;
    }
    gift_send(receiver, message, (otp_table){word}, self->pid);
    return OTP_OK;
}

/* The table when the caller owns it. Always visible: who owns a table is seen from outside. */
static otp_err enter_mine(otp_table handle, const char *label, otpi_table **table) {
    if (otpi_table_is_private(handle.word)) {
        otpi_visible(label, otpi_table_object(handle.word));
    }
    otp_err err = otpi_table_enter(handle, label, OTPI_TABLE_LOOKS, table);
    if (err == OTP_OK && otpi_table_owner(*table).word != otp_self().word) {
        return OTP_EACCESS;
    }
    if (err == OTP_OK) {
        otpi_access(OTP_WRITE, otpi_table_object(handle.word), 0);
    }
    return err;
}

static bool is_here(otp_pid pid) {
    return (pid.word & 15) == OTPI_LOW_PID && otpi_pid_node(pid) == otpi_self()->system->slot;
}

static otp_err heir_set(otpi_table *table, otp_pid heir, otp_term data) {
    otpi_will will = {.heir = heir};
    if (heir.word != 0) {
        data = otp_is_none(data) ? otp_nil() : data;
        will.data = otpi_pack_new(data);
        will.gift = gift_new(data);
        if (will.data == NULL || will.gift == NULL) {
            will_free(&will);
            return OTP_ENOMEM;
        }
    }
    otpi_mutex_lock(&table->tables->mutex);
    otpi_will old = table->will;
    table->will = will;
    otpi_mutex_unlock(&table->tables->mutex);
    will_free(&old);
    return OTP_OK;
}

otp_err otp_table_give_away(otp_table handle, otp_pid to, otp_term data) {
    otpi_table *table;
    otp_err err = enter_mine(handle, "give_away", &table);
    if (err != OTP_OK) {
        return err;
    }
    if (!is_here(to) || to.word == otp_self().word || otp_is_none(data)) {
        return OTP_EBADARG;
    }
    /* an owner that has inherited leaves its gift behind again */
    bool empty = table->will.data != NULL && table->will.gift == NULL;
    otpi_signal *gift = empty ? gift_new(table->will.data->term) : NULL;
    otpi_signal *message = empty && gift == NULL ? NULL : gift_new(data);
    if (message == NULL) {
        if (gift != NULL) {
            otpi_signal_free(gift);
        }
        return OTP_ENOMEM;
    }
    return give(table, to, message, gift);
}

otp_err otp_table_set_heir(otp_table handle, otp_pid heir, otp_term data) {
    otpi_table *table;
    otp_err err = enter_mine(handle, "set_heir", &table);
    if (err != OTP_OK) {
        return err;
    }
    return heir.word == 0 || is_here(heir) ? heir_set(table, heir, data) : OTP_EBADARG;
}

/* ---- A process exits ---- */

/* The heir becomes the owner of an exiting process's table, if it can. Under the mutex. */
static otpi_process *heir_takes(otpi_table *table, otp_pid from, otpi_signal **message) {
    if (table->will.gift == NULL || table->will.heir.word == from.word) {
        return NULL;
    }
    otpi_process *heir = owner_set(table, table->will.heir);
    if (heir != NULL) {
        *message = table->will.gift;
        table->will.gift = NULL;
    }
    return heir;
}

static void fix_remove(otpi_tables *tables, otpi_tie *fix) {
    otpi_tie **at = &fix->table->fixes;
    while (*at != fix) {
        at = &(*at)->next_fix;
    }
    *at = fix->next_fix;
    otpi_tie_leave(tables, fix);
    __atomic_fetch_sub(&fix->table->fixed, 1, __ATOMIC_RELAXED);
}

/* Sees to one of the tables that an exiting process has; false when there is none left. */
static bool tie_end(otpi_tables *tables, otp_pid pid) {
    otpi_signal *message = NULL;
    otpi_process *heir = NULL;
    otpi_tie *fixes = NULL;
    otp_table handle = {0};
    otpi_mutex_lock(&tables->mutex);
    otpi_tie *tie = otpi_tie_find(tables, pid, NULL);
    otpi_table *table = tie ? tie->table : NULL;
    bool owns = tie != NULL && tie->count == 0;
    if (owns) {
        handle.word = table->word;
        otpi_access(OTP_WRITE, otpi_table_object(handle.word), 0);
        heir = heir_takes(table, pid, &message);
        fixes = heir ? NULL : otpi_table_unregister(tables, table);
    } else if (tie != NULL) {
        fix_remove(tables, tie);
    }
    otpi_mutex_unlock(&tables->mutex);
    if (heir != NULL) {
        gift_send(heir, message, handle, pid);
    } else if (owns) {
        table_end(table, fixes);
    } else {
        otpi_free(tie);
    }
    return tie != NULL;
}

static void process_left(otpi_process *process) {
    otpi_tables *tables = otpi_tables_of(process->system);
    if (OTPI_UNLIKELY(otpi_ties_any(tables, process->pid))) {
        while (tie_end(tables, process->pid)) {}
    }
}

__attribute__((constructor)) static void seam_set(void) {
    otpi_process_events.left = process_left;
}

/* ---- Fixation ---- */

static otp_err fix(otpi_table *table, otp_pid pid) {
    otpi_tables *tables = table->tables;
    otpi_tie *fresh = otpi_alloc(sizeof *fresh);
    if (fresh == NULL) {
        return OTP_ENOMEM;
    }
    otpi_mutex_lock(&tables->mutex);
    bool there = otpi_table_find(tables, table->word) == table;
    otpi_tie *tie = there ? otpi_tie_find(tables, pid, table) : NULL;
    if (tie != NULL) {
        tie->count++;
    } else if (there) {
        *fresh = (otpi_tie){.pid = pid, .table = table, .count = 1, .next_fix = table->fixes};
        table->fixes = fresh;
        otpi_tie_enter(tables, fresh);
        __atomic_fetch_add(&table->fixed, 1, __ATOMIC_RELAXED);
        fresh = NULL;
    }
    otpi_mutex_unlock(&tables->mutex);
    otpi_free(fresh);
    return there ? OTP_OK : OTP_ENOENT;
}

static otp_err unfix(otpi_table *table, otp_pid pid) {
    otpi_tables *tables = table->tables;
    otpi_mutex_lock(&tables->mutex);
    bool there = otpi_table_find(tables, table->word) == table;
    otpi_tie *tie = there ? otpi_tie_find(tables, pid, table) : NULL;
    bool last = tie != NULL && --tie->count == 0;
    if (last) {
        fix_remove(tables, tie);
    }
    otpi_mutex_unlock(&tables->mutex);
    otpi_free(last ? tie : NULL);
    return there ? OTP_OK : OTP_ENOENT;
}

otp_err otp_table_fix(otp_table handle, bool on) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "fix", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_table_touch(table, OTP_WRITE);
    otp_pid pid = otp_self();
    return on ? fix(table, pid) : unfix(table, pid);
}

/* ---- Birth ---- */

static otpi_table *table_make(otpi_process *self, const otp_table_opts *opts) {
    otpi_table *table = otpi_alloc_aligned(_Alignof(otpi_table), sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    uint32_t key = opts->key_position ? opts->key_position : 1;
    *table = (otpi_table){.owner = self->pid,
                          .name = opts->name,
                          .protection = (uint8_t)opts->protection,
                          .type = (uint8_t)opts->type,
                          .key = key,
                          .tables = otpi_tables_of(self->system),
                          .owned = {.pid = self->pid, .table = table}};
    otpi_spin_init(&table->lock);
    otpi_store_init(&table->store, key, otp_system_world(self->system)->opts.seed);
    otpi_order_init(&table->order, key);
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
           (unsigned)opts->protection <= OTP_PRIVATE && (unsigned)opts->type <= OTP_DUPLICATE_BAG &&
           (opts->heir.word == 0 || is_here(opts->heir));
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
        if (name != 0) {
            otpi_access(OTP_WRITE, name, 0);
        }
    }
    otpi_table *table = table_make(self, opts);
    if (table == NULL) {
        return OTP_ENOMEM;
    }
    otp_err err = heir_set(table, opts->heir, opts->heir_data);
    err = err ? err : table_add(self, table);
    if (err != OTP_OK) {
        will_free(&table->will);
        otpi_free(table);
        return err;
    }
    *out = (otp_table){table->word};
    return OTP_OK;
}

otp_err otp_table_rename(otp_table handle, otp_term name) {
    if (!otp_is_atom(name)) {
        return OTP_EBADARG;
    }
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "rename", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK || otp_is_none(otpi_table_name(table))) {
        return err; /* no name: none is given */
    }
    otpi_access(OTP_WRITE, otp_hash(otpi_table_name(table)), 0);
    otpi_access(OTP_WRITE, otp_hash(name), 0);
    otpi_mutex_lock(&table->tables->mutex);
    bool there = otpi_table_find(table->tables, handle.word) == table;
    err = there ? otpi_table_rename(table->tables, table, name) : OTP_ENOENT;
    otpi_mutex_unlock(&table->tables->mutex);
    return err;
}
