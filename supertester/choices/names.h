/* SPDX-License-Identifier: MIT */
/*
 * Words of the choices file, for its writer and its reader.
 */
#ifndef SUPERTESTER_CHOICES_NAMES_H
#define SUPERTESTER_CHOICES_NAMES_H

#include <supertester/choices.h>

#include <string.h>

enum { STI_CHOICES_VERSION = 1, STI_KINDS = OTP_CHOICE_TIE + 1 };

static const char *const sti_lane_names[OTP_LANES] = {"data", "schedule", "network", "fault",
                                                      "allocation"};
static const char *const sti_kind_names[STI_KINDS] = {
    "run", "continue", "resume", "timer", "deliver", "sender", "duration", "latency",
    "cut", "loss",     "tear",   "disk",  "memory",  "point",  "user",     "tie"};
/* In place of "user": what a number drawn as data stands for; then the marks (list.h). */
enum { STI_TYPES = 7, STI_MARKS = 3 };
static const char *const sti_type_names[STI_TYPES + STI_MARKS] = {
    "user", "length", "more", "bool", "index", "byte", "char", "next", "begin", "end"};
static const char *const sti_mode_names[2] = {"parallel", "simulated"};
static const char *const sti_timers_names[2] = {"last", "race"};
static const char *const sti_delivery_names[2] = {"causal", "pairwise"};
static const char *const sti_network_names[2] = {"tcp", "lossy"};

/* The index of a word among n names, or -1. */
static inline int sti_name_find(const char *const *names, int n, const char *word, size_t size) {
    for (int i = 0; i < n; i++) {
        if (strlen(names[i]) == size && memcmp(names[i], word, size) == 0) {
            return i;
        }
    }
    return -1;
}

#endif
