/* SPDX-License-Identifier: MIT */
/*
 * supertester VERB ...: finds the verb and runs it.
 */
#include "cli/cli.h"
#include "supertester/runner/flags.h"

#include "port/memory.h"
#include "port/output.h"

#include <string.h>

const cli_verb cli_verbs[] = {
#define CLI_VERB(name, arguments, summary) {#name, arguments, summary, cli_##name},
#include "cli/verbs.def"
#undef CLI_VERB
};
const size_t cli_verb_count = sizeof cli_verbs / sizeof cli_verbs[0];

const cli_verb *cli_verb_find(const char *name) {
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (strcmp(cli_verbs[i].name, name) == 0) {
            return &cli_verbs[i];
        }
    }
    return NULL;
}

static void print_to(int fd, otpi_text *text) {
    otpi_io_err ignored = otpi_output_write(fd, text->data, text->length);
    (void)ignored; /* nobody reads on */
    otpi_text_clear(text);
}

void cli_print(otpi_text *text) {
    print_to(OTPI_OUTPUT_STDOUT, text);
}

void cli_print_error(otpi_text *text) {
    print_to(OTPI_OUTPUT_STDERR, text);
}

int cli_refuse(const char *verb, const char *format, ...) {
    otpi_text text;
    va_list arguments;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester%s%s: ", *verb ? " " : "", verb);
    va_start(arguments, format);
    otpi_text_format_va(&text, format, arguments);
    va_end(arguments);
    otpi_text_format(&text, "\ntry: supertester help%s%s\n", *verb ? " " : "", verb);
    cli_print_error(&text);
    otpi_text_fini(&text);
    return STI_EXIT_USAGE;
}

int cli_fail(const char *verb, const char *message) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester %s: %s\n", verb, message);
    cli_print_error(&text);
    otpi_text_fini(&text);
    return STI_EXIT_INTERNAL;
}

static int version(void) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester %s\n", STI_VERSION);
    cli_print(&text);
    otpi_text_fini(&text);
    return STI_EXIT_OK;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        return cli_refuse("", "which verb? there are test and help");
    }
    if (strcmp(argv[1], "--version") == 0) {
        return version();
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return cli_help(1, argv + 1);
    }
    const cli_verb *verb = cli_verb_find(argv[1]);
    if (!verb) {
        return cli_refuse("", "there is no verb \"%s\"", argv[1]);
    }
    return verb->run(argc - 1, argv + 1);
}
