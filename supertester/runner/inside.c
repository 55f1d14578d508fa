/* SPDX-License-Identifier: MIT */
/*
 * What a test can ask and say while it runs: its world, its case, its end, a note, a cleanup.
 */
#include "supertester/choices/seam.h"
#include "supertester/runner/context.h"

#include <supertester/expect.h>
#include <supertester/sweep.h>

#include <otp/process.h>
#include <stdio.h>
#include <string.h>

/* ---- Ends ---- */

void sti_end_test(sti_context *context) {
    if (!otp_in_process()) {
        return;
    }
    context->hard = true;
    otp_pid self = otp_self();
    if (context->main_alive && self.word != context->main.word) {
        otp_kill(context->main);
    }
    otp_exit(otp_atom("supertester_check_failed"));
}

void st_end_test(void) {
    if (sti_case_seam_now) {
        sti_case_seam_now->end();
    } else if (sti_context_now) {
        sti_end_test(sti_context_now);
    }
}

void sti_give_up(const char *site, const char *format, ...) {
    char text[STI_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (st_fault_struck()) {
        st_note("%s: %s", site, text);
    } else {
        sti_fail_text(site, text);
    }
    st_end_test();
}

void st_skip(const char *format, ...) {
    sti_context *context = sti_context_now;
    char reason[STI_SKIP_SIZE];
    va_list arguments;
    if (!context) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    otpi_spin_lock(&context->lock);
    if (!context->skip[0]) { /* the first to say so */
        snprintf(context->skip, sizeof context->skip, "%s", *reason ? reason : "no reason given");
    }
    otpi_spin_unlock(&context->lock);
    sti_end_test(context);
}

void st_defer(void (*cleanup)(void *argument), void *argument) {
    sti_context *context = sti_context_now;
    if (!context) {
        return;
    }
    otpi_spin_lock(&context->lock);
    bool room = cleanup && context->deferred_count < STI_DEFERRED_MAX;
    if (room) {
        context->deferred[context->deferred_count++] = (sti_deferred){cleanup, argument};
    }
    otpi_spin_unlock(&context->lock);
    if (!room) {
        sti_fail(NULL, "st_defer: %s", cleanup ? "more than 64 cleanups" : "the cleanup is NULL");
        sti_end_test(context);
    }
}

/* ---- Inside a test ---- */

otp_mode st_mode(void) {
    return sti_context_now ? sti_context_now->mode : OTP_SIMULATED;
}

otp_system *st_system(void) {
    return sti_context_now ? sti_context_now->system : NULL;
}

uint64_t st_seed(void) {
    return sti_context_now ? sti_context_now->seed : 0;
}

bool st_long(void) {
    return sti_context_now && sti_context_now->long_form;
}

void st_note(const char *format, ...) {
    char line[1024] = "    ";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + 4, sizeof line - 4, format, arguments);
    va_end(arguments);
    if (sti_case_seam_now) {
        sti_case_seam_now->note(line);
    } else if (sti_context_now) {
        sti_context_note(sti_context_now, line);
    }
}

void *st_data(void) {
    return sti_context_now ? sti_context_now->data : NULL;
}

const void *st_case_data(void) {
    return sti_context_now ? sti_context_now->test->case_data : NULL;
}

const char *st_case_name(void) {
    const char *name = sti_context_now ? sti_context_now->test->case_name : NULL;
    return name ? name : "";
}

size_t st_case_index(void) {
    return sti_context_now ? sti_context_now->test->case_index : 0;
}
