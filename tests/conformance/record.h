/* SPDX-License-Identifier: MIT */
/*
 * What a run has shown: a list of observations for each process, in bytes, so that nothing of a
 * world has to outlive it. Pids are written as {pid, Script} and {pid, 'Script#2'}, in the order in
 * which they were named; references as {ref, N}, in the order in which they are first seen, first
 * of all in the process whose name comes first.
 *
 * Processes of a parallel world write at the same time: each function takes the lock.
 */
#ifndef TESTS_CONFORMANCE_RECORD_H
#define TESTS_CONFORMANCE_RECORD_H

#include <otp/otp.h>

enum { RECORD_PROCESSES_MAX = 64, RECORD_REFS_MAX = 256 };

typedef struct record_process {
    otp_pid pid;
    otp_term script; /* an atom */
    uint32_t instance;
    uint8_t *bytes; /* observations, each in external term format */
    size_t size, capacity;
} record_process;

typedef struct record {
    otp_lock lock;
    bool sealed; /* main has come to its end: what others say later does not count */
    bool failed; /* something did not fit */
    uint32_t process_count, ref_count;
    record_process processes[RECORD_PROCESSES_MAX];
    otp_ref refs[RECORD_REFS_MAX];
} record;

/* Empties the record; memory is kept for the next run. */
void record_begin(record *r);
void record_free(record *r);

/* The process gets its name; not a second one. */
void record_name(record *r, otp_pid pid, otp_term script);
/* An observation of a process. */
void record_see(record *r, otp_pid pid, otp_term what);
void record_seal(record *r);

/* What was recorded, the same bytes for the same observations; of main alone, unless main came to
 * its end. *capacity is that of *bytes, which grows. */
size_t record_bytes(const record *r, uint8_t **bytes, size_t *capacity);
/* The outcome that those bytes tell: #{Process => [Observation]}, in the current scope. */
otp_term record_outcome(const uint8_t *bytes, size_t size);

#endif
