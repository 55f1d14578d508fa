/* SPDX-License-Identifier: MIT */
#include "base/assert.h"

#include "tests/unit.h"

#include <setjmp.h>
#include <string.h>

static jmp_buf way_out;
static const char *seen_id;
static const char *seen_what;

static void leave(const char *id, const char *file, int line, const char *what) {
    (void)file, (void)line;
    seen_id = id;
    seen_what = what;
    longjmp(way_out, 1);
}

UNIT("an assert that holds does nothing") {
    int evaluated = 0;
    OTPI_ASSERT("test-001", ++evaluated == 1);
    CHECK_EQ(evaluated, 1);
}

UNIT("a debug assert is evaluated in debug builds only") {
    int evaluated = 0;
    OTPI_DEBUG_ASSERT("test-002", ++evaluated == 1);
    CHECK_EQ(evaluated, OTPI_DEBUG);
}

UNIT("a broken assert tells its id and condition to the hook first") {
    otpi_panic_hook = leave;
    if (setjmp(way_out) == 0) {
        OTPI_ASSERT("test-003", 1 + 1 == 3);
    }
    otpi_panic_hook = NULL;
    CHECK_STR(seen_id, "test-003");
    CHECK_STR(seen_what, "1 + 1 == 3");
}

UNIT("the container of a member is found again") {
    struct box {
        char before;
        int member;
    } box;
    CHECK(OTPI_CONTAINER_OF(&box.member, struct box, member) == &box);
    CHECK(strstr(OTPI_SITE, "assert_test.c:") != NULL);
}
