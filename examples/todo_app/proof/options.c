/* SPDX-License-Identifier: MIT */
/*
 * The command line of the proof, both ways: read, and written as the command that runs it again.
 */
#include "proof.h"

#include "port/random.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: todo_app_proof [options]\n"
    "Proves that the todo service loses and doubles nothing, whatever is killed, cut or switched "
    "off.\n"
    "  --kills N       kills of the service's processes in a parallel world (1000)\n"
    "  --todos N       todos acknowledged meanwhile, at least (10000)\n"
    "  --kill9 N       kill -9 of the whole OS process (200)\n"
    "  --seeds N       simulated worlds with kills, network and disk faults (1000)\n"
    "  --world N       only the one simulated world of this seed, as a failure names it\n"
    "  --seed N        repeats the random choices of a run (printed first)\n"
    "  --planted NAME  puts a mistake in, which must be found: early-ack, double\n"
    "  --report DIR    writes reliability.md and reliability.json there\n"
    "  --dir DIR       where the databases lie while it runs\n"
    "Exit codes: 0 proven; 1 something was lost, doubled or stuck; 2 wrong command line;\n"
    "4 too few faults or too little work to prove anything; 70 the proof itself failed.\n";

enum { KILLS = 1000, TODOS = 10000, KILL9 = 200, SEEDS = 1000 };

static const struct {
    const char *name;
    todo_planted planted;
} mistakes[] = {{"early-ack", TODO_EARLY_ACK}, {"double", TODO_DOUBLE}};

static bool number_parse(const char *text, uint64_t *out) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *out = value;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static bool planted_parse(const char *text, todo_planted *out) {
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        if (strcmp(text, mistakes[i].name) == 0) {
            *out = mistakes[i].planted;
            return true;
        }
    }
    return false;
}

static bool is_flag(const char *argument, const char *flag) {
    return strcmp(argument, flag) == 0;
}

/* One flag with its value; false when there is no such flag or the value does not fit. */
static bool option_parse(proof_options *o, const char *flag, const char *value) {
    if (is_flag(flag, "--report")) {
        o->report = value;
        return *value != '\0';
    }
    if (is_flag(flag, "--dir")) {
        o->directory = value;
        return *value != '\0';
    }
    if (is_flag(flag, "--planted")) {
        return planted_parse(value, &o->planted);
    }
    if (is_flag(flag, "--seed")) {
        o->seed_given = true;
        return number_parse(value, &o->seed);
    }
    if (is_flag(flag, "--world")) {
        o->world_given = true;
        o->kills = o->todos = o->kill9 = 0;
        o->seeds = 1;
        return number_parse(value, &o->world);
    }
    uint64_t *number = is_flag(flag, "--kills")   ? &o->kills
                       : is_flag(flag, "--todos") ? &o->todos
                       : is_flag(flag, "--kill9") ? &o->kill9
                       : is_flag(flag, "--seeds") ? &o->seeds
                                                  : NULL;
    return number && number_parse(value, number) && *number <= 1000000;
}

bool proof_options_parse(proof_options *out, int argc, char **argv, int *exit_code) {
    *out = (proof_options){
        .kills = KILLS, .todos = TODOS, .kill9 = KILL9, .seeds = SEEDS, .program = argv[0]};
    for (int i = 1; i < argc; i += 2) {
        if (is_flag(argv[i], "--help") || is_flag(argv[i], "-h")) {
            (void)fputs(usage, stdout);
            *exit_code = 0;
            return false;
        }
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!option_parse(out, argv[i], value)) {
            (void)fprintf(stderr, "todo_app_proof: can't make sense of %s %s; try --help\n",
                          argv[i], value);
            *exit_code = 2;
            return false;
        }
    }
    if (!out->seed_given) {
        out->seed = otpi_entropy64() >> 1;
    }
    return true;
}

void proof_rerun(const proof *p, char *out, size_t size) {
    const proof_options *o = &p->options;
    size_t at = (size_t)snprintf(out, size, "%s --seed %" PRIu64, o->program, o->seed);
    if (o->world_given) {
        at = (size_t)snprintf(out, size, "%s --world %" PRIu64, o->program, o->world);
    }
    const struct {
        const char *flag;
        uint64_t value, usual;
    } numbers[] = {{"--kills", o->kills, KILLS},
                   {"--todos", o->todos, TODOS},
                   {"--kill9", o->kill9, KILL9},
                   {"--seeds", o->seeds, SEEDS}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && at < size; i++) {
        if (numbers[i].value != numbers[i].usual && !o->world_given) {
            at += (size_t)snprintf(out + at, size - at, " %s %" PRIu64, numbers[i].flag,
                                   numbers[i].value);
        }
    }
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0] && at < size; i++) {
        if (o->planted == mistakes[i].planted) {
            at += (size_t)snprintf(out + at, size - at, " --planted %s", mistakes[i].name);
        }
    }
    if (o->report && at < size) {
        (void)snprintf(out + at, size - at, " --report %s", o->report);
    }
}
