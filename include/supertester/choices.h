/* SPDX-License-Identifier: MIT */
/*
 * The list of choices: every decision of a run, recorded as it is taken.
 *
 *     st_choices *list = st_choices_new();
 *     st_choices_from_seed(list, 42);
 *     otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = st_choices_chooser(list)};
 *     ... run; it failed ...
 *     st_choices *again = st_choices_new();
 *     st_choices_from_list(again, list);    // a world with this chooser repeats the run
 *
 * The test runner does all this by itself; this header is for programs that drive simulated worlds
 * on their own. A list is used by one world at a time.
 *
 * Each entry is a number in its bounds, in one of five lanes (data, schedule, network, fault,
 * allocation). A replay reads each lane with a cursor of its own, so that leaving out a fault does
 * not shift the data. A lane that runs out answers the simplest: rank 0, the target of a draw. An
 * answer that does not fit its question is moved into the bounds, and counted.
 */
#ifndef SUPERTESTER_CHOICES_H
#define SUPERTESTER_CHOICES_H

#include <supertester/api.h>
#include <otp/choose.h>

typedef struct st_choices st_choices;

/* An empty list that answers with the simplest. NULL when out of memory. */
ST_API OTP_MUST_CHECK st_choices *st_choices_new(void);
ST_API void st_choices_free(st_choices *list); /* NULL is fine */

/* What the world asks and this list answers and records. Good until the list is freed. */
ST_API const otp_chooser *st_choices_chooser(st_choices *list);

/* ---- Where answers come from: each also empties the record ---- */

/* Random, all from this number. When timers race with messages they win rarely. */
ST_API void st_choices_from_seed(st_choices *list, uint64_t seed);
/* What another list holds, which must not change meanwhile. */
ST_API void st_choices_from_list(st_choices *list, const st_choices *recorded);
/* Always the simplest: the default order, no faults, least data. */
ST_API void st_choices_simplest(st_choices *list);

/* ---- What was recorded ---- */

typedef struct st_choice {
    otp_lane lane;
    otp_choice kind;
    int64_t lo, hi, value;
    const char *label; /* good as long as the list */
} st_choice;

/* How many choices, and each of them. */
ST_API size_t st_choices_count(const st_choices *list);
/* *cursor starts at 0; false after the last entry. */
ST_API bool st_choices_next(const st_choices *list, size_t *cursor, st_choice *out);
/* False when the list was too long for its memory: it can't be replayed, its seed can. */
ST_API bool st_choices_complete(const st_choices *list);

/* How a replay went. */
typedef struct st_choices_fit {
    uint64_t misfits; /* answers that were out of bounds or of another kind */
    uint64_t beyond;  /* questions after the end of their lane */
    uint64_t left;    /* recorded answers nobody asked for */
} st_choices_fit;
ST_API st_choices_fit st_choices_fitness(const st_choices *list);

/* ---- Files: text, one choice a line ---- */

/* What a file says about the run it is from. */
typedef struct st_choices_about {
    char test[256]; /* "suite.name"; no blanks */
    otp_mode mode;
    uint64_t seed, run;
    otp_timers timers;
    otp_delivery delivery;
    otp_network network;
} st_choices_about;

/* Why a file can't be used: where and what, in words. */
typedef struct st_choices_error {
    size_t line, column; /* from 1; 0 = about the file as a whole */
    char text[192];
} st_choices_error;

/* error may be NULL. OTP_EIO, OTP_ENOSPC, OTP_ENOMEM. Missing folders are made. */
ST_API OTP_MUST_CHECK otp_err st_choices_save(const st_choices *list, const char *path,
                                              const st_choices_about *about,
                                              st_choices_error *error);
/* Appends to an empty list. OTP_ENOENT, OTP_EIO, OTP_ESYNTAX, OTP_EFORMAT (another version),
 * OTP_ETRUNCATED, OTP_ENOMEM; the list is empty then. */
ST_API OTP_MUST_CHECK otp_err st_choices_load(st_choices *list, const char *path,
                                              st_choices_about *about, st_choices_error *error);

#endif
