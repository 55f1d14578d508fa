/* SPDX-License-Identifier: MIT */
#include "supertester/runner/registry.h"
#include "supertester/runner/filter.h"
#include "port/memory.h"
#include "tests/unit.h"

static const st_test tests[] = {
    {.suite = "counter", .name = "adds", .tags = "quick arithmetic", .file = "a.c", .line = 1},
    {.suite = "counter", .name = "subtracts", .tags = "quick", .file = "a.c", .line = 2},
    {.suite = "cart", .name = "checks_out", .file = "a.c", .line = 3},
};

static bool matches(const char *filter, int i) {
    return sti_filter_matches(filter, &tests[i]);
}

UNIT("a filter is a suite, suite.name, a glob or a tag") {
    CHECK(matches("counter", 0) && matches("counter", 1) && !matches("counter", 2));
    CHECK(matches("counter.adds", 0) && !matches("counter.adds", 1));
    CHECK(matches("c*", 2) && matches("*.subtracts", 1) && !matches("*.subtracts", 0));
    CHECK(matches("c?rt.*", 2) && !matches("c?rt.*", 0));
    CHECK(matches("**t**e*r*.*s", 0) && !matches("counter.add", 0) && !matches("", 0));
    CHECK(matches("*", 0) && !matches("counter.adds?", 0));
    CHECK(matches("tag:quick", 0) && matches("tag:arithmetic", 0) && !matches("tag:arithmetic", 1));
    CHECK(!matches("tag:qui", 0) && !matches("tag:", 0) && !matches("tag:quick", 2));
}

static const st_test *pointers[] = {&tests[0], &tests[1], &tests[2], &tests[0]};

static void suggests(const char *wrong, const char *expected) {
    otpi_text text;
    sti_registry registry = {.tests = pointers, .count = 3};
    otpi_text_init(&text, &otpi_heap_allocator);
    sti_registry_suggest(&registry, wrong, &text);
    CHECK_STR(text.data, expected);
    otpi_text_fini(&text);
}

UNIT("names that are nearly right are suggested") {
    suggests("countre", "; did you mean counter?");
    suggests("counter.add", "; did you mean counter.adds?");
    suggests("check", "; did you mean cart.checks_out?");
    suggests("countre.falls", "; did you mean counter?");
    suggests("counter.falls_down_the_stairs", "; did you mean counter?");
    suggests("zzzzzzzz.adds_nothing", "");
    suggests("zzzzzzzz", "");
    suggests("", "");
}

UNIT("a filter without a case picks all cases") {
    st_test one = {.suite = "counter", .name = "adds/a-1"};
    CHECK(sti_filter_matches("counter.adds", &one) && sti_filter_matches("counter.a*", &one));
    CHECK(sti_filter_matches("counter.adds/a-1", &one) && sti_filter_matches("*/a?1", &one));
    CHECK(!sti_filter_matches("counter.adds/a", &one) && !sti_filter_matches("counter.add", &one));
}

UNIT("two tests of one name are found") {
    const st_test *by_name[] = {&tests[2], &tests[0], &tests[0], &tests[1]};
    sti_registry registry = {.tests = pointers, .by_name = by_name, .count = 2};
    const st_test *other;
    CHECK(sti_registry_twin(&registry, &other) == NULL);
    registry.count = 4;
    CHECK(sti_registry_twin(&registry, &other) == &tests[0]);
    CHECK(sti_registry_find(&registry, "cart.checks_out") == &tests[2]);
    CHECK(sti_registry_find(&registry, "cart") == NULL);
}

static const st_suite suites[] = {
    {.name = "cart", .file = "a.c", .line = 4},
    {.name = "till", .file = "a.c", .line = 5},
    {.name = "cart", .file = "b.c", .line = 6},
    {.file = "b.c", .line = 7},
    {.file = "b.c", .line = 8},
};

static void check_suites(const st_suite *one, const st_suite *two, const char *expected) {
    const st_suite *known[] = {one, two};
    sti_registry registry = {
        .tests = pointers, .by_name = pointers, .count = 3, .suites = known, .suite_count = 2};
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    CHECK_EQ(sti_registry_check(&registry, &text), !*expected);
    CHECK_STR(text.data, expected);
    otpi_text_fini(&text);
}

UNIT("a suite has one fixture and tests, the run has one fixture") {
    check_suites(&suites[0], &suites[3], "");
    check_suites(&suites[1], &suites[0], "the suite till has a fixture (a.c:5), but no tests");
    check_suites(&suites[0], &suites[2], "the suite cart has two fixtures: at a.c:4 and at b.c:6");
    check_suites(&suites[3], &suites[4], "the run has two fixtures: at b.c:7 and at b.c:8");
}
