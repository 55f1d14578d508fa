/* SPDX-License-Identifier: MIT */
#include "port/output.h"
#include "port/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

otpi_io_err otpi_output_write(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t put = OTPI_HOST_OWN(write(fd, at, size));
        if (put >= 0) {
            at += put;
            size -= (size_t)put;
        } else if (errno == EAGAIN) {
            struct pollfd writable = {.fd = fd, .events = POLLOUT};
            (void)OTPI_HOST_OWN(poll(&writable, 1, -1));
        } else if (errno != EINTR) {
            return otpi_io_err_from(errno);
        }
    }
    return OTPI_IO_OK;
}

otpi_io_err otpi_output_open(const char *path, int *fd) {
    *fd = OTPI_HOST_OWN(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    return *fd >= 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}

otpi_io_err otpi_output_close(int fd) {
    return close(fd) == 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}

bool otpi_output_is_terminal(int fd) {
    return isatty(fd) == 1;
}

uint32_t otpi_output_width(int fd) {
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
