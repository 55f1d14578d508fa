/* SPDX-License-Identifier: MIT */
/*
 * What test programs tell in JSON lines (docs/reference/jsonl.md), told again to a report of the
 * command's own.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "supertester/report/report.h"

typedef struct cli_events cli_events;

/* NULL when out of memory, or when this build can't read JSON: error says which. */
cli_events *cli_events_new(sti_report *report, otpi_text *error);
/* The next program's lines follow. */
void cli_events_program(cli_events *events, const char *program);
/* A line without its end. What is no event is passed on as a note. */
void cli_events_line(cli_events *events, const char *line);
/* Did the program tell the end of its run? */
bool cli_events_complete(const cli_events *events);
/* The program did not come to its end: a failure more, under the program's name. */
void cli_events_broken(cli_events *events, const char *how);
/* The report must have ended: it refers to the tests told. */
void cli_events_free(cli_events *events);

#endif
