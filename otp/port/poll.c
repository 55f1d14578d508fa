/* SPDX-License-Identifier: MIT */
#include "port/poll.h"

#include "base/assert.h"
#include "port/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

_Static_assert(sizeof(otpi_poll_item) == sizeof(struct pollfd) &&
                   offsetof(otpi_poll_item, want) == offsetof(struct pollfd, events) &&
                   offsetof(otpi_poll_item, got) == offsetof(struct pollfd, revents),
               "an otpi_poll_item is a struct pollfd");
_Static_assert(OTPI_POLL_READ == POLLIN && OTPI_POLL_WRITE == POLLOUT &&
                   OTPI_POLL_ERROR == POLLERR && OTPI_POLL_HANGUP == POLLHUP,
               "the events of poll(2)");

size_t otpi_poll(otpi_poll_item *items, size_t count, uint64_t deadline_ns) {
    for (;;) {
        struct timespec left = {0};
        if (deadline_ns != OTPI_NEVER) {
            uint64_t now = otpi_clock_monotonic_ns();
            uint64_t ns = deadline_ns > now ? deadline_ns - now : 0;
            left = (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
        }
        const struct timespec *longest = deadline_ns == OTPI_NEVER ? NULL : &left;
        int ready = OTPI_HOST_OWN(ppoll((struct pollfd *)(void *)items, count, longest, NULL));
        if (ready >= 0) {
            return (size_t)ready;
        }
        OTPI_ASSERT("port-070", errno == EINTR || errno == ENOMEM || errno == EAGAIN);
    }
}

otpi_io_err otpi_pipe_open(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}

void otpi_pipe_close(int *end) {
    if (*end >= 0) {
        (void)OTPI_HOST_OWN(close(*end));
        *end = -1;
    }
}

otpi_io_err otpi_pipe_read(int fd, void *buffer, size_t size, size_t *got) {
    ssize_t n;
    do {
        n = OTPI_HOST_OWN(read(fd, buffer, size));
    } while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    if (n == 0) {
        return OTPI_IO_SHORT;
    }
    return n > 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}

/* A write that nobody reads raises SIGPIPE for this thread: held back, and taken away if it came.
 */
static ssize_t write_without_signal(int fd, const void *bytes, size_t size) {
    sigset_t broken;
    sigset_t pending;
    sigset_t before;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t n = OTPI_HOST_OWN(write(fd, bytes, size));
    int err = errno;
    if (n < 0 && err == EPIPE && !sigismember(&pending, SIGPIPE)) {
        sigtimedwait(&broken, NULL, &(struct timespec){0});
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = err;
    return n;
}

otpi_io_err otpi_pipe_write(int fd, const void *bytes, size_t size, size_t *put) {
    ssize_t n;
    do {
        n = write_without_signal(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    *put = n > 0 ? (size_t)n : 0;
    return n >= 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}
