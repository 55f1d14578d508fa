/* SPDX-License-Identifier: MIT */
#include "supertester/report/wording.h"
#include "port/memory.h"
#include "port/poll.h"
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const st_test test = {.suite = "cart", .name = "sums", .file = "cart.c", .line = 3};

/* What a format prints of one result. */
static void shows(const sti_report_ops *ops, const sti_result *result, const char *output,
                  const char *expected) {
    sti_report report = {.number = 4};
    sti_reporter to = {.ops = ops, .report = &report};
    otpi_text_init(&to.text, &otpi_heap_allocator);
    ops->result(&to, result, (sti_printed){output, strlen(output)});
    CHECK_STR(to.text.data, expected);
    otpi_text_fini(&to.text);
}

static sti_result result;

static void set(sti_status status, uint64_t runs, const char *details, const char *rerun) {
    result = (sti_result){.test = &test,
                          .mode = OTP_SIMULATED,
                          .status = status,
                          .runs_asked = runs,
                          .runs_done = runs,
                          .duration_ns = 1500000};
    snprintf(result.details, sizeof result.details, "%s", details);
    snprintf(result.rerun, sizeof result.rerun, "%s", rerun);
}

UNIT("a test that passed is one line") {
    set(STI_PASSED, 1, "notes\n", "");
    shows(&sti_report_human, &result, "",
          "ok    cart.sums                               simulated               1.5 ms\n");
    shows(&sti_report_tap, &result, "", "ok 4 - cart.sums (simulated)\n");
    shows(&sti_report_github, &result, "", "");
}

UNIT("a failure shows details, output and how to run it again") {
    set(STI_FAILED, 20, "cart.c:5: expected a\n    left 1\n", "./cart cart.sums --seed 1");
    result.runs_done = 7;
    shows(&sti_report_human, &result, "line\nbell \a\n",
          "FAIL  cart.sums                               simulated, run 7 of 20  1.5 ms\n"
          "      cart.c:5: expected a\n          left 1\n      output:\n      | line\n"
          "      | bell \\x07\n      rerun: ./cart cart.sums --seed 1\n");
    shows(&sti_report_tap, &result, "line\n",
          "not ok 4 - cart.sums (simulated, run 7 of 20)\n  ---\n  severity: fail\n"
          "  at: cart.c:3\n  details: |2\n    cart.c:5: expected a\n        left 1\n  output: |2\n"
          "    line\n  rerun: |2\n    ./cart cart.sums --seed 1\n  ...\n");
    shows(&sti_report_github, &result, "",
          "::error file=cart.c,line=3,title=cart.sums (simulated)::cart.c:5: expected a%0A    left "
          "1%0Arerun: ./cart cart.sums --seed 1\n");
}

UNIT("an annotation points at the check that failed, with its own escapes") {
    set(STI_FAILED, 1, "a,b.c:15: 100%: x\n", "");
    result.failure_count = 1;
    result.failures[0] = (sti_failure){.all = {0, 17}, .site = {0, 8}};
    shows(&sti_report_github, &result, "",
          "::error file=a%2Cb.c,line=15,title=cart.sums (simulated)::100%25: x\n");
    CHECK_STR(sti_report_kind(&result, &result.failures[0]), "check");
}

UNIT("failures that are no checks are known by the word they begin with") {
    static const struct {
        const char *details, *kind;
    } cases[] = {{"leak: each run leaves 1 open file behind\n", "leak"},
                 {"deadlock: the test waits\n", "deadlock"},
                 {"not deterministic: with the same choices\n", "not deterministic"},
                 {"the setup of the suite cart failed:\n", "fixture"},
                 {"the teardown of the suite cart, after its last test here, failed:\n", "fixture"},
                 {"sweep: it proves nothing\n", "sweep"},
                 {"it must fail, saying \"x\", and passed\n", "must_fail"},
                 {"the test process exited: oops\n", "exit"},
                 {"leaky\n", "exit"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set(STI_FAILED, 1, cases[i].details, "");
        sti_failure failure = {.all = {0, (uint32_t)strlen(cases[i].details) - 1}};
        CHECK_STR(sti_report_kind(&result, &failure), cases[i].kind);
        sti_place place = sti_report_place(&result, &failure);
        CHECK_EQ(place.line, 3);
        CHECK_STR(place.file, "cart.c");
    }
}

UNIT("bytes that are no text are shown as they are numbered") {
    static const struct {
        const char *bytes, *shown;
    } cases[] = {{"plain", "plain"},
                 {"\xff", "\\xff"},
                 {"\xc3\xa9", "\xc3\xa9"},
                 {"\xc3(", "\\xc3("},
                 {"\x1b[31m", "\\x1b[31m"},
                 {"\xc2\x9b", "\\xc2\\x9b"}, /* a terminal's control sequence in one character */
                 {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half of a surrogate pair */
                 {"\xef\xbf\xbe", "\\xef\\xbf\\xbe"}, /* not in XML */
                 {"a\tb\nc", "a\tb\nc"},
                 {"\xe2\x82", "\\xe2\\x82"}}; /* cut in a character */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otpi_text text;
        otpi_text_init(&text, &otpi_heap_allocator);
        sti_report_text(&text, cases[i].bytes, strlen(cases[i].bytes));
        CHECK_STR(text.data, cases[i].shown);
        otpi_text_fini(&text);
    }
}

UNIT("a sweep tells how many sites there were, and how many failed") {
    set(STI_PASSED, 1, "", "");
    result.swept[STI_ALLOCATIONS] = (sti_swept){.counted = true, .sites = 1, .done = 1};
    result.swept[STI_IO_CALLS] = (sti_swept){.counted = true, .sites = 9, .done = 9, .missed = 2};
    shows(&sti_report_tap, &result, "",
          "ok 4 - cart.sums (simulated, 1 allocation swept, 9 I/O calls swept, 2 not made)\n");
    set(STI_FAILED, 1, "", "");
    result.swept[STI_ALLOCATIONS] =
        (sti_swept){.counted = true, .sites = 30, .done = 12, .failed = 10};
    shows(&sti_report_human, &result, "",
          "FAIL  cart.sums                               simulated, 12 of 30 allocations swept, 10 "
          "failed  1.5 ms\n");
}

UNIT("a test whose sweep was asked for and not made says why") {
    set(STI_PASSED, 1, "", "");
    result.not_swept = true;
    shows(&sti_report_tap, &result, "",
          "ok 4 - cart.sums (simulated, not swept: it ends its OS process)\n");
}

UNIT("what failed in a sweep is known by what the run said, and placed by its check") {
    static const char details[] = "fails with allocation 3 of 7, malloc of 20 bytes in f+0x8\n"
                                  "    cart.c:5: expected a == b\n        left  1\n";
    set(STI_FAILED, 1, details, "./cart cart.sums --seed 1 --fail-alloc 3");
    uint32_t head = (uint32_t)(strstr(details, "cart.c") - details);
    result.failure_count = 1;
    result.failures[0] =
        (sti_failure){.all = {0, (uint32_t)strlen(details) - 1}, .head = head, .site = {head, 8}};
    const sti_failure *failure = &result.failures[0];
    CHECK_STR(sti_report_kind(&result, failure), "check");
    CHECK_EQ(sti_report_place(&result, failure).line, 5);
    sti_span struck = sti_report_struck(&result, failure), said = sti_report_said(failure);
    CHECK_EQ(said.size, strlen(details) - 1);
    CHECK_EQ(strncmp(details + struck.at, "allocation 3 of 7, malloc of 20 bytes in f+0x8\n",
                     struck.size + 1),
             0);
    shows(&sti_report_github, &result, "",
          "::error file=cart.c,line=5,title=cart.sums (simulated)::fails with allocation 3 of 7, "
          "malloc of 20 bytes in f+0x8%0A    cart.c:5: expected a == b%0A        left  1%0Arerun: "
          "./cart cart.sums --seed 1 --fail-alloc 3\n");
    set(STI_CRASHED, 1, "fails with I/O call 1 of 2, write in g+0x1\n    crash: SIGSEGV\n", "");
    head = (uint32_t)(strstr(result.details, "crash") - result.details);
    const sti_failure crash = {.all = {0, (uint32_t)strlen(result.details) - 1}, .head = head};
    CHECK_STR(sti_report_kind(&result, &crash), "crash");
    CHECK_EQ(sti_report_place(&result, &crash).line, 3);
    const sti_failure none = {.all = {0, 10}};
    CHECK_EQ(sti_report_struck(&result, &none).size, 0);
}

UNIT("one call that is made to fail has its number") {
    set(STI_PASSED, 1, "", "");
    result.swept[STI_IO_CALLS] =
        (sti_swept){.counted = true, .sites = 9, .done = 1, .only = 3, .failed = 1};
    shows(&sti_report_tap, &result, "",
          "ok 4 - cart.sums (simulated, I/O call 3 of 9 made to fail)\n");
    result.swept[STI_IO_CALLS].missed = 1;
    shows(&sti_report_tap, &result, "",
          "ok 4 - cart.sums (simulated, I/O call 3 of 9 was not made)\n");
}

UNIT("durations have a unit that fits") {
    static const struct {
        uint64_t ns;
        const char *says;
    } cases[] = {{0, "0.0 ms"},       {120000, "0.1 ms"},      {9990000, "10.0 ms"},
                 {12000000, "12 ms"}, {9999000000, "9999 ms"}, {61000000000, "61 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otpi_text text;
        otpi_text_init(&text, &otpi_heap_allocator);
        sti_report_duration(&text, cases[i].ns);
        CHECK_STR(text.data, cases[i].says);
        otpi_text_fini(&text);
    }
}

UNIT("formats are found by name, and may have a file") {
    static const struct {
        const char *word, *says;
    } bad[] = {{"xml", "\"xml\" is no reporter; there are human, tap, tap14, junit, jsonl, github "
                       "and gtest"},
               {":out",
                "\"\" is no reporter; there are human, tap, tap14, junit, jsonl, github and "
                "gtest"},
               {"junit:", "\"junit:\" names no file behind its colon"}};
    sti_report_order order;
    otpi_text error;
    otpi_text_init(&error, &otpi_heap_allocator);
    CHECK(sti_report_order_read(&order, "junit:a:b.xml", &error));
    CHECK(order.ops == &sti_report_junit);
    CHECK_STR(order.file, "a:b.xml");
    CHECK(sti_report_order_read(&order, "tap", &error) && order.ops == &sti_report_tap);
    CHECK(!order.file);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        otpi_text_clear(&error);
        CHECK(!sti_report_order_read(&order, bad[i].word, &error));
        CHECK_STR(error.data, bad[i].says);
    }
    otpi_text_fini(&error);
}

/* ---- A whole report ---- */

static void tell(sti_report *report, const st_test *of, sti_status status, uint64_t ms) {
    set(status, 1, "", "");
    result.test = of;
    result.duration_ns = ms * 1000000;
    sti_report_began(report, report->number + 1, of, OTP_SIMULATED);
    sti_report_result(report, &result, "", 0);
}

static char *read_file(const char *path) {
    static char bytes[4096];
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(bytes, 1, sizeof bytes - 1, file) : 0;
    bytes[got] = '\0';
    if (file) {
        fclose(file);
    }
    return bytes;
}

UNIT("the slowest are named, slowest first, and the failures to run again, last") {
    static const st_test fast = {.suite = "a", .name = "fast", .file = "a.c", .line = 1};
    static const st_test slow = {.suite = "a", .name = "slow", .file = "a.c", .line = 2};
    static const st_test slowest = {.suite = "a", .name = "it's slowest", .file = "a.c", .line = 3};
    char path[] = "/tmp/report_test.XXXXXX";
    otpi_text error;
    int made = mkstemp(path);
    REQUIRE(made >= 0);
    otpi_text_init(&error, &otpi_heap_allocator);
    sti_report report = {
        .slowest = 2, .planned = 3, .tests = 3, .again_before = "./a", .again_after = " -x"};
    const sti_report_order orders[] = {{&sti_report_human, path}, {&sti_report_tap, "/dev/null"}};
    REQUIRE(sti_report_begin(&report, orders, 2, NULL, &error));
    tell(&report, &slow, STI_FAILED, 20);
    tell(&report, &fast, STI_PASSED, 1);
    tell(&report, &slowest, STI_HUNG, 300);
    sti_report_end(&report);
    CHECK_EQ(report.failed, 2);
    CHECK(sti_report_close(&report, &error));
    const char *end = strstr(read_file(path), "slowest:");
    REQUIRE(end != NULL);
    const char *first = strstr(end, "a.it's slowest"), *second = strstr(end, "a.slow ");
    CHECK(first && second && first < second);
    CHECK(!strstr(end, "a.fast"));
    const char *last = strstr(end, "rerun failures: ");
    REQUIRE(last != NULL);
    CHECK_STR(last, "rerun failures: ./a a.slow 'a.it'\\''s slowest' -x\n");
    remove(path);
    otpi_pipe_close(&made);
    otpi_text_fini(&error);
}

UNIT("a report that can't be written says so, with the counts, and the others are whole") {
    char path[] = "/tmp/report_test.XXXXXX";
    otpi_text error;
    int made = mkstemp(path);
    REQUIRE(made >= 0);
    otpi_text_init(&error, &otpi_heap_allocator);
    sti_report report = {.planned = 2, .tests = 2};
    const sti_report_order orders[] = {
        {&sti_report_tap, "/dev/full"}, {&sti_report_tap, path}, {&sti_report_junit, "/dev/full"}};
    REQUIRE(sti_report_begin(&report, orders, 3, NULL, &error));
    tell(&report, &test, STI_PASSED, 1);
    tell(&report, &test, STI_PASSED, 1);
    sti_report_end(&report);
    CHECK(!sti_report_close(&report, &error));
    CHECK_STR(error.data,
              "the report tap could not be written to /dev/full: No space left on device; "
              "the report junit could not be written to /dev/full: No space left on "
              "device; 2 passed, 0 failed");
    CHECK_STR(read_file(path), "TAP version 13\n# seed 0\n1..2\nok 1 - cart.sums (simulated)\n"
                               "ok 2 - cart.sums (simulated)\n# 2 passed, 0 failed\n");
    remove(path);
    otpi_pipe_close(&made);
    otpi_text_fini(&error);
}

UNIT("a file that can't be opened is told before anything runs") {
    otpi_text error;
    otpi_text_init(&error, &otpi_heap_allocator);
    sti_report report = {.planned = 1, .tests = 1};
    const sti_report_order order = {&sti_report_junit, "/nowhere/report.xml"};
    CHECK(!sti_report_begin(&report, &order, 1, NULL, &error));
    CHECK_STR(error.data,
              "the report junit can't be written to /nowhere/report.xml: No such file or "
              "directory");
    otpi_text_clear(&error);
    CHECK(!sti_report_close(&report, &error));
    otpi_text_fini(&error);
}

/* ---- Out of memory ---- */

typedef struct turn {
    size_t left;
    bool came;
} turn;

static bool in_turn(void *context, size_t size, const char *site) {
    turn *t = context;
    (void)size, (void)site;
    bool now = !t->came && t->left-- == 0;
    t->came = t->came || now;
    return now;
}

/* A report in every format while the allocation number at fails; true: it was not reached. */
static bool survives(size_t at, otpi_text *error) {
    static sti_report_order orders[] = {
        {&sti_report_human, "/dev/null"}, {&sti_report_tap, "/dev/null"},
        {&sti_report_tap14, "/dev/null"}, {&sti_report_junit, "/dev/null"},
        {&sti_report_jsonl, "/dev/null"}, {&sti_report_github, "/dev/null"},
        {&sti_report_gtest, "/dev/null"}};
    turn t = {.left = at};
    sti_report report = {.planned = 2, .tests = 2, .slowest = 1, .again_before = "./a"};
    otpi_text_clear(error);
    otpi_alloc_fault_set(in_turn, &t);
    bool begun = sti_report_begin(&report, orders, 7, NULL, error);
    if (begun) {
        tell(&report, &test, STI_FAILED, 1);
        tell(&report, &test, STI_PASSED, 1);
        sti_report_end(&report);
    }
    otpi_alloc_fault_set(NULL, NULL);
    bool written = sti_report_close(&report, error);
    CHECK(t.came || (begun && written));
    CHECK(!begun || (report.failed == 1 && report.passed == 1));
    return !t.came;
}

UNIT("where memory ends, a report that is not whole says so") {
    otpi_text error;
    size_t at = 0, told = 0;
    otpi_text_init(&error, &otpi_heap_allocator);
    while (!survives(at, &error)) {
        told += strstr(error.data, "memory") != NULL;
        at++;
    }
    CHECK(at > 20);
    CHECK_EQ(told, at - 1); /* all but one: that of the names to run again, which are left out */
    otpi_text_fini(&error);
}
