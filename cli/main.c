/* SPDX-License-Identifier: MIT */
/*
 * supertester VERB ...: finds the verb and runs it.
 */
#include "cli/cli.h"
#include "supertester/runner/flags.h"
#include "supertester/runner/suggest.h"

#include "port/memory.h"
#include "port/output.h"

#include <string.h>

const cli_verb cli_verbs[] = {
#define CLI_VERB(function, name, arguments, summary) {name, arguments, summary, cli_##function},
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

int cli_put(const otpi_text *text) {
    sti_sink sink;
    otpi_io_err err = sti_sink_open(&sink, NULL);
    if (err == OTPI_IO_OK && text->failed) {
        sti_sink_fail(&sink, OTPI_IO_ENOMEM);
    }
    sti_sink_write(&sink, text->data, text->length);
    if (sink.err == OTPI_IO_OK) {
        return STI_EXIT_OK;
    }
    otpi_text why;
    otpi_text_init(&why, &otpi_heap_allocator);
    otpi_text_cstr(&why, "can't write ");
    sti_sink_describe(&sink, &why);
    int code = cli_fail("", why.data);
    otpi_text_fini(&why);
    return code;
}

static void print_error(const otpi_text *text) {
    otpi_io_err ignored = otpi_output_write(OTPI_OUTPUT_STDERR, text->data, text->length);
    (void)ignored; /* nobody reads on */
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
    print_error(&text);
    otpi_text_fini(&text);
    return STI_EXIT_USAGE;
}

int cli_refuse_verb(const char *name) {
    sti_suggestions s;
    otpi_text like;
    otpi_text_init(&like, &otpi_heap_allocator);
    sti_suggest_begin(&s, name);
    for (size_t i = 0; i < cli_verb_count; i++) {
        sti_suggest(&s, cli_verbs[i].name);
    }
    sti_suggest_show(&s, "", &like);
    int code = cli_refuse("", "there is no verb \"%s\"%s", name, like.data);
    otpi_text_fini(&like);
    return code;
}

int cli_fail(const char *verb, const char *message) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester%s%s: %s\n", *verb ? " " : "", verb, message);
    print_error(&text);
    otpi_text_fini(&text);
    return STI_EXIT_INTERNAL;
}

static int version(void) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester %s\n", STI_VERSION);
    int code = cli_put(&text);
    otpi_text_fini(&text);
    return code;
}

static int refuse_no_verb(void) {
    otpi_text verbs;
    otpi_text_init(&verbs, &otpi_heap_allocator);
    for (size_t i = 0; i < cli_verb_count; i++) {
        const char *before = i == 0 ? "" : i + 1 < cli_verb_count ? ", " : " and ";
        otpi_text_format(&verbs, "%s%s", before, cli_verbs[i].name);
    }
    int code = cli_refuse("", "which verb? there are %s", verbs.data);
    otpi_text_fini(&verbs);
    return code;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        return refuse_no_verb();
    }
    if (strcmp(argv[1], "--version") == 0) {
        return version();
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return cli_help(1, argv + 1);
    }
    const cli_verb *verb = cli_verb_find(argv[1]);
    if (!verb) {
        return cli_refuse_verb(argv[1]);
    }
    return verb->run(argc - 1, argv + 1);
}
