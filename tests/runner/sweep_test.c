/* SPDX-License-Identifier: MIT */
/*
 * Sweeps over code that handles what fails, in both worlds; must_fail_sweep.c has what they find.
 */
#include <otp/table.h>
#include <supertester/supertester.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Allocations of the C library ---- */

/* One that the compiler can't leave out. */
static void *volatile block_of_ten;

static void allocate_ten(void) {
    block_of_ten = malloc(10);
    free(block_of_ten);
}

static void allocate_in_every_way(void) {
    void *aligned = NULL;
    void *blocks[] = {malloc(10), calloc(2, 10), aligned_alloc(64, 128), strdup("text"),
                      reallocarray(NULL, 3, 10)};
    void *grown = realloc(blocks[0], 10000);
    int err = posix_memalign(&aligned, 64, 10);
    ST_EXPECT(err == 0 || (err == ENOMEM && st_fault_struck()));
    ST_EXPECT((err == 0) == (aligned != NULL));
    blocks[0] = grown ? grown : blocks[0];
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        free(blocks[i]);
    }
    free(aligned);
}

ST_TEST(sweep, fails_each_way_to_allocate, .fail_alloc = ST_SWEEP, .world = ST_BOTH) {
    allocate_in_every_way();
}

ST_TEST(sweep, sets_errno, .fail_alloc = ST_SWEEP) {
    errno = 0;
    char *block = block_of_ten = malloc(10);
    ST_EXPECT(block != NULL || st_fault_struck());
    ST_EXPECT_EQ(errno, block ? 0 : ENOMEM);
    free(block);
}

/* One after the other; the same once more where a leak check takes a second look at a run. */
ST_TEST(sweep, fails_one_site_after_the_other, .fail_alloc = ST_SWEEP) {
    static int last = -1;
    char *volatile blocks[3]; /* which the compiler can't leave out */
    int missing = 0, at = -1;
    for (int i = 0; i < 3; i++) {
        blocks[i] = malloc(10);
        missing += !blocks[i];
        at = blocks[i] ? at : i;
    }
    for (int i = 0; i < 3; i++) {
        free(blocks[i]);
    }
    ST_EXPECT_EQ(missing, st_fault_struck());
    ST_EXPECT(!missing || at == last || at == last + 1);
    last = missing ? at : last;
}

ST_TEST(sweep, leaves_pauses_alone, .fail_alloc = ST_SWEEP) {
    st_faults_pause();
    st_faults_pause();
    char *first = malloc(10);
    st_faults_resume();
    char *second = malloc(10);
    st_faults_resume();
    ST_EXPECT(first && second);
    free(first);
    free(second);
    allocate_ten();
}

static char *made_before;

static void make_before(void) {
    made_before = malloc(10);
    ST_ASSERT(made_before != NULL);
}

static void free_after(void) {
    free(made_before);
    char *block = malloc(10);
    ST_EXPECT(block != NULL);
    free(block);
}

ST_TEST(sweep, leaves_setup_and_teardown_alone, .fail_alloc = ST_SWEEP, .setup = make_before,
        .teardown = free_after) {
    allocate_ten();
}

/* ---- Allocations of the runtime ---- */

static void reply_to(otp_term arg) {
    otp_pid test;
    if (otp_get_pid(arg, &test)) {
        otp_send(test, otp_term_of("{done, [1, 2, 3]}"));
    }
}

/* A process that has no memory exits, and that is no failure: not even of the test's own. */
ST_TEST(sweep, goes_through_the_runtime, .fail_alloc = ST_SWEEP, .world = ST_BOTH) {
    otp_term message;
    otp_pid pid;
    if (otp_spawn_opt(reply_to, otp_from_pid(otp_self()), NULL, &pid) == OTP_OK) {
        ST_EXPECT(otp_receive(100, &message) == OTP_OK || st_fault_struck());
    } else {
        ST_EXPECT(st_fault_struck());
    }
    otp_table table;
    if (otp_table_new(&(otp_table_opts){0}, &table) == OTP_OK) {
        (void)!otp_table_insert(table, otp_tuple(otp_int(1), otp_string("a row")));
    }
}

ST_TEST(sweep, says_when_nothing_struck) {
    ST_EXPECT(!st_fault_struck());
    st_faults_pause();
    st_faults_resume();
    st_faults_resume(); /* one too many does nothing */
    ST_EXPECT(!st_fault_struck());
}

/* ---- I/O ---- */

/* The whole text or nothing, and what was there before in that case. */
static bool save(const char *path, const char *text) {
    char other[64];
    snprintf(other, sizeof other, "%s.new", path);
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    size_t size = strlen(text);
    bool saved = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    saved = close(fd) == 0 && saved;
    saved = saved && rename(other, path) == 0;
    if (!saved) {
        st_faults_pause();
        unlink(other);
        st_faults_resume();
    }
    return saved;
}

static bool holds(const char *path, const char *text) {
    char got[64] = "";
    FILE *file = fopen(path, "re");
    if (file) {
        got[fread(got, 1, sizeof got - 1, file)] = '\0';
        fclose(file);
    }
    return strcmp(got, text) == 0;
}

/* Each world has its own: they run at the same time. */
static const char *file_name(void) {
    return st_mode() == OTP_SIMULATED ? "sweep_test_simulated" : "sweep_test_parallel";
}

static void write_old(void) {
    ST_ASSERT(save(file_name(), "old"));
}

static void remove_file(void) {
    unlink(file_name());
}

ST_TEST(sweep, a_file_is_saved_whole_or_not_at_all, .fail_io = ST_SWEEP, .world = ST_BOTH,
        .allow_host = true, .setup = write_old, .teardown = remove_file) {
    bool saved = save(file_name(), "new");
    ST_EXPECT(saved || st_fault_struck());
    st_faults_pause();
    ST_EXPECT(holds(file_name(), saved ? "new" : "old"));
    st_faults_resume();
}

ST_TEST(sweep, streams_and_pipes_fail_too, .fail_io = ST_SWEEP, .allow_host = true) {
    int ends[2];
    char byte = 'x';
    ST_ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    bool sent = write(ends[1], &byte, 1) == 1;
    ST_EXPECT(sent || st_fault_struck());
    ST_EXPECT(!sent || read(ends[0], &byte, 1) == 1 || st_fault_struck());
    close(ends[0]);
    close(ends[1]);
    FILE *file = tmpfile();
    if (file) {
        bool put = fwrite("abc", 1, 3, file) == 3 && fflush(file) == 0;
        ST_EXPECT(put || st_fault_struck());
        ST_EXPECT(fclose(file) == 0 || st_fault_struck());
    }
}

ST_TEST(sweep, both_kinds_in_one_test, .fail_alloc = ST_SWEEP, .fail_io = ST_SWEEP,
        .allow_host = true) {
    allocate_ten();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
}
