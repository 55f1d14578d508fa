/* SPDX-License-Identifier: MIT */
/*
 * supertester help [VERB]
 */
#include "cli/cli.h"
#include "supertester/runner/flags.h"

#include "port/memory.h"

#include <string.h>

static void describe_all(otpi_text *text) {
    otpi_text_cstr(text, "supertester: proves that a fault-tolerant system survives\n\nverbs:\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        otpi_text_format(text, "  %-14s %s\n", cli_verbs[i].name, cli_verbs[i].summary);
    }
    otpi_text_cstr(text,
                   "\nsupertester help VERB tells more; supertester --version the version.\n");
}

static void describe(otpi_text *text, const cli_verb *verb) {
    otpi_text_format(text, "usage: supertester %s %s\n\n%s\n", verb->name, verb->arguments,
                     verb->summary);
    if (verb->run == cli_check_history) {
        cli_check_history_help(text);
    }
    if (verb->run == cli_test) {
        otpi_text_cstr(
            text, "\nRuns each program with the flags, and sums up. Filters stand behind "
                  "--: a suite,\nsuite.name, suite.name/case, each with * and ?, or tag:WORD.\n\n");
        sti_flags_help(text);
        otpi_text_cstr(text, "\nReporters:\n");
        sti_flags_help_reporters(text);
        otpi_text_cstr(text, "\nExit codes: 0 all passed, 1 some failed, 2 usage or unreadable "
                             "input, 70 internal.\n");
    }
}

int cli_help(int argc, char **argv) {
    otpi_text text;
    const cli_verb *verb = argc > 1 ? cli_verb_find(argv[1]) : NULL;
    if (argc > 1 && !verb) {
        return cli_refuse_verb(argv[1]);
    }
    otpi_text_init(&text, &otpi_heap_allocator);
    if (verb) {
        describe(&text, verb);
    } else {
        describe_all(&text);
    }
    int code = cli_put(&text);
    otpi_text_fini(&text);
    return code;
}
