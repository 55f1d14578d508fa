/* SPDX-License-Identifier: MIT */
/*
 * Memory by the page, and stacks (the second half of port/memory.h).
 */
#include "port/memory.h"

#include <sys/mman.h>
#include <unistd.h>

size_t otpi_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t size) {
    size_t page = otpi_page_size();
    return (size + page - 1) / page * page;
}

static void *map(size_t size, int flags) {
    void *pages = mmap(NULL, round_up(size), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void *otpi_pages_map_at(size_t size, const char *site) {
    return otpi_alloc_should_fail(size, site) ? NULL : map(size, 0);
}

/* Maps more than needed and gives back what lies around the aligned part. */
void *otpi_pages_map_aligned_at(size_t align, size_t size, const char *site) {
    OTPI_ASSERT("port-003", align > 0 && (align & (align - 1)) == 0);
    if (otpi_alloc_should_fail(size, site) || size > SIZE_MAX / 2 - align) {
        return NULL;
    }
    size_t wanted = round_up(size);
    size_t whole = round_up(wanted + align);
    char *pages = map(whole, 0);
    if (!pages) {
        return NULL;
    }
    size_t before = (size_t)(-(uintptr_t)pages & (align - 1));
    size_t behind = whole - before - wanted;
    if (before > 0) {
        otpi_pages_unmap(pages, before);
    }
    if (behind > 0) {
        otpi_pages_unmap(pages + before + wanted, behind);
    }
    return pages + before;
}

void *otpi_pages_map_huge_at(size_t size, const char *site) {
    void *pages = otpi_pages_map_aligned_at(OTPI_PAGES_HUGE, size, site);
    if (pages != NULL) {
        (void)madvise(pages, size, MADV_HUGEPAGE);
    }
    return pages;
}

void otpi_pages_unmap(void *pages, size_t size) {
    OTPI_ASSERT("port-004", munmap(pages, round_up(size)) == 0);
}

void otpi_pages_discard(void *pages, size_t size) {
    OTPI_ASSERT("port-005", madvise(pages, round_up(size), MADV_DONTNEED) == 0);
}

void *otpi_stack_map_at(size_t size, bool guard, const char *site) {
    if (otpi_alloc_should_fail(size, site)) {
        return NULL;
    }
    void *low = map(size, MAP_NORESERVE | MAP_STACK);
    if (!low) {
        return NULL;
    }
    /* Huge pages would make each first touch of a stack pay for 2 MiB. A kernel without them
     * refuses. */
    (void)madvise(low, round_up(size), MADV_NOHUGEPAGE);
    if (guard && mprotect(low, otpi_page_size(), PROT_NONE) != 0) {
        otpi_pages_unmap(low, size);
        return NULL;
    }
    return low;
}

void otpi_stack_unmap(void *stack_low, size_t size) {
    otpi_pages_unmap(stack_low, size);
}
