/* SPDX-License-Identifier: MIT */
/*
 * make_histories FOLDER: writes logs of clients that use one object each, always the same: good.edn
 * and good.log are of objects that work; bad.edn is of a map that forgets an append, bad.log of a
 * register one of whose replicas lags behind, bad_queue.edn of a queue that gives a value twice.
 */
#include "base/prng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 4, OPERATIONS = 40, KEYS = 2 };

static FILE *file_open(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "make_histories: can't write %s\n", path);
        exit(1);
    }
    return file;
}

/* ---- A map of texts ---- */

typedef struct client {
    bool calls, done, appends;
    unsigned key, number; /* of the operation */
    char seen[1024];
} client;

static void map_event(FILE *file, unsigned who, const client *c, bool is_return) {
    fprintf(file, "{:process %u, :type :%s, :f :%s, :key \"%u\", :value ", who,
            is_return ? "ok" : "invoke", c->appends ? "append" : "get", c->key);
    if (c->appends) {
        fprintf(file, "\"%u.%u \"}\n", who, c->number);
    } else if (is_return) {
        fprintf(file, "\"%s\"}\n", c->seen);
    } else {
        fprintf(file, "nil}\n");
    }
}

static void map_act(char (*values)[1024], unsigned who, client *c, bool forget) {
    char *value = values[c->key];
    if (!c->appends) {
        memcpy(c->seen, value, sizeof c->seen);
    } else if (!forget) {
        size_t length = strlen(value);
        snprintf(value + length, 1024 - length, "%u.%u ", who, c->number);
    }
}

/* Clients call, take effect and return in a random order. */
static void write_map(FILE *file, uint64_t seed, unsigned forgotten) {
    static char values[KEYS][1024];
    client clients[CLIENTS] = {0};
    otpi_prng prng;
    memset(values, 0, sizeof values);
    otpi_prng_seed(&prng, seed);
    for (unsigned number = 0; number < OPERATIONS;) {
        unsigned who = (unsigned)otpi_prng_below(&prng, CLIENTS);
        client *c = &clients[who];
        if (!c->calls) {
            *c = (client){.calls = true,
                          .appends = otpi_prng_below(&prng, 2) == 0,
                          .key = (unsigned)otpi_prng_below(&prng, KEYS),
                          .number = number++};
            map_event(file, who, c, false);
        } else if (!c->done) {
            map_act(values, who, c, c->number == forgotten);
            c->done = true;
        } else {
            map_event(file, who, c, true);
            c->calls = false;
        }
    }
}

/* ---- A register ---- */

static void write_register(FILE *file, bool lags) {
    unsigned old = 0;
    for (unsigned i = 1; i <= 8; i++) {
        fprintf(file, "INFO  jepsen.util - 0\t:invoke\t:write\t%u\n", i);
        fprintf(file, "INFO  jepsen.util - 1\t:invoke\t:cas\t[%u 9]\n", i + 1);
        fprintf(file, "INFO  jepsen.util - 0\t:ok\t:write\t%u\n", i);
        fprintf(file, "INFO  jepsen.util - 2\t:invoke\t:read\tnil\n");
        fprintf(file, "INFO  jepsen.util - 1\t:fail\t:cas\t[%u 9]\n", i + 1);
        fprintf(file, "INFO  jepsen.util - 2\t:ok\t:read\t%u\n", lags && i == 6 ? old : i);
        old = i;
    }
    fprintf(file, "INFO  jepsen.util - 0\t:invoke\t:write\t7\n");
    fprintf(file, "INFO  jepsen.util - 0\t:info\t:write\t:timed-out\n");
}

static void write_queue(FILE *file) {
    static const int taken[] = {1, 2, 2};
    for (int i = 1; i <= 3; i++) {
        fprintf(file, "{:process 1, :type :invoke, :f :enqueue, :value %d}\n", i);
        fprintf(file, "{:process 1, :type :ok, :f :enqueue, :value %d}\n", i);
    }
    for (int i = 0; i < 3; i++) {
        fprintf(file, "{:process %d, :type :invoke, :f :dequeue}\n", 2 + i);
    }
    for (int i = 0; i < 3; i++) {
        fprintf(file, "{:process %d, :type :ok, :f :dequeue, :value %d}\n", 2 + i, taken[i]);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: make_histories FOLDER\n");
        return 2;
    }
    FILE *files[] = {file_open(argv[1], "good.edn"), file_open(argv[1], "bad.edn"),
                     file_open(argv[1], "good.log"), file_open(argv[1], "bad.log"),
                     file_open(argv[1], "bad_queue.edn")};
    write_map(files[0], 3, OPERATIONS);
    write_map(files[1], 3, 10);
    write_register(files[2], false);
    write_register(files[3], true);
    write_queue(files[4]);
    int failed = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        failed |= fclose(files[i]);
    }
    return failed ? 1 : 0;
}
