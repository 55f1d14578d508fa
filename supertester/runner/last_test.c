/* SPDX-License-Identifier: MIT */
#include "supertester/runner/last.h"
#include "port/file.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>

static const st_test tests[] = {
    {.suite = "cart", .name = "sums"},
    {.suite = "cart", .name = "sums/one"},
    {.suite = "smart_cart", .name = "sums"},
};

static otpi_text error;

static void load(sti_last *last) {
    otpi_text_init(&error, &otpi_heap_allocator);
    if (!CHECK(sti_last_load(last, "some/where/unit_last", &error))) {
        CHECK_STR(error.data, "");
    }
    otpi_text_fini(&error);
}

static void save(const sti_last *last, const char *bytes) {
    otpi_text text;
    otpi_text_init(&error, &otpi_heap_allocator);
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_cstr(&text, bytes);
    if (!CHECK(sti_last_save(last, &text, &error))) {
        CHECK_STR(error.data, "");
    }
    otpi_text_fini(&text);
    otpi_text_fini(&error);
}

UNIT("what failed is found again, by its whole name and world") {
    sti_last last;
    otpi_text lines;
    load(&last);
    CHECK_STR(last.path, ".supertester/unit_last.failed");
    otpi_text_init(&lines, &otpi_heap_allocator);
    sti_last_line(&lines, &tests[1], OTP_SIMULATED);
    sti_last_line(&lines, &tests[2], OTP_PARALLEL);
    CHECK_STR(lines.data, "simulated cart.sums/one\nparallel smart_cart.sums\n");
    save(&last, lines.data);
    sti_last_free(&last);
    load(&last);
    CHECK(sti_last_failed(&last, &tests[1], OTP_SIMULATED));
    CHECK(sti_last_failed(&last, &tests[2], OTP_PARALLEL));
    CHECK(!sti_last_failed(&last, &tests[1], OTP_PARALLEL));
    CHECK(!sti_last_failed(&last, &tests[0], OTP_SIMULATED));
    CHECK(!sti_last_failed(&last, &tests[0], OTP_PARALLEL));
    save(&last, "");
    sti_last_free(&last);
    load(&last);
    CHECK(last.lines && last.size == 0);
    CHECK(!sti_last_failed(&last, &tests[1], OTP_SIMULATED));
    sti_last_free(&last);
    CHECK(otpi_file_remove(&otpi_file_ops_posix, last.path) == OTPI_IO_OK);
    otpi_text_fini(&lines);
}

UNIT("nothing failed and nothing known makes no file") {
    sti_last last;
    otpi_file_info info;
    load(&last);
    CHECK(!last.lines && !sti_last_failed(&last, &tests[0], OTP_SIMULATED));
    save(&last, "");
    CHECK(otpi_file_stat(&otpi_file_ops_posix, last.path, &info) == OTPI_IO_ENOENT);
    sti_last_free(&last);
}
