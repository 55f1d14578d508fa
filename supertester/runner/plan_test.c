/* SPDX-License-Identifier: MIT */
/* The plan of this program's own tests, which nobody runs. */
#include "supertester/runner/plan.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <supertester/property.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int value;
} rows[] = {{"one", 1}, {"two", 2}};

static bool even(size_t index, st_case *out) {
    snprintf(out->name, sizeof out->name, "%zu", 2 * index);
    out->data = &rows[index % 2];
    return index < 3;
}

ST_TEST(cart, sums, .tags = "quick money") {
}
ST_TEST(cart, empties, .tags = "slow", .exclusive = true, .timeout_ms = 400) {
}
ST_TEST(cart, takes, .cases = ST_CASES(rows), .world = ST_BOTH) {
}
ST_TEST(till, counts, .cases = ST_CASES_FROM(even), .tags = "money", .seed = 9) {
}
ST_PROPERTY(till, never_short) {
}
ST_TEST(till, crashes, .fails = true) {
}
ST_TEST(till, burns, .signal = 11, .runs = 50) {
}

static sti_flags flags;
static sti_plan plan;
static otpi_text error;
static int code;

static bool make(char **argv) {
    int argc = 0;
    while (argv[argc]) {
        argc++;
    }
    otpi_text_init(&error, &otpi_heap_allocator);
    return sti_flags_parse(&flags, argc, argv, &error) &&
           sti_plan_make(&plan, &flags, &code, &error);
}

#define MAKE(...) make((char *[]){"prog", __VA_ARGS__, NULL})

static void done(void) {
    sti_plan_free(&plan);
    sti_flags_free(&flags);
    otpi_text_fini(&error);
}

/* The names of the jobs, those in the parallel world with a prime. */
static const char *names(void) {
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plan.count; i++) {
        const sti_job *job = &plan.jobs[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s.%s%s", i > 0 ? " " : "",
                                 job->test->suite, job->test->name,
                                 job->mode == OTP_PARALLEL ? "'" : "");
    }
    return text;
}

static void picks(char **argv, const char *expected) {
    if (!CHECK(make(argv))) {
        CHECK_STR(error.data, "");
    }
    CHECK_STR(names(), expected);
    done();
}

#define PICKS(expected, ...) picks((char *[]){"prog", __VA_ARGS__, NULL}, expected)

static void refuses(char **argv, const char *expected) {
    CHECK(!make(argv));
    CHECK_EQ(code, STI_EXIT_USAGE);
    CHECK_STR(error.data, expected);
    done();
}

#define REFUSES(expected, ...) refuses((char *[]){"prog", __VA_ARGS__, NULL}, expected)

UNIT("a test with cases is a test for each, exclusive ones come last") {
    PICKS("cart.sums cart.takes/one cart.takes/one' cart.takes/two cart.takes/two' cart.empties",
          "cart");
    PICKS("till.counts/0 till.counts/2 till.counts/4 till.never_short till.crashes till.burns",
          "till");
    CHECK(MAKE("cart"));
    CHECK_EQ(plan.count, 6);
    CHECK_EQ(plan.shared_count, 5);
    CHECK(plan.jobs[1].test->case_data == &rows[0] && plan.jobs[3].test->case_index == 1);
    done();
}

UNIT("filters pick tests, all of their cases, or one") {
    PICKS("cart.takes/two cart.takes/two'", "cart.takes/two");
    PICKS("cart.takes/two", "cart.takes/t*", "--world", "simulated");
    PICKS("till.counts/0 till.counts/2 till.counts/4", "till.counts");
    PICKS("cart.sums till.counts/4", "cart.sums", "*/4");
}

UNIT("tags let in and keep out") {
    PICKS("cart.sums till.counts/0 till.counts/2 till.counts/4", "--only", "money");
    PICKS("cart.sums", "--only", "money", "--if-any", "--exclude", "none", "cart");
    PICKS("cart.sums cart.empties", "--only=quick", "--only", "slow");
    PICKS("till.counts/0 till.counts/2 till.counts/4", "--only", "money", "--exclude", "quick");
}

UNIT("a part of the tests is every n-th, and all parts together are all") {
    PICKS("cart.sums till.counts/0 till.counts/4 till.crashes", "--shard", "1/2", "cart.sums",
          "cart.empties", "till");
    PICKS("till.counts/2 till.never_short till.burns cart.empties", "--shard", "2/2", "cart.sums",
          "cart.empties", "till");
    PICKS("", "--shard", "7/7", "cart.sums");
}

UNIT("what picks nothing is refused with what was meant") {
    REFUSES("no test matches \"cart.sum\"; did you mean cart.sums?", "cart.sum");
    REFUSES("--only: no test has the tag \"quik\"; did you mean quick?", "--only", "quik");
    REFUSES("--exclude: no test has the tag \"x\"", "--exclude", "x");
    REFUSES("no test is left: filters and tags exclude each other", "cart", "--only", "quick",
            "--exclude", "money");
    REFUSES("--failed: none of these tests failed last time (.supertester/prog.failed)",
            "--failed");
    REFUSES("--gdb runs one test: choose it by its full name", "--gdb", "cart");
    PICKS("", "nothing", "--if-any");
    PICKS("", "--if-any", "--failed");
}

UNIT("a shuffle depends on its seed and round, keeps suites together and exclusive tests last") {
    char first[1024];
    CHECK(MAKE("--shuffle=7"));
    snprintf(first, sizeof first, "%s", names());
    CHECK_STR(strrchr(first, ' '), " cart.empties");
    bool cart_first = strncmp(first, "cart", 4) == 0;
    for (size_t i = 1; i < plan.shared_count; i++) {
        bool cart_before = strcmp(plan.jobs[i - 1].test->suite, "cart") == 0;
        bool cart_now = strcmp(plan.jobs[i].test->suite, "cart") == 0;
        CHECK(cart_before == cart_now || cart_before == cart_first);
    }
    bool changed = false;
    for (uint64_t round = 1; round < 5; round++) {
        sti_plan_begin_round(&plan, round);
        changed = changed || strcmp(first, names()) != 0;
    }
    CHECK(changed);
    sti_plan_begin_round(&plan, 0);
    CHECK_STR(names(), first);
    done();
    bool other = false;
    for (int seed = 8; seed < 12; seed++) {
        char flag[32];
        snprintf(flag, sizeof flag, "--shuffle=%d", seed);
        CHECK(MAKE(flag));
        other = other || strcmp(first, names()) != 0;
        done();
    }
    CHECK(other);
}

UNIT("rounds have seeds of their own") {
    CHECK(MAKE("till", "--seed", "5"));
    const sti_job *job = &plan.jobs[0];
    CHECK_EQ(sti_plan_base_seed(&plan, job), 5);
    sti_plan_begin_round(&plan, 1);
    uint64_t second = sti_plan_base_seed(&plan, job);
    sti_plan_begin_round(&plan, 2);
    CHECK(second != 5 && second != sti_plan_base_seed(&plan, job));
    done();
    CHECK(MAKE("till"));
    CHECK_EQ(sti_plan_base_seed(&plan, &plan.jobs[0]), 9);
    done();
}

UNIT("time limits are the test's, scaled, or the flag's") {
    CHECK(MAKE("cart.empties", "--timeout-scale", "2.5"));
    int64_t scaled = sti_plan_timeout_ms(&plan, &plan.jobs[0]);
    done();
    CHECK(MAKE("cart.empties"));
    CHECK_EQ(scaled, sti_plan_timeout_ms(&plan, &plan.jobs[0]) * 5 / 2);
    done();
    CHECK(MAKE("cart.empties", "--timeout", "70", "--timeout-scale", "10"));
    CHECK_EQ(sti_plan_timeout_ms(&plan, &plan.jobs[0]), 70);
    done();
    CHECK(MAKE("cart.empties", "--timeout-scale", "0.001"));
    CHECK(sti_plan_timeout_ms(&plan, &plan.jobs[0]) >= 1);
    done();
}

UNIT("a full name runs without a child, unless something says otherwise") {
    static const struct {
        bool by_name;
        char *words[4];
    } cases[] = {
        {true, {"prog", "cart.sums"}},
        {true, {"prog", "till.counts/2"}},
        {false, {"prog", "till.counts"}},
        {false, {"prog", "cart"}},
        {false, {"prog", "cart.sums", "-j1"}},
        {false, {"prog", "cart.sums", "--tap"}},
        {false, {"prog", "till.burns"}},
        {false, {"prog", "cart.sums", "cart.sums"}},
        {false, {"prog", "cart.sums", "--repeat=2"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *words[5] = {NULL};
        memcpy(words, cases[i].words, sizeof cases[i].words);
        CHECK(make(words));
        CHECK_EQ(sti_plan_is_by_name(&plan), cases[i].by_name);
        done();
    }
}

UNIT("runs are as many as asked, and one where the OS process ends") {
    CHECK(MAKE("till"));
    CHECK_EQ(sti_plan_runs(&plan, &plan.jobs[0]), 1);
    CHECK_EQ(sti_plan_runs(&plan, &plan.jobs[3]), 100);
    CHECK_EQ(sti_plan_runs(&plan, &plan.jobs[5]), 1);
    done();
}
