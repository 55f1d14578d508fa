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
    CHECK_EQ(f.reporter_count, 1);
    CHECK(f.reporters[0].ops == &sti_report_tap && !f.reporters[0].file);
    CHECK_EQ(f.filter_count, 2);
    CHECK_STR(f.filters[0], "a");
    CHECK_STR(f.filters[1], "b.*");
    done(&f);
    CHECK(PARSE(&f, "-j", "2", "-v", "--world=parallel", "--", "--list"));
    CHECK(f.verbose && f.jobs == 2 && f.world_given && f.world == OTP_PARALLEL && !f.list);
    CHECK_STR(f.filters[0], "--list");
    done(&f);
}

UNIT("several reporters, and GoogleTest's flags among them") {
    sti_flags f;
    CHECK(PARSE(&f, "--reporter", "human", "--reporter=github", "--reporter=jsonl:a",
                "--gtest_output=xml:b", "--gtest_filter=a.*", "--gtest_color=no"));
    CHECK_EQ(f.reporter_count, 4);
    CHECK(f.reporters[3].ops == &sti_report_junit);
    CHECK_STR(f.reporters[3].file, "b");
    CHECK(f.gtest && f.color == STI_NEVER && !sti_flags_colours(&f));
    CHECK_STR(f.gtest_filter, "a.*");
    done(&f);
    CHECK(PARSE(&f, "--gtest_list_tests", "--gtest_output=json", "--color=always"));
    CHECK(f.gtest_list && f.gtest_json && f.reporter_count == 0 && sti_flags_colours(&f));
    CHECK_STR(f.gtest_output, "test_detail.json");
    done(&f);
    CHECK(PARSE(&f, "--gtest_repeat=3", "--gtest_shuffle"));
    CHECK(f.gtest && f.repeat == 3 && f.shuffle);
    done(&f);
}

UNIT("the command for failures keeps the flags they depend on") {
    sti_flags f;
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    CHECK(PARSE(&f, "--seed", "7", "--runs=3", "-j2", "--world=parallel", "--long", "--timeout=9"));
    sti_flags_again(&f, &text);
    CHECK_STR(text.data, " --seed 7 --runs 3 --world parallel --timeout 9 --long");
    done(&f);
    otpi_text_clear(&text);
    CHECK(PARSE(&f, "--shuffle=7", "--repeat=3", "--until-fail", "--timeout-scale=0.25"));
    sti_flags_again(&f, &text);
    CHECK_STR(text.data, " --timeout-scale 0.25 --repeat 3 --until-fail --shuffle=7");
    done(&f);
    otpi_text_clear(&text);
    CHECK(PARSE(&f, "--fail-alloc=sweep", "--fail-io", "3+"));
    sti_flags_again(&f, &text);
    CHECK_STR(text.data, " --fail-alloc sweep --fail-io 3+");
    done(&f);
    otpi_text_clear(&text);
    CHECK(PARSE(&f, "--fail-io=12"));
    sti_flags_again(&f, &text);
    CHECK_STR(text.data, " --fail-io 12");
    done(&f);
    otpi_text_clear(&text);
    CHECK(PARSE(&f, "--only=a", "--only=b", "--exclude", "c", "--gtest_filter=d.*", "e"));
    sti_flags_chosen(&f, &text);
    CHECK_STR(text.data, " --only a --only b --exclude c --gtest_filter 'd.*'");
    otpi_text_fini(&text);
    done(&f);
}

UNIT("what is not given is at its default") {
    sti_flags f;
    CHECK(parse(&f, (char *[]){"prog", NULL}));
    CHECK_EQ(f.seed, STI_SEED_DEFAULT);
    CHECK(!f.seed_given && f.runs == 0 && f.jobs == 0 && f.timeout_ms == 0 && !f.replay);
    CHECK(f.reporter_count == 0 && f.slowest == 0 && f.color == STI_AUTO && !f.gtest);
    done(&f);
}

UNIT("bad flags are refused with the reason") {
    static const struct {
        const char *words[3];
        const char *says;
    } bad[] = {
        {{"--sede", "1"}, "unknown flag --sede; did you mean --seed?"},
        {{"--shufle=3"}, "unknown flag --shufle=3; did you mean --shuffle?"},
        {{"--zzzzzzzz"}, "unknown flag --zzzzzzzz"},
        {{"-x"}, "unknown flag -x"},
        {{"--only"}, "--only needs a value: --only TAG"},
        {{"--only", "a b"}, "--only: \"a b\" is no tag: a tag is a word"},
        {{"--exclude="}, "--exclude: \"\" is no tag: a tag is a word"},
        {{"--shard", "3/2"}, "--shard: \"3/2\" is no part: write 1/4 for the first of four"},
        {{"--shard", "0/2"}, "--shard: \"0/2\" is no part: write 1/4 for the first of four"},
        {{"--shard", "1"}, "--shard: \"1\" is no part: write 1/4 for the first of four"},
        {{"--shard", "1/2/3"}, "--shard: \"1/2/3\" is no part: write 1/4 for the first of four"},
        {{"--shuffle=x"}, "--shuffle: \"x\" is not a number from 0 to 18446744073709551615"},
        {{"--repeat", "0"}, "--repeat: \"0\" is not a number from 1 to 9223372036854775807"},
        {{"--timeout-scale", "0"}, "--timeout-scale: \"0\" is not a number from 0.001 to 1000"},
        {{"--timeout-scale", "1."}, "--timeout-scale: \"1.\" is not a number from 0.001 to 1000"},
        {{"--timeout-scale", ".5"}, "--timeout-scale: \".5\" is not a number from 0.001 to 1000"},
        {{"--timeout-scale", "1001"},
         "--timeout-scale: \"1001\" is not a number from 0.001 to 1000"},
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
        {{"--reporter", "xml"},
         "--reporter: \"xml\" is no reporter; there are human, tap, tap14, junit, jsonl, github "
         "and "
         "gtest"},
        {{"--reporter=jsonl", "--tap"},
         "--tap: jsonl and tap would both write to standard output; give one a file of its own"},
        {{"--reporter=tap:a", "--reporter=jsonl:a"},
         "--reporter: tap and jsonl would both write to a; give one a file of its own"},
        {{"--slowest", "1001"}, "--slowest: \"1001\" is not a number from 0 to 1000"},
        {{"--color", "yes"}, "--color: \"yes\" is not auto, always or never"},
        {{"--gtest_output=html:a"}, "--gtest_output: \"html:a\" is not xml:FILE or json:FILE"},
        {{"--gtest_output=json:a"},
         "--gtest_output: json is written with --gtest_list_tests only; see --reporter "
         "jsonl:FILE"},
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

UNIT("scales, parts and shuffles are read") {
    sti_flags f;
    CHECK(PARSE(&f, "--timeout-scale=0.25", "--shard", "2/3", "--shuffle", "5", "--only=a",
                "--only", "b"));
    CHECK(f.timeout_scale == 250 && f.shard == 2 && f.shards == 3 && f.shuffle);
    CHECK(f.filter_count == 1 && f.only_count == 2);
    CHECK_STR(f.filters[0], "5");
    CHECK_STR(f.only[1], "b");
    done(&f);
    CHECK(PARSE(&f, "--timeout-scale", "12", "--shuffle=0x10", "--until-fail"));
    CHECK(f.timeout_scale == 12000 && f.shuffle_seed == 16 && f.until_fail && f.fail_fast);
    done(&f);
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
