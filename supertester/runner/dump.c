/* SPDX-License-Identifier: MIT */
/*
 * Listing processes by looking at their records. Allocates nothing: it also runs inside a signal
 * handler, when the test has to be killed.
 */
#include "supertester/runner/dump.h"

#include "process/extra.h"
#include "process/process.h"
#include "term/print.h"
#include "world/stack.h"

#include <inttypes.h>

enum { LISTED_MAX = 40 };

typedef struct dump {
    otpi_text *out;
    unsigned count;
} dump;

static void show_message(otpi_text *out, otp_term term) {
    char text[120];
    otpi_print_cut(term, text, sizeof text);
    otpi_text_cstr(out, text);
}

static void visit(void *context, otpi_process *process) {
    dump *d = context;
    if (++d->count > LISTED_MAX) {
        return;
    }
    const otpi_extra *extra = process->extra;
    const otpi_behaviour *behaviour = process->behaviour;
    otpi_text_cstr(d->out, "    ");
    show_message(d->out, otp_from_pid(process->pid));
    if (extra && otp_is_atom(extra->name)) {
        otpi_text_char(d->out, ' ');
        show_message(d->out, extra->name);
    }
    if (extra && extra->label) {
        otpi_text_format(d->out, " \"%s\"", extra->label);
    }
    otpi_text_format(d->out, " %s", behaviour->kind);
    if (behaviour->name) {
        otpi_text_format(d->out, " %s", behaviour->name(process->state));
    }
    const otpi_stack *stack = process->runnable.stack;
    if (stack && stack->label) {
        otpi_text_format(d->out, ", waits in %s", stack->label);
    }
    otpi_text_format(d->out, ", %" PRIu32 " message%s in its mailbox%s\n", process->mailbox_length,
                     process->mailbox_length == 1 ? "" : "s",
                     process->flags & OTPI_EXITING ? ", exiting" : "");
}

void sti_dump_processes(otp_system *system, otpi_text *out) {
    dump d = {.out = out};
    otpi_text_cstr(out, "processes:\n");
    otpi_system_each(system, visit, &d);
    if (d.count > LISTED_MAX) {
        otpi_text_format(out, "    and %u more\n", d.count - LISTED_MAX);
    }
}
