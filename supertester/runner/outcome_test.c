/* SPDX-License-Identifier: MIT */
#include "supertester/runner/outcome.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void checks(st_test test, const char *expected) {
    otpi_text error;
    test.suite = "door";
    test.name = "opens";
    test.file = "door.c";
    test.line = 3;
    otpi_text_init(&error, &otpi_heap_allocator);
    CHECK_EQ(sti_outcome_check(&test, &error), !*expected);
    CHECK_STR(error.data, expected);
    otpi_text_fini(&error);
}

UNIT("one end is expected, and it is one that there is") {
    static const char many[] = "door.opens (door.c:3): only one of .exits, .signal, .exit_code, "
                               ".must_fail and .fails can be expected";
    checks((st_test){.exits = "{shutdown, _}"}, "");
    checks((st_test){.signal = SIGSEGV}, "");
    checks((st_test){.exit_code = ST_EXIT_ZERO}, "");
    checks((st_test){.fails = true}, "");
    checks((st_test){.fails = true, .must_fail = ""}, many);
    checks((st_test){.signal = 6, .exit_code = 1}, many);
    checks((st_test){.signal = 65}, "door.opens (door.c:3): .signal is no signal");
    checks((st_test){.signal = -1}, "door.opens (door.c:3): .signal is no signal");
    checks((st_test){.exit_code = 257},
           "door.opens (door.c:3): .exit_code is not 1 to 255 or ST_EXIT_ZERO");
    checks((st_test){.signal = 6, .fail_io = ST_SWEEP},
           "door.opens (door.c:3): a test that ends its OS process can't be swept: leave out "
           ".fail_alloc and .fail_io");
    checks((st_test){.exits = "_", .fail_alloc = ST_SWEEP}, "");
    checks((st_test){.exits = "{shutdown, "},
           "door.opens (door.c:3): .exits is no pattern: syntax error: column 12: expected a term");
}

UNIT("a child ends by the signal, as its reporter of faults saw it, or with the code") {
    const st_test faults = {.signal = SIGSEGV}, exits = {.exit_code = 3},
                  exits_well = {.exit_code = ST_EXIT_ZERO}, returns = {.name = "returns"};
    const otpi_child_exit by_segv = {.signalled = true, .code = SIGSEGV};
    const otpi_child_exit by_abort = {.signalled = true, .code = SIGABRT};
    const otpi_child_exit code_0 = {.code = 0}, code_1 = {.code = 1}, code_3 = {.code = 3};
    CHECK(sti_outcome_is_expected(&faults, &by_segv, 0));
    CHECK(sti_outcome_is_expected(&faults, &code_1, SIGSEGV)); /* a sanitizer */
    CHECK(!sti_outcome_is_expected(&faults, &code_1, 0));
    CHECK(!sti_outcome_is_expected(&faults, &by_abort, SIGABRT));
    CHECK(!sti_outcome_is_expected(&faults, &code_0, 0));
    CHECK(sti_outcome_is_expected(&exits, &code_3, 0));
    CHECK(!sti_outcome_is_expected(&exits, &code_1, 0));
    CHECK(!sti_outcome_is_expected(&exits, &(otpi_child_exit){.signalled = true, .code = 3}, 0));
    CHECK(!sti_outcome_is_expected(&exits, &code_3, SIGSEGV));
    CHECK(sti_outcome_is_expected(&exits_well, &code_0, 0));
    CHECK(!sti_outcome_is_expected(&exits_well, &code_1, 0));
    CHECK(!sti_outcome_is_expected(&returns, &code_0, 0));
}

static sti_result result;

static sti_status judged(const st_test *test, sti_status status, const char *details) {
    result = (sti_result){.test = test, .status = status, .rerun = "again"};
    snprintf(result.details, sizeof result.details, "%s", details);
    sti_outcome_judge_failure(&result);
    return result.status;
}

UNIT("a failure that is expected passes, another one and none do not") {
    const st_test fails = {.fails = true}, says = {.must_fail = "1 == 2"}, plain = {.fails = false};
    CHECK_EQ(judged(&fails, STI_FAILED, "x"), STI_PASSED);
    CHECK_EQ(judged(&fails, STI_CRASHED, "x"), STI_PASSED);
    CHECK_STR(result.rerun, "");
    CHECK_EQ(judged(&fails, STI_PASSED, ""), STI_FAILED);
    CHECK_STR(result.details, "it passed, but is marked .fails: is the bug gone?\n");
    CHECK_EQ(result.failure_count, 1);
    CHECK_EQ(result.failures[0].all.size, strlen(result.details) - 1);
    CHECK_EQ(judged(&fails, STI_SKIPPED, ""), STI_SKIPPED);
    CHECK_EQ(judged(&says, STI_FAILED, "expected 1 == 2"), STI_PASSED);
    CHECK_EQ(judged(&says, STI_HUNG, "hang\n"), STI_HUNG);
    CHECK_STR(result.details, "hang\nit failed, as it must, but without saying \"1 == 2\"\n");
    CHECK_EQ(judged(&says, STI_PASSED, ""), STI_FAILED);
    CHECK_EQ(judged(&plain, STI_FAILED, "x"), STI_FAILED);
    CHECK_STR(result.rerun, "again");
}
