/* SPDX-License-Identifier: MIT */
/*
 * table: in-memory tables of rows (tuples), as Erlang's ets(3).
 *
 *     otp_table prices;
 *     otp_err e = otp_table_new(&(otp_table_opts){.name = OTP_ATOM(prices)}, &prices);
 *     e = otp_table_insert(prices, otp_tuple(OTP_ATOM(tea), otp_int(3)));
 *     otp_term row;
 *     if (otp_table_lookup(prices, OTP_ATOM(tea), &row) == OTP_OK) { ... }
 *
 * A table belongs to the process that made it and goes when it exits or deletes it. Rows are copied
 * in and out; what an operation returns lives in the caller's scope. Any process may read while
 * another writes: readers take no lock and see each row as a whole, before a change or after. Every
 * function here is called from inside a process, and none suspends; in a simulated world each
 * operation on a table that is not private is a visible operation, before which another process may
 * run.
 */
#ifndef OTP_TABLE_H
#define OTP_TABLE_H

#include <otp/process.h>

/* A handle: names one table of one system for ever, also when the table is gone. */
typedef struct otp_table {
    uint64_t word;
} otp_table;

/* What processes other than the owner may do: read; read and write; nothing. */
typedef enum otp_protection { OTP_PROTECTED, OTP_PUBLIC, OTP_PRIVATE } otp_protection;

typedef struct otp_table_opts {
    otp_term name;             /* an atom: a named table; otp_table_named finds it */
    otp_protection protection; /* default protected: the owner writes, all read */
    unsigned key_position;     /* element of the row that is the key, from 1; 0 = 1 */
} otp_table_opts;

/* ---- Tables ---- */

/* A set: one row for each key; keys are the same when =:= says so (1 and 1.0 are two). opts may be
 * NULL. OTP_EEXIST (name), OTP_ELIMIT, OTP_ENOMEM, OTP_EBADARG for a name that is no atom. */
OTP_API OTP_MUST_CHECK otp_err otp_table_new(const otp_table_opts *opts, otp_table *out);
/* Needs the right to write: of a public table every process has it. */
OTP_API OTP_MUST_CHECK otp_err otp_table_delete(otp_table table);
/* OTP_ENOENT when no table has that name. */
OTP_API OTP_MUST_CHECK otp_err otp_table_named(otp_term name, otp_table *out);

/* ---- Rows ---- */

/* Every operation: OTP_ENOENT when the table is gone, OTP_EACCESS when it is not allowed,
 * OTP_EBADARG for a row that is no tuple or too short, OTP_ENOMEM. After an error the table is as
 * it was. */

/* A row, or a list of rows: all of them go in at once, with respect to other writers; of equal
 * keys the last one stays. Replaces the row that has the key. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert(otp_table table, otp_term row);
/* OTP_EEXIST, and nothing changed, when the key (or one of a list) is there. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert_new(otp_table table, otp_term row);
/* OTP_ENOENT also when there is no such row. */
OTP_API OTP_MUST_CHECK otp_err otp_table_lookup(otp_table table, otp_term key, otp_term *row);
OTP_API OTP_MUST_CHECK otp_err otp_table_member(otp_table table, otp_term key, bool *out);
/* Deletes the row; OTP_OK also when there is none. */
OTP_API OTP_MUST_CHECK otp_err otp_table_delete_key(otp_table table, otp_term key);
/* Adds to the integer at position (from 1) in one atomic step, of any size: it becomes a big
 * integer where it must. *value (may be NULL) is the new one, or the nearest int64_t when it does
 * not fit. With a row for initial (not OTP_NONE) a missing row is made of it first, under this key.
 * OTP_EBADARG: no integer there, no such position, or the key's. */
OTP_API OTP_MUST_CHECK otp_err otp_table_update_counter(otp_table table, otp_term key,
                                                        unsigned position, int64_t add,
                                                        otp_term initial, int64_t *value);

/* ---- Whole tables ---- */

/* Also of private tables of others. */
OTP_API OTP_MUST_CHECK otp_err otp_table_size(otp_table table, size_t *rows);
/* All rows as a list, in an order that only depends on the rows and the world's seed. Rows that
 * others insert or delete meanwhile may be in it or not; those that stay are in it once. */
OTP_API OTP_MUST_CHECK otp_err otp_table_to_list(otp_table table, otp_term *rows);
/* #{id, name, owner, protection, size, memory, type, keypos}; memory in bytes, name undefined when
 * it has none. Also of private tables of others. */
OTP_API OTP_MUST_CHECK otp_err otp_table_info(otp_table table, otp_term *info);
/* The table as a term (a reference), to pass it in messages, and back. False when the term is no
 * table. A table of another system comes back as a handle that leads nowhere. */
OTP_API otp_term otp_from_table(otp_table table);
OTP_API bool otp_get_table(otp_term term, otp_table *out);

/*
 * Differences from OTP
 * - Only sets. A lookup gives one row, not a list.
 * - Errors are results: where ets raises badarg, the result says which of the reasons it was.
 * - A named table is reached through its handle too; operations take the handle only.
 * - update_counter takes one increment, without threshold, and tells large values only roughly:
 *   otp_table_lookup has them exactly.
 * - A list of rows is seen by readers row by row, not as a whole.
 * - memory is in bytes.
 * - A table that another process deletes leaves some 200 bytes until its owner makes its next table
 *   or exits.
 */

#endif
