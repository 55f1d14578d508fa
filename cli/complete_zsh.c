/* SPDX-License-Identifier: MIT */
/*
 * Completions for zsh, on its _arguments and _describe.
 */
#include "cli/completions.h"

#include <string.h>

/* ---- What does not depend on the tables ---- */

static const char functions[] =
    ")\n\n"
    "# PROGRAM...: suites and tests of the programs.\n"
    "_supertester_names() {\n"
    "    local program\n"
    "    local -aU names\n"
    "    for program in \"$@\"; do\n"
    "        [[ -x $program && ! -d $program ]] || continue\n"
    "        names+=(${${(f)\"$($program --list 2>/dev/null </dev/null)\"}%% *})\n"
    "    done\n"
    "    names+=(${names%%.*})\n"
    "    compadd -a names\n"
    "}\n\n"
    "_supertester_program() {\n"
    "    local program=${(Q)words[1]}\n"
    "    _arguments -s $_supertester_flags '*:test: _supertester_names $program'\n"
    "}\n\n"
    "_supertester_test() {\n"
    "    local filters=${words[(i)--]}\n"
    "    if (( CURRENT > filters )); then\n"
    "        _supertester_names ${(Q)words[2,filters-1]}\n"
    "    else\n"
    "        _arguments -s $_supertester_flags '*:program:_files'\n"
    "    fi\n"
    "}\n\n"
    "_supertester() {\n"
    "    local -a verbs=(\n";

static const char dispatch[] = "    )\n"
                               "    if (( CURRENT == 2 )); then\n"
                               "        _describe verb verbs\n"
                               "        return\n"
                               "    fi\n"
                               "    shift words\n"
                               "    (( CURRENT-- ))\n"
                               "    case $words[1] in\n"
                               "    help) _describe verb verbs ;;\n"
                               "    completions) compadd bash zsh fish ;;\n"
                               "    man) compadd supertester supertester-programs ;;\n"
                               "    test) _supertester_test ;;\n"
                               "    esac\n"
                               "}\n\n"
                               "if [ \"$funcstack[1]\" = _supertester ]; then\n"
                               "    _supertester \"$@\"\n"
                               "else\n"
                               "    compdef _supertester supertester\n"
                               "fi\n";

/* ---- From the tables ---- */

static bool may_come_again(const sti_flag_spec *spec) {
    static const char *const names[] = {"reporter", "only", "exclude"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(spec->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void zsh_flag(otpi_text *out, const sti_flag_spec *spec) {
    otpi_text_cstr(out, "    ");
    if (spec->letter) {
        otpi_text_format(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", spec->letter, spec->name,
                         spec->letter, spec->value ? "+" : "", spec->name, spec->value ? "=" : "");
    } else {
        const char *value = sti_flag_value_is_optional(spec) ? "=-" : spec->value ? "=" : "";
        otpi_text_format(out, "'%s--%s%s[", may_come_again(spec) ? "*" : "", spec->name, value);
    }
    cli_complete_escape(out, spec->help, "[]:\\");
    otpi_text_char(out, ']');
    if (spec->value) {
        otpi_text_cstr(out, sti_flag_value_is_optional(spec) ? "::" : ":");
        cli_complete_escape(out, spec->value, "[]:\\");
        otpi_text_char(out, ':');
        if (cli_complete_file(spec)) {
            otpi_text_cstr(out, "_files");
        } else {
            otpi_text_char(out, '(');
            sti_flag_words(spec, out);
            otpi_text_char(out, ')');
        }
    }
    otpi_text_cstr(out, "'\n");
}

void cli_complete_zsh(otpi_text *out) {
    otpi_text_cstr(out, "#compdef supertester\n"
                        "# SPDX-License-Identifier: MIT\n"
                        "# Completions for zsh, printed by: supertester completions zsh\n"
                        "# For a test program of yours: compdef _supertester_program my_test\n\n"
                        "_supertester_flags=(\n");
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        zsh_flag(out, &sti_flag_specs[i]);
    }
    otpi_text_cstr(out, functions);
    for (size_t i = 0; i < cli_verb_count; i++) {
        otpi_text_format(out, "        '%s:", cli_verbs[i].name);
        cli_complete_escape(out, cli_verbs[i].summary, ":\\");
        otpi_text_cstr(out, "'\n");
    }
    otpi_text_cstr(out, dispatch);
}
