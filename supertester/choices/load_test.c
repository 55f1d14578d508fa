/* SPDX-License-Identifier: MIT */
/* Both directions of the file format: save_test.c would be the same tests. */
#include "supertester/choices/list.h"
#include "port/file.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>
#include <inttypes.h>
#include <stdio.h>

#define FOLDER "choices_test.tmp"
#define PATH   FOLDER "/deep/file.choices"

#define HEAD                                                                                       \
    "supertester choices 1\ntest a.b\nworld simulated\nseed 1\nrun 0\ntimers last\n"               \
    "delivery causal\nnetwork tcp\n"

static void clean(void) {
    (void)!otpi_file_remove(&otpi_file_ops_posix, PATH);
    (void)!otpi_file_remove(&otpi_file_ops_posix, FOLDER "/deep");
    (void)!otpi_file_remove(&otpi_file_ops_posix, FOLDER);
}

static void fill(st_choices *list, uint64_t seed) {
    st_choices_from_seed(list, seed);
    const otp_chooser *chooser = st_choices_chooser(list);
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t h = otpi_hash_mix(seed, i);
        static const char *const labels[] = {"plain", "with \"quotes\" and \\", "",
                                             "line\nbreak \x7f"};
        int64_t lo = h % 3 == 0 ? 0 : (int64_t)h >> (h % 50);
        int64_t hi = lo > INT64_MAX - 1000 ? INT64_MAX : lo + 1 + (int64_t)(h >> 56);
        chooser->draw(chooser->context, (otp_lane)(h % 5), (otp_choice)(h % 16), lo, hi, lo,
                      labels[h >> 20 & 3]);
    }
}

static bool same(const st_choices *a, const st_choices *b) {
    size_t at = 0, bt = 0;
    st_choice x, y;
    while (st_choices_next(a, &at, &x)) {
        if (!st_choices_next(b, &bt, &y) || x.lane != y.lane || x.kind != y.kind || x.lo != y.lo ||
            x.hi != y.hi || x.value != y.value || strcmp(x.label, y.label) != 0) {
            return false;
        }
    }
    return !st_choices_next(b, &bt, &y);
}

UNIT("a saved list loads as it was, with what is said about it") {
    st_choices *list = st_choices_new(), *loaded = st_choices_new();
    REQUIRE(list && loaded);
    for (uint64_t round = 0; round < 20; round++) {
        st_choices_about about = {.test = "suite.name",
                                  .mode = (otp_mode)(round & 1),
                                  .seed = UINT64_MAX - round,
                                  .run = round,
                                  .timers = OTP_TIMERS_RACE,
                                  .delivery = OTP_DELIVERY_PAIRWISE,
                                  .network = OTP_NETWORK_LOSSY};
        st_choices_about read;
        st_choices_error error = {0};
        fill(list, unit_seed() + round);
        CHECK_EQ(st_choices_save(list, PATH, &about, &error), OTP_OK);
        CHECK_EQ(st_choices_load(loaded, PATH, &read, &error), OTP_OK);
        CHECK_STR(error.text, "");
        CHECK(same(list, loaded));
        CHECK_STR(read.test, about.test);
        CHECK(read.mode == about.mode && read.seed == about.seed && read.run == about.run &&
              read.timers == about.timers && read.delivery == about.delivery &&
              read.network == about.network);
    }
    st_choices_free(loaded);
    st_choices_free(list);
    clean();
}

static void write_text(const char *text, size_t size) {
    otpi_file *file;
    (void)!otpi_file_mkdir(&otpi_file_ops_posix, FOLDER, 0755);
    (void)!otpi_file_mkdir(&otpi_file_ops_posix, FOLDER "/deep", 0755);
    if (otpi_file_open(&otpi_file_ops_posix, PATH,
                       OTPI_FILE_WRITE | OTPI_FILE_CREATE | OTPI_FILE_TRUNCATE, 0644,
                       &file) == OTPI_IO_OK) {
        (void)!otpi_file_write_at(file, text, size, 0);
        (void)!otpi_file_close(file);
    }
}

static const struct {
    const char *text;
    otp_err err;
    size_t line, column;
    const char *says;
} bad[] = {
    {"", OTP_ETRUNCATED, 1, 1, "expected \"supertester\", found the end of the file"},
    {"hello world\n", OTP_ESYNTAX, 1, 1, "expected \"supertester\", found \"hello\""},
    {"supertester choices 2\n", OTP_EFORMAT, 1, 21,
     "version 2 of the format; this program reads version 1"},
    {"supertester choices one\n", OTP_ESYNTAX, 1, 21, "expected a version number, found \"one\""},
    {"supertester choices 1 or 2\n", OTP_ESYNTAX, 1, 23,
     "expected the end of the line, found \"or\""},
    {"supertester choices 1\ntest\n", OTP_ESYNTAX, 2, 5,
     "expected the name of a test, found the end of the line"},
    {"supertester choices 1\ntest a.b\nworld real\n", OTP_ESYNTAX, 3, 7,
     "expected \"simulated\" or \"parallel\", found \"real\""},
    {"supertester choices 1\ntest a.b\nworld simulated\nseed -1\n", OTP_ESYNTAX, 4, 6,
     "expected a number from 0 to 18446744073709551615, found \"-1\""},
    {HEAD "choices 1\n", OTP_ETRUNCATED, 10, 1,
     "expected a lane (data, schedule, network, fault, allocation), found the end of the file"},
    {HEAD "choices 1\nend\n", OTP_ESYNTAX, 10, 1,
     "expected a lane (data, schedule, network, fault, allocation), found \"end\""},
    {HEAD "choices 1\ndata user 0-9 5 \"n\"\nend\n", OTP_ESYNTAX, 10, 11,
     "expected bounds such as 0..9, found \"0-9\""},
    {HEAD "choices 1\ndata user 9..0 5 \"n\"\nend\n", OTP_ESYNTAX, 10, 11,
     "the lower bound must be below the upper one"},
    {HEAD "choices 1\ndata user 0..9 10 \"n\"\nend\n", OTP_ESYNTAX, 10, 16,
     "10 is not in the bounds 0..9"},
    {HEAD "choices 1\ndata user 0..9 99999999999999999999 \"n\"\nend\n", OTP_ESYNTAX, 10, 16,
     "expected a number, found \"99999999999999999999\""},
    {HEAD "choices 1\ndata user 0..9 1 n\nend\n", OTP_ESYNTAX, 10, 18,
     "expected a label in quotes, found \"n\""},
    {HEAD "choices 1\ndata user 0..9 1 \"n\nend\n", OTP_ESYNTAX, 10, 18,
     "this label has no closing quote"},
    {HEAD "choices 1\ndata user 0..9 1 \"\\n\"\nend\n", OTP_ESYNTAX, 10, 19,
     "unknown escape: \\\", \\\\ and \\xNN are known"},
    {HEAD "choices 0\ndata user 0..9 1 \"n\"\nend\n", OTP_ESYNTAX, 10, 1,
     "expected \"end\", found \"data\""},
    {HEAD "choices 0\nend\nmore\n", OTP_ESYNTAX, 11, 1,
     "expected the end of the file, found \"more\""},
    {HEAD "choices 0\nend", OTP_ETRUNCATED, 10, 4,
     "expected a line end, found the end of the file"},
};

UNIT("bad files are refused with line, column and reason") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        st_choices_about about;
        st_choices_error error;
        write_text(bad[i].text, strlen(bad[i].text));
        CHECK_EQ(st_choices_load(list, PATH, &about, &error), bad[i].err);
        CHECK_EQ(error.line, bad[i].line);
        CHECK_EQ(error.column, bad[i].column);
        CHECK_STR(error.text, bad[i].says);
        CHECK_EQ(st_choices_count(list), 0);
    }
    clean();
    CHECK_EQ(st_choices_load(list, PATH, &(st_choices_about){0}, NULL), OTP_ENOENT);
    st_choices_free(list);
}

UNIT("a file cut off or changed anywhere is refused or loads; nothing else happens") {
    st_choices *list = st_choices_new();
    REQUIRE(list);
    const char *text = HEAD "choices 2\n# why\ndata user -5..9 1 \"n \\\" \\x0a\"\n"
                            "schedule run 0..2 1 \"receive\"\nend\n";
    size_t size = strlen(text);
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (size_t cut = 0; cut < size; cut++) {
        write_text(text, cut);
        CHECK(st_choices_load(list, PATH, &(st_choices_about){0}, NULL) != OTP_OK);
    }
    for (int i = 0; i < 2000; i++) {
        char changed[512];
        memcpy(changed, text, size);
        changed[otpi_prng_below(&prng, size)] = (char)otpi_prng_below(&prng, 256);
        write_text(changed, size);
        otp_err err = st_choices_load(list, PATH, &(st_choices_about){0}, NULL);
        CHECK(err == OTP_OK || st_choices_count(list) == 0);
    }
    st_choices_free(list);
    clean();
}
