/* SPDX-License-Identifier: MIT */
/*
 * table: in-memory tables of rows (tuples), as Erlang's ets. A table belongs to its owner process
 * and goes with it. Rows are copied in and out; what lookup returns lives in the caller's scope.
 */
#ifndef OTP_TABLE_H
#define OTP_TABLE_H

#include <otp/process.h>

typedef struct otp_table {
    uint64_t word;
} otp_table;

typedef enum otp_protection { OTP_PROTECTED, OTP_PUBLIC, OTP_PRIVATE } otp_protection;

typedef struct otp_table_opts {
    otp_term name;             /* an atom: a named table; otp_table_named finds it */
    otp_protection protection; /* default protected: the owner writes, all read */
    unsigned key_position;     /* element of the row that is the key, from 1; 0 = 1 */
} otp_table_opts;

/* A set. OTP_EEXIST (name), OTP_ELIMIT, OTP_ENOMEM. opts may be NULL. */
OTP_API OTP_MUST_CHECK otp_err otp_table_new(const otp_table_opts *opts, otp_table *out);
OTP_API OTP_MUST_CHECK otp_err otp_table_delete(otp_table table);
OTP_API OTP_MUST_CHECK otp_err otp_table_named(otp_term name, otp_table *out);

/* Every operation: OTP_ENOENT when the table is gone, OTP_EACCESS when it is not allowed,
 * OTP_EBADARG for a row that is no tuple or too short. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert(otp_table table,
                                                otp_term row); /* or a list of rows */
/* OTP_EEXIST, and nothing changed, when the key is there. */
OTP_API OTP_MUST_CHECK otp_err otp_table_insert_new(otp_table table, otp_term row);
/* OTP_ENOENT also when there is no such row. */
OTP_API OTP_MUST_CHECK otp_err otp_table_lookup(otp_table table, otp_term key, otp_term *row);
OTP_API OTP_MUST_CHECK otp_err otp_table_member(otp_table table, otp_term key, bool *out);
/* Deletes the row; OTP_OK also when there is none. */
OTP_API OTP_MUST_CHECK otp_err otp_table_delete_key(otp_table table, otp_term key);
/* Adds to the integer at position (from 1); *value (may be NULL) is the new one. With a row for
 * initial (not OTP_NONE) a missing row is inserted first. */
OTP_API OTP_MUST_CHECK otp_err otp_table_update_counter(otp_table table, otp_term key,
                                                        unsigned position, int64_t add,
                                                        otp_term initial, int64_t *value);
OTP_API OTP_MUST_CHECK otp_err otp_table_size(otp_table table, size_t *rows);
/* All rows as a list, in an order that only depends on the rows and the world's seed. */
OTP_API OTP_MUST_CHECK otp_err otp_table_to_list(otp_table table, otp_term *rows);
/* #{name, owner, protection, size, memory, type, keypos, id}. */
OTP_API OTP_MUST_CHECK otp_err otp_table_info(otp_table table, otp_term *info);
/* The table as a term, to pass it in messages, and back. */
OTP_API otp_term otp_from_table(otp_table table);
OTP_API bool otp_get_table(otp_term term, otp_table *out);

#endif
