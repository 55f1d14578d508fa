/* SPDX-License-Identifier: MIT */
/*
 * The command line of test programs: flags.def is the list of flags.
 */
#ifndef SUPERTESTER_RUNNER_FLAGS_H
#define SUPERTESTER_RUNNER_FLAGS_H

#include "supertester/report/report.h"

#define STI_VERSION "0.1.0"

enum {
    STI_SEED_DEFAULT = 1,
    STI_TIMEOUT_MS_DEFAULT = 10000,
    STI_EXIT_OK = 0,
    STI_EXIT_FAILED = 1,
    STI_EXIT_USAGE = 2,
    STI_EXIT_INTERNAL = 70,
};

/* Which calls are made to fail. */
typedef enum sti_fail_how {
    STI_FAIL_NONE,
    STI_FAIL_SWEEP,
    STI_FAIL_NTH,
    STI_FAIL_FROM
} sti_fail_how;
typedef struct sti_fail_order {
    sti_fail_how how;
    uint64_t at; /* from 1; 0 in a sweep */
} sti_fail_order;

typedef struct sti_flags {
    const char *program;
    const char **filters; /* point into argv */
    size_t filter_count;
    bool list, no_fork, fail_fast, verbose, long_form, if_any, help, version;
    uint64_t jobs; /* 0 = one per processor */
    bool seed_given;
    uint64_t seed;
    uint64_t runs;       /* 0 = as the tests say */
    uint64_t timeout_ms; /* 0 = as the tests say */
    const char *replay;  /* NULL = none */
    bool world_given;
    otp_mode world;
    const sti_report_ops *format;
    sti_fail_order fail[STI_SITE_KINDS];
} sti_flags;

/* One flag as the table has it. */
typedef struct sti_flag_spec {
    char letter; /* 0 = none */
    const char *name;
    const char *value; /* what it is called in help; NULL = takes none */
    const char *help;
} sti_flag_spec;
extern const sti_flag_spec sti_flag_specs[];
extern const size_t sti_flag_spec_count;

/* How an argument reads: which flag, and its value when it is part of the same argument. */
typedef struct sti_flag_word {
    int flag; /* index in the table; -1 = not a flag; -2 = an unknown one */
    const char *value;
} sti_flag_word;
sti_flag_word sti_flag_read(const char *argument);

/* false: error says why. filters are allocated: sti_flags_free. */
OTP_MUST_CHECK bool sti_flags_parse(sti_flags *flags, int argc, char **argv, otpi_text *error);
void sti_flags_free(sti_flags *flags);
void sti_flags_help(otpi_text *out);

/* A whole number in decimal or, with 0x, hexadecimal. */
bool sti_number_parse(const char *text, uint64_t *out);

#endif
