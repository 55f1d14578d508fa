/* SPDX-License-Identifier: MIT */
/*
 * The checks behind the ST_EXPECT_ and ST_ASSERT_ macros.
 */
#include "supertester/runner/context.h"
#include "supertester/runner/value.h"

#include "port/memory.h"

#include <otp/process.h>
#include <supertester/sweep.h>
#include <stdio.h>
#include <string.h>

bool st_check_held(bool held, const char *site, const char *text) {
    sti_checked();
    if (!held) {
        sti_fail(site, "expected %s", text);
    }
    return held;
}

/* ---- Comparisons ---- */

static bool holds(st_relation relation, int order, bool equal) {
    switch (relation) {
    case ST_EQ: return equal;
    case ST_NE: return !equal;
    case ST_LT: return order < 0;
    case ST_LE: return order < 0 || equal;
    case ST_GT: return order > 0;
    default: return order > 0 || equal;
    }
}

/* What was added to the text since it was so long. */
static sti_span since(const otpi_text *text, size_t at) {
    return (sti_span){(uint32_t)at, (uint32_t)(text->length - at)};
}

static void fail_sides(const st_value sides[2], st_relation relation, const char *site,
                       const char *text, const char *more) {
    char memory[STI_TEXT_SIZE];
    otpi_text out;
    sti_span shown[2];
    otpi_text_init_fixed(&out, memory, sizeof memory);
    otpi_text_format(&out, "expected %s\n    left  ", text);
    size_t at = out.length;
    sti_value_show(&out, sides[0]);
    shown[0] = since(&out, at);
    otpi_text_cstr(&out, "\n    right ");
    at = out.length;
    sti_value_show(&out, sides[1]);
    shown[1] = since(&out, at);
    if (relation == ST_EQ && sides[0].kind == ST_VALUE_TERM && sides[1].kind == ST_VALUE_TERM &&
        !otp_is_none(sides[0].t) && !otp_is_none(sides[1].t)) {
        sti_term_diff(&out, sides[0].t, sides[1].t);
    }
    otpi_text_cstr(&out, more);
    sti_fail_sides(site, out.data, shown);
}

bool st_check_compare(const st_value sides[2], st_relation relation, const char *site,
                      const char *text) {
    int order = 0;
    bool equal = false;
    sti_checked();
    if (!sti_value_compare(sides[0], sides[1], &order, &equal)) {
        sti_fail(site, "%s: %s and %s can't be compared", text, sti_value_kind(sides[0]),
                 sti_value_kind(sides[1]));
        return false;
    }
    bool held = holds(relation, order, equal);
    if (!held) {
        fail_sides(sides, relation, site, text, "");
    }
    return held;
}

bool st_check_near(double a, double b, double distance, const char *site, const char *text) {
    double apart = a < b ? b - a : a - b;
    bool held = apart <= distance;
    sti_checked();
    if (!held) {
        char more[96];
        st_value sides[2] = {{.kind = ST_VALUE_FLOAT, .f = a}, {.kind = ST_VALUE_FLOAT, .f = b}};
        snprintf(more, sizeof more, "\n    %g apart, at most %g", apart, distance);
        fail_sides(sides, ST_NE, site, text, more);
    }
    return held;
}

bool st_check_contains(const char *string, const char *part, const char *site, const char *text) {
    bool held = string && part && strstr(string, part) != NULL;
    sti_checked();
    if (!held) {
        st_value sides[2] = {{.kind = ST_VALUE_STRING, .s = string},
                             {.kind = ST_VALUE_STRING, .s = part}};
        fail_sides(sides, ST_NE, site, text, "");
    }
    return held;
}

/* ---- Terms ---- */

bool st_check_term(otp_term term, const char *expected, const char *site, const char *text) {
    otp_term wanted;
    otp_parse_error error;
    sti_checked();
    st_faults_pause(); /* what this check needs is not the test's */
    otp_err err = otp_parse(expected, &wanted, &error);
    st_faults_resume();
    if (err != OTP_OK) {
        sti_fail(site, "the expected term can't be read: column %zu: expected %s\n    %s",
                 error.column, error.expected, expected);
        return false;
    }
    if (!otp_is_none(term) && otp_equal(term, wanted)) {
        return true;
    }
    char memory[STI_TEXT_SIZE];
    otpi_text out;
    sti_span shown[2];
    otpi_text_init_fixed(&out, memory, sizeof memory);
    otpi_text_format(&out, "%s\n    is       ", text);
    size_t at = out.length;
    sti_term_show(&out, term);
    shown[0] = since(&out, at);
    otpi_text_cstr(&out, "\n    expected ");
    at = out.length;
    sti_term_show(&out, wanted);
    shown[1] = since(&out, at);
    if (!otp_is_none(term)) {
        sti_term_diff(&out, term, wanted);
    }
    sti_fail_sides(site, out.data, shown);
    return false;
}

bool st_check_matched(bool matched, otp_term term, const char *pattern, const char *site,
                      const char *text) {
    sti_checked();
    if (matched) {
        return true;
    }
    char memory[STI_TEXT_SIZE];
    otpi_text out;
    otpi_text_init_fixed(&out, memory, sizeof memory);
    otpi_text_format(&out, "%s does not match\n    pattern %s\n    term    ", text, pattern);
    sti_term_show(&out, term);
    sti_fail_text(site, out.data);
    return false;
}

/* ---- Errors ---- */

bool st_check_err(otp_err err, otp_err expected, const char *site, const char *text) {
    sti_checked();
    if (err == expected) {
        return true;
    }
    const char *advice = otp_err_advice(err);
    sti_fail(site, "%s\n    returned %s: %s%s%s\n    expected %s", text, otp_err_name(err),
             otp_err_text(err), *advice ? "; " : "", advice, otp_err_name(expected));
    return false;
}

bool st_check_fail(const char *site, const char *format, ...) {
    char text[STI_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sti_checked();
    sti_fail_text(site, text);
    return false;
}
