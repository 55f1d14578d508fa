/* SPDX-License-Identifier: MIT */
/*
 * Checks the histories in the folder $HISTORIES (jepsen/, kv/, and EXPECTED_jepsen.txt and
 * EXPECTED_kv.txt with the verdicts), and lets porcupine, whose source is in $PORCUPINE, check the
 * same. Reading the logs is not measured on either side; each figure is the best of some runs. The
 * ratio is the worst one: all of Jepsen's histories together, and each one of kv by itself.
 */
#include "bench/bench.h"

#include <supertester/history.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 25, CASES_MAX = 1000, NAME_MAX_BYTES = 256 };

typedef struct history_case {
    char name[NAME_MAX_BYTES]; /* "jepsen/etcd_000.log" */
    bool linearizable;
    uint64_t ours_ns, theirs_ns; /* 0 = not measured */
} history_case;

static history_case cases[CASES_MAX];
static size_t case_count;

static void fail(const char *what, const char *name) {
    fprintf(stderr, "linearizability: %s: %s\n", name, what);
    exit(1);
}

static const char *folder_of(const char *variable) {
    const char *folder = getenv(variable);
    if (!folder || !*folder) {
        fail("is not set", variable);
    }
    return folder;
}

/* ---- Ours ---- */

static uint64_t check(st_history *history, const history_case *c, const st_spec *spec) {
    st_history_result result;
    uint64_t started = bench_now_ns();
    bench_must(st_linearizable(history, spec, NULL, &result), c->name);
    uint64_t taken = bench_now_ns() - started;
    if (result.verdict != (c->linearizable ? ST_HOLDS : ST_VIOLATION)) {
        fail("the verdict is wrong", c->name);
    }
    return taken;
}

static void measure(history_case *c, const char *folder) {
    char path[4096];
    st_history_error error;
    st_history *history = st_history_new();
    const st_spec *spec = strncmp(c->name, "kv/", 3) == 0 ? &st_spec_kv : &st_spec_register;
    snprintf(path, sizeof path, "%s/%s", folder, c->name);
    if (!history || st_history_load(history, path, &error) != OTP_OK) {
        fail(history ? error.text : "out of memory", c->name);
    }
    c->ours_ns = UINT64_MAX;
    for (int i = 0; i < RUNS; i++) {
        uint64_t taken = check(history, c, spec);
        c->ours_ns = taken < c->ours_ns ? taken : c->ours_ns;
    }
    st_history_free(history);
}

static void read_cases(const char *folder, const char *kind) {
    char path[4096], line[NAME_MAX_BYTES], file[128], verdict[32];
    snprintf(path, sizeof path, "%s/EXPECTED_%s.txt", folder, kind);
    FILE *list = fopen(path, "r");
    if (!list) {
        fail("can't be read", path);
    }
    while (case_count < CASES_MAX && fgets(line, sizeof line, list)) {
        if (sscanf(line, "%127s %31s", file, verdict) == 2) {
            history_case *c = &cases[case_count++];
            snprintf(c->name, sizeof c->name, "%s/%s", kind, file);
            c->linearizable = strcmp(verdict, "linearizable") == 0;
        }
    }
    fclose(list);
}

/* ---- Porcupine: a line for each history: name, verdict, nanoseconds ---- */

static history_case *find_case(const char *name) {
    for (size_t i = 0; i < case_count; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            return &cases[i];
        }
    }
    return NULL;
}

static void measure_peer(const char *folder) {
    char command[8192], name[NAME_MAX_BYTES], verdict[32];
    unsigned long long ns;
    snprintf(command, sizeof command, "bench/peers/porcupine '%s' '%s' %d", folder_of("PORCUPINE"),
             folder, RUNS);
    FILE *peer = popen(command, "r");
    if (!peer) {
        fail("can't be started", command);
    }
    while (fscanf(peer, "%255s %31s %llu", name, verdict, &ns) == 3) {
        history_case *c = find_case(name);
        if (c && (strcmp(verdict, "linearizable") == 0) == c->linearizable) {
            c->theirs_ns = ns;
        }
    }
    if (pclose(peer) != 0) {
        fail("failed", command);
    }
}

/* ---- Results ---- */

/* Of the cases whose names begin so, together. */
static double ratio_of(const char *prefix, const char *label) {
    uint64_t ours = 0, theirs = 0;
    for (size_t i = 0; i < case_count; i++) {
        if (strncmp(cases[i].name, prefix, strlen(prefix)) == 0) {
            if (cases[i].theirs_ns == 0) {
                fail("porcupine has no verdict, or another", cases[i].name);
            }
            ours += cases[i].ours_ns;
            theirs += cases[i].theirs_ns;
        }
    }
    fprintf(stderr, "%-24s ours %9.1f us, porcupine %10.1f us, %6.1f times\n", label,
            (double)ours / 1e3, (double)theirs / 1e3, (double)theirs / (double)ours);
    return (double)theirs / (double)ours;
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, 0);
    const char *folder = folder_of("HISTORIES");
    read_cases(folder, "jepsen");
    read_cases(folder, "kv");
    for (size_t i = 0; i < case_count; i++) {
        measure(&cases[i], folder);
    }
    measure_peer(folder);
    double worst = ratio_of("jepsen/", "jepsen, all together");
    for (size_t i = 0; i < case_count; i++) {
        if (strncmp(cases[i].name, "kv/", 3) == 0) {
            double ratio = ratio_of(cases[i].name, cases[i].name);
            worst = ratio < worst ? ratio : worst;
        }
    }
    bench_result("linearizability_ratio", worst, "x");
    return 0;
}
