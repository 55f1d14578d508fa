/* SPDX-License-Identifier: MIT */
/*
 * Starting other programs, by posix_spawn: errors of the exec come back as errors of the start.
 */
#include "port/child.h"

#include "base/assert.h"
#include "port/child_streams.h"
#include "port/memory.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

static size_t count_of(const char *const *strings) {
    size_t n = 0;
    while (strings && strings[n]) {
        n++;
    }
    return n;
}

/* Do the two "NAME=value" name the same variable? */
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
        merged[n++] = (char *)(uintptr_t)*additions;
    }
    return merged;
}

/* Signals as a fresh program expects them, whatever this one ignores or blocks. */
static int set_attributes(posix_spawnattr_t *attributes, const otpi_child_opts *opts) {
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t signals;
    sigemptyset(&signals);
    int err = posix_spawnattr_setsigmask(attributes, &signals);
    sigfillset(&signals);
    sigdelset(&signals, SIGKILL);
    sigdelset(&signals, SIGSTOP);
    err = err ? err : posix_spawnattr_setsigdefault(attributes, &signals);
    if (opts->own_group) {
        flags |= POSIX_SPAWN_SETPGROUP;
        err = err ? err : posix_spawnattr_setpgroup(attributes, 0);
    }
    return err ? err : posix_spawnattr_setflags(attributes, flags);
}

static int set_actions(posix_spawn_file_actions_t *actions, const otpi_child_opts *opts,
                       const int theirs[3]) {
    int err = 0;
    for (int i = 0; i < 3; i++) {
        if (theirs[i] >= 0 && !err) {
            err = posix_spawn_file_actions_adddup2(actions, theirs[i], i);
        }
    }
    if (opts->err == OTPI_CHILD_OUTPUT && !err) {
        err = posix_spawn_file_actions_adddup2(actions, 1, 2);
    }
    if (opts->directory && !err) {
        err = posix_spawn_file_actions_addchdir_np(actions, opts->directory);
    }
    return err;
}

/* An errno value; *pid is set on success. */
static int spawn(const otpi_child_opts *opts, const int theirs[3], char **environment, pid_t *pid) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int err = posix_spawnattr_init(&attributes);
    if (err) {
        return err;
    }
    err = posix_spawn_file_actions_init(&actions);
    if (!err) {
        err = set_attributes(&attributes, opts);
        err = err ? err : set_actions(&actions, opts, theirs);
        err = err ? err
                  : posix_spawnp(pid, opts->argv[0], &actions, &attributes,
                                 (char *const *)(uintptr_t)opts->argv, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return err;
}

otpi_io_err otpi_child_start(otpi_child *child, const otpi_child_opts *opts) {
    int theirs[3];
    pid_t pid = 0;
    OTPI_ASSERT("port-091", opts->argv && opts->argv[0]);
    otpi_io_err err = otpi_child_open_streams(child, opts, theirs);
    if (err == OTPI_IO_OK) {
        char **environment = merged_environment(opts->environment);
        errno = environment ? spawn(opts, theirs, environment, &pid) : ENOMEM;
        err = otpi_io_err_from(errno);
        otpi_free(environment);
    }
    return otpi_child_opened(child, theirs, pid, err);
}
