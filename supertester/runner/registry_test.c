/* SPDX-License-Identifier: MIT */
#include "supertester/runner/registry.h"
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
    sti_registry registry = {pointers, 3};
    otpi_text_init(&text, &otpi_heap_allocator);
    sti_registry_suggest(&registry, wrong, &text);
    CHECK_STR(text.data, expected);
    otpi_text_fini(&text);
}

UNIT("names that are nearly right are suggested") {
    suggests("countre", "; did you mean counter?");
    suggests("counter.add", "; did you mean counter.adds?");
    suggests("check", "; did you mean cart.checks_out?");
    suggests("zzzzzzzz", "");
    suggests("", "");
}

UNIT("two tests of one name are found") {
    sti_registry registry = {pointers, 3};
    const st_test *other;
    CHECK(sti_registry_twin(&registry, &other) == NULL);
    registry.count = 4;
    CHECK(sti_registry_twin(&registry, &other) == &tests[0]);
    CHECK(sti_registry_find(&registry, "cart.checks_out") == &tests[2]);
    CHECK(sti_registry_find(&registry, "cart") == NULL);
}
