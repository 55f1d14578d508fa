/* SPDX-License-Identifier: MIT */
/*
 * The proof of the todo service: what its phases share, and what the report tells.
 */
#ifndef TODO_APP_PROOF_PROOF_H
#define TODO_APP_PROOF_PROOF_H

#include "../todo.h"

#include "base/histogram.h"
#include "base/prng.h"

typedef struct proof_options {
    uint64_t seed;
    bool seed_given;
    bool world_given;
    uint64_t world;                      /* the seed of the only simulated world */
    uint64_t kills, kill9, seeds, todos; /* how much of each phase; 0 leaves the phase out */
    todo_planted planted;
    const char *report;    /* folder, or NULL */
    const char *directory; /* for databases */
    const char *program;
} proof_options;

typedef enum proof_category {
    PROOF_DURABILITY,
    PROOF_UNIQUENESS,
    PROOF_INTEGRITY,
    PROOF_LIVENESS,
    PROOF_DETERMINISM,
    PROOF_FLOOR,
    PROOF_CATEGORIES
} proof_category;

typedef struct proof_checks {
    uint64_t passed, failed, skipped;
} proof_checks;

/* Something that struck, or work that was done, and the least that makes the run worth anything. */
typedef struct proof_count {
    const char *phase, *name;
    uint64_t count, floor;
    bool is_fault;
} proof_count;

typedef struct proof_phase {
    const char *name, *title;
    bool ran;
    double seconds;
    uint64_t todos;             /* acknowledged */
    uint64_t requests;          /* attempts, failed ones included */
    otpi_histogram latency_ns;  /* of a todo: first attempt to acknowledgement */
    otpi_histogram recovery_ns; /* fault to next acknowledgement */
    bool is_virtual;            /* times are of the simulated clock */
} proof_phase;

enum { PROOF_PARALLEL, PROOF_KILL9, PROOF_SIMULATED, PROOF_PHASES };
enum { PROOF_COUNTS_MAX = 40, PROOF_FAILURES_MAX = 20, PROOF_TEXT_MAX = 240 };

typedef struct proof {
    proof_options options;
    proof_checks checks[PROOF_CATEGORIES];
    proof_count counts[PROOF_COUNTS_MAX];
    size_t count_count;
    char failures[PROOF_FAILURES_MAX][PROOF_TEXT_MAX];
    uint64_t failure_count;
    proof_phase phases[PROOF_PHASES];
    uint64_t began_ns, began_wall_ns;
    double seconds;
    bool broken; /* something of the proof itself did not work */
} proof;

/* Counts a check; a failed one is told. Only between phases, or from the one thread that works. */
bool proof_check(proof *p, proof_category category, bool ok, const char *format, ...)
    OTP_PRINTF(4, 5);
void proof_skip(proof *p, proof_category category, uint64_t checks);
/* A figure of the report; below its floor the run proves nothing. */
void proof_figure(proof *p, const char *phase, const char *name, uint64_t count, uint64_t floor,
                  bool is_fault);
/* The proof can't go on: exit code 70. */
void proof_break(proof *p, const char *format, ...) OTP_PRINTF(2, 3);
/* An own stream of random numbers for each use: the same seed gives the same. */
otpi_prng proof_prng(const proof *p, uint64_t stream);
const char *proof_category_name(proof_category category);
int proof_exit_code(const proof *p);

/* How far a phase is, on one line of a terminal; nothing elsewhere. Any thread, one at a time. */
void proof_progress(proof *p, int phase, uint64_t done, uint64_t of);
void proof_phase_begin(proof *p, int phase);
void proof_phase_end(proof *p, int phase);

/* The phases. */
void proof_run_parallel(proof *p);
void proof_run_kill9(proof *p);
void proof_run_simulated(proof *p);

/* false and a text on standard error when the command line is wrong or asks for help. */
bool proof_options_parse(proof_options *out, int argc, char **argv, int *exit_code);

/* The summary on standard output; reliability.md and reliability.json in the folder. */
void proof_summary(const proof *p);
bool proof_report(const proof *p);
/* The command that runs the same again. */
void proof_rerun(const proof *p, char *out, size_t size);

#endif
