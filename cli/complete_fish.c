/* SPDX-License-Identifier: MIT */
/*
 * Completions for fish: one "complete" command for each flag and verb.
 */
#include "cli/completions.h"

/* ---- What does not depend on the tables ---- */

static const char functions[] =
    "# SPDX-License-Identifier: MIT\n"
    "# Completions for fish, printed by: supertester completions fish\n"
    "# For a test program of yours: supertester_complete my_test\n\n"
    "function __supertester_names\n"
    "    for program in $argv\n"
    "        test -x $program; and not test -d $program; or continue\n"
    "        set -l names ($program --list 2>/dev/null </dev/null | string replace -r ' .*' "
    "'')\n"
    "        printf '%s\\n' $names (string replace -r '\\..*' '' -- $names)\n"
    "    end | sort -u\n"
    "end\n\n"
    "# The programs on the line before --; none when it has not come.\n"
    "function __supertester_programs\n"
    "    set -l words (commandline -opc)\n"
    "    set -l end (contains -i -- -- $words); and printf '%s\\n' $words[3..(math $end - "
    "1)]\n"
    "end\n\n"
    "function supertester_complete\n";

static const char of_verbs[] =
    "'\n"
    "complete -c supertester -n '__fish_seen_subcommand_from completions' -f -a "
    "'bash zsh fish'\n"
    "complete -c supertester -n '__fish_seen_subcommand_from man' -f -a "
    "'supertester supertester-programs'\n"
    "complete -c supertester -n '__fish_seen_subcommand_from test' -a "
    "'(__supertester_names (__supertester_programs))'\n";

/* ---- From the tables ---- */

/* "complete ... -l world -x -a 'simulated parallel' -d 'what it does'" behind the beginning. */
static void fish_flag(otpi_text *out, const char *beginning, const sti_flag_spec *spec) {
    otpi_text_cstr(out, beginning);
    if (spec->letter) {
        otpi_text_format(out, " -s %c", spec->letter);
    }
    otpi_text_format(out, " -l %s", spec->name);
    if (cli_complete_file(spec)) {
        otpi_text_cstr(out, " -r -F");
    } else if (spec->value && !sti_flag_value_is_optional(spec)) {
        otpi_text_cstr(out, " -x -a '");
        sti_flag_words(spec, out);
        otpi_text_char(out, '\'');
    }
    otpi_text_cstr(out, " -d '");
    cli_complete_escape(out, spec->help, "'\\");
    otpi_text_cstr(out, "'\n");
}

void cli_complete_fish(otpi_text *out) {
    otpi_text_cstr(out, functions);
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        fish_flag(out, "    complete -c $argv[1]", &sti_flag_specs[i]);
    }
    otpi_text_cstr(out, "    complete -c $argv[1] -f -a '(__supertester_names (commandline "
                        "-opc)[1])'\n"
                        "end\n\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        otpi_text_format(out, "complete -c supertester -n __fish_use_subcommand -f -a %s -d '",
                         cli_verbs[i].name);
        cli_complete_escape(out, cli_verbs[i].summary, "'\\");
        otpi_text_cstr(out, "'\n");
    }
    otpi_text_cstr(out, "complete -c supertester -n '__fish_seen_subcommand_from help' -f -a '");
    cli_complete_verbs(out);
    otpi_text_cstr(out, of_verbs);
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        fish_flag(out, "complete -c supertester -n '__fish_seen_subcommand_from test'",
                  &sti_flag_specs[i]);
    }
}
