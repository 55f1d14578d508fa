/* SPDX-License-Identifier: MIT */
/*
 * What a run says of its mocks, and the calls they get. A mock lies in the test's file; it is
 * emptied when a run touches it for the first time, and is then in that run's list. One lock guards
 * all: the functions that are mocked take longer.
 */
#include "supertester/runner/mock.h"
#include "supertester/runner/context.h"
#include "supertester/runner/value.h"

#include <supertester/mock.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char st_any;

static otpi_spin lock; /* of all below, and of every mock */
static uint64_t run = 1;
static st_mock *touched;

void sti_mocks_begin(void) {
    otpi_spin_init(&lock);
    run++;
    touched = NULL;
}

/* Locks, too. */
static void touch(st_mock *mock) {
    otpi_spin_lock(&lock);
    if (mock->run != run) {
        *mock = (st_mock){.name = mock->name, .run = run, .next = touched};
        touched = mock;
    }
}

/* ---- What the test says ---- */

void st_mock_answer(st_mock *mock, st_mock_by by, int error) {
    touch(mock);
    mock->by = by;
    mock->error = error;
    otpi_spin_unlock(&lock);
}

size_t st_mock_queue(st_mock *mock, const char *site) {
    touch(mock);
    bool full = mock->queued - mock->answered == ST_MOCK_QUEUE_MAX;
    mock->queued += !full;
    size_t place = (mock->queued - 1) % ST_MOCK_QUEUE_MAX;
    otpi_spin_unlock(&lock);
    if (full) {
        sti_fail(site, "%s has %d answers waiting: no more are kept", mock->name,
                 ST_MOCK_QUEUE_MAX);
    }
    return place;
}

void st_mock_expect(st_mock *mock, const st_value *arguments, size_t count, const char *site) {
    touch(mock);
    bool full = mock->expected_count - mock->met == ST_MOCK_EXPECTED_MAX;
    if (!full) {
        st_mock_expected *expected = &mock->expected[mock->expected_count++ % ST_MOCK_EXPECTED_MAX];
        *expected = (st_mock_expected){.site = site, .count = count};
        memcpy(expected->arguments, arguments, count * sizeof *arguments);
    }
    otpi_spin_unlock(&lock);
    if (full) {
        sti_fail(site, "%d calls of %s are expected already: no more are kept",
                 ST_MOCK_EXPECTED_MAX, mock->name);
    }
}

void st_mock_expect_calls(st_mock *mock, uint64_t count, const char *site) {
    touch(mock);
    mock->calls_expected = count;
    mock->calls_site = site;
    otpi_spin_unlock(&lock);
}

uint64_t st_mock_calls(st_mock *mock) {
    touch(mock);
    uint64_t calls = mock->calls;
    otpi_spin_unlock(&lock);
    return calls;
}

/* ---- Calls ---- */

static bool is_any(st_value value) {
    return value.kind == ST_VALUE_POINTER && value.pointer == &st_any;
}

static void show_call(otpi_text *out, const char *name, const st_value *arguments, size_t count) {
    otpi_text_format(out, "%s(", name);
    for (size_t i = 0; i < count; i++) {
        otpi_text_cstr(out, i > 0 ? ", " : "");
        if (is_any(arguments[i])) {
            otpi_text_cstr(out, "ST_ANY");
        } else {
            sti_value_show(out, arguments[i]);
        }
    }
    otpi_text_char(out, ')');
}

static bool equals(st_value wanted, st_value got) {
    int order;
    bool equal = false;
    return is_any(wanted) || (sti_value_compare(wanted, got, &order, &equal) && equal);
}

static bool is_met(const st_mock_expected *expected, const st_value *arguments, size_t count) {
    bool met = expected->count == count;
    for (size_t i = 0; i < count && met; i++) {
        met = equals(expected->arguments[i], arguments[i]);
    }
    return met;
}

/* number: of the call, from 1; more: it was one of those expected. */
static void fail_call(const st_mock *mock, uint64_t number, bool more,
                      const st_mock_expected *expected, const st_value *arguments, size_t count) {
    char memory[2000];
    otpi_text out;
    otpi_text_init_fixed(&out, memory, sizeof memory);
    otpi_text_format(&out, "call %" PRIu64 " of %s is not the one expected\n    is       ", number,
                     mock->name);
    show_call(&out, mock->name, arguments, count);
    otpi_text_cstr(&out, "\n    expected ");
    if (more) {
        show_call(&out, mock->name, expected->arguments, expected->count);
    } else {
        otpi_text_cstr(&out, "no more calls");
    }
    sti_fail_text(expected->site, out.data);
}

st_mock_by st_mock_called(st_mock *mock, const st_value *arguments, size_t count, int *queued) {
    *queued = -1;
    if (!sti_context_now) {
        return ST_MOCK_BY_REAL;
    }
    touch(mock);
    st_mock_by by = mock->by;
    int error = mock->error;
    uint64_t number = ++mock->calls;
    bool judged = mock->expected_count > 0;
    st_mock_expected expected = {0}; /* a copy: whoever comes next may reuse its place */
    bool more = mock->met < mock->expected_count;
    if (judged) { /* one too many is told where the last one was expected */
        uint64_t place = more ? mock->met : mock->met - 1;
        expected = mock->expected[place % ST_MOCK_EXPECTED_MAX];
        mock->met += more;
    }
    if (mock->answered < mock->queued) {
        *queued = (int)(mock->answered++ % ST_MOCK_QUEUE_MAX);
    }
    otpi_spin_unlock(&lock);
    if (judged) {
        sti_checked();
        if (!more || !is_met(&expected, arguments, count)) {
            fail_call(mock, number, more, &expected, arguments, count);
        }
    }
    if (by == ST_MOCK_BY_VALUE && *queued < 0 && error != 0) {
        errno = error;
    }
    return by;
}

/* ---- The end ---- */

static void judge(const st_mock *mock) {
    char memory[1000];
    for (uint64_t i = mock->met; i < mock->expected_count; i++) {
        const st_mock_expected *expected = &mock->expected[i % ST_MOCK_EXPECTED_MAX];
        otpi_text out;
        otpi_text_init_fixed(&out, memory, sizeof memory);
        otpi_text_format(&out, "call %" PRIu64 " of %s has not come: expected ", i + 1, mock->name);
        show_call(&out, mock->name, expected->arguments, expected->count);
        sti_fail_text(expected->site, out.data);
    }
    if (mock->calls_site) {
        sti_checked();
        if (mock->calls != mock->calls_expected) {
            sti_fail(mock->calls_site, "expected %" PRIu64 " calls of %s, there were %" PRIu64,
                     mock->calls_expected, mock->name, mock->calls);
        }
    }
}

void sti_mocks_end(void) {
    for (const st_mock *mock = touched; mock; mock = mock->next) {
        judge(mock);
    }
}
