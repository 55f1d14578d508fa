/* SPDX-License-Identifier: MIT */
/*
 * What programs and forks have in common: the three streams, waiting, signals. Programs are started
 * in child_start.c.
 */
#include "port/child.h"

#include "base/assert.h"
#include "port/child_streams.h"
#include "port/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Streams ---- */

/* Away from 0, 1 and 2, which may be closed here and will be the child's streams. */
static int moved_up(int fd) {
    if (fd < 0 || fd > 2) {
        return fd;
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return moved;
}

static otpi_io_err open_pipe(int *ours, int *theirs, bool we_write) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return otpi_io_err_from(errno);
    }
    *ours = moved_up(ends[we_write]);
    *theirs = moved_up(ends[!we_write]);
    if (*ours < 0 || *theirs < 0 || fcntl(*ours, F_SETFL, O_NONBLOCK) != 0) {
        return otpi_io_err_from(errno);
    }
    return OTPI_IO_OK;
}

static otpi_io_err open_stream(otpi_child_stream kind, int *ours, int *theirs, bool we_write) {
    if (kind == OTPI_CHILD_PIPE) {
        return open_pipe(ours, theirs, we_write);
    }
    if (kind == OTPI_CHILD_NULL) {
        *theirs = moved_up(OTPI_HOST_OWN(open("/dev/null", O_RDWR | O_CLOEXEC)));
        return *theirs < 0 ? otpi_io_err_from(errno) : OTPI_IO_OK;
    }
    return OTPI_IO_OK;
}

otpi_io_err otpi_child_open_streams(otpi_child *child, const otpi_child_opts *opts, int theirs[3]) {
    *child =
        (otpi_child){.pidfd = -1, .in = -1, .out = -1, .err = -1, .own_group = opts->own_group};
    theirs[0] = theirs[1] = theirs[2] = -1;
    OTPI_ASSERT("port-090", opts->in != OTPI_CHILD_OUTPUT && opts->out != OTPI_CHILD_OUTPUT);
    otpi_io_err err = open_stream(opts->in, &child->in, &theirs[0], true);
    if (err == OTPI_IO_OK) {
        err = open_stream(opts->out, &child->out, &theirs[1], false);
    }
    if (err == OTPI_IO_OK) {
        err = open_stream(opts->err, &child->err, &theirs[2], false);
    }
    return err;
}

/* After the fork or the failure: the child's ends are not ours; on failure neither are ours. */
otpi_io_err otpi_child_opened(otpi_child *child, int theirs[3], int64_t pid, otpi_io_err err) {
    int cause = errno;
    for (int i = 0; i < 3; i++) {
        otpi_pipe_close(&theirs[i]);
    }
    child->pid = pid;
    if (err == OTPI_IO_OK) {
        /* Not reaped yet, so the number is still this child's. */
        child->pidfd = pidfd_open((pid_t)pid, 0);
        err = child->pidfd < 0 ? otpi_io_err_from(errno) : OTPI_IO_OK;
        cause = errno;
        if (err != OTPI_IO_OK) {
            kill((pid_t)pid, SIGKILL);
            waitpid((pid_t)pid, NULL, 0);
        }
    }
    if (err != OTPI_IO_OK) {
        child->ended = true;
        otpi_child_close(child);
    }
    errno = cause;
    return err;
}

/* ---- Another program in our place ---- */

otpi_io_err otpi_exec(const char *const *argv) {
    fflush(NULL);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    return otpi_io_err_from(errno);
}

/* ---- Forks ---- */

static OTP_NORETURN void run_fork(const otpi_child_opts *opts, const int theirs[3], pid_t parent,
                                  int (*body)(void *arg), void *arg) {
    if (opts->die_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1); /* it died before we asked */
        }
    }
    if (opts->own_group) {
        setpgid(0, 0);
    }
    for (int i = 0; i < 3; i++) {
        if (theirs[i] >= 0) {
            dup2(theirs[i], i);
        }
    }
    if (opts->err == OTPI_CHILD_OUTPUT) {
        dup2(1, 2);
    }
    int code = body(arg);
    fflush(NULL);
    _exit(code);
}

otpi_io_err otpi_fork(otpi_child *child, const otpi_child_opts *opts, int (*body)(void *arg),
                      void *arg) {
    static const otpi_child_opts none;
    int theirs[3];
    opts = opts ? opts : &none;
    otpi_io_err err = otpi_child_open_streams(child, opts, theirs);
    if (err != OTPI_IO_OK) {
        return otpi_child_opened(child, theirs, 0, err);
    }
    fflush(NULL); /* or the child would write it once more */
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_fork(opts, theirs, parent, body, arg);
    }
    if (pid > 0 && opts->own_group) {
        (void)setpgid(pid, pid); /* by whoever comes first */
    }
    return otpi_child_opened(child, theirs, pid, pid < 0 ? otpi_io_err_from(errno) : OTPI_IO_OK);
}

/* ---- The running child ---- */

/* true when the child has ended: how is in *end. */
static bool has_ended(const otpi_child *child, int options, otpi_child_exit *end,
                      otpi_io_err *err) {
    siginfo_t info = {0};
    int result;
    do {
        result = waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG | options);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        *err = otpi_io_err_from(errno); /* somebody else reaped it */
        return false;
    }
    if (info.si_pid == 0) {
        return false;
    }
    *end = (otpi_child_exit){.signalled = info.si_code != CLD_EXITED,
                             .code = info.si_status,
                             .dumped = info.si_code == CLD_DUMPED};
    return true;
}

static bool reap(otpi_child *child, otpi_io_err *err) {
    child->ended = has_ended(child, 0, &child->exit, err);
    return child->ended;
}

bool otpi_child_look(const otpi_child *child, otpi_child_exit *end) {
    otpi_io_err err;
    if (child->ended) {
        *end = child->exit;
    }
    return child->ended || has_ended(child, WNOWAIT, end, &err);
}

otpi_io_err otpi_child_wait(otpi_child *child, uint64_t deadline_ns) {
    otpi_io_err err = OTPI_IO_OK;
    while (!child->ended && !reap(child, &err)) {
        if (err != OTPI_IO_OK) {
            return err;
        }
        otpi_poll_item item = {.fd = child->pidfd, .want = OTPI_POLL_READ};
        if (otpi_poll(&item, 1, deadline_ns) == 0) {
            errno = ETIMEDOUT;
            return OTPI_IO_EBUSY;
        }
    }
    return OTPI_IO_OK;
}

otpi_io_err otpi_child_signal(otpi_child *child, int signo) {
    if (child->ended) {
        errno = ESRCH;
        return OTPI_IO_ENOENT;
    }
    /* The number of a child that is not reaped is not given to others, nor is its group's. */
    int sent = child->own_group ? kill((pid_t)-child->pid, signo)
                                : pidfd_send_signal(child->pidfd, signo, NULL, 0);
    return sent == 0 ? OTPI_IO_OK : otpi_io_err_from(errno);
}

void otpi_child_close(otpi_child *child) {
    if (!child->ended && child->pidfd >= 0) {
        otpi_child_signal(child, SIGKILL);
        otpi_child_wait(child, OTPI_NEVER);
    }
    otpi_pipe_close(&child->in);
    otpi_pipe_close(&child->out);
    otpi_pipe_close(&child->err);
    otpi_pipe_close(&child->pidfd);
}
