/* SPDX-License-Identifier: MIT */
/*
 * Telling messages; see happened.h. A line for each, in the order in which they are sent:
 *
 *     * client <0.3.1> -> bank <0.1.1>  call {set,1}
 *
 * A star says that since the line before another event came first than in the default order.
 */
#include "supertester/property/happened.h"

#include "process/extra.h"
#include "process/process.h"
#include "process/system.h"
#include "supertester/property/tape.h"
#include "term/print.h"

#include <stdio.h>

enum { LINES_MAX = 60, NAME_SIZE = 80, MESSAGE_SIZE = 160 };

/* "bank <0.1.1>": its name, label or type, as far as it has one. */
static void show_process(otp_system *system, otp_pid pid, char *out, size_t size) {
    char number[40], name[32] = "";
    otpi_process *process = otpi_pid_lookup(system, pid);
    otp_print(otp_from_pid(pid), number, sizeof number);
    const otpi_extra *extra = process ? process->extra : NULL;
    if (extra && otp_is_atom(extra->name)) {
        otp_print(extra->name, name, sizeof name);
    } else if (extra && extra->label) {
        snprintf(name, sizeof name, "%s", extra->label);
    } else if (process && process->behaviour->name) {
        snprintf(name, sizeof name, "%s", process->behaviour->name(process->state));
    }
    snprintf(out, size, "%s%s%s", name, name[0] ? " " : "", number);
}

/* Of a call: its reference, or [alias | Ref]. */
static bool is_tag(otp_term term) {
    otp_term ref;
    return otp_kind_of(term) == OTP_KIND_REFERENCE || otp_match(term, "[alias | ~t]", &ref);
}

/* Calls, casts and answers without what carries them. */
static void show_message(otp_term message, char *out, size_t size) {
    otp_term inner = message, tag;
    char text[MESSAGE_SIZE];
    const char *what = "";
    if (otp_match(message, "{'$gen_call', _, ~t}", &inner)) {
        what = "call ";
    } else if (otp_match(message, "{'$gen_cast', ~t}", &inner)) {
        what = "cast ";
    } else if (otp_match(message, "{~t, ~t}", &tag, &inner) && is_tag(tag)) {
        what = "answer ";
    } else {
        inner = message;
    }
    otpi_print_cut(inner, text, sizeof text);
    snprintf(out, size, "%s%s", what, text);
}

/* Was there a deviation since the last line? */
static bool deviated(sti_case *c) {
    sti_choice choice;
    bool any = false;
    while (sti_choices_read(c->list, &c->happened_at, &choice)) {
        any = any || sti_is_deviation(&choice);
    }
    return any;
}

static otp_verdict see(void *context, otp_direction direction, otp_pid peer, otp_term *message) {
    sti_case *c = sti_case_now;
    char from[NAME_SIZE], to[NAME_SIZE], said[MESSAGE_SIZE + 16];
    (void)context;
    if (direction != OTP_OUT || !c || !c->happened || c->happened_lines > LINES_MAX) {
        return OTP_PASS;
    }
    if (c->happened_lines++ == LINES_MAX) {
        otpi_text_cstr(c->happened, "      and more\n");
        return OTP_PASS;
    }
    otp_system *system = otp_system_here();
    show_process(system, otp_self(), from, sizeof from);
    show_process(system, peer, to, sizeof to);
    show_message(*message, said, sizeof said);
    otpi_text_format(c->happened, "    %c %s -> %s  %s\n", deviated(c) ? '*' : ' ', from, to, said);
    return OTP_PASS;
}

void sti_happened_watch(otp_system *system) {
    if (sti_case_now && sti_case_now->happened) {
        otpi_system_intercept(system, &(otp_interceptor){.see = see});
    }
}
