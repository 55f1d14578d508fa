/* SPDX-License-Identifier: MIT */
#include <supertester/check.h>
#include <supertester/expect.h>
#include "port/memory.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

static st_check_result result;

static st_verdict check(st_property *property, st_check_opts opts) {
    opts.quiet = true;
    opts.seed = opts.seed ? opts.seed : unit_seed() | 1;
    opts.result = &result;
    return st_check(property, &opts);
}

/* ---- Verdicts ---- */

static bool holds(void *runs) {
    (*(uint64_t *)runs)++;
    return st_int(-1000000, 1000000) <= 1000000;
}

UNIT("what holds is run as often as asked") {
    uint64_t runs = 0;
    CHECK_EQ(check(holds, (st_check_opts){.context = &runs, .runs = 250}), ST_HELD);
    CHECK_EQ(runs, 250);
    CHECK_EQ(result.runs, 250);
    CHECK_EQ(result.executions_after, 0);
}

static bool small_space(void *seen) {
    uint64_t *cells = seen;
    bool a = st_bool();
    int64_t b = a ? st_int(-2, 2) : 0;
    size_t c = st_alternative(3);
    cells[(a ? 15 : 0) + (b + 2) * 3 + (int64_t)c]++;
    return true;
}

UNIT("where there are few cases, each is run once and the property is proved") {
    uint64_t cells[30] = {0}, once = 0, more = 0;
    CHECK_EQ(check(small_space, (st_check_opts){.context = cells}), ST_PROVED);
    CHECK_EQ(result.runs, 15 + 3);
    for (size_t i = 0; i < 30; i++) {
        once += cells[i] == 1;
        more += cells[i] > 1;
    }
    CHECK_EQ(once, 18);
    CHECK_EQ(more, 0);
    CHECK_EQ(check(small_space, (st_check_opts){.context = cells, .no_proof = true}), ST_HELD);
}

static bool last_of_small_space(void *unused) {
    (void)unused;
    return !(st_int(0, 9) == 9 && st_int(0, 9) == 9);
}

UNIT("a single failing case among few is always found") {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        CHECK_EQ(check(last_of_small_space, (st_check_opts){.seed = seed}), ST_FALSIFIED);
    }
}

/* ---- Failures ---- */

typedef struct seen_list {
    int64_t values[40];
    size_t count;
} seen_list;

static void draw_list(seen_list *list) {
    list->count = 0;
    ST_LIST(e, 0, 40) {
        list->values[list->count++] = st_int(-10000, 10000);
    }
}

static bool is_sorted(void *context) {
    seen_list *list = context;
    draw_list(list);
    for (size_t i = 1; i < list->count; i++) {
        if (list->values[i - 1] > list->values[i]) {
            return false;
        }
    }
    return true;
}

UNIT("a failure shrinks to the smallest, from every seed") {
    seen_list list;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        CHECK_EQ(check(is_sorted, (st_check_opts){.context = &list, .seed = seed}), ST_FALSIFIED);
        CHECK_EQ(list.count, 2);
        CHECK(list.values[0] == 0 && list.values[1] == -1);
        CHECK(result.shrunk);
        CHECK_EQ(result.failure_count, 1);
        CHECK_STR(result.failures[0].text, "the property returned false");
    }
}

UNIT("the same seed leads to the same result") {
    seen_list list;
    check(is_sorted, (st_check_opts){.context = &list, .seed = 77});
    st_check_result first = result;
    check(is_sorted, (st_check_opts){.context = &list, .seed = 77});
    CHECK_EQ(first.runs, result.runs);
    CHECK_EQ(first.executions_after, result.executions_after);
    CHECK_STR(first.failures[0].token, result.failures[0].token);
}

UNIT("a token replays its case, and only that") {
    seen_list list;
    check(is_sorted, (st_check_opts){.context = &list, .name = "sorted"});
    char token[512];
    memcpy(token, result.failures[0].token, sizeof token);
    list.count = 0;
    st_check_opts again = {.context = &list, .name = "sorted", .replay = token};
    CHECK_EQ(check(is_sorted, again), ST_FALSIFIED);
    CHECK_EQ(result.runs, 1);
    CHECK_EQ(list.count, 2);
    again.name = "another";
    CHECK_EQ(check(is_sorted, again), ST_MISUSED);
    again.name = "sorted";
    token[strlen(token) - 1] ^= 1;
    CHECK_EQ(check(is_sorted, again), ST_MISUSED);
    again.replay = "";
    CHECK_EQ(check(is_sorted, again), ST_MISUSED);
    token[0] = '9';
    again.replay = token;
    CHECK_EQ(check(is_sorted, again), ST_MISUSED);
}

UNIT("a budget for shrinking is kept, and said to be too small") {
    seen_list list;
    st_check_opts opts = {.context = &list, .large_first = true, .shrink_runs_max = 5};
    CHECK_EQ(check(is_sorted, opts), ST_FALSIFIED);
    CHECK(!result.shrunk);
    CHECK_EQ(result.failures[0].executions, 5);
    opts.no_shrinking = true;
    CHECK_EQ(check(is_sorted, opts), ST_FALSIFIED);
    CHECK_EQ(result.failures[0].executions, 0);
    CHECK_EQ(result.failures[0].choices, result.failures[0].choices_before);
}

static bool two_bugs(void *unused) {
    (void)unused;
    int64_t n = st_int(0, 100000);
    ST_ASSERT(n < 5000);
    ST_ASSERT(n % 7 != 3);
    return true;
}

UNIT("failures at two places are two failures: the shrinker does not slip from one to the other") {
    bool both = false;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        CHECK_EQ(check(two_bugs, (st_check_opts){.seed = seed}), ST_FALSIFIED);
        for (uint32_t i = 0; i < result.failure_count; i++) {
            const char *text = result.failures[i].text;
            bool first = strstr(text, "n < 5000") != NULL;
            CHECK(first || strstr(text, "n % 7 != 3") != NULL);
        }
        both = both || result.failure_count == 2;
    }
    CHECK(both);
}

static bool soft(void *unused) {
    (void)unused;
    int64_t n = st_int(0, 1000);
    ST_EXPECT_LT(n, 10);
    ST_EXPECT_LT(n, 5); /* the first failure is the one that counts */
    return true;
}

UNIT("soft checks fail the case, which goes on") {
    CHECK_EQ(check(soft, (st_check_opts){.name = "soft"}), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "left  ") != NULL);
}

static bool depends_on_more(void *count) {
    st_int(0, 1000000);
    return (*(uint64_t *)count)++ != 5;
}

UNIT("a property that depends on more than its draws is told so") {
    uint64_t count = 0;
    CHECK_EQ(check(depends_on_more, (st_check_opts){.context = &count}), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "no longer fail") != NULL);
}

/* ---- Health ---- */

static bool filters(void *unused) {
    (void)unused;
    st_assume(st_int(0, 1000000) == 77777);
    return true;
}

static bool never_ends(void *unused) {
    (void)unused;
    for (;;) {
        st_int(0, 9);
    }
    return true;
}

static bool halves(void *unused) {
    (void)unused;
    st_assume(st_int(0, 1000) % 2 == 0);
    return true;
}

UNIT("what discards nearly all, or draws without end, gets no verdict") {
    CHECK_EQ(check(filters, (st_check_opts){.name = "filters"}), ST_UNHEALTHY);
    CHECK(result.discarded >= 1000);
    CHECK_EQ(check(never_ends, (st_check_opts){.choices_max = 100}), ST_UNHEALTHY);
    CHECK_EQ(check(halves, (st_check_opts){.runs = 500}), ST_HELD);
    CHECK_EQ(result.runs, 500);
    CHECK(result.discarded > 100);
}

static bool covers(void *share) {
    st_cover(st_int(0, 999) < 100, *(double *)share, "small");
    return true;
}

UNIT("a demanded share that is missed fails, one that is nearly reached does not") {
    double share = 0.5;
    st_check_opts opts = {.context = &share, .runs = 2000, .no_proof = true};
    CHECK_EQ(check(covers, opts), ST_FALSIFIED);
    share = 0.1;
    CHECK_EQ(check(covers, opts), ST_HELD);
}

/* ---- Misuse ---- */

static bool misuses(void *which) {
    static const uint32_t none[] = {0, 0};
    char text[8];
    switch (*(int *)which) {
    case 0: st_int(5, 3); break;
    case 1: st_draw_branch(none, 2, "no weights"); break;
    case 2: st_chance(1.5); break;
    case 3: st_float(2, 1); break;
    case 4: st_float(0, 1.0 / 0.0); break;
    case 5: st_alternative(0); break;
    case 6: st_length(9, 2); break;
    case 7: st_string(text, 5, 2); break;
    case 8: st_buffer(text, -1, 2); break;
    case 9: st_int_near(0, 5, 6); break;
    default: ST_LIST(e, 4, 2) {
        }
    }
    return true;
}

UNIT("misuse of a draw is told, and is no verdict") {
    for (int which = 0; which <= 10; which++) {
        CHECK_EQ(check(misuses, (st_check_opts){.context = &which}), ST_MISUSED);
    }
}

/* ---- More ---- */

static bool climbs(void *best) {
    int64_t x = st_int(0, 1000000), y = st_int(0, 1000000);
    int64_t off = (x > 271828 ? x - 271828 : 271828 - x) + (y > 314159 ? y - 314159 : 314159 - y);
    st_target(-(double)off, "near");
    int64_t *least = best;
    *least = off < *least ? off : *least;
    return off > 2000;
}

UNIT("a target leads where chance would not") {
    int found = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int64_t best = INT64_MAX;
        found += check(climbs, (st_check_opts){.context = &best, .runs = 3000, .seed = seed}) ==
                 ST_FALSIFIED;
    }
    CHECK(found >= 15);
}

static bool outer(void *unused) {
    (void)unused;
    int64_t n = st_int(0, 100);
    seen_list list;
    st_check_result inner;
    st_verdict verdict = st_check(
        is_sorted, &(st_check_opts){
                       .context = &list, .seed = (uint64_t)n + 1, .quiet = true, .result = &inner});
    return verdict == ST_FALSIFIED && n + st_int(0, 5) <= 200;
}

UNIT("a property may itself check properties") {
    CHECK_EQ(check(outer, (st_check_opts){.runs = 10, .no_proof = true}), ST_HELD);
}

static int64_t countdown;
static bool fail_at_zero(void *ctx, size_t size, const char *site) {
    (void)ctx, (void)size, (void)site;
    return countdown-- == 0;
}

UNIT("out of memory anywhere: no verdict or the right one, and nothing is left behind") {
    seen_list list;
    int misused = 0;
    check(is_sorted, (st_check_opts){.context = &list, .seed = 3}); /* what is made once */
    int64_t blocks = otpi_memory_stats_read().live_blocks;
    for (int64_t at = 0; at < 60; at++) {
        countdown = at;
        otpi_alloc_fault_set(fail_at_zero, NULL);
        st_verdict verdict = check(is_sorted, (st_check_opts){.context = &list, .seed = 3});
        otpi_alloc_fault_set(NULL, NULL);
        misused += verdict == ST_MISUSED;
        CHECK(verdict == ST_MISUSED || verdict == ST_FALSIFIED);
        CHECK_EQ(otpi_memory_stats_read().live_blocks, blocks);
    }
    CHECK(misused >= 3);
}

/* ---- What is printed ---- */

static char printed[4096];
static void keep_report(void *context, const char *report) {
    (void)context;
    snprintf(printed, sizeof printed, "%s", report);
}

static void print_of(st_property *property, st_check_opts opts) {
    printed[0] = '\0';
    opts.seed = 1;
    opts.print = keep_report;
    st_check(property, &opts);
}

static bool tells(void *unused) {
    (void)unused;
    char name[9];
    st_string(name, 0, 8);
    int64_t total = 0;
    ST_LIST(e, 0, 9) {
        total += st_int(0, 100);
    }
    st_note("the total is %d", (int)total);
    ST_ASSERT(total <= 12);
    return true;
}

UNIT("a report tells the smallest case as a story, what does not matter in it, and how to see it "
     "again") {
    print_of(tells, (st_check_opts){.name = "totals"});
    CHECK(strstr(printed, "totals: falsified in run ") == printed);
    CHECK(strstr(printed, "check_test.c:") && strstr(printed, "expected total <= 12\n"));
    CHECK(strstr(printed, "st_string(0, 8)                           \"\"   (others fail, too)\n"));
    CHECK(strstr(printed, "      st_int(0, 100)                          13\n"));
    CHECK(strstr(printed, "    the total is 13\n"));
    CHECK(strstr(printed, "  again: .replay = \"1-"));
    CHECK(strstr(printed, "  from the start: .seed = 1\n"));
}

UNIT("a proof, a doubt and a misuse are told in words, with advice") {
    uint64_t cells[30] = {0};
    int which = 0;
    print_of(small_space, (st_check_opts){.context = cells, .name = "small"});
    CHECK_STR(printed, "small: proved, in all 18 cases\n");
    print_of(filters, (st_check_opts){.name = "rare"});
    CHECK(strstr(printed, "were discarded, the last by st_int(0, 1000000) == 77777 at "));
    CHECK(strstr(printed, "draw values that fit"));
    print_of(misuses, (st_check_opts){.context = &which, .name = "wrong"});
    CHECK(strstr(printed, "wrong: st_int(5, 3) at ") && strstr(printed, ": lo is above hi\n"));
    print_of(holds, (st_check_opts){.context = cells});
    CHECK_STR(printed, "");
}
