/* SPDX-License-Identifier: MIT */
/*
 * Steps: tables. What ets answers with the error badarg has the value badarg.
 */
#include <otp/table.h>

#include "script.h"

static otp_term true_or_badarg(otp_err err) {
    return err ? OTP_ATOM(badarg) : OTP_ATOM(true);
}

/* {table_new, public | protected | private} | {table_new, Protection, Name} */
static otp_term step_table_new(actor *self, otp_term step) {
    otp_term protection = script_arg(self, step, 1);
    otp_table_opts opts = {
        .name = script_arg(self, step, 2),
        .protection = otp_is(protection, "public")    ? OTP_PUBLIC
                      : otp_is(protection, "private") ? OTP_PRIVATE
                                                      : OTP_PROTECTED,
    };
    otp_table table;
    if (otp_table_new(&opts, &table) != OTP_OK) {
        return OTP_ATOM(badarg);
    }
    return otp_is_none(opts.name) ? otp_from_table(table) : opts.name;
}

/* The table of the first argument: a reference or a name; false when there is none. */
static bool table_of(const actor *self, otp_term step, otp_table *out) {
    otp_term which = script_arg(self, step, 1);
    return otp_is_atom(which) ? otp_table_named(which, out) == OTP_OK : otp_get_table(which, out);
}

static otp_term step_table_delete(actor *self, otp_term step) {
    otp_table t;
    return true_or_badarg(table_of(self, step, &t) ? otp_table_delete(t) : OTP_ENOENT);
}

static otp_term step_insert(actor *self, otp_term step) {
    otp_table t;
    return true_or_badarg(table_of(self, step, &t) ? otp_table_insert(t, script_arg(self, step, 2))
                                                   : OTP_ENOENT);
}

static otp_term step_insert_new(actor *self, otp_term step) {
    otp_table t;
    otp_err err =
        table_of(self, step, &t) ? otp_table_insert_new(t, script_arg(self, step, 2)) : OTP_ENOENT;
    return err == OTP_EEXIST ? OTP_ATOM(false) : true_or_badarg(err);
}

/* [Row] or []: a missing row is no error, a missing table is. */
static otp_term step_lookup(actor *self, otp_term step) {
    otp_table t;
    otp_term row;
    bool there;
    otp_term key = script_arg(self, step, 2);
    if (!table_of(self, step, &t)) {
        return OTP_ATOM(badarg);
    }
    otp_err err = otp_table_lookup(t, key, &row);
    if (err == OTP_OK) {
        return otp_list(row);
    }
    /* missing row or missing table? */
    bool is_row = err == OTP_ENOENT && otp_table_member(t, key, &there) == OTP_OK;
    return is_row ? otp_nil() : OTP_ATOM(badarg);
}

static otp_term step_member(actor *self, otp_term step) {
    otp_table t;
    bool there;
    if (!table_of(self, step, &t) ||
        otp_table_member(t, script_arg(self, step, 2), &there) != OTP_OK) {
        return OTP_ATOM(badarg);
    }
    return otp_bool(there);
}

static otp_term step_delete_key(actor *self, otp_term step) {
    otp_table t;
    return true_or_badarg(
        table_of(self, step, &t) ? otp_table_delete_key(t, script_arg(self, step, 2)) : OTP_ENOENT);
}

/* {update_counter, Table, Key, {Position, Add}} | {..., Initial} */
static otp_term step_update_counter(actor *self, otp_term step) {
    otp_table t;
    int64_t position, add, value;
    otp_term operation = script_arg(self, step, 3);
    if (!table_of(self, step, &t) || !otp_match(operation, "{~i, ~i}", &position, &add) ||
        otp_table_update_counter(t, script_arg(self, step, 2), (unsigned)position, add,
                                 script_arg(self, step, 4), &value) != OTP_OK) {
        return OTP_ATOM(badarg);
    }
    return otp_int(value);
}

static otp_term step_table_size(actor *self, otp_term step) {
    otp_table t;
    size_t rows;
    bool there = table_of(self, step, &t) && otp_table_size(t, &rows) == OTP_OK;
    return there ? otp_uint(rows) : OTP_ATOM(undefined);
}

/* All rows, as many as there are of each key, in the order of their terms. */
static otp_term step_rows(actor *self, otp_term step) {
    otp_table t;
    otp_term rows;
    if (!table_of(self, step, &t) || otp_table_to_list(t, &rows) != OTP_OK) {
        return OTP_ATOM(badarg);
    }
    return script_sorted(rows);
}

const step_entry table_steps[] = {
    {"table_new", step_table_new, STEP_ATOMIC},
    {"table_delete", step_table_delete, STEP_ATOMIC},
    {"insert", step_insert, STEP_ATOMIC},
    {"insert_new", step_insert_new, STEP_ATOMIC},
    {"lookup", step_lookup, STEP_ATOMIC},
    {"member", step_member, STEP_ATOMIC},
    {"delete_key", step_delete_key, STEP_ATOMIC},
    {"update_counter", step_update_counter, STEP_ATOMIC},
    {"table_size", step_table_size, STEP_ATOMIC},
    {"rows", step_rows, STEP_ATOMIC},
    {0},
};
