/* SPDX-License-Identifier: MIT */
/*
 * The supertester command. A verb is a file with one function; verbs.def lists them.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/text.h"

typedef struct cli_verb {
    const char *name, *arguments, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the verb; returns the exit code */
} cli_verb;

extern const cli_verb cli_verbs[];
extern const size_t cli_verb_count;

#define CLI_VERB(function, name, arguments, summary) int cli_##function(int argc, char **argv);
#include "cli/verbs.def"
#undef CLI_VERB

/* What help says of check-history behind its summary. */
void cli_check_history_help(otpi_text *text);

/* NULL when there is none of that name. */
const cli_verb *cli_verb_find(const char *name);

/* Writes the text to standard output; returns the exit code, after saying why it can't. */
int cli_put(const otpi_text *text);
/* "supertester VERB: message" and where to look; returns the exit code 2. */
int cli_fail(const char *verb, const char *message); /* the same for what is not the user's: 70 */
int cli_refuse(const char *verb, const char *format, ...) OTP_PRINTF(2, 3);
/* The same for a verb that there is not. */
int cli_refuse_verb(const char *name);

#endif
