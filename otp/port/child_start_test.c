/* SPDX-License-Identifier: MIT */
#include "port/child.h"

#include "port/host.h"
#include "port/test_child.h"
#include "tests/unit.h"

UNIT("a program's output and exit code come back") {
    otpi_child child;
    REQUIRE(test_start(&child, (otpi_child_opts){.out = OTPI_CHILD_PIPE}, "echo hello; exit 3") ==
            OTPI_IO_OK);
    CHECK(child.pid > 0 && child.in == -1 && child.err == -1);
    CHECK_STR(test_read_all(child.out), "hello\n");
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK(!child.exit.signalled);
    CHECK_EQ(child.exit.code, 3);
    CHECK_EQ(otpi_child_wait(&child, 0), OTPI_IO_OK);
    otpi_child_close(&child);
    CHECK_EQ(child.out, -1);
}

UNIT("input goes in, output and errors come out of one pipe in order") {
    otpi_child child;
    size_t put;
    REQUIRE(test_start(&child,
                       (otpi_child_opts){
                           .in = OTPI_CHILD_PIPE, .out = OTPI_CHILD_PIPE, .err = OTPI_CHILD_OUTPUT},
                       "read line; echo \"got $line\"; echo bad >&2; echo end") == OTPI_IO_OK);
    CHECK_EQ(otpi_pipe_write(child.in, "word\n", 5, &put), OTPI_IO_OK);
    CHECK_STR(test_read_all(child.out), "got word\nbad\nend\n");
    otpi_child_close(&child);
}

UNIT("errors have a pipe of their own when asked for") {
    otpi_child child;
    REQUIRE(test_start(&child, (otpi_child_opts){.out = OTPI_CHILD_NULL, .err = OTPI_CHILD_PIPE},
                       "echo lost; echo seen >&2") == OTPI_IO_OK);
    CHECK_STR(test_read_all(child.err), "seen\n");
    otpi_child_close(&child);
}

UNIT("the environment is added to and overridden, the directory is changed") {
    otpi_child child;
    const char *const environment[] = {"HOME=/nowhere", "FRESH=new=er", NULL};
    REQUIRE(test_start(&child,
                       (otpi_child_opts){
                           .out = OTPI_CHILD_PIPE, .environment = environment, .directory = "/"},
                       "pwd; echo $HOME $FRESH; test -n \"$PATH\" && echo path") == OTPI_IO_OK);
    CHECK_STR(test_read_all(child.out), "/\n/nowhere new=er\npath\n");
    otpi_child_close(&child);
}

UNIT("a program that does not exist is an error of the start and leaves nothing open") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    const char *const argv[] = {"no-such-program-anywhere", NULL};
    otpi_child child;
    CHECK_EQ(otpi_child_start(&child, &(otpi_child_opts){.argv = argv, .out = OTPI_CHILD_PIPE}),
             OTPI_IO_ENOENT);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}
