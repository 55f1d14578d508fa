/* SPDX-License-Identifier: MIT */
/*
 * Planted bugs: small systems of processes, each with one bug and its correct twin.
 *
 *     PLANTED(lost_update, .depth = 2, .minimum = 1) {
 *         ...                         // runs as the first process of a simulated world
 *         if (planted_correct) ...    // the twin: what differs is small, and in the same file
 *     }
 *
 *     planted_twin twin = {&planted_lost_update, .correct = false};
 *     st_explore(planted_scenario, &(st_explore_opts){.check = {.context = &twin},
 *                                                     .simulation = twin.program->simulation});
 *
 * One file in actors/ for each. CATALOGUE.md tells what they are, and how the minima are known.
 */
#ifndef TESTS_PLANTED_PLANTED_H
#define TESTS_PLANTED_PLANTED_H

#include <otp/otp.h>
#include <supertester/expect.h>
#include <supertester/explore.h>

typedef struct planted {
    const char *name;
    void (*body)(void);
    unsigned depth; /* guessed: how many ordering constraints make the bug show */
    int minimum;    /* fewest deviations (schedule, network, fault) with which it shows */
    st_simulation simulation;
} planted;

/* One of a program's two forms. */
typedef struct planted_twin {
    const planted *program;
    bool correct;
} planted_twin;

/* Of the program that runs: which form of it. */
extern bool planted_correct;
/* Its first process. */
extern otp_pid planted_main;

/* The scenario of a twin, its context. */
void planted_scenario(void *twin);

/* All of them, by name; NULL at the end. */
extern const planted *const planted_all[];

#define PLANTED(id, ...)                                                                           \
    static void id##_body(void);                                                                   \
    extern const planted planted_##id;                                                             \
    const planted planted_##id = {.name = #id, .body = id##_body, __VA_ARGS__};                    \
    static void id##_body(void)

#endif
