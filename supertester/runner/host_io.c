/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing by the C library's functions, as the code under test calls them: each call is
 * a site that a sweep can make fail. Where the call itself is what ends something (close, fclose)
 * it is done all the same, as the kernel does. Standard input, output and error are left alone:
 * what a test prints belongs to its report.
 */
#include "supertester/runner/host.h"
#include "supertester/runner/host_fails.h"
#include "supertester/runner/host_real.h"

#include <errno.h>
#include <stdio.h>
#include <sys/types.h>

void sti_host_bring_io(void) {
}

static bool is_standard_fd(int fd) {
    return fd >= 0 && fd <= 2;
}

static bool is_standard_stream(const void *stream) {
    return stream == stdin || stream == stdout || stream == stderr;
}

/* applies: whether the arguments make it a site at all. */
#define IO_CALL_IF(applies, result, name, parameters, call, error, value)                          \
    STI_HOST_DECLARE(result, name, parameters)                                                     \
    result sti_host_##name parameters {                                                            \
        if ((applies) && STI_HOST_FAILS(#name)) {                                                  \
            errno = error;                                                                         \
            return value;                                                                          \
        }                                                                                          \
        return STI_HOST_REAL(name, call);                                                          \
    }
#define IO_CALL(result, name, parameters, call, error, value)                                      \
    IO_CALL_IF(true, result, name, parameters, call, error, value)
#define FD_CALL(result, name, parameters, call, error)                                             \
    IO_CALL_IF(!is_standard_fd(fd), result, name, parameters, call, error, -1)

/* ---- Descriptors ---- */

FD_CALL(ssize_t, read, (int fd, void *out, size_t size), (fd, out, size), EIO)
FD_CALL(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size), ENOSPC)
FD_CALL(ssize_t, pread, (int fd, void *out, size_t size, off_t at), (fd, out, size, at), EIO)
FD_CALL(ssize_t, pread64, (int fd, void *out, size_t size, off_t at), (fd, out, size, at), EIO)
FD_CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at),
        ENOSPC)
FD_CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off_t at),
        (fd, bytes, size, at), ENOSPC)
FD_CALL(ssize_t, readv, (int fd, const void *parts, int count), (fd, parts, count), EIO)
FD_CALL(ssize_t, writev, (int fd, const void *parts, int count), (fd, parts, count), ENOSPC)
FD_CALL(int, fsync, (int fd), (fd), EIO)
FD_CALL(int, fdatasync, (int fd), (fd), EIO)
FD_CALL(int, ftruncate, (int fd, off_t size), (fd, size), EIO)
FD_CALL(int, ftruncate64, (int fd, off_t size), (fd, size), EIO)

/* What fortified builds call when they know the buffer's size. */
FD_CALL(ssize_t, __read_chk, (int fd, void *out, size_t size, size_t room), (fd, out, size, room),
        EIO)
FD_CALL(ssize_t, __pread_chk, (int fd, void *out, size_t size, off_t at, size_t room),
        (fd, out, size, at, room), EIO)
FD_CALL(ssize_t, __pread64_chk, (int fd, void *out, size_t size, off_t at, size_t room),
        (fd, out, size, at, room), EIO)

STI_HOST_DECLARE(int, close, (int fd))
int sti_host_close(int fd) {
    bool fails = !is_standard_fd(fd) && STI_HOST_FAILS("close");
    int closed = STI_HOST_REAL(close, (fd));
    if (fails && closed == 0) {
        errno = EIO;
        return -1;
    }
    return closed;
}

/* ---- Names ---- */

IO_CALL(int, link, (const char *from, const char *to), (from, to), EIO, -1)
IO_CALL(int, rmdir, (const char *path), (path), EIO, -1)

/* ---- Streams ---- */

IO_CALL_IF(!is_standard_stream(stream), size_t, fread,
           (void *out, size_t size, size_t count, void *stream), (out, size, count, stream), EIO, 0)
IO_CALL_IF(!is_standard_stream(stream), size_t, __fread_chk,
           (void *out, size_t room, size_t size, size_t count, void *stream),
           (out, room, size, count, stream), EIO, 0)
IO_CALL_IF(!is_standard_stream(stream), size_t, fwrite,
           (const void *bytes, size_t size, size_t count, void *stream),
           (bytes, size, count, stream), ENOSPC, 0)
IO_CALL_IF(stream && !is_standard_stream(stream), int, fflush, (void *stream), (stream), ENOSPC,
           EOF)

STI_HOST_DECLARE(int, fclose, (void *stream))
int sti_host_fclose(void *stream) {
    bool fails = !is_standard_stream(stream) && STI_HOST_FAILS("fclose");
    int closed = STI_HOST_REAL(fclose, (stream));
    if (fails && closed == 0) {
        errno = ENOSPC;
        return EOF;
    }
    return closed;
}

/* ---- Sockets ---- */

IO_CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), EMFILE, -1)
IO_CALL(int, connect, (int fd, const void *address, unsigned size), (fd, address, size),
        ECONNREFUSED, -1)
IO_CALL(int, accept, (int fd, void *address, void *size), (fd, address, size), ECONNABORTED, -1)
IO_CALL(int, accept4, (int fd, void *address, void *size, int flags), (fd, address, size, flags),
        ECONNABORTED, -1)
IO_CALL(ssize_t, send, (int fd, const void *bytes, size_t size, int flags),
        (fd, bytes, size, flags), ECONNRESET, -1)
IO_CALL(ssize_t, recv, (int fd, void *out, size_t size, int flags), (fd, out, size, flags),
        ECONNRESET, -1)
IO_CALL(ssize_t, sendto,
        (int fd, const void *bytes, size_t size, int flags, const void *to, unsigned to_size),
        (fd, bytes, size, flags, to, to_size), ECONNRESET, -1)
IO_CALL(ssize_t, recvfrom, (int fd, void *out, size_t size, int flags, void *from, void *from_size),
        (fd, out, size, flags, from, from_size), ECONNRESET, -1)
IO_CALL(ssize_t, sendmsg, (int fd, const void *message, int flags), (fd, message, flags),
        ECONNRESET, -1)
IO_CALL(ssize_t, recvmsg, (int fd, void *message, int flags), (fd, message, flags), ECONNRESET, -1)
