/* SPDX-License-Identifier: MIT */
/*
 * Completion scripts, one file per shell, made from the tables of verbs and flags.
 */
#ifndef CLI_COMPLETIONS_H
#define CLI_COMPLETIONS_H

#include "cli/cli.h"
#include "supertester/runner/flags.h"

void cli_complete_bash(otpi_text *out);
void cli_complete_zsh(otpi_text *out);
void cli_complete_fish(otpi_text *out);

/* For a word in single quotes: a backslash before each special character; a quote that is not among
 * them leaves the quotes. */
void cli_complete_escape(otpi_text *out, const char *words, const char *special);
/* Is the flag's value a path? */
bool cli_complete_file(const sti_flag_spec *spec);
/* The verbs' names, with blanks between. */
void cli_complete_verbs(otpi_text *out);

#endif
