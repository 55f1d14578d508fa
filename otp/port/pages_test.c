/* SPDX-License-Identifier: MIT */
#include "port/memory.h"

#include "port/child.h"
#include "port/host.h"
#include "tests/unit.h"

#include <signal.h>
#include <string.h>

UNIT("mapped pages are cleared and can be written to their last byte") {
    size_t size = 3 * otpi_page_size() - 5;
    char *pages = otpi_pages_map(size);
    REQUIRE(pages != NULL);
    CHECK_EQ((uintptr_t)pages % otpi_page_size(), 0);
    CHECK_EQ(pages[0] + pages[size - 1], 0);
    memset(pages, 1, size);
    otpi_pages_unmap(pages, size);
}

UNIT("discarded pages stay mapped and read as zeros") {
    size_t size = 4 << 20;
    char *pages = otpi_pages_map(size);
    REQUIRE(pages != NULL);
    memset(pages, 1, size);
    uint64_t before = otpi_host_resident_bytes();
    otpi_pages_discard(pages, size);
    CHECK(otpi_host_resident_bytes() + size / 2 < before);
    CHECK_EQ(pages[12345], 0);
    otpi_pages_unmap(pages, size);
}

UNIT("aligned pages are aligned and nothing around them stays mapped") {
    size_t align = 4 << 20;
    for (int i = 0; i < 10; i++) {
        char *pages = otpi_pages_map_aligned(align, 5 << 20);
        REQUIRE(pages != NULL);
        CHECK_EQ((uintptr_t)pages % align, 0);
        pages[(5 << 20) - 1] = 1;
        otpi_pages_unmap(pages, 5 << 20);
    }
}

UNIT("pages for a large array are aligned, cleared, and may end anywhere") {
    size_t size = OTPI_PAGES_HUGE + 100;
    char *pages = otpi_pages_map_huge(size);
    REQUIRE(pages != NULL);
    CHECK_EQ((uintptr_t)pages % OTPI_PAGES_HUGE, 0);
    CHECK_EQ(pages[0] + pages[size - 1], 0);
    memset(pages, 1, size);
    otpi_pages_unmap(pages, size);
}

static int touch(void *address) {
    *(volatile char *)address = 1;
    return 0;
}

UNIT("touching a stack's guard ends the process, touching above it does not") {
    size_t size = 64 << 10;
    char *low = otpi_stack_map(size, true);
    REQUIRE(low != NULL);
    otpi_child child;
    REQUIRE(otpi_fork(&child, &(otpi_child_opts){.err = OTPI_CHILD_NULL}, touch, low) ==
            OTPI_IO_OK);
    REQUIRE(otpi_child_wait(&child, OTPI_NEVER) == OTPI_IO_OK);
    /* Without a sanitizer the signal, with one its report and exit code. */
    CHECK(child.exit.signalled ? child.exit.code == SIGSEGV : child.exit.code != 0);
    otpi_child_close(&child);
    touch(low + otpi_page_size());
    touch(low + size - 1);
    otpi_stack_unmap(low, size);
    low = otpi_stack_map(size, false);
    REQUIRE(low != NULL);
    touch(low);
    otpi_stack_unmap(low, size);
}
