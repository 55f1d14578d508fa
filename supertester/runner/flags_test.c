/* SPDX-License-Identifier: MIT */
#include "supertester/runner/flags.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>

static otpi_text error;

static bool parse(sti_flags *flags, char **argv) {
    int argc = 0;
    while (argv[argc]) {
        argc++;
    }
    otpi_text_init(&error, &otpi_heap_allocator);
    return sti_flags_parse(flags, argc, argv, &error);
}

#define PARSE(flags, ...) parse((flags), (char *[]){"prog", __VA_ARGS__, NULL})

static void done(sti_flags *flags) {
    sti_flags_free(flags);
    otpi_text_fini(&error);
}

/* .at is 99 when it is refused. */
static sti_fail_order fail_order(const char *value) {
    sti_flags flags;
    sti_fail_order order = {.how = STI_FAIL_NONE, .at = 99};
    if (PARSE(&flags, "--fail-alloc", (char *)(uintptr_t)value)) {
        order = flags.fail[STI_ALLOCATIONS];
        CHECK_EQ(flags.fail[STI_IO_CALLS].how, STI_FAIL_NONE);
    } else {
        CHECK(error.length > 0);
    }
    done(&flags);
    return order;
}

UNIT("what is to fail is a sweep, a number, or a number and what follows") {
    CHECK_EQ(fail_order("sweep").how, STI_FAIL_SWEEP);
    CHECK_EQ(fail_order("17").how, STI_FAIL_NTH);
    CHECK_EQ(fail_order("17").at, 17);
    CHECK_EQ(fail_order("17+").how, STI_FAIL_FROM);
    CHECK_EQ(fail_order("17+").at, 17);
    const char *const wrong[] = {"",
                                 "0",
                                 "0+",
                                 "+",
                                 "-1",
                                 "1-",
                                 "17 ",
                                 "sweeps",
                                 "1++",
                                 "18446744073709551616",
                                 "000000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(fail_order(wrong[i]).at, 99);
    }
}

UNIT("flags take their values in each way they can be written") {
    sti_flags f;
    CHECK(PARSE(&f, "--seed", "0x10", "-j4", "--runs=7", "a", "--tap", "b.*", "--timeout", "50"));
    CHECK_EQ(f.seed, 16);
    CHECK(f.seed_given);
    CHECK_EQ(f.jobs, 4);
    CHECK_EQ(f.runs, 7);
    CHECK_EQ(f.timeout_ms, 50);
    CHECK(f.format == &sti_report_tap);
    CHECK_EQ(f.filter_count, 2);
    CHECK_STR(f.filters[0], "a");
    CHECK_STR(f.filters[1], "b.*");
    done(&f);
    CHECK(PARSE(&f, "-j", "2", "-v", "--world=parallel", "--", "--list"));
    CHECK(f.verbose && f.jobs == 2 && f.world_given && f.world == OTP_PARALLEL && !f.list);
    CHECK_STR(f.filters[0], "--list");
    done(&f);
}

UNIT("what is not given is at its default") {
    sti_flags f;
    CHECK(parse(&f, (char *[]){"prog", NULL}));
    CHECK_EQ(f.seed, STI_SEED_DEFAULT);
    CHECK(!f.seed_given && f.runs == 0 && f.jobs == 0 && f.timeout_ms == 0 && !f.replay);
    CHECK(f.format == &sti_report_human);
    done(&f);
}

UNIT("bad flags are refused with the reason") {
    static const struct {
        const char *words[3];
        const char *says;
    } bad[] = {
        {{"--sede", "1"}, "unknown flag --sede"},
        {{"-x"}, "unknown flag -x"},
        {{"--seed"}, "--seed needs a value: --seed N"},
        {{"--seed", "abc"}, "--seed: \"abc\" is not a number from 0 to 18446744073709551615"},
        {{"--seed", "18446744073709551616"},
         "--seed: \"18446744073709551616\" is not a number from 0 to 18446744073709551615"},
        {{"--seed", "-1"}, "--seed: \"-1\" is not a number from 0 to 18446744073709551615"},
        {{"--seed="}, "--seed: \"\" is not a number from 0 to 18446744073709551615"},
        {{"-j0"}, "--jobs: \"0\" is not a number from 1 to 1000"},
        {{"--runs", "0"}, "--runs: \"0\" is not a number from 1 to 9223372036854775807"},
        {{"--runs", "1e3"}, "--runs: \"1e3\" is not a number from 1 to 9223372036854775807"},
        {{"--timeout", "0x"}, "--timeout: \"0x\" is not a number from 1 to 86400000"},
        {{"--world", "real"}, "--world: \"real\" is no world; there are simulated and parallel"},
        {{"--format", "xml"}, "--format: \"xml\" is no format; there are human and tap"},
        {{"--list=yes"}, "--list takes no value"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sti_flags f;
        char *argv[4] = {"prog"};
        for (int w = 0; w < 3; w++) {
            argv[w + 1] = w < 3 && bad[i].words[w] ? (char *)(uintptr_t)bad[i].words[w] : NULL;
            if (!argv[w + 1]) {
                break;
            }
        }
        CHECK(!parse(&f, argv));
        CHECK_STR(error.data, bad[i].says);
        done(&f);
    }
}

UNIT("numbers") {
    uint64_t n;
    CHECK(sti_number_parse("0", &n) && n == 0);
    CHECK(sti_number_parse("18446744073709551615", &n) && n == UINT64_MAX);
    CHECK(sti_number_parse("0xffffFFFFffffffff", &n) && n == UINT64_MAX);
    CHECK(!sti_number_parse("", &n));
    CHECK(!sti_number_parse("0x", &n));
    CHECK(!sti_number_parse(" 1", &n));
    CHECK(!sti_number_parse("1 ", &n));
    CHECK(!sti_number_parse("0x10000000000000000", &n));
}
