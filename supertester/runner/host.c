/* SPDX-License-Identifier: MIT */
/*
 * Clocks, sleeping, random numbers and files of the host, refused to code in a process of a
 * simulated world: a run that used them could not be replayed.
 *
 * Design notes.
 * The functions below stand before the C library's of the same names (host_real.h). The runtime's
 * own calls, from otp/port, are marked (port/host.h). A refused call fails the test, once for each
 * function and run; then a clock or generator answers as always, nothing is waited for, and no file
 * is touched. Where files are let through, a sweep may make these calls fail (host_io.c).
 */
#include "supertester/runner/host.h"
#include "supertester/runner/host_fails.h"
#include "supertester/runner/host_real.h"

#include "port/host.h"

#include <otp/process.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>

typedef enum kind { CLOCK, SLEEP, RANDOM, FILE_ACCESS } kind;

enum {
#define HOST(name, about) CALL_##name,
#include "supertester/runner/host.def"
#undef HOST
    CALLS
};
_Static_assert(CALLS <= 64, "a bit for each in sti_context.refused");

#define KIND_CLOCK  CLOCK
#define KIND_SLEEP  SLEEP
#define KIND_RANDOM RANDOM
#define KIND_FILE   FILE_ACCESS

static const struct {
    const char *name;
    kind about;
} calls[] = {
#define HOST(name, about) {#name, KIND_##about},
#include "supertester/runner/host.def"
#undef HOST
};

static const char *const advice[] = {
    [CLOCK] = "the time of its world is otp_now_ms() and otp_now_ns()",
    [SLEEP] = "waiting is otp_receive with a timeout, otp_send_after, or st_wait_for_... in a test",
    [RANDOM] = "numbers that a run can repeat are drawn: otp_draw, or st_int and its kin in a test",
    [FILE_ACCESS] = "the disk of its node is reached through otp_sqlite (otp/sqlite.h)",
};

/* ---- Refusing ---- */

static void refuse(sti_context *context, unsigned call) {
    uint64_t bit = UINT64_C(1) << call;
    if (__atomic_fetch_or(&context->refused, bit, __ATOMIC_RELAXED) & bit) {
        return;
    }
    const char *name = calls[call].name;
    size_t length = strcspn(name, "6"); /* open64 is what open is on this machine */
    otpi_host_own++;                    /* what telling needs is not refused again */
    sti_fail(NULL,
             "%.*s() of the host was called in a simulated world: what it does can't be replayed\n"
             "    %s\n"
             "    (.allow_host = true in the test lets it through)",
             (int)length, name, advice[calls[call].about]);
    otpi_host_own--;
}

/* A sanitizer that reports a fault reads the program's file, in the process that met it. */
static bool is_of_sanitizer(const void *caller) {
    Dl_info where;
    return dladdr(caller, &where) && where.dli_fname && strstr(where.dli_fname, "san.so");
}

/* Is this call refused? Only code that runs in a process is asked about. */
static bool refuses_to(unsigned call, const void *caller) {
    sti_context *context = sti_context_now;
    if (OTPI_LIKELY(!context || otpi_host_own) || context->mode != OTP_SIMULATED ||
        context->test->allow_host || !otp_in_process() || is_of_sanitizer(caller)) {
        return false;
    }
    refuse(context, call);
    return true;
}

#define REFUSES(call) refuses_to((call), __builtin_return_address(0))

/* A function under the C library's name; instead: what it does when it is refused. */
#define HOST_CALL(result, name, parameters, call, instead)                                         \
    STI_HOST_DECLARE(result, name, parameters)                                                     \
    result sti_host_##name parameters {                                                            \
        if (REFUSES(CALL_##name)) {                                                                \
            instead;                                                                               \
        }                                                                                          \
        return STI_HOST_REAL(name, call);                                                          \
    }

/* ---- Clocks and random numbers: told, and answered ---- */

#define ANSWERED (void)0

HOST_CALL(int, clock_gettime, (int id, void *out), (id, out), ANSWERED)
HOST_CALL(int, gettimeofday, (void *out, void *zone), (out, zone), ANSWERED)
HOST_CALL(long, time, (long *out), (out), ANSWERED)
HOST_CALL(long, clock, (void), (), ANSWERED)
HOST_CALL(int, timespec_get, (void *out, int base), (out, base), ANSWERED)

HOST_CALL(int, rand, (void), (), ANSWERED)
HOST_CALL(long, random, (void), (), ANSWERED)
HOST_CALL(int, rand_r, (unsigned *state), (state), ANSWERED)
HOST_CALL(double, drand48, (void), (), ANSWERED)
HOST_CALL(long, lrand48, (void), (), ANSWERED)
HOST_CALL(long, mrand48, (void), (), ANSWERED)
HOST_CALL(ssize_t, getrandom, (void *out, size_t size, unsigned flags), (out, size, flags),
          ANSWERED)
HOST_CALL(int, getentropy, (void *out, size_t size), (out, size), ANSWERED)
HOST_CALL(uint32_t, arc4random, (void), (), ANSWERED)
HOST_CALL(uint32_t, arc4random_uniform, (uint32_t below), (below), ANSWERED)

STI_HOST_DECLARE(void, arc4random_buf, (void *out, size_t size))
void sti_host_arc4random_buf(void *out, size_t size) {
    (void)REFUSES(CALL_arc4random_buf);
    STI_HOST_REAL(arc4random_buf, (out, size));
}

/* ---- Sleeping: not done. Asking what is ready without waiting is fine ---- */

HOST_CALL(unsigned, sleep, (unsigned seconds), (seconds), return 0)
HOST_CALL(int, usleep, (unsigned microseconds), (microseconds), return 0)
HOST_CALL(int, nanosleep, (const void *time, void *left), (time, left), return 0)
HOST_CALL(int, clock_nanosleep, (int id, int flags, const void *time, void *left),
          (id, flags, time, left), return 0)

/* A struct timespec or timeval, as far as it says no time at all. */
typedef struct time_parts {
    long seconds, fraction;
} time_parts;

static bool waits(const time_parts *time) {
    return !time || time->seconds != 0 || time->fraction != 0;
}

STI_HOST_DECLARE(int, poll, (void *items, unsigned long count, int timeout_ms))
int sti_host_poll(void *items, unsigned long count, int timeout_ms) {
    bool refused = timeout_ms != 0 && REFUSES(CALL_poll);
    return STI_HOST_REAL(poll, (items, count, refused ? 0 : timeout_ms));
}

STI_HOST_DECLARE(int, ppoll,
                 (void *items, unsigned long count, const time_parts *time, const void *mask))
int sti_host_ppoll(void *items, unsigned long count, const time_parts *time, const void *mask) {
    static const time_parts none;
    bool refused = waits(time) && REFUSES(CALL_ppoll);
    return STI_HOST_REAL(ppoll, (items, count, refused ? &none : time, mask));
}

STI_HOST_DECLARE(int, select, (int count, void *in, void *out, void *except, time_parts *time))
int sti_host_select(int count, void *in, void *out, void *except, time_parts *time) {
    time_parts none = {0, 0};
    bool refused = waits(time) && REFUSES(CALL_select);
    return STI_HOST_REAL(select, (count, in, out, except, refused ? &none : time));
}

/* ---- Files: not touched when refused; otherwise they fail when a sweep says so ---- */

#define DENIED(why, value)                                                                         \
    do {                                                                                           \
        errno = why;                                                                               \
        return value;                                                                              \
    } while (0)

/* makes: whether the call, if all goes well, makes a temporary file that the test has to remove. */
#define MAKING_CALL(result, name, parameters, call, error, value, makes)                           \
    STI_HOST_DECLARE(result, name, parameters)                                                     \
    result sti_host_##name parameters {                                                            \
        if (REFUSES(CALL_##name)) {                                                                \
            DENIED(EPERM, value);                                                                  \
        }                                                                                          \
        if (STI_HOST_FAILS(#name)) {                                                               \
            DENIED(error, value);                                                                  \
        }                                                                                          \
        bool temporary = !otpi_host_own && (makes);                                                \
        result made = STI_HOST_REAL(name, call);                                                   \
        if (temporary && made != (value)) {                                                        \
            sti_context_temporary(path);                                                           \
        }                                                                                          \
        return made;                                                                               \
    }

/* A file that is not there yet, in a folder for temporary ones. */
static bool is_temporary(const char *path) {
    static const char *const folders[] = {"/tmp/", "/var/tmp/", "/dev/shm/"};
    if (!sti_context_now) {
        return false;
    }
    const char *own = otpi_host_environment("TMPDIR");
    bool inside = own && *own == '/' && strncmp(path, own, strlen(own)) == 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !inside; i++) {
        inside = strncmp(path, folders[i], strlen(folders[i])) == 0;
    }
    return inside && !otpi_host_path_exists(path);
}

static bool creates(int flags, const char *path) {
    return (flags & O_CREAT) && is_temporary(path);
}

static bool mode_creates(const char *mode, const char *path) {
    return mode[0] != 'r' && is_temporary(path);
}

/* mode: an argument that callers may leave out, and that is not looked at then. */
MAKING_CALL(int, open, (const char *path, int flags, unsigned mode), (path, flags, mode), EIO, -1,
            creates(flags, path))
MAKING_CALL(int, open64, (const char *path, int flags, unsigned mode), (path, flags, mode), EIO, -1,
            creates(flags, path))
MAKING_CALL(int, openat, (int folder, const char *path, int flags, unsigned mode),
            (folder, path, flags, mode), EIO, -1, creates(flags, path))
MAKING_CALL(int, openat64, (int folder, const char *path, int flags, unsigned mode),
            (folder, path, flags, mode), EIO, -1, creates(flags, path))
MAKING_CALL(int, creat, (const char *path, unsigned mode), (path, mode), EIO, -1,
            is_temporary(path))
MAKING_CALL(int, creat64, (const char *path, unsigned mode), (path, mode), EIO, -1,
            is_temporary(path))
MAKING_CALL(void *, fopen, (const char *path, const char *mode), (path, mode), EIO, NULL,
            mode_creates(mode, path))
MAKING_CALL(void *, fopen64, (const char *path, const char *mode), (path, mode), EIO, NULL,
            mode_creates(mode, path))
MAKING_CALL(int, mkdir, (const char *path, unsigned mode), (path, mode), ENOSPC, -1,
            is_temporary(path))
MAKING_CALL(int, mkstemp, (char *path), (path), ENOSPC, -1, true)
MAKING_CALL(int, mkstemp64, (char *path), (path), ENOSPC, -1, true)
MAKING_CALL(int, mkostemp, (char *path, int flags), (path, flags), ENOSPC, -1, true)
MAKING_CALL(int, mkostemp64, (char *path, int flags), (path, flags), ENOSPC, -1, true)
MAKING_CALL(char *, mkdtemp, (char *path), (path), ENOSPC, NULL, true)

#define FILE_CALL(result, name, parameters, call, error, value)                                    \
    STI_HOST_DECLARE(result, name, parameters)                                                     \
    result sti_host_##name parameters {                                                            \
        if (REFUSES(CALL_##name)) {                                                                \
            DENIED(EPERM, value);                                                                  \
        }                                                                                          \
        if (STI_HOST_FAILS(#name)) {                                                               \
            DENIED(error, value);                                                                  \
        }                                                                                          \
        return STI_HOST_REAL(name, call);                                                          \
    }

FILE_CALL(void *, opendir, (const char *path), (path), EIO, NULL)
FILE_CALL(int, rename, (const char *from, const char *to), (from, to), EIO, -1)
FILE_CALL(int, unlink, (const char *path), (path), EIO, -1)
FILE_CALL(int, remove, (const char *path), (path), EIO, -1)
FILE_CALL(void *, tmpfile, (void), (), ENOSPC, NULL)
FILE_CALL(void *, tmpfile64, (void), (), ENOSPC, NULL)

void sti_host_bring(void) {
}
