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
 * function here is called from inside a process, and none suspends but the folds, whose function
 * may; in a simulated world each operation on a table that is not private is a visible operation,
 * before which another process may run.
 */
#ifndef OTP_TABLE_H
#define OTP_TABLE_H

#include <otp/process.h>

/* A handle: names one table of one system for ever, also when the table is gone. */
typedef struct otp_table {
    uint64_t word;
} otp_table;

/* Which rows a table may have, and their order. In sets there is one row for each key; in a bag
 * there are several, all different; in a duplicate_bag they may even be equal. Keys are the same
 * when =:= says so (1 and 1.0 are two); in an ordered_set when == does (they are one), and its rows
 * are in the order of their keys. */
typedef enum otp_table_type { OTP_SET, OTP_ORDERED_SET, OTP_BAG, OTP_DUPLICATE_BAG } otp_table_type;

/* What processes other than the owner may do: read; read and write; nothing. */
typedef enum otp_protection { OTP_PROTECTED, OTP_PUBLIC, OTP_PRIVATE } otp_protection;

typedef struct otp_table_opts {
    otp_term name;             /* an atom: a named table; otp_table_named finds it */
    otp_table_type type;       /* default a set */
    otp_protection protection; /* default protected: the owner writes, all read */
    unsigned key_position;     /* element of the row that is the key, from 1; 0 = 1 */
    otp_pid heir;              /* see otp_table_set_heir */
    otp_term heir_data;
} otp_table_opts;

/* ---- Tables ---- */

/* opts may be NULL. OTP_EEXIST (name), OTP_ELIMIT (tables_max), OTP_ENOMEM, OTP_EBADARG for a name
 * that is no atom or an heir that is no local process. */
OTP_API OTP_MUST_CHECK otp_err otp_table_new(const otp_table_opts *opts, otp_table *out);
/* Needs the right to write: of a public table every process has it. */
OTP_API OTP_MUST_CHECK otp_err otp_table_delete(otp_table table);
/* Erlang's whereis. OTP_ENOENT when no table has that name. */
OTP_API OTP_MUST_CHECK otp_err otp_table_named(otp_term name, otp_table *out);
/* Gives a named table another name; one without a name stays so. OTP_EEXIST. */
OTP_API OTP_MUST_CHECK otp_err otp_table_rename(otp_table table, otp_term name);

/* ---- Owners ---- */

/* Makes another process of this node the owner, which gets {'ETS-TRANSFER', Table, From, data};
 * Table as of otp_from_table. OTP_EACCESS when the caller is not the owner, OTP_ENOPROC when the
 * other has exited, OTP_EBADARG when it is the caller itself or of another node. */
OTP_API OTP_MUST_CHECK otp_err otp_table_give_away(otp_table table, otp_pid to, otp_term data);
/* Names who becomes the owner, by the same message, when the owner exits; if the heir has exited
 * before, the table goes. OTP_PID_NONE: nobody. It stays named when the table is given away. Errors
 * as above. */
OTP_API OTP_MUST_CHECK otp_err otp_table_set_heir(otp_table table, otp_pid heir, otp_term data);

/* ---- Rows ---- */

/* Every operation: OTP_ENOENT when the table is gone, OTP_EACCESS when it is not allowed,
 * OTP_EBADARG for a row that is no tuple or too short, OTP_ENOMEM. After an error the table is as
 * it was. */

/* A row, or a list of rows: all of them go in at once, with respect to other writers. In a set a
 * row replaces the one that has its key, of a list the last one stays; to a bag they are added. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert(otp_table table, otp_term row);
/* OTP_EEXIST, and nothing changed, when the key (or one of a list) is there. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert_new(otp_table table, otp_term row);
/* The row, of a bag the oldest one. OTP_ENOENT also when there is no such row. */
OTP_API OTP_MUST_CHECK otp_err otp_table_lookup(otp_table table, otp_term key, otp_term *row);
/* Erlang's lookup: a list of the rows with that key, in order of their insertion. */
OTP_API OTP_MUST_CHECK otp_err otp_table_lookup_all(otp_table table, otp_term key, otp_term *rows);
/* The element at position (from 1) of the row, of a bag the list of all rows' elements.
 * OTP_EBADARG: a row has no such position. */
OTP_API OTP_MUST_CHECK otp_err otp_table_lookup_element(otp_table table, otp_term key,
                                                        unsigned position, otp_term *element);
OTP_API OTP_MUST_CHECK otp_err otp_table_member(otp_table table, otp_term key, bool *out);
/* Deletes all rows with that key; those that equal this row; every row. OTP_OK also when there are
 * none. */
OTP_API OTP_MUST_CHECK otp_err otp_table_delete_key(otp_table table, otp_term key);
OTP_API OTP_MUST_CHECK otp_err otp_table_delete_row(otp_table table, otp_term row);
OTP_API OTP_MUST_CHECK otp_err otp_table_delete_all(otp_table table);
/* Deletes the rows with that key and gives them as a list. */
OTP_API OTP_MUST_CHECK otp_err otp_table_take(otp_table table, otp_term key, otp_term *rows);

/* ---- Changing a row ---- */

/* These are for sets: OTP_EBADARG for a bag, a position that the row has not, or the key's. */

/* Adds to the integer at position (from 1) in one atomic step, of any size: it becomes a big
 * integer where it must. *value (may be NULL) is the new one, or the nearest int64_t when it does
 * not fit. With a row for initial (not OTP_NONE) a missing row is made of it first, under this key.
 * OTP_EBADARG also when there is no integer. */
OTP_API OTP_MUST_CHECK otp_err otp_table_update_counter(otp_table table, otp_term key,
                                                        unsigned position, int64_t add,
                                                        otp_term initial, int64_t *value);
/* The same in Erlang's words. operations: Add (to the element behind the key), {Position, Add},
 * {Position, Add, Threshold, SetValue} (a sum beyond the threshold becomes SetValue), or a list of
 * the last two, done in order and all at once. *values (may be NULL) is the new value, of a list
 * the list of them. */
OTP_API OTP_MUST_CHECK otp_err otp_table_update_counters(otp_table table, otp_term key,
                                                         otp_term operations, otp_term initial,
                                                         otp_term *values);
/* Replaces elements: {Position, Value} or a list of them, all at once; of equal positions the last
 * one stays. OTP_ENOENT also when there is no such row. */
OTP_API OTP_MUST_CHECK otp_err otp_table_update_element(otp_table table, otp_term key,
                                                        otp_term changes);

/* ---- Going through a table ---- */

/* The order of keys is Erlang's in an ordered_set; elsewhere it only depends on the keys and the
 * world's seed, and last and prev do what first and next do. Rows that others insert or delete
 * meanwhile may be seen or not; those that stay are seen once. */

/* OTP_ENOENT also at the end. next and prev of a key that is not there: OTP_EBADARG, unless the
 * table is an ordered_set or fixed. */
OTP_API OTP_MUST_CHECK otp_err otp_table_first(otp_table table, otp_term *key);
OTP_API OTP_MUST_CHECK otp_err otp_table_last(otp_table table, otp_term *key);
OTP_API OTP_MUST_CHECK otp_err otp_table_next(otp_table table, otp_term key, otp_term *next);
OTP_API OTP_MUST_CHECK otp_err otp_table_prev(otp_table table, otp_term key, otp_term *previous);
/* Erlang's safe_fixtable: as long as one process has it fixed, next finds its way also from a key
 * that has been deleted. Each true wants its false; a process that exits gives up what it has
 * fixed. Of a table that others may not read only the owner. */
OTP_API OTP_MUST_CHECK otp_err otp_table_fix(otp_table table, bool on);
/* Calls each(context, row) for every row, from the first or from the last, until it returns false.
 * A row lives until each returns, which may work on tables, this one too, and may suspend. Without
 * memory to note its place the process exits with {enomem, Site}. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err
otp_table_foldl(otp_table table, bool (*each)(void *context, otp_term row), void *context);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err
otp_table_foldr(otp_table table, bool (*each)(void *context, otp_term row), void *context);
/* All rows as a list: Erlang's tab2list. */
OTP_API OTP_MUST_CHECK otp_err otp_table_to_list(otp_table table, otp_term *rows);
/* Searching by patterns: otp/select.h. */

/* ---- Whole tables ---- */

/* Also of private tables of others. */
OTP_API OTP_MUST_CHECK otp_err otp_table_size(otp_table table, size_t *rows);
/* #{id, name, named_table, type, size, memory, owner, heir, node, keypos, protection, fixed,
 * safe_fixed}: memory in bytes; name is undefined when it has none; safe_fixed is a list of {Pid,
 * Count}. Also of private tables of others. */
OTP_API OTP_MUST_CHECK otp_err otp_table_info(otp_table table, otp_term *info);
/* The table as a term (a reference), to pass it in messages, and back. False when the term is no
 * table. A table of another system comes back as a handle that leads nowhere. */
OTP_API otp_term otp_from_table(otp_table table);
OTP_API bool otp_get_table(otp_term term, otp_table *out);

/*
 * Differences from OTP
 * - lookup gives one row; the list that ets:lookup gives is otp_table_lookup_all's. delete_key,
 *   delete_row, delete_all and to_list are ets:delete/2, delete_object, delete_all_objects,
 * tab2list.
 * - Errors are results: where ets raises badarg, the result says which of the reasons it was.
 * - A named table is reached through its handle too; operations, and 'ETS-TRANSFER', take the
 * handle only.
 * - otp_table_update_counter tells large values only roughly; otp_table_update_counters exactly.
 * - A traversal that is not fixed is as safe as one that is; next of a key that was never there
 *   finds its way too in a fixed table.
 * - There is no compression, and no tuning: readers never wait, and writers of one table take
 * turns.
 * - safe_fixed has no time.
 * - A list of rows is seen by readers row by row, not as a whole.
 * - memory is in bytes.
 */

#endif
