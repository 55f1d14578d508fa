/* SPDX-License-Identifier: MIT */
#include "port/host.h"

#include "port/test_child.h"
#include "port/thread.h"
#include "tests/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

UNIT("the host has a name, a system and a processor") {
    char text[256];
    otpi_host_name(text, sizeof text);
    CHECK(text[0] != '\0');
    otpi_host_os(text, sizeof text);
    CHECK(strncmp(text, "Linux ", 6) == 0);
    otpi_host_cpu_model(text, sizeof text);
    CHECK(text[0] != '\0');
    char small[4];
    otpi_host_os(small, sizeof small);
    CHECK_STR(small, "Lin");
}

UNIT("memory and processors are counted") {
    CHECK(otpi_host_cores() >= 1);
    CHECK(otpi_cpu_count() <= otpi_host_cores());
    CHECK(otpi_host_memory_bytes() > 64 << 20);
    CHECK(otpi_host_resident_bytes() > 100 << 10);
    CHECK(otpi_host_resident_bytes() < otpi_host_memory_bytes());
    CHECK_EQ(otpi_host_pid(), getpid());
}

UNIT("open files are counted exactly") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before + 1);
    uint64_t set[2];
    CHECK_EQ(otpi_host_open_files(set, 2), before + 1);
    CHECK(fd < 128 && (set[fd / 64] >> fd % 64 & 1));
    close(fd);
    CHECK_EQ(otpi_host_open_files(set, 2), before);
    CHECK(!(set[fd / 64] >> fd % 64 & 1));
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}

static otpi_park started;
static otpi_park finish;

static void stay(void *arg) {
    (void)arg;
    otpi_park_wake(&started);
    otpi_park_wait(&finish, OTPI_NEVER);
}

static uint32_t threads_listed(void) {
    uint32_t count = 0;
    DIR *directory = opendir("/proc/self/task");
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        count += entry->d_name[0] != '.';
    }
    if (directory) {
        closedir(directory);
    }
    return count;
}

UNIT("a running thread is counted") {
    uint32_t before = otpi_host_threads();
    CHECK(before >= 1);
    otpi_thread thread;
    otpi_park_init(&started);
    otpi_park_init(&finish);
    REQUIRE(otpi_thread_start(&thread, "stay", stay, NULL));
    otpi_park_wait(&started, OTPI_NEVER);
    CHECK(otpi_host_threads() > before || before > 1);
    CHECK_EQ(otpi_host_threads(), threads_listed());
    otpi_park_wake(&finish);
    otpi_thread_join(&thread);
}

UNIT("child processes are counted until they are waited for") {
    otpi_child child;
    CHECK_EQ(otpi_host_children(), 0);
    REQUIRE(test_start(&child, (otpi_child_opts){.in = OTPI_CHILD_PIPE}, "read line") ==
            OTPI_IO_OK);
    CHECK_EQ(otpi_host_children(), 1);
    CHECK_EQ(otpi_child_signal(&child, SIGKILL), OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    otpi_child_close(&child);
    CHECK_EQ(otpi_host_children(), 0);
}

UNIT("an open file is named, a closed one is not") {
    char name[64];
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(otpi_host_file_name(fd, name, sizeof name));
    CHECK_STR(name, "/dev/null");
    close(fd);
    CHECK(!otpi_host_file_name(fd, name, sizeof name));
    CHECK_STR(name, "");
}

UNIT("paths exist or do not") {
    CHECK(otpi_host_path_exists("/dev/null"));
    CHECK(!otpi_host_path_exists("/dev/null/nothing"));
}

UNIT("environment variables are read") {
    setenv("OTPI_HOST_TEST", "value", 1);
    CHECK_STR(otpi_host_environment("OTPI_HOST_TEST"), "value");
    CHECK(otpi_host_environment("OTPI_HOST_TEST_ABSENT") == NULL);
    CHECK(!otpi_host_debugged());
}
