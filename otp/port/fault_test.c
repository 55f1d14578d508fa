/* SPDX-License-Identifier: MIT */
#include "port/fault.h"

#include "port/output.h"
#include "port/sanitizer.h"
#include "port/test_child.h"
#include "port/thread.h"
#include "tests/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *output = "";

/* Names the signal and address, then a backtrace, on standard output. */
static void report(int signo, void *address, void *ucontext) {
    char line[100];
    int length = snprintf(line, sizeof line, "fault %s at %p%s\n", otpi_fault_signal_name(signo),
                          address, ucontext ? "" : " without registers");
    otpi_output_write(OTPI_OUTPUT_STDOUT, line, (size_t)length);
    otpi_backtrace_write(OTPI_OUTPUT_STDOUT);
}

/* Runs a body that ends in a fault, in a child with the reporter installed. */
static otpi_child_exit run(int (*body)(void *arg)) {
    otpi_child child;
    otpi_child_opts opts = {.out = OTPI_CHILD_PIPE, .err = OTPI_CHILD_NULL};
    output = "";
    if (!CHECK(otpi_fork(&child, &opts, body, NULL) == OTPI_IO_OK)) {
        return (otpi_child_exit){0};
    }
    output = test_read_all(child.out);
    otpi_child_wait(&child, OTPI_NEVER);
    otpi_child_close(&child);
    return child.exit;
}

/* The former way of a signal is death by it, or the sanitizer's report and exit code. */
static bool died_of(otpi_child_exit exit, int signo) {
    return exit.signalled ? exit.code == signo : OTPI_ASAN + OTPI_TSAN > 0 && exit.code != 0;
}

static char *volatile nowhere = (char *)16;

static int write_nowhere(void *arg) {
    (void)arg;
    otpi_fault_install(report);
    *nowhere = 1;
    return 0;
}

UNIT("a backtrace begins where it is taken") {
    void *frames[8] = {NULL}, *one[1] = {NULL};
    size_t count = otpi_backtrace_take(frames, 8);
    CHECK(count > 1 && count <= 8);
    CHECK(frames[0] != NULL && frames[1] != NULL);
    CHECK_EQ(otpi_backtrace_take(one, 1), 1);
}

UNIT("a bad write is reported with its address and a backtrace, then ends the process") {
    otpi_child_exit exit = run(write_nowhere);
    CHECK(died_of(exit, SIGSEGV));
    CHECK(strstr(output, "fault SIGSEGV at 0x10\n") != NULL);
    CHECK(strchr(strstr(output, "\n") ? strstr(output, "\n") : "", '[') != NULL);
}

static int call_abort(void *arg) {
    (void)arg;
    otpi_fault_install(report);
    abort();
}

UNIT("abort is reported and stays an abort") {
    CHECK(died_of(run(call_abort), SIGABRT));
    CHECK(strstr(output, "fault SIGABRT") != NULL);
}

static int receive_signal(void *arg) {
    (void)arg;
    otpi_fault_install(report);
    raise(SIGFPE);
    return 0;
}

UNIT("a signal that was sent is reported and takes effect") {
    CHECK(died_of(run(receive_signal), SIGFPE));
    CHECK(strstr(output, "fault SIGFPE") != NULL);
}

static volatile uintptr_t sink;

static OTPI_NOINLINE int overflow(int depth) {
    int frame[64];
    frame[depth % 64] = depth;
    sink = (uintptr_t)frame;
    return depth < 0 ? 0 : overflow(depth + 1) + frame[3];
}

static void overflow_thread(void *arg) {
    (void)arg;
    overflow(0);
}

static int overflow_in_thread(void *arg) {
    otpi_thread thread;
    otpi_fault_install(report);
    if (otpi_thread_start(&thread, "overflow", overflow_thread, arg)) {
        otpi_thread_join(&thread);
    }
    return 0;
}

UNIT("the overflow of a thread's stack is reported") {
    CHECK(died_of(run(overflow_in_thread), SIGSEGV));
    CHECK(strstr(output, "fault SIGSEGV") != NULL);
}

static void fault_again(int signo, void *address, void *ucontext) {
    report(signo, address, ucontext);
    *nowhere = 2;
}

static int fault_in_reporter(void *arg) {
    (void)arg;
    otpi_fault_install(fault_again);
    *nowhere = 1;
    return 0;
}

UNIT("a fault in the reporter ends the process after one report") {
    CHECK(died_of(run(fault_in_reporter), SIGSEGV));
    const char *first = strstr(output, "fault SIGSEGV");
    CHECK(first != NULL && strstr(first + 1, "fault SIGSEGV") == NULL);
}

static int uninstalled(void *arg) {
    (void)arg;
    otpi_fault_install(report);
    otpi_fault_install(fault_again);
    otpi_fault_uninstall();
    *nowhere = 1;
    return 0;
}

UNIT("after uninstalling nothing is reported") {
    CHECK(died_of(run(uninstalled), SIGSEGV));
    CHECK(strstr(output, "fault SIG") == NULL);
}
