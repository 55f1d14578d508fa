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

typedef enum sti_when { STI_AUTO, STI_ALWAYS, STI_NEVER } sti_when;
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
    int argc; /* as main() got them */
    char **argv;
    const char **filters; /* point into argv */
    size_t filter_count;
    const char **only, **exclude; /* tags */
    size_t only_count, exclude_count;
    uint64_t shard, shards; /* part shard of shards, from 1; 0 = all */
    bool shuffle;
    uint64_t shuffle_seed;
    uint64_t repeat; /* rounds; 0 = not said */
    bool until_fail, failed, gdb;
    uint64_t timeout_scale; /* of the tests' own time limits, in thousandths */
    bool list, no_fork, fail_fast, verbose, long_form, if_any, help, version;
    uint64_t jobs; /* 0 = one per processor */
    bool seed_given;
    uint64_t seed;
    uint64_t runs;       /* 0 = as the tests say */
    uint64_t timeout_ms; /* 0 = as the tests say */
    const char *replay;  /* NULL = none */
    bool explore;        /* orders of events, */
    st_strategy strategy;
    bool world_given;
    otp_mode world;
    sti_fail_order fail[STI_SITE_KINDS];
    sti_report_order reporters[STI_REPORTERS_MAX];
    size_t reporter_count;
    sti_when color;
    uint64_t slowest;
    bool show_output;
    bool gtest; /* any of the flags that GoogleTest has */
    bool gtest_list, gtest_json;
    const char *gtest_filter; /* NULL = none */
    const char *gtest_output; /* the file of a listing; NULL = standard output */
} sti_flags;

/* One flag as the table has it. */
typedef struct sti_flag_spec {
    char letter; /* 0 = none */
    const char *name;
    const char *value; /* what it is called in help; NULL = takes none; "[=" = may be left out */
    const char *help;
} sti_flag_spec;
extern const sti_flag_spec sti_flag_specs[];
extern const size_t sti_flag_spec_count;

bool sti_flag_value_is_optional(const sti_flag_spec *spec);
/* The words its value can be, with blanks between; nothing when it is free. A value named FILE is a
 * path. */
void sti_flag_words(const sti_flag_spec *spec, otpi_text *out);

/* How an argument reads: which flag, and its value when it is part of the same argument. */
typedef struct sti_flag_word {
    int flag; /* index in the table; -1 = not a flag; -2 = an unknown one */
    const char *value;
} sti_flag_word;
sti_flag_word sti_flag_read(const char *argument);
/* Is the value the next argument when it is not part of the same one? */
bool sti_flag_takes_next(sti_flag_word word);

/* false: error says why. filters are allocated: sti_flags_free. */
OTP_MUST_CHECK bool sti_flags_parse(sti_flags *flags, int argc, char **argv, otpi_text *error);
void sti_flags_free(sti_flags *flags);
/* Is standard output a terminal that can move its cursor? */
bool sti_flags_live(void);
/* Are reports on standard output coloured? */
bool sti_flags_colours(const sti_flags *flags);
/* " --seed 5 --runs 10": what tests that failed need besides their names to fail again. */
void sti_flags_again(const sti_flags *flags, otpi_text *out);
/* " --only slow": the flags that choose tests by their words. */
void sti_flags_chosen(const sti_flags *flags, otpi_text *out);
void sti_flags_help(otpi_text *out);
/* The formats of --reporter, one a line. */
void sti_flags_help_reporters(otpi_text *out);

/* Does the command line choose among the tests of a program? */
bool sti_flags_choose(const sti_flags *flags);

/* A whole number in decimal or, with 0x, hexadecimal. */
bool sti_number_parse(const char *text, uint64_t *out);

#endif
