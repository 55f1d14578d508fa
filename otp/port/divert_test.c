/* SPDX-License-Identifier: MIT */
#include "port/divert.h"
#include "port/child.h"
#include "port/host.h"
#include "port/output.h"
#include "port/poll.h"
#include "tests/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[4096];

static void say(int fd, const char *words) {
    if (otpi_output_write(fd, words, strlen(words)) != OTPI_IO_OK) {
        _exit(9);
    }
}

/* Runs body in a child; text is what it wrote. Returns its exit code. */
static int said_by(int (*body)(void *)) {
    otpi_child child;
    const otpi_child_opts opts = {.out = OTPI_CHILD_PIPE, .err = OTPI_CHILD_OUTPUT};
    size_t total = 0, got;
    if (otpi_fork(&child, &opts, body, NULL) != OTPI_IO_OK) {
        return -1;
    }
    for (;;) {
        otpi_io_err err = otpi_pipe_read(child.out, text + total, sizeof text - 1 - total, &got);
        total += err == OTPI_IO_OK ? got : 0;
        if (err == OTPI_IO_SHORT) {
            break;
        }
        otpi_poll_item item = {.fd = child.out, .want = OTPI_POLL_READ};
        otpi_poll(&item, 1, OTPI_NEVER);
    }
    text[total] = '\0';
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    int code = child.exit.code;
    otpi_child_close(&child);
    return code;
}

static int drops_then_keeps(void *nothing) {
    (void)nothing;
    for (int keep = 0; keep < 2; keep++) {
        if (otpi_divert_begin() != OTPI_IO_OK) {
            return 1;
        }
        say(OTPI_OUTPUT_STDOUT, keep ? "kept, " : "dropped, ");
        say(OTPI_OUTPUT_STDERR, "in order");
        if (system("echo , of a child") != 0) {
            return 2;
        }
        otpi_divert_end(keep);
    }
    say(OTPI_OUTPUT_STDERR, "and error works\n");
    return 0;
}

UNIT("what is put aside is dropped, or written in its order with what children wrote") {
    CHECK_EQ(said_by(drops_then_keeps), 0);
    CHECK_STR(text, "kept, in order, of a child\nand error works\n");
}

static int looks_at_descriptors(void *nothing) {
    (void)nothing;
    uint32_t before = otpi_host_open_files(NULL, 0);
    int plain = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(plain);
    otpi_divert_end(true); /* nothing is put aside */
    if (otpi_divert_begin() != OTPI_IO_OK || otpi_divert_begin() != OTPI_IO_EBUSY) {
        return 1;
    }
    int meanwhile = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(meanwhile);
    otpi_divert_end(false);
    return otpi_host_open_files(NULL, 0) != before ? 2 : meanwhile != plain ? 3 : 0;
}

UNIT("one at a time; files opened meanwhile have the numbers they would have, and none is left") {
    CHECK_EQ(said_by(looks_at_descriptors), 0);
}

static int exits_meanwhile(void *nothing) {
    (void)nothing;
    if (otpi_divert_begin() != OTPI_IO_OK) {
        return 1;
    }
    say(OTPI_OUTPUT_STDERR, "out of memory");
    pid_t fork_of_it = fork();
    int status;
    if (fork_of_it == 0) {
        exit(0); /* what is aside is not its own */
    }
    if (waitpid(fork_of_it, &status, 0) != fork_of_it || status != 0) {
        _exit(2);
    }
    exit(5);
}

UNIT("a process that exits meanwhile writes it; a fork of it does not") {
    CHECK_EQ(said_by(exits_meanwhile), 5);
    CHECK_STR(text, "out of memory");
}

static int has_no_descriptors(void *nothing) {
    (void)nothing;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 3;
    }
    for (limit.rlim_cur = 512; limit.rlim_cur < 516; limit.rlim_cur++) {
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            return 1;
        }
        bool enough = limit.rlim_cur == 515;
        if ((otpi_divert_begin() == OTPI_IO_OK) != enough) {
            return 2;
        }
        say(OTPI_OUTPUT_STDOUT, enough ? "aside" : "written ");
        otpi_divert_end(false);
    }
    return 0;
}

UNIT("without enough descriptors nothing is put aside") {
    CHECK_EQ(said_by(has_no_descriptors), 0);
    CHECK_STR(text, "written written written ");
}
