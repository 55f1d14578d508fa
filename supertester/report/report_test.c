/* SPDX-License-Identifier: MIT */
#include "supertester/report/report.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>

static const st_test test = {.suite = "cart", .name = "sums", .file = "cart.c", .line = 3};

/* What a format prints of one result. */
static void shows(const sti_report_ops *ops, const sti_result *result, const char *output,
                  const char *expected) {
    sti_report report = {.ops = ops, .number = 4};
    otpi_text_init(&report.text, &otpi_heap_allocator);
    ops->result(&report, result, output, strlen(output));
    CHECK_STR(report.text.data, expected);
    otpi_text_fini(&report.text);
}

static sti_result result;

static void set(sti_status status, uint64_t runs, const char *details, const char *rerun) {
    result = (sti_result){.test = &test,
                          .mode = OTP_SIMULATED,
                          .status = status,
                          .runs_asked = runs,
                          .runs_done = runs,
                          .duration_ns = 1500000};
    strncpy(result.details, details, sizeof result.details - 1);
    strncpy(result.rerun, rerun, sizeof result.rerun - 1);
}

UNIT("a test that passed is one line") {
    set(STI_PASSED, 1, "notes\n", "");
    shows(&sti_report_human, &result, "printed",
          "ok    cart.sums                               simulated               1.5 ms\n");
    shows(&sti_report_tap, &result, "printed", "ok 4 - cart.sums (simulated)\n");
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
          "failed 1.5 ms\n");
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

UNIT("formats are found by name") {
    CHECK(sti_report_find("human") == &sti_report_human);
    CHECK(sti_report_find("tap") == &sti_report_tap);
    CHECK(sti_report_find("xml") == NULL);
}
