/* SPDX-License-Identifier: MIT */
/*
 * Counting the calls of a run and striking one, or all from one on.
 */
#include "supertester/runner/inject.h"
#include "supertester/runner/context.h"

#include "port/fault.h"
#include "port/host.h"
#include "port/symbol.h"

#include <supertester/sweep.h>

#include <inttypes.h>
#include <string.h>

enum { FRAMES_SHOWN = 6 };

void sti_injection_begin(sti_injection *injection, sti_strike_plan plan) {
    injection->plan = plan;
    injection->armed = false;
    injection->paused = 0;
    injection->seen = injection->struck = 0;
    injection->first = (sti_call){0};
}

/* ---- Striking ---- */

static void keep_first(sti_injection *injection, const sti_call *call) {
    otpi_host_own++; /* nothing that is called here is a site */
    injection->frame_count = otpi_backtrace_take(injection->frames, STI_STRIKE_FRAMES);
    otpi_host_own--;
    injection->first = *call;
    if (call->path) {
        size_t size = strnlen(call->path, sizeof injection->path - 1);
        memcpy(injection->path, call->path, size);
        injection->path[size] = '\0';
        injection->first.path = injection->path;
    }
}

bool sti_injection_strikes(sti_site_kind kind, const sti_call *call) {
    sti_context *context = sti_context_now;
    sti_injection *injection = context ? &context->injection : NULL;
    if (!injection || !injection->armed || injection->paused > 0 || injection->plan.kind != kind) {
        return false;
    }
    uint64_t number = atomic_fetch_add(&injection->seen, 1) + 1;
    uint64_t at = injection->plan.at;
    bool strikes = at > 0 && (injection->plan.from_then_on ? number >= at : number == at);
    if (strikes && atomic_fetch_add(&injection->struck, 1) == 0) {
        keep_first(injection, call);
    }
    return strikes;
}

/* ---- The hooks of worlds ---- */

/* What a check or a helper needs to say what it found is not the test's. */
static bool is_own(const char *site) {
    static const char own[] = "supertester/";
    return strncmp(site, own, sizeof own - 1) == 0;
}

static bool allocation_fails(void *context, size_t size, const char *site) {
    (void)context;
    return !is_own(site) &&
           sti_injection_strikes(STI_ALLOCATIONS, &(sti_call){.site = site, .size = size});
}

static otp_err io_fails(void *context, const char *operation, const char *path) {
    (void)context;
    bool fails = sti_injection_strikes(STI_IO_CALLS, &(sti_call){.what = operation, .path = path});
    return fails ? OTP_EIO : OTP_OK;
}

const otp_fault_hooks *sti_injection_hooks(void) {
    static const otp_fault_hooks hooks = {.allocation = allocation_fails, .io = io_fails};
    return &hooks;
}

/* ---- Showing ---- */

static void show_place(otpi_text *out, const sti_call *call) {
    char name[160];
    if (call->site) {
        otpi_text_format(out, " at %s", call->site);
    } else if (call->caller) {
        otpi_symbol_show((const char *)call->caller - 1, name, sizeof name);
        otpi_text_format(out, " in %s", name);
    }
}

/* Functions between the strike and the site: our own, and the way through the runtime's seams. */
static bool is_way(const char *name) {
    static const char *const ways[] = {"sti_",     "otpi_backtrace_take", "allocation_fails",
                                       "io_fails", "keep_first",          "strikes",
                                       "disk_io"};
    bool is = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !is; i++) {
        is = strncmp(name, ways[i], strlen(ways[i])) == 0;
    }
    return is;
}

/* Up to the test's body: who called the runner is no news. */
static void show_frames(otpi_text *out, const sti_injection *injection) {
    char name[160] = "";
    unsigned shown = 0;
    for (size_t i = 0; i < injection->frame_count && shown < FRAMES_SHOWN; i++) {
        otpi_symbol_show((const char *)injection->frames[i] - 1, name, sizeof name);
        if (shown > 0 || !is_way(name)) {
            otpi_text_format(out, "%s%s", shown++ > 0 ? ", " : "\n    called by ", name);
        }
        if (strncmp(name, "st_body_", 8) == 0) {
            return;
        }
    }
}

void sti_injection_show(otpi_text *out, const sti_injection *injection, uint64_t of) {
    const sti_call *call = &injection->first;
    otpi_text_format(out, "%s %" PRIu64, sti_site_word(injection->plan.kind, 1),
                     injection->plan.at);
    if (of > 0) {
        otpi_text_format(out, " of %" PRIu64, of);
    }
    otpi_text_cstr(out, injection->plan.from_then_on ? " and all after it" : "");
    if (injection->struck == 0) {
        otpi_text_cstr(out, ", not reached");
        return;
    }
    otpi_text_cstr(out, ", ");
    if (call->what) {
        otpi_text_cstr(out, call->what);
    }
    if (injection->plan.kind == STI_ALLOCATIONS) {
        otpi_text_format(out, "%s%" PRIu64 " bytes", call->what ? " of " : "", call->size);
    } else if (call->path) {
        otpi_text_format(out, " of \"%s\" on the simulated disk", call->path);
    }
    show_place(out, call);
    if (call->site || call->path) {
        show_frames(out, injection); /* elsewhere the caller has been named */
    }
}

/* ---- What tests call ---- */

bool st_fault_struck(void) {
    return sti_context_now && sti_context_now->injection.struck > 0;
}

void st_faults_pause(void) {
    if (sti_context_now) {
        atomic_fetch_add(&sti_context_now->injection.paused, 1);
    }
}

void st_faults_resume(void) {
    if (sti_context_now && sti_context_now->injection.paused > 0) {
        atomic_fetch_sub(&sti_context_now->injection.paused, 1);
    }
}
