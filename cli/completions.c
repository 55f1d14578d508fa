/* SPDX-License-Identifier: MIT */
/*
 * supertester completions SHELL: a script that completes the command, and offers a function for
 * test programs, whose tests it asks the program for.
 */
#include "cli/completions.h"

#include "port/memory.h"

#include <string.h>

void cli_complete_escape(otpi_text *out, const char *words, const char *special) {
    for (; *words; words++) {
        if (*words == '\'' && !strchr(special, '\'')) {
            otpi_text_cstr(out, "'\\''"); /* all stands in single quotes */
        } else {
            otpi_text_cstr(out, strchr(special, *words) ? "\\" : "");
            otpi_text_char(out, *words);
        }
    }
}

bool cli_complete_file(const sti_flag_spec *spec) {
    return spec->value && strstr(spec->value, "FILE");
}

void cli_complete_verbs(otpi_text *out) {
    for (size_t i = 0; i < cli_verb_count; i++) {
        otpi_text_format(out, "%s%s", i > 0 ? " " : "", cli_verbs[i].name);
    }
}

int cli_completions(int argc, char **argv) {
    static const struct {
        const char *shell;
        void (*write)(otpi_text *out);
    } scripts[] = {
        {"bash", cli_complete_bash}, {"zsh", cli_complete_zsh}, {"fish", cli_complete_fish}};
    if (argc != 2) {
        return cli_refuse("completions", "for which shell? there are bash, zsh and fish");
    }
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(argv[1], scripts[i].shell) == 0) {
            otpi_text text;
            otpi_text_init(&text, &otpi_heap_allocator);
            scripts[i].write(&text);
            int code = cli_put(&text);
            otpi_text_fini(&text);
            return code;
        }
    }
    return cli_refuse("completions", "\"%s\" is no shell it knows; there are bash, zsh and fish",
                      argv[1]);
}
