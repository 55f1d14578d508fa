/* SPDX-License-Identifier: MIT */
/*
 * Starting gdb. Every failed check ends in sti_fail_text, so that is where it stops; a fault stops
 * it anyway.
 */
#include "supertester/runner/debugger.h"

#include "port/child.h"
#include "port/memory.h"

#include <string.h>

void sti_debugger_start(const sti_flags *flags, otpi_text *error) {
    static const char *const first[] = {"gdb", "-q",  "-ex",   "break sti_fail_text",
                                        "-ex", "run", "--args"};
    size_t count = sizeof first / sizeof first[0];
    const char **argv = otpi_calloc(count + (size_t)flags->argc + 2, sizeof(char *));
    if (!argv) {
        otpi_text_cstr(error, "out of memory");
        return;
    }
    memcpy(argv, first, sizeof first);
    argv[count++] = flags->program;
    argv[count++] = "--no-fork";
    for (int i = 1; i < flags->argc; i++) {
        if (strcmp(flags->argv[i], "--gdb") != 0) {
            argv[count++] = flags->argv[i];
        }
    }
    otpi_io_err err = otpi_exec(argv);
    otpi_text_format(error, "--gdb: gdb can't be started%s",
                     err == OTPI_IO_ENOENT ? ": is it installed?" : "");
    otpi_free(argv);
}
