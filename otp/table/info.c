/* SPDX-License-Identifier: MIT */
/*
 * Facts about tables.
 */
#include "table/index.h"

#include "process/system.h"
#include "term/atom.h"
#include "term/build.h"

otp_err otp_table_size(otp_table handle, size_t *rows) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "size", OTPI_TABLE_LOOKS, &table);
    if (err == OTP_OK) {
        otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
        *rows = otpi_index_rows(table);
    }
    return err;
}

/* ---- Facts ---- */

/* [{Pid, Count}] of those that have it fixed. OTP_NONE when out of memory. */
static otp_term fixes_list(otpi_table *table) {
    otp_term list = otp_nil();
    otpi_mutex_lock(&table->tables->mutex);
    bool there = otpi_table_find(table->tables, table->word) == table;
    for (const otpi_tie *fix = there ? table->fixes : NULL; fix != NULL && !otp_is_none(list);
         fix = fix->next_fix) {
        const otp_term parts[] = {otp_from_pid(fix->pid), otpi_make_uint(fix->count)};
        otp_term pair = otpi_make_tuple(2, parts);
        list = otp_is_none(pair) ? pair : otpi_make_list(1, &pair, list);
    }
    otpi_mutex_unlock(&table->tables->mutex);
    return list;
}

static otp_pid heir_of(otpi_table *table) {
    otpi_mutex_lock(&table->tables->mutex);
    otp_pid heir = table->will.heir;
    otpi_mutex_unlock(&table->tables->mutex);
    return heir;
}

static otp_term describe(otpi_table *table, otp_term id, otp_term fixes) {
    otp_term name = otpi_table_name(table);
    otp_pid heir = heir_of(table);
    bool named = !otp_is_none(name);
    size_t bytes = sizeof *table + otpi_index_bytes(table);
    otp_term pairs[] = {OTP_ATOM(id),          id,
                        OTP_ATOM(name),        named ? name : otpi_am(undefined),
                        OTP_ATOM(named_table), otp_bool(named),
                        OTP_ATOM(type),        otpi_table_type_atom(table->type),
                        OTP_ATOM(size),        otp_int((int64_t)otpi_index_rows(table)),
                        OTP_ATOM(memory),      otp_int((int64_t)bytes),
                        OTP_ATOM(owner),       otp_from_pid(otpi_table_owner(table)),
                        OTP_ATOM(heir),        heir.word ? otp_from_pid(heir) : otpi_am(none),
                        OTP_ATOM(node),        otpi_self()->system->name,
                        OTP_ATOM(keypos),      otp_int(table->key),
                        OTP_ATOM(protection),  otpi_protection_atom(table->protection),
                        OTP_ATOM(fixed),       otp_bool(!otp_is_nil(fixes)),
                        OTP_ATOM(safe_fixed),  fixes};
    return otpi_make_map(sizeof pairs / sizeof pairs[0] / 2, pairs);
}

otp_err otp_table_info(otp_table handle, otp_term *info) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "info", OTPI_TABLE_LOOKS, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
    otp_term id = otpi_make_ref(otpi_table_ref(handle));
    otp_term fixes = fixes_list(table);
    if (otp_is_none(id) || otp_is_none(fixes)) {
        return OTP_ENOMEM;
    }
    otp_term map = describe(table, id, fixes);
    if (otp_is_none(map)) {
        return OTP_ENOMEM;
    }
    *info = map;
    return OTP_OK;
}
