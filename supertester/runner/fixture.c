/* SPDX-License-Identifier: MIT */
/*
 * A setup or teardown is run as the body of a test of its own, in a simulated world that lets calls
 * of the host through: so it can check, skip and exit as a test does.
 */
#include "supertester/runner/fixture.h"

#include "port/memory.h"

#include <stdio.h>

/* What the bodies below and the test's questions look at: one of each in an OS process. */
static sti_fixture *opened_suite, *opened_run, *acting;

static void act_setup(void) {
    acting->suite->fixture.setup(acting->data);
}

static void act_teardown(void) {
    acting->suite->fixture.teardown(acting->data);
}

/* Runs the body; false when it failed. */
static bool act(sti_fixture *fixture, void (*body)(void), const char *name, sti_stage *stage,
                sti_context *context) {
    static st_test test; /* the context may be looked at after this */
    const st_suite *suite = fixture->suite;
    test = (st_test){.suite = suite->name ? suite->name : "run",
                     .name = name,
                     .file = suite->file,
                     .line = suite->line,
                     .body = body,
                     .allow_host = true};
    const sti_setting setting = {.test = &test, .mode = OTP_SIMULATED, .timers = OTP_TIMERS_LAST};
    acting = fixture;
    sti_execute(stage, context, &setting);
    acting = NULL;
    int length = (int)context->failure_lines.length; /* without the last newline */
    snprintf(fixture->said, sizeof fixture->said, "%.*s", length > 0 ? length - 1 : 0,
             context->failure_text);
    return context->failures == 0;
}

void sti_fixture_open(sti_fixture *fixture, const st_suite *suite, sti_stage *stage,
                      sti_context *context) {
    *fixture = (sti_fixture){.suite = suite};
    if (!suite) {
        return;
    }
    *(suite->name ? &opened_suite : &opened_run) = fixture;
    if (suite->fixture.size > 0) {
        fixture->data = otpi_calloc(1, suite->fixture.size);
        if (!fixture->data) {
            fixture->failed = true;
            snprintf(fixture->said, sizeof fixture->said, "out of memory");
            return;
        }
    }
    if (suite->fixture.setup) {
        fixture->failed = !act(fixture, act_setup, "setup", stage, context);
        snprintf(fixture->skip, sizeof fixture->skip, "%s", context->skip);
    }
}

bool sti_fixture_close(sti_fixture *fixture, sti_stage *stage, sti_context *context) {
    const st_suite *suite = fixture->suite;
    bool well = true;
    if (!suite) {
        return true;
    }
    bool has_data = suite->fixture.size == 0 || fixture->data;
    if (suite->fixture.teardown && has_data) {
        well = act(fixture, act_teardown, "teardown", stage, context);
        sti_stage_clear(stage);
    }
    *(suite->name ? &opened_suite : &opened_run) = NULL;
    otpi_free(fixture->data);
    fixture->data = NULL;
    fixture->suite = NULL;
    fixture->failed = false;
    fixture->skip[0] = '\0';
    return well;
}

void *st_suite_data(void) {
    return opened_suite ? opened_suite->data : NULL;
}

void *st_run_data(void) {
    return opened_run ? opened_run->data : NULL;
}
