/* SPDX-License-Identifier: MIT */
/*
 * Completions for bash. COMP_WORDS has "=" as a word of its own, so --flag=value is three.
 */
#include "cli/completions.h"

/* ---- What does not depend on the tables ---- */

/* The functions, up to where the command completes its verbs. */
static const char functions[] =
    "# BEGINNING PROGRAM...: suites and tests of the programs.\n"
    "_supertester_names() {\n"
    "    local beginning=$1 names program\n"
    "    shift\n"
    "    names=$(for program in \"$@\"; do\n"
    "        [ -x \"$program\" ] && [ ! -d \"$program\" ] &&\n"
    "            \"$program\" --list 2>/dev/null </dev/null\n"
    "    done | awk '{ print $1; sub(/\\..*/, \"\", $1); print $1 }' | sort -u)\n"
    "    COMPREPLY=($(compgen -W \"$names\" -- \"$beginning\"))\n"
    "}\n\n"
    "# Sets current, and previous to the flag whose value it may be: \"=\" is a word of its "
    "own.\n"
    "_supertester_words() {\n"
    "    current=${COMP_WORDS[COMP_CWORD]}\n"
    "    previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    if [ \"$current\" = = ]; then\n"
    "        current=\n"
    "    elif [ \"$previous\" = = ]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "}\n\n"
    "_supertester_program() {\n"
    "    local current previous\n"
    "    _supertester_words\n"
    "    _supertester_value \"$previous\" \"$current\" && return\n"
    "    if [[ $current == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$_supertester_flags\" -- \"$current\"))\n"
    "    else\n"
    "        _supertester_names \"$current\" \"${COMP_WORDS[0]}\"\n"
    "    fi\n"
    "}\n\n"
    "_supertester() {\n"
    "    local current previous word i\n"
    "    _supertester_words\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        COMPREPLY=($(compgen -W '";

/* From the end of the verbs that "help" takes. */
static const char arguments[] =
    "' -- \"$current\")) ;;\n"
    "    completions) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$current\")) ;;\n"
    "    man) COMPREPLY=($(compgen -W 'supertester supertester-programs' -- \"$current\")) "
    ";;\n"
    "    test)\n"
    "        for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "            if [ \"${COMP_WORDS[i]}\" = -- ]; then\n"
    "                _supertester_names \"$current\" \"${COMP_WORDS[@]:2:i-2}\"\n"
    "                return\n"
    "            fi\n"
    "        done\n"
    "        _supertester_value \"$previous\" \"$current\" && return\n"
    "        if [[ $current == -* ]]; then\n"
    "            COMPREPLY=($(compgen -W \"$_supertester_flags\" -- \"$current\"))\n"
    "        else\n"
    "            COMPREPLY=($(compgen -f -- \"$current\"))\n"
    "        fi\n"
    "        ;;\n"
    "    esac\n"
    "}\n\n"
    "complete -o filenames -F _supertester supertester\n";

/* ---- From the tables ---- */

static void bash_flags(otpi_text *out) {
    otpi_text_cstr(out, "_supertester_flags='");
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        if (sti_flag_specs[i].letter) {
            otpi_text_format(out, "-%c ", sti_flag_specs[i].letter);
        }
        otpi_text_format(out, "--%s ", sti_flag_specs[i].name);
    }
    otpi_text_cstr(out, "'\n\n");
}

static void bash_values(otpi_text *out) {
    otpi_text_cstr(out, "# FLAG BEGINNING: completes the flag's value; false when it takes none.\n"
                        "_supertester_value() {\n"
                        "    COMPREPLY=()\n"
                        "    case $1 in\n");
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        const sti_flag_spec *spec = &sti_flag_specs[i];
        if (!spec->value || sti_flag_value_is_optional(spec)) {
            continue; /* the word behind it is none of its own */
        }
        otpi_text_cstr(out, "    ");
        if (spec->letter) {
            otpi_text_format(out, "-%c | ", spec->letter);
        }
        otpi_text_format(out, "--%s) ", spec->name);
        if (cli_complete_file(spec)) {
            otpi_text_cstr(out, "COMPREPLY=($(compgen -f -- \"$2\")) ;;\n");
            continue;
        }
        otpi_text_cstr(out, "COMPREPLY=($(compgen -W '");
        sti_flag_words(spec, out);
        otpi_text_cstr(out, "' -- \"$2\")) ;;\n");
    }
    otpi_text_cstr(out, "    *) return 1 ;;\n    esac\n}\n\n");
}

void cli_complete_bash(otpi_text *out) {
    otpi_text_cstr(out, "# SPDX-License-Identifier: MIT\n"
                        "# Completions for bash, printed by: supertester completions bash\n"
                        "# For a test program of yours: complete -F _supertester_program "
                        "./my_test\n\n");
    bash_flags(out);
    bash_values(out);
    otpi_text_cstr(out, functions);
    cli_complete_verbs(out);
    otpi_text_cstr(out, " --help --version' -- \"$current\"))\n"
                        "        return\n"
                        "    fi\n"
                        "    case ${COMP_WORDS[1]} in\n"
                        "    help) COMPREPLY=($(compgen -W '");
    cli_complete_verbs(out);
    otpi_text_cstr(out, arguments);
}
