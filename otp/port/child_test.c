/* SPDX-License-Identifier: MIT */
#include "port/child.h"

#include "port/host.h"
#include "port/test_child.h"
#include "tests/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

UNIT("waiting ends at the deadline, killing ends the child") {
    otpi_child child;
    REQUIRE(test_start(&child, (otpi_child_opts){.in = OTPI_CHILD_PIPE}, "read line") ==
            OTPI_IO_OK);
    uint64_t deadline = otpi_clock_deadline_ns(2000000);
    CHECK_EQ(otpi_child_wait(&child, deadline), OTPI_IO_EBUSY);
    CHECK(otpi_clock_monotonic_ns() >= deadline);
    CHECK_EQ(otpi_child_signal(&child, SIGTERM), OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK(child.exit.signalled);
    CHECK_EQ(child.exit.code, SIGTERM);
    CHECK_EQ(otpi_child_signal(&child, SIGTERM), OTPI_IO_ENOENT);
    otpi_child_close(&child);
}

UNIT("a group is killed with its grandchildren: the pipe they hold comes to its end") {
    otpi_child child;
    REQUIRE(test_start(
                &child,
                (otpi_child_opts){.in = OTPI_CHILD_PIPE, .out = OTPI_CHILD_PIPE, .own_group = true},
                "(echo up; read never <&3) 3<&0 & wait") == OTPI_IO_OK);
    otpi_poll_item item = {.fd = child.out, .want = OTPI_POLL_READ};
    CHECK_EQ(otpi_poll(&item, 1, OTPI_NEVER), 1);
    CHECK_EQ(otpi_child_signal(&child, SIGKILL), OTPI_IO_OK);
    CHECK_STR(test_read_all(child.out), "up\n");
    otpi_child_close(&child);
}

UNIT("closing a child that runs kills and reaps it, no descriptor is left") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    otpi_child child;
    REQUIRE(test_start(&child, (otpi_child_opts){.in = OTPI_CHILD_PIPE, .err = OTPI_CHILD_PIPE},
                       "read line") == OTPI_IO_OK);
    CHECK(otpi_host_open_files(NULL, 0) > before);
    otpi_child_close(&child);
    CHECK(child.exit.signalled);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}

/* ---- Forks ---- */

static int print_and_return(void *arg) {
    printf("in the child: %s", (const char *)arg);
    fprintf(stderr, "!");
    return 42;
}

UNIT("a fork runs a function of this program, with its output flushed") {
    otpi_child child;
    otpi_child_opts opts = {.out = OTPI_CHILD_PIPE, .err = OTPI_CHILD_OUTPUT};
    char text[] = "text";
    REQUIRE(otpi_fork(&child, &opts, print_and_return, text) == OTPI_IO_OK);
    test_read_all(child.out);
    CHECK(strstr(test_output, "in the child: text") != NULL && strstr(test_output, "!") != NULL);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK_EQ(child.exit.code, 42);
    otpi_child_close(&child);
}

static int kill_self(void *arg) {
    (void)arg;
    raise(SIGKILL);
    return 0;
}

UNIT("a fork that is killed says by what") {
    otpi_child child;
    REQUIRE(otpi_fork(&child, NULL, kill_self, NULL) == OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK(child.exit.signalled);
    CHECK_EQ(child.exit.code, SIGKILL);
    otpi_child_close(&child);
}

static int become(void *arg) {
    const char *argv[] = {arg, "-c", "echo \"$0 $1\"; exit 7", "it is", "another", NULL};
    return otpi_exec(argv) == OTPI_IO_ENOENT ? 99 : 98;
}

UNIT("a program gives its place to another, or says that there is none") {
    otpi_child child;
    const otpi_child_opts opts = {.out = OTPI_CHILD_PIPE};
    REQUIRE(otpi_fork(&child, &opts, become, (void *)(uintptr_t) "sh") == OTPI_IO_OK);
    CHECK(otpi_child_wait(&child, OTPI_NEVER) == OTPI_IO_OK);
    CHECK_EQ(child.exit.code, 7);
    char said[32] = "";
    size_t got = 0;
    CHECK(otpi_pipe_read(child.out, said, sizeof said - 1, &got) == OTPI_IO_OK);
    CHECK_STR(said, "it is another\n");
    otpi_child_close(&child);
    REQUIRE(otpi_fork(&child, NULL, become, (void *)(uintptr_t) "no-such-program") == OTPI_IO_OK);
    CHECK(otpi_child_wait(&child, OTPI_NEVER) == OTPI_IO_OK);
    CHECK_EQ(child.exit.code, 99);
    otpi_child_close(&child);
}

static int wait_for_input(void *arg) {
    (void)arg;
    char byte;
    return (int)read(0, &byte, 1);
}

static int fork_and_die(void *arg) {
    otpi_child grandchild;
    otpi_child_opts opts = {.die_with_parent = true};
    if (otpi_fork(&grandchild, &opts, wait_for_input, arg) != OTPI_IO_OK) {
        return 1;
    }
    raise(SIGKILL);
    return 0;
}

UNIT("a fork that is to die with its parent does: the pipe it holds comes to its end") {
    otpi_child child;
    otpi_child_opts opts = {.in = OTPI_CHILD_PIPE, .out = OTPI_CHILD_PIPE};
    REQUIRE(otpi_fork(&child, &opts, fork_and_die, NULL) == OTPI_IO_OK);
    CHECK_STR(test_read_all(child.out),
              ""); /* the input pipe is open: only death ends the grandchild */
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    otpi_child_close(&child);
}
