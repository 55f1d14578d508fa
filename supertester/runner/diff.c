/* SPDX-License-Identifier: MIT */
/*
 * Where two terms differ: the paths of the first differences, so that one wrong number in a large
 * state is found at a glance.
 */
#include "supertester/runner/value.h"

#include "base/assert.h"

enum { PATH_SIZE = 512, DIFFERENCES_MAX = 5, DEPTH_MAX = 24 };

typedef struct differ {
    otpi_text *out;
    otpi_text path;
    char path_memory[PATH_SIZE];
    unsigned found, depth;
} differ;

static void compare(differ *d, otp_term is, otp_term expected);

static void say(differ *d, otp_term is, const char *between, otp_term expected) {
    if (d->path.length == 0 || ++d->found > DIFFERENCES_MAX) {
        return;
    }
    otpi_text_format(d->out, "\n    at %s: ", d->path.data);
    if (!otp_is_none(is)) {
        sti_term_show(d->out, is);
    }
    otpi_text_cstr(d->out, between);
    if (!otp_is_none(expected)) {
        sti_term_show(d->out, expected);
    }
}

/* Adds a step to the path, compares there, and takes the step back. */
static size_t step_in(differ *d) {
    size_t before = d->path.length;
    otpi_text_cstr(&d->path, before > 0 ? ", " : "");
    return before;
}

static void compare_tuples(differ *d, otp_term is, otp_term expected) {
    for (size_t i = 0; i < otp_arity(is); i++) {
        size_t before = step_in(d);
        otpi_text_format(&d->path, "element %zu", i + 1);
        compare(d, otp_element(is, i), otp_element(expected, i));
        otpi_text_truncate(&d->path, before);
    }
}

static void compare_lists(differ *d, otp_term is, otp_term expected) {
    for (size_t i = 1; d->found <= DIFFERENCES_MAX; i++) {
        bool more = otp_kind_of(is) == OTP_KIND_LIST;
        bool more_expected = otp_kind_of(expected) == OTP_KIND_LIST;
        size_t before = step_in(d);
        otpi_text_format(&d->path, "position %zu", i);
        if (more && more_expected) {
            compare(d, otp_head(is), otp_head(expected));
        } else if (more) {
            say(d, otp_head(is), " is one too many", OTP_NONE);
        } else if (more_expected) {
            say(d, OTP_NONE, "the list ends, expected ", otp_head(expected));
        } else {
            compare(d, is, expected); /* tails */
        }
        otpi_text_truncate(&d->path, before);
        if (!more || !more_expected) {
            return;
        }
        is = otp_tail(is);
        expected = otp_tail(expected);
    }
}

static size_t step_key(differ *d, otp_term key) {
    size_t before = step_in(d);
    otpi_text_cstr(&d->path, "key ");
    sti_term_show(&d->path, key);
    return before;
}

static void compare_maps(differ *d, otp_term is, otp_term expected) {
    otp_term key, value;
    for (size_t i = 0; otp_map_at(expected, i, &key, &value); i++) {
        otp_term here = otp_map_get(is, key);
        size_t before = step_key(d, key);
        if (otp_is_none(here)) {
            say(d, OTP_NONE, "missing, expected ", value);
        } else {
            compare(d, here, value);
        }
        otpi_text_truncate(&d->path, before);
    }
    for (size_t i = 0; otp_map_at(is, i, &key, &value); i++) {
        if (otp_is_none(otp_map_get(expected, key))) {
            size_t before = step_key(d, key);
            say(d, value, " is not expected", OTP_NONE);
            otpi_text_truncate(&d->path, before);
        }
    }
}

static void compare(differ *d, otp_term is, otp_term expected) {
    if (otp_equal(is, expected) || d->found > DIFFERENCES_MAX) {
        return;
    }
    otp_kind kind = otp_kind_of(is);
    bool same_kind = kind == otp_kind_of(expected) && d->depth < DEPTH_MAX;
    d->depth++;
    if (same_kind && kind == OTP_KIND_TUPLE && otp_arity(is) == otp_arity(expected)) {
        compare_tuples(d, is, expected);
    } else if (same_kind && kind == OTP_KIND_MAP) {
        compare_maps(d, is, expected);
    } else if (same_kind && kind == OTP_KIND_LIST) {
        compare_lists(d, is, expected);
    } else {
        say(d, is, " is not ", expected);
    }
    d->depth--;
}

void sti_term_diff(otpi_text *out, otp_term is, otp_term expected) {
    differ d = {.out = out};
    otpi_text_init_fixed(&d.path, d.path_memory, sizeof d.path_memory);
    compare(&d, is, expected);
    if (d.found > DIFFERENCES_MAX) {
        otpi_text_cstr(out, "\n    and more differences");
    }
}
