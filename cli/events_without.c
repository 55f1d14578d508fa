/* SPDX-License-Identifier: MIT */
/*
 * The reader of JSON lines in a build without jansson: there is none, and it says so.
 */
#include "cli/events.h"

cli_events *cli_events_new(sti_report *report, otpi_text *error) {
    (void)report;
    otpi_text_cstr(error, "this build can't read JSON (it was built without jansson), which is how "
                          "programs tell their results; run each program by itself");
    return NULL;
}

void cli_events_program(cli_events *events, const char *program) {
    (void)events, (void)program;
}

void cli_events_line(cli_events *events, const char *line) {
    (void)events, (void)line;
}

bool cli_events_complete(const cli_events *events) {
    (void)events;
    return false;
}

void cli_events_broken(cli_events *events, const char *how) {
    (void)events, (void)how;
}

void cli_events_free(cli_events *events) {
    (void)events;
}
