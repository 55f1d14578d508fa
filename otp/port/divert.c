/* SPDX-License-Identifier: MIT */
/*
 * What is gathered lies in a file without a name. Its descriptor and those of the real outputs are
 * high ones, so that the files a test opens meanwhile have the numbers they would have without.
 */
#include "port/divert.h"
#include "port/host.h"
#include "port/output.h"
#include "port/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HIGH = 512, NONE = -1 };

static const int outputs[2] = {OTPI_OUTPUT_STDOUT, OTPI_OUTPUT_STDERR};
static _Atomic int gathered = NONE;
static pid_t owner; /* of gathered */
static int real[2] = {NONE, NONE};

static int high_copy(int fd) {
    return OTPI_HOST_OWN(fcntl(fd, F_DUPFD_CLOEXEC, HIGH));
}

static void drop(int fd) {
    if (fd != NONE) {
        (void)OTPI_HOST_OWN(close(fd));
    }
}

static int open_gathered(void) {
    int low = OTPI_HOST_OWN(memfd_create("output", MFD_CLOEXEC));
    int fd = low >= 0 ? high_copy(low) : NONE;
    int err = errno;
    drop(low);
    errno = err;
    return fd;
}

static void put_back(void) {
    for (int i = 0; i < 2; i++) {
        (void)OTPI_HOST_OWN(dup2(real[i], outputs[i]));
        drop(real[i]);
        real[i] = NONE;
    }
    otpi_sanitizer_report_to(OTPI_OUTPUT_STDERR);
}

static void end_at_exit(void) {
    otpi_divert_end(true);
}

/* Once: whoever exits or is ended by a sanitizer leaves nothing aside. */
static void prepare(void) {
    static bool prepared;
    if (!prepared) {
        prepared = atexit(end_at_exit) == 0;
        otpi_sanitizer_at_death(end_at_exit);
    }
}

otpi_io_err otpi_divert_begin(void) {
    if (gathered != NONE) {
        return OTPI_IO_EBUSY;
    }
    prepare();
    int fd = open_gathered();
    real[0] = fd >= 0 ? high_copy(outputs[0]) : NONE;
    real[1] = real[0] >= 0 ? high_copy(outputs[1]) : NONE;
    if (real[1] < 0) {
        otpi_io_err err = otpi_io_err_from(errno);
        drop(real[0]);
        drop(fd);
        real[0] = real[1] = NONE;
        return err;
    }
    otpi_sanitizer_report_to(real[1]);
    for (int i = 0; i < 2; i++) {
        (void)OTPI_HOST_OWN(dup2(fd, outputs[i]));
    }
    owner = getpid();
    gathered = fd;
    return OTPI_IO_OK;
}

static void copy_out(int fd) {
    char bytes[4096];
    off_t at = 0;
    ssize_t got;
    while ((got = OTPI_HOST_OWN(pread(fd, bytes, sizeof bytes, at))) > 0) {
        if (otpi_output_write(OTPI_OUTPUT_STDOUT, bytes, (size_t)got) != OTPI_IO_OK) {
            return; /* nobody reads it any more */
        }
        at += got;
    }
}

void otpi_divert_end(bool keep) {
    int fd = owner == getpid() ? atomic_exchange(&gathered, NONE) : NONE;
    if (fd == NONE) {
        return;
    }
    put_back();
    if (keep) {
        copy_out(fd);
    }
    drop(fd);
}
