/* SPDX-License-Identifier: MIT */
#include "port/thread.h"
#include "tests/unit.h"

#include "port/sanitizer.h"

#include <signal.h>
#include <string.h>

enum { LONG_NS = 2000000000 };

static bool begun, enough; /* atomic */

static void computes(void *unused) {
    (void)unused;
    __atomic_store_n(&begun, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
        otpi_cpu_relax();
    }
}

static bool where_of_computing(uintptr_t *address) {
    otpi_thread thread;
    begun = enough = false;
    if (!CHECK(otpi_thread_start(&thread, "computes", computes, NULL))) {
        return false;
    }
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE)) {
        otpi_cpu_relax();
    }
    uint64_t wait_ns = OTPI_TSAN ? 1000000 : LONG_NS;
    bool known = otpi_thread_where(&thread, otpi_clock_deadline_ns(wait_ns), address);
    __atomic_store_n(&enough, true, __ATOMIC_RELAXED);
    otpi_thread_join(&thread);
    return known;
}

/* The race detector hands signals on when and where it likes. */
UNIT("a thread that computes tells where") {
    uintptr_t address = 0;
    bool known = where_of_computing(&address);
    CHECK(known || OTPI_TSAN);
    uintptr_t start = (uintptr_t)computes;
    CHECK(OTPI_TSAN || (address > start - 4096 && address < start + 4096));
}

static int own_signals;

static void own_handler(int signo) {
    own_signals += signo == SIGURG;
}

UNIT("a program's own handler of SIGURG stays, and is not called") {
    struct sigaction before, own = {.sa_handler = own_handler}, after;
    uintptr_t address;
    sigaction(SIGURG, &own, &before);
    CHECK(!where_of_computing(&address));
    sigaction(SIGURG, &before, &after);
    CHECK(after.sa_handler == own_handler);
    CHECK_EQ(own_signals, 0);
}

UNIT("an address in a library is described by its symbol, another by the program's name") {
    char text[160];
    otpi_code_describe((uintptr_t)strlen, text, sizeof text);
    CHECK(strstr(text, "+0x") != NULL);
    otpi_code_describe((uintptr_t)own_handler, text, sizeof text);
    CHECK(strstr(text, "port.thread_where+0x") != NULL);
    otpi_code_describe(1, text, sizeof text);
    CHECK_STR(text, "0x1");
}
