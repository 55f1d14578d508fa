/* SPDX-License-Identifier: MIT */
/*
 * Judging expected ends.
 */
#include "supertester/runner/outcome.h"
#include "supertester/runner/record.h"

#include "port/fault.h"

#include <otp/process.h>
#include <stdio.h>
#include <string.h>

enum { JUDGE_MS = 5000 };

/* ---- Options ---- */

static bool check_pattern(const st_test *test, otpi_text *error) {
    otp_pattern *pattern = NULL;
    otp_parse_error where = {0};
    otp_err err = otp_pattern_compile(test->exits, &pattern, &where);
    if (err == OTP_OK) {
        otp_pattern_free(pattern);
        return true;
    }
    otpi_text_format(error, "%s.%s (%s:%d): .exits is no pattern: %s", test->suite, test->name,
                     test->file, test->line, otp_err_text(err));
    if (err == OTP_ESYNTAX) {
        otpi_text_format(error, ": column %zu: expected %s", where.column, where.expected);
    }
    return false;
}

bool sti_outcome_check(const st_test *test, otpi_text *error) {
    const char *wrong = NULL;
    int ends = (test->exits != NULL) + (test->signal != 0) + (test->exit_code != 0) +
               (test->must_fail != NULL) + test->fails;
    if (ends > 1) {
        wrong = "only one of .exits, .signal, .exit_code, .must_fail and .fails can be expected";
    } else if (test->signal < 0 || test->signal > 64) {
        wrong = ".signal is no signal";
    } else if (test->exit_code < 0 || test->exit_code > ST_EXIT_ZERO) {
        wrong = ".exit_code is not 1 to 255 or ST_EXIT_ZERO";
    } else if (sti_outcome_ends_child(test) &&
               (test->fail_alloc == ST_SWEEP || test->fail_io == ST_SWEEP)) {
        wrong =
            "a test that ends its OS process can't be swept: leave out .fail_alloc and .fail_io";
    }
    if (wrong) {
        otpi_text_format(error, "%s.%s (%s:%d): %s", test->suite, test->name, test->file,
                         test->line, wrong);
        return false;
    }
    return !test->exits || check_pattern(test, error);
}

/* ---- The end of the OS process ---- */

bool sti_outcome_ends_child(const st_test *test) {
    return test->signal != 0 || test->exit_code != 0;
}

bool sti_outcome_is_expected(const st_test *test, const otpi_child_exit *end, int fault) {
    if (test->signal != 0) {
        return fault == test->signal || (end->signalled && end->code == test->signal);
    }
    return test->exit_code != 0 && !end->signalled && fault == 0 &&
           end->code == test->exit_code % ST_EXIT_ZERO;
}

void sti_outcome_show_end(const st_test *test, otpi_text *out) {
    if (test->signal != 0) {
        otpi_text_cstr(out, otpi_fault_signal_name(test->signal));
    } else {
        otpi_text_format(out, "the exit code %d", test->exit_code % ST_EXIT_ZERO);
    }
}

/* ---- The exit reason of the test's process ---- */

/* In a process: that is where terms are read. */
static void judge_reason(otp_term arg) {
    sti_context *context = otp_context();
    const char *reason = context->end_reason, *wanted = context->test->exits;
    otp_term term;
    otp_pattern *pattern;
    (void)arg;
    context->main = otp_self();
    if (otp_parse(reason, &term, NULL) != OTP_OK) {
        sti_fail(NULL,
                 "expected an exit with a reason that matches %s\n    its reason is too long "
                 "to be judged, or can't be read: %s",
                 wanted, reason);
    } else if (otp_pattern_compile(wanted, &pattern, NULL) != OTP_OK) {
        sti_fail(NULL, "the pattern %s can't be used: out of memory, or too many atoms", wanted);
    } else {
        if (!otp_pattern_match(pattern, term)) {
            sti_fail(NULL,
                     "expected an exit with a reason that matches\n    pattern %s\n    reason"
                     "  %s",
                     wanted, reason);
        }
        otp_pattern_free(pattern);
    }
}

void sti_outcome_judge_reason(sti_context *context, const char *reason) {
    otp_outcome outcome;
    snprintf(context->end_reason, sizeof context->end_reason, "%s", reason);
    otp_err err =
        otp_run_with(context->system, judge_reason, otp_nil(), context, JUDGE_MS, &outcome);
    if (err != OTP_OK || !outcome.normal) {
        sti_fail(NULL, "the exit reason could not be judged: %s",
                 err != OTP_OK ? otp_err_text(err) : outcome.reason);
    }
}

/* ---- Failures ---- */

bool sti_outcome_may_fail(const st_test *test) {
    return test->must_fail || test->fails;
}

void sti_outcome_judge_failure(sti_result *result) {
    const st_test *test = result->test;
    const char *wanted = test->must_fail;
    if (!sti_outcome_may_fail(test) || result->status == STI_SKIPPED) {
        return;
    }
    result->rerun[0] = '\0';
    if (sti_failed(result->status) && (test->fails || strstr(result->details, wanted))) {
        result->status = STI_PASSED;
    } else if (sti_failed(result->status)) {
        sti_details_fail(result, "it failed, as it must, but without saying \"%s\"", wanted);
    } else {
        result->status = STI_FAILED;
        if (test->fails) {
            sti_details_fail(result, "it passed, but is marked .fails: is the bug gone?");
        } else {
            sti_details_fail(result, "it must fail, saying \"%s\", and passed", wanted);
        }
    }
}
