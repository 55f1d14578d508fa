/* SPDX-License-Identifier: MIT */
/*
 * Starting other programs. The child borrows our memory until its exec (vfork), so that a start
 * costs the same however large this process is; between the two it only makes system calls. Errors
 * on the way come back through a pipe that a successful exec closes.
 *
 * Not posix_spawn: it can neither set resource limits nor close what this process forgot to mark.
 */
#include "port/child.h"

#include "base/assert.h"
#include "port/child_streams.h"
#include "port/host.h"
#include "port/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t count_of(const char *const *strings) {
    size_t n = 0;
    while (strings && strings[n]) {
        n++;
    }
    return n;
}

/* Does "NAME=value" or "NAME" name the variable of b? */
static bool same_name(const char *a, const char *b) {
    size_t length = strcspn(a, "=");
    return strncmp(a, b, length) == 0 && b[length] == '=';
}

static bool overridden(const char *variable, const char *const *additions) {
    for (; additions && *additions; additions++) {
        if (same_name(*additions, variable)) {
            return true;
        }
    }
    return false;
}

/* Our environment with the additions; NULL when out of memory. */
static char **merged_environment(const char *const *additions) {
    const char *const *ours = (const char *const *)environ;
    char **merged = otpi_calloc(count_of(ours) + count_of(additions) + 1, sizeof *merged);
    if (!merged) {
        return NULL;
    }
    size_t n = 0;
    for (; ours && *ours; ours++) {
        if (!overridden(*ours, additions)) {
            merged[n++] = (char *)(uintptr_t)*ours;
        }
    }
    for (; additions && *additions; additions++) {
        if (strchr(*additions, '=')) {
            merged[n++] = (char *)(uintptr_t)*additions;
        }
    }
    return merged;
}

/* ---- In the child: system calls only ---- */

typedef struct start {
    const otpi_child_opts *opts;
    const int *theirs;
    char *const *environment;
    int report; /* where an errno value goes */
    sigset_t before;
} start;

/* As a fresh program expects them, whatever this one ignores or blocks. */
static int signals_reset(void) {
    struct sigaction fresh = {.sa_handler = SIG_DFL};
    for (int signo = 1; signo < NSIG; signo++) {
        (void)sigaction(signo, &fresh, NULL); /* some may not be changed: they are as they should */
    }
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int limit_set(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) {
        return -1;
    }
    hard = hard < now.rlim_max ? hard : now.rlim_max;
    struct rlimit wanted = {.rlim_cur = soft < hard ? soft : hard, .rlim_max = hard};
    return setrlimit(resource, &wanted);
}

static int limits_set(const otpi_child_limits *limits) {
    int err = 0;
    if (limits->cpu_seconds) {
        err |= limit_set(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1);
    }
    if (limits->memory_bytes) {
        err |= limit_set(RLIMIT_AS, limits->memory_bytes, limits->memory_bytes);
    }
    if (limits->open_files) {
        err |= limit_set(RLIMIT_NOFILE, limits->open_files, limits->open_files);
    }
    if (limits->core_bytes || limits->no_core) {
        uint64_t core = limits->no_core ? 0 : limits->core_bytes;
        err |= limit_set(RLIMIT_CORE, core, core);
    }
    return err;
}

static int streams_set(const start *s) {
    for (int i = 0; i < 3; i++) {
        if (s->theirs[i] >= 0 && dup2(s->theirs[i], i) < 0) {
            return -1;
        }
    }
    return s->opts->err == OTPI_CHILD_OUTPUT && dup2(1, 2) < 0 ? -1 : 0;
}

/* Returns only when that was not possible: errno says why. */
static void become(const start *s) {
    const otpi_child_opts *opts = s->opts;
    bool ready = (!opts->own_group || setpgid(0, 0) == 0) && streams_set(s) == 0 &&
                 (!opts->directory || chdir(opts->directory) == 0) &&
                 close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
                 (!opts->limits || limits_set(opts->limits) == 0) && signals_reset() == 0;
    if (ready) {
        execvpe(opts->program ? opts->program : opts->argv[0], (char *const *)(uintptr_t)opts->argv,
                s->environment);
    }
}

/* ---- In the parent ---- */

/* No local of this frame is changed after the vfork. */
static OTPI_NOINLINE pid_t start_in_child(const start *s) {
    pid_t pid = vfork();
    if (pid == 0) {
        become(s);
        int cause = errno;
        (void)!OTPI_HOST_OWN(write(s->report, &cause, sizeof cause));
        _exit(127);
    }
    return pid;
}

/* 0 when the program runs, else why it does not. */
static int report_read(int fd, pid_t pid) {
    int cause = 0;
    ssize_t got;
    do {
        got = OTPI_HOST_OWN(read(fd, &cause, sizeof cause));
    } while (got < 0 && errno == EINTR);
    if (got != sizeof cause) {
        return 0;
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return cause;
}

/* An errno value; *pid is set on success. No handler of ours may run in the child, whose memory is
 * ours: all signals wait. */
static int spawn(start *s, pid_t *pid) {
    int report[2];
    sigset_t all;
    if (pipe2(report, O_CLOEXEC) != 0) {
        return errno;
    }
    s->report = report[1];
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &s->before);
    *pid = start_in_child(s);
    int cause = errno;
    pthread_sigmask(SIG_SETMASK, &s->before, NULL);
    close(report[1]);
    int err = *pid < 0 ? cause : report_read(report[0], *pid);
    close(report[0]);
    return err;
}

otpi_io_err otpi_child_start(otpi_child *child, const otpi_child_opts *opts) {
    int theirs[3];
    pid_t pid = 0;
    OTPI_ASSERT("port-091", opts->argv && opts->argv[0]);
    otpi_io_err err = otpi_child_open_streams(child, opts, theirs);
    if (err == OTPI_IO_OK) {
        char **environment = merged_environment(opts->environment);
        start s = {.opts = opts, .theirs = theirs, .environment = environment};
        errno = environment ? spawn(&s, &pid) : ENOMEM;
        err = otpi_io_err_from(errno);
        otpi_free(environment);
    }
    return otpi_child_opened(child, theirs, pid, err);
}
